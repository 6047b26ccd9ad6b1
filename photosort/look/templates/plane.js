"use strict";
// A canvas of points that can be panned and zoomed. Points that fall into one cell of the screen are
// drawn as one picture with their number; zooming in splits them.
class Plane {
  // options: points() -> indices, at(i) -> [x, y] in 0..1, color(i), picture(i) -> {image, x, y, side} or null,
  // background(context, toScreen), label(cell), open(indices), tip(i) -> Node
  constructor(canvas, options) {
    this.canvas = canvas;
    this.options = options;
    this.scale = 1;
    this.x = 0.5; // the middle of the view
    this.y = 0.5;
    this.cells = [];
    this.drag = null;
    this.pending = false;
    canvas.addEventListener("wheel", (e) => { e.preventDefault(); this.zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY); }, { passive: false });
    canvas.addEventListener("pointerdown", (e) => { this.drag = { x: e.offsetX, y: e.offsetY, moved: false }; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", (e) => this.move(e));
    canvas.addEventListener("pointerup", (e) => { const d = this.drag; this.drag = null; if (d && !d.moved) this.click(e.offsetX, e.offsetY); });
    canvas.addEventListener("pointerleave", () => this.hideTip());
    canvas.addEventListener("keydown", (e) => this.key(e));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(canvas);
  }
  get size() { return [this.canvas.clientWidth || 1, this.canvas.clientHeight || 1]; }
  get unit() { const [w, h] = this.size; return (this.options.fit === "width" ? Math.min(w, 2 * h) : Math.min(w, h)) * 0.94 * this.scale; }
  toScreen(px, py) { const [w, h] = this.size, u = this.unit; return [w / 2 + (px - this.x) * u, h / 2 + (py - this.y) * u]; }
  zoom(factor, sx, sy) {
    const [w, h] = this.size, before = this.unit;
    const next = Math.min(400, Math.max(0.8, this.scale * factor));
    const px = this.x + (sx - w / 2) / before, py = this.y + (sy - h / 2) / before;
    this.scale = next;
    this.x = px - (sx - w / 2) / this.unit;
    this.y = py - (sy - h / 2) / this.unit;
    this.draw();
  }
  pan(dx, dy) { this.x -= dx / this.unit; this.y -= dy / this.unit; this.draw(); }
  reset() { this.scale = 1; this.x = 0.5; this.y = 0.5; this.draw(); }
  key(e) {
    const [w, h] = this.size;
    const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (steps[e.key]) this.pan(...steps[e.key]);
    else if (e.key === "+" || e.key === "=") this.zoom(1.4, w / 2, h / 2);
    else if (e.key === "-") this.zoom(1 / 1.4, w / 2, h / 2);
    else if (e.key === "0") this.reset();
    else if (e.key === "Enter") this.click(w / 2, h / 2, true);
    else return;
    e.preventDefault();
  }
  move(e) {
    if (this.drag) {
      const dx = e.offsetX - this.drag.x, dy = e.offsetY - this.drag.y;
      if (!this.drag.moved && Math.hypot(dx, dy) < 4) return;
      this.drag = { x: e.offsetX, y: e.offsetY, moved: true };
      this.hideTip();
      this.pan(dx, dy);
      return;
    }
    const cell = this.near(e.offsetX, e.offsetY);
    if (!cell) return this.hideTip();
    if (!this.tip) { this.tip = document.createElement("div"); this.tip.className = "tip"; this.tip.setAttribute("role", "status"); document.body.append(this.tip); }
    if (this.tipCell !== cell) { this.tip.replaceChildren(this.options.tip(cell.first, cell.count)); this.tipCell = cell; }
    this.tip.style.left = Math.min(e.clientX + 14, innerWidth - 190) + "px";
    this.tip.style.top = Math.min(e.clientY + 14, innerHeight - 170) + "px";
  }
  hideTip() { if (this.tip) { this.tip.remove(); this.tip = null; this.tipCell = null; } }
  near(x, y, far) {
    let best = null, least = far ? Infinity : 26 ** 2;
    for (const cell of this.cells) { const d = (cell.x - x) ** 2 + (cell.y - y) ** 2; if (d < least) { least = d; best = cell; } }
    return best;
  }
  click(x, y, far) {
    const cell = this.near(x, y, far);
    if (!cell) return;
    if (cell.count === 1 || this.scale >= 399) this.options.open(cell.members());
    else this.zoom(2.2, cell.x, cell.y);
  }
  draw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.paint(); });
  }
  paint() {
    const [w, h] = this.size, ratio = Math.min(devicePixelRatio || 1, 2), canvas = this.canvas;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) { canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio); }
    const c = canvas.getContext("2d");
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, w, h);
    if (this.options.background) this.options.background(c, (x, y) => this.toScreen(x, y));
    const CELL = 44, cells = new Map(), points = this.options.points(), unit = this.unit;
    // Cells are fixed to the plane, not to the screen: panning does not regroup them.
    const step = CELL / unit;
    for (const i of points) {
      const p = this.options.at(i);
      if (!p) continue;
      const sx = w / 2 + (p[0] - this.x) * unit, sy = h / 2 + (p[1] - this.y) * unit; // asking for the size is slow
      if (sx < -CELL || sy < -CELL || sx > w + CELL || sy > h + CELL) continue;
      const key = Math.floor(p[0] / step) * 65536 + Math.floor(p[1] / step);
      const cell = cells.get(key);
      if (cell) { cell.count += 1; cell.sx += sx; cell.sy += sy; cell.all.push(i); } else cells.set(key, { first: i, count: 1, sx, sy, all: [i] });
    }
    this.cells = [];
    const sheets = new Map();
    for (const cell of cells.values()) {
      const x = cell.sx / cell.count, y = cell.sy / cell.count, side = cell.count === 1 ? 26 : Math.min(40, 26 + 3 * Math.log2(cell.count));
      this.cells.push({ x, y, first: cell.first, count: cell.count, members: () => cell.all });
      const picture = this.options.picture(cell.first), drawn = { x, y, side, count: cell.count, picture };
      c.fillStyle = this.options.color(cell.first);
      c.fillRect(x - side / 2 - 2, y - side / 2 - 2, side + 4, side + 4);
      if (!picture) this.label(c, drawn);
      else if (sheets.has(picture.image)) sheets.get(picture.image).push(drawn);
      else sheets.set(picture.image, [drawn]);
    }
    // A frame a sheet: a canvas that draws from one takes a copy of all its 16 MB, and many at once hold up the page.
    const turn = (this.turn = (this.turn || 0) + 1), batches = [...sheets.values()];
    const next = () => {
      if (turn !== this.turn || !batches.length) return;
      for (const one of batches.shift()) {
        const { picture: p, x, y, side } = one;
        c.drawImage(p.image, p.x, p.y, p.side, p.side, x - side / 2, y - side / 2, side, side);
        this.label(c, one);
      }
      requestAnimationFrame(next);
    };
    next();
  }
  label(c, { x, y, side, count }) {
    if (count === 1) return;
    const text = String(count);
    c.font = "11px system-ui, sans-serif";
    const width = c.measureText(text).width + 6;
    c.fillStyle = "#000c";
    c.fillRect(x + side / 2 - width + 3, y + side / 2 - 10, width, 14);
    c.fillStyle = "#fff";
    c.fillText(text, x + side / 2 - width + 6, y + side / 2 + 1);
  }
  end() { this.turn = null; this.observer.disconnect(); this.hideTip(); }
}
