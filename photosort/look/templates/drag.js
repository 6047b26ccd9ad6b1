"use strict";
// Drags photos onto clusters, with a mouse or a pen. On a touch screen a drag scrolls: there the dialog moves photos.
class Drag {
  // options: list (an element for the targets), photos(link) -> keys, targets() -> [{ node, value }], drop(keys, value), label(keys)
  constructor(area, options) {
    this.options = options;
    this.from = null; // where the button went down
    this.keys = null; // what is being dragged
    area.addEventListener("dragstart", (e) => e.preventDefault());
    area.addEventListener("pointerdown", (e) => {
      const link = e.target.closest("[data-photo]");
      if (link && e.button === 0 && e.pointerType !== "touch" && !e.target.closest("input")) this.from = { x: e.clientX, y: e.clientY, link };
    });
    addEventListener("pointermove", (e) => this.move(e));
    addEventListener("pointerup", (e) => this.up(e));
    addEventListener("pointercancel", () => this.end());
    addEventListener("blur", () => this.end());
    addEventListener("keydown", (e) => { if (e.key === "Escape" && this.keys) { e.preventDefault(); this.end(); } });
  }
  move(e) {
    if (!this.from) return;
    if (!this.keys && Math.hypot(e.clientX - this.from.x, e.clientY - this.from.y) < 6) return;
    if (!this.keys) this.begin();
    e.preventDefault();
    this.ghost.style.cssText = `left:${e.clientX + 12}px;top:${e.clientY + 12}px`;
    this.y = e.clientY;
    this.aim(e.clientX, e.clientY);
  }
  begin() {
    const { list, photos, targets, label } = this.options;
    this.keys = photos(this.from.link);
    this.moved = true;
    this.values = new Map();
    list.replaceChildren(...targets().map(({ node, value }) => { this.values.set(node, value); return node; }));
    list.className = this.from.x < innerWidth / 2 ? "right" : "left"; // never below the pointer from the start
    list.hidden = false;
    this.ghost = document.createElement("div");
    this.ghost.className = "ghost";
    this.ghost.textContent = label(this.keys);
    document.body.append(this.ghost);
    document.body.classList.add("dragging");
    const scroll = () => {
      if (!this.keys) return;
      const box = list.getBoundingClientRect();
      if (this.target || (this.over && this.y !== undefined)) list.scrollTop += this.y < box.top + 50 ? -8 : this.y > box.bottom - 50 ? 8 : 0;
      requestAnimationFrame(scroll);
    };
    scroll();
  }
  aim(x, y) {
    const at = document.elementFromPoint(x, y), item = at && at.closest("#targets > li");
    this.over = Boolean(at && at.closest("#targets"));
    const target = item && this.values.has(item) ? item : null;
    if (target === this.target) return;
    if (this.target) this.target.classList.remove("aimed");
    if (target) target.classList.add("aimed");
    this.target = target;
  }
  up(e) {
    this.from = null;
    if (this.moved) { // the click that ends a drag, given up or not, opens no photo
      const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    }
    this.moved = false;
    if (!this.keys) return;
    this.aim(e.clientX, e.clientY);
    const { keys, target } = this, value = target ? this.values.get(target) : null;
    this.end();
    if (value) this.options.drop(keys, value);
  }
  end() {
    this.from = null;
    if (!this.keys) return;
    this.keys = null;
    this.target = null;
    this.ghost.remove();
    this.options.list.hidden = true;
    this.options.list.replaceChildren();
    document.body.classList.remove("dragging");
  }
}
