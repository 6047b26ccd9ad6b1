"use strict";
(() => {
  const main = document.getElementById("main"), edit = window.edit; // `edit`: only where photosort serves the page
  let album, count, gone, names, titles, sprites = [];
  const el = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "style") node.style.cssText = value; // an attribute of that name is not allowed where photosort serves the page
      else if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  };
  const url = (i) => (edit ? `photo/${album.keys[i]}` : fileUrl(i));
  const fileUrl = (i) => album.folders[album.folder[i]].url + (album.urls[i] || encodeURIComponent(album.names[i]));
  const path = (i) => album.folders[album.folder[i]].path + album.names[i];
  const thumb = (i) => (album.thumbs[i] ? `thumbs/${album.thumbs[i].slice(0, 2)}/${album.thumbs[i]}.jpg` : null);
  const group = (i) => album.groups[album.group[i]];
  const date = (i) => (album.dates[i] ? album.dates[i].replace("T", " ") : "");
  const place = (i) => album.places[album.place[i]] || "";
  const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
  const alt = (i) => [group(i).title || group(i).name, date(i), place(i)].filter(Boolean).join(", ") || album.names[i];
  const color = (g) => `hsl(${Math.round((g * 137.508) % 360)} 65% ${g % 2 ? 48 : 58}%)`;

  // ---- what is shown: the filters
  const form = document.getElementById("filters"), fields = {};
  for (const id of ["search", "from", "to", "place"]) fields[id] = document.getElementById(id);
  const take = (data) => {
    album = data;
    count = album.names.length;
    gone = new Set(album.gone);
    names = album.names.map((name) => name.toLowerCase());
    titles = album.groups.map((one) => one.path.join(" / ").toLowerCase() + " " + (one.title || "").toLowerCase());
    sprites = album.sprites.files.map((file) => sprites.find((sheet) => sheet.file === file) || { image: new Image(), file, ready: false });
    const parts = new Set(album.places.flatMap((text) => text.split(", ").filter(Boolean))), chosen = fields.place.value;
    fields.place.replaceChildren(fields.place.options[0], ...[...parts].sort((a, b) => a.localeCompare(b)).map((part) => el("option", { value: part }, part)));
    fields.place.value = parts.has(chosen) ? chosen : "";
    fields.place.parentElement.hidden = !parts.size;
    document.querySelector('[data-view="map"]').hidden = !album.xy;
    document.querySelector('[data-view="world"]').hidden = !album.positions || !album.positions.some(Boolean);
    document.querySelector('[data-view="review"]').hidden = !album.review.length && !(album.aside || []).length;
  };
  let shown = [], month = "";
  const filter = () => {
    const words = fields.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { from, to, place: where } = Object.fromEntries(Object.entries(fields).map(([k, f]) => [k, f.value]));
    shown = [];
    for (let i = 0; i < count; i++) {
      const day = album.dates[i].slice(0, 10);
      if (from && (!day || day < from)) continue;
      if (to && (!day || day > to)) continue;
      if (month && !day.startsWith(month)) continue;
      if (where && !place(i).split(", ").includes(where)) continue;
      if (words.length && !words.every((w) => names[i].includes(w) || titles[album.group[i]].includes(w))) continue;
      shown.push(i);
    }
    document.getElementById("count").textContent = shown.length === count ? plural(count, "photo") : `${shown.length.toLocaleString("en")} of ${plural(count, "photo")}`;
  };
  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 120); });
  form.addEventListener("submit", (e) => { e.preventDefault(); refresh(); });
  form.addEventListener("reset", () => { month = ""; setTimeout(() => { paintTimeline(); refresh(); }); });

  // ---- the timeline: a bar a month, a year where there are many
  const timeline = document.getElementById("timeline");
  const paintTimeline = () => {
    const tally = new Map();
    for (const d of album.dates) if (d) tally.set(d.slice(0, 7), (tally.get(d.slice(0, 7)) || 0) + 1);
    let bars = [...tally].sort();
    if (bars.length > 240) {
      const years = new Map();
      for (const [key, n] of bars) years.set(key.slice(0, 4), (years.get(key.slice(0, 4)) || 0) + n);
      bars = [...years];
    }
    const most = Math.max(1, ...bars.map((bar) => bar[1]));
    timeline.replaceChildren(...(bars.length < 2 ? [] : bars).map(([key, n]) => {
      const label = `${key}: ${plural(n, "photo")}`;
      const bar = el("button", { type: "button", title: label, "aria-label": label, "aria-pressed": String(month === key), style: `height:${8 + Math.round((92 * n) / most)}%` });
      bar.addEventListener("click", () => {
        month = month === key ? "" : key;
        for (const other of timeline.children) other.setAttribute("aria-pressed", String(other === bar && month === key));
        refresh();
      });
      return bar;
    }));
  };

  // ---- justified rows: only those near the window are in the document
  let grids = [];
  const GAP = 4;
  const layout = (photos, width) => {
    const target = Math.max(90, Math.min(200, width / 4)), rows = [];
    let start = 0, sum = 0, top = 0;
    for (let k = 0; k < photos.length; k++) {
      sum += Math.min(4, Math.max(0.4, album.ratios[photos[k]] / 100));
      const last = k === photos.length - 1, gaps = GAP * (k - start);
      if (sum * target + gaps < width && !last) continue;
      const height = last ? Math.min(target, (width - gaps) / sum) : (width - gaps) / sum;
      rows.push({ start, end: k + 1, top, height });
      top += height + GAP;
      start = k + 1;
      sum = 0;
    }
    return { rows, height: top };
  };
  class Grid {
    constructor(photos, label) {
      this.photos = photos;
      this.list = el("ul", { class: "rows", "aria-label": label });
      this.drawn = new Map();
      grids.push(this);
    }
    measure() {
      const width = this.list.clientWidth;
      if (width === this.width) return;
      this.width = width;
      Object.assign(this, layout(this.photos, width));
      this.list.style.height = `${this.height}px`;
      for (const items of this.drawn.values()) items.forEach((item) => item.remove());
      this.drawn.clear();
    }
    paint() {
      const box = this.list.getBoundingClientRect(), above = -box.top - innerHeight, below = -box.top + 2 * innerHeight;
      const near = (row) => row.top + row.height > above && row.top < below;
      if (box.top > 2 * innerHeight || box.bottom < -innerHeight) { if (this.drawn.size) this.clear(); return; }
      let low = 0, high = this.rows.length;
      while (low < high) { const mid = (low + high) >> 1; if (this.rows[mid].top + this.rows[mid].height <= above) low = mid + 1; else high = mid; }
      for (const [k, items] of this.drawn) if (!near(this.rows[k]) && !items.some((item) => item.contains(document.activeElement))) { items.forEach((item) => item.remove()); this.drawn.delete(k); }
      for (let k = low; k < this.rows.length && near(this.rows[k]); k++) if (!this.drawn.has(k)) this.drawRow(k);
    }
    clear() { for (const items of this.drawn.values()) items.forEach((item) => item.remove()); this.drawn.clear(); }
    drawRow(k) {
      const row = this.rows[k], items = [];
      let left = 0;
      for (let n = row.start; n < row.end; n++) {
        const i = this.photos[n], width = Math.min(4, Math.max(0.4, album.ratios[i] / 100)) * row.height;
        const link = el("a", { href: url(i), "data-photo": i, "aria-label": alt(i), title: album.names[i] });
        if (thumb(i)) link.append(el("img", { src: thumb(i), alt: "", decoding: "async" }));
        else link.append(album.names[i]);
        link.addEventListener("click", (e) => { if (e.ctrlKey || e.metaKey || e.shiftKey) return; e.preventDefault(); lightbox(this.photos, n); });
        const item = el("li", { style: `left:${left}px;top:${row.top}px;width:${width}px;height:${row.height}px`, "aria-setsize": this.photos.length, "aria-posinset": n + 1 }, link);
        if (edit) edit.tile(item, link, this.photos, n);
        items.push(item);
        left += width + GAP;
      }
      const before = [...this.drawn.keys()].filter((other) => other > k).sort((a, b) => a - b)[0];
      const anchor = before === undefined ? null : this.drawn.get(before)[0]; // the focus order is that of the photos
      items.forEach((item) => this.list.insertBefore(item, anchor));
      this.drawn.set(k, items);
    }
  }
  let queued = false;
  const paintNow = () => { queued = false; for (const grid of grids) grid.measure(); for (const grid of grids) grid.paint(); };
  const paint = () => {
    if (queued) return;
    queued = true;
    requestAnimationFrame(paintNow);
  };
  addEventListener("scroll", paint, { passive: true });
  addEventListener("resize", paint);

  // ---- the lightbox
  const VIEWABLE = /\.(jpe?g|png|gif|webp|avif|bmp)$/i;
  const lightbox = (photos, at) => {
    const box = new PhotoSwipe({ dataSource: [], index: at, loop: false, bgOpacity: 0.95, wheelToZoom: true, preload: [1, 1] });
    box.addFilter("numItems", () => photos.length);
    box.addFilter("itemData", (_, index) => {
      const i = photos[index], ratio = album.ratios[i] / 100, width = Math.round(1600 * Math.sqrt(ratio));
      return { src: (edit || VIEWABLE.test(album.names[i])) && !gone.has(i) ? url(i) : thumb(i), msrc: thumb(i), width, height: Math.round(width / ratio), alt: alt(i), photo: i };
    });
    box.addFilter("contentErrorElement", (_, content) => {
      const i = content.data.photo, note = el("div", { class: "pswp__error-msg" });
      if (thumb(i)) note.append(el("img", { src: thumb(i), alt: alt(i) }), el("br"));
      note.append("The original cannot be shown here.");
      return note;
    });
    box.on("uiRegister", () => box.ui.registerElement({
      name: "caption", order: 9, isButton: false, appendTo: "root", tagName: "div", className: "pswp__caption",
      onInit: (node) => {
        node.setAttribute("aria-live", "polite");
        const fill = () => {
          const i = photos[box.currIndex], one = group(i);
          const sure = album.sure[i] === null ? "" : `confidence ${(album.sure[i] / 100).toFixed(2)}`;
          const facts = [one.path.join(" / "), date(i), place(i), sure].filter(Boolean).join(" · ");
          node.replaceChildren(el("div", {}, facts), gone.has(i) ? el("span", {}, `${path(i)} (out of reach when this page was made)`) : el("a", { href: url(i), target: "_blank", rel: "noreferrer" }, path(i)));
        };
        box.on("change", fill);
        fill();
      },
    }));
    box.on("destroy", () => { const link = main.querySelector(`[data-photo="${photos[box.currIndex]}"]`); (link || main).focus({ preventScroll: !link }); });
    box.init();
    box.element.setAttribute("aria-label", "Photos, one at a time"); // a dialog has a name
    box.scrollWrap.setAttribute("aria-label", "Photo");
  };

  // ---- the views
  const byGroup = () => {
    const lists = album.groups.map(() => []);
    for (const i of shown) lists[album.group[i]].push(i);
    return lists;
  };
  const span = (photos) => {
    let first = "", last = "";
    for (const i of photos) { const d = album.dates[i].slice(0, 10); if (!d) continue; if (!first || d < first) first = d; if (d > last) last = d; }
    return first === last ? first : `${first} to ${last}`;
  };
  const inside = (prefix) => (one) => prefix.every((name, depth) => one.path[depth] === name);
  const card = (href, title, name, photos) => {
    const faces = el("div", { class: "faces" });
    const typical = [...photos].sort((a, b) => (album.sure[b] || 0) - (album.sure[a] || 0)).filter((i) => thumb(i)).slice(0, 3);
    typical.forEach((i) => faces.append(el("img", { src: thumb(i), alt: "", loading: "lazy", decoding: "async" })));
    const about = [title === name ? "" : name, plural(photos.length, "photo"), span(photos)].filter(Boolean).join(", ");
    return el("li", { class: "card" }, el("a", { href }, faces, el("div", { class: "about" }, el("strong", {}, title), el("small", {}, about))));
  };
  const address = (prefix) => "#in/" + prefix.map(encodeURIComponent).join("/");
  // A level of the album: cards of the folders below `prefix`, and the photos of a group that is one itself.
  const level = (prefix) => {
    const lists = byGroup(), folders = new Map(), here = [];
    album.groups.forEach((one, g) => {
      if (!lists[g].length || !inside(prefix)(one)) return;
      if (one.path.length === prefix.length) here.push(g);
      else { const name = one.path[prefix.length]; folders.set(name, (folders.get(name) || []).concat(g)); }
    });
    const nodes = [];
    if (prefix.length) {
      const trail = el("p", { class: "crumbs" }, el("a", { href: "#groups" }, "All groups"));
      prefix.forEach((name, depth) => trail.append(" / ", depth + 1 < prefix.length ? el("a", { href: address(prefix.slice(0, depth + 1)) }, name) : name));
      nodes.push(trail, el("h2", {}, heading(prefix)));
      if (edit) nodes.push(edit.heading(nodes[1], prefix, here.flatMap((g) => lists[g])));
    } else nodes.push(el("h2", {}, "Groups"));
    if (folders.size) nodes.push(el("ul", { class: "cards" }, ...[...folders].map(([name, found]) => {
      const leaf = found.length === 1 && album.groups[found[0]].path.length === prefix.length + 1 ? album.groups[found[0]] : null;
      const node = card(address([...prefix, name]), leaf && leaf.title ? leaf.title : name, name, found.flatMap((g) => lists[g]));
      if (edit) edit.card(node, [...prefix, name]);
      return node;
    })));
    for (const g of here) nodes.push(section(lists[g], null));
    if (!folders.size && !here.length) nodes.push(el("p", {}, "No photo fits the filters."));
    return nodes;
  };
  const heading = (prefix) => { const one = album.groups.find((g) => g.path.length === prefix.length && inside(prefix)(g)); return one && one.title ? one.title : prefix[prefix.length - 1]; };
  const section = (photos, title) => {
    const grid = new Grid(photos, title || "Photos");
    if (!title) return grid.list;
    return el("section", { "aria-label": title }, el("h2", {}, title + " ", el("small", {}, [plural(photos.length, "photo"), span(photos)].filter(Boolean).join(", "))), grid.list);
  };
  let plane = null;
  const picture = (i) => {
    const { side, per } = album.sprites, tile = album.tiles ? album.tiles[i] : i, sheet = sprites[Math.floor(tile / (per * per))], k = tile % (per * per);
    if (!sheet) return null;
    if (!sheet.image.src) {
      sheet.image.src = sheet.file;
      // Decoded aside: drawing it sooner would hold up the page until it is.
      sheet.image.decode().then(() => { sheet.ready = true; if (plane) plane.draw(); }, () => {});
    }
    return sheet.ready ? { image: sheet.image, x: (k % per) * side, y: Math.floor(k / per) * side, side } : null;
  };
  const tip = (i, n) => {
    const box = el("div", {}, n > 1 ? `${plural(n, "photo")}, first: ` : "", alt(i));
    if (thumb(i)) box.prepend(el("img", { src: thumb(i), alt: "" }));
    return box;
  };
  const planeView = (title, label, options) => {
    const canvas = el("canvas", { tabindex: 0, role: "application", "aria-label": label });
    const tools = el("div", { class: "tools" });
    for (const [text, act] of [["Zoom in", () => plane.key({ key: "+", preventDefault() {} })], ["Zoom out", () => plane.key({ key: "-", preventDefault() {} })], ["Whole map", () => plane.reset()]]) {
      const button = el("button", { type: "button" }, text);
      button.addEventListener("click", act);
      tools.append(button);
    }
    const top = new Map();
    for (const i of shown) top.set(group(i).path[0], album.group[i]);
    const legend = el("ul", { class: "legend" }, ...[...top].slice(0, 40).map(([name, g]) => el("li", {}, el("i", { style: `background:${color(g)}` }), name)));
    setTimeout(() => { plane = new Plane(canvas, { points: () => shown, color: (i) => color(top.get(group(i).path[0])), picture, tip, open: (some) => lightbox(some, 0), ...options }); plane.draw(); });
    return [el("h2", {}, title), el("p", {}, label), tools, canvas, legend];
  };
  const world = (lat, lon) => [(lon + 180) / 360, (90 - lat) / 360 + 0.25];
  const land = (c, toScreen) => {
    const style = getComputedStyle(document.documentElement);
    c.fillStyle = style.getPropertyValue("--card");
    c.strokeStyle = style.getPropertyValue("--line");
    for (const ring of window.land || []) {
      c.beginPath();
      for (let k = 0; k < ring.length; k += 2) {
        const [x, y] = toScreen(...world(ring[k + 1] / 10, ring[k] / 10));
        if (k && Math.abs(ring[k] - ring[k - 2]) < 1800) c.lineTo(x, y);
        else c.moveTo(x, y); // the outline goes on at the other edge of the map
      }
      c.fill();
      c.stroke();
    }
  };
  const views = {
    groups: () => level([]),
    in: (...prefix) => level(prefix),
    photos: () => {
      const lists = byGroup(), nodes = [];
      album.groups.forEach((one, g) => { if (lists[g].length) nodes.push(section(lists[g], one.path.join(" / "))); });
      return nodes.length ? nodes : [el("p", {}, "No photo fits the filters.")];
    },
    map: () => planeView("Map of similarity", "Similar photos lie near each other. Arrow keys move, plus and minus zoom, Enter opens what is in the middle.", { at: (i) => album.xy && [album.xy[2 * i] / 4096, album.xy[2 * i + 1] / 4096] }),
    world: () => planeView("World", "Photos where they were taken. Arrow keys move, plus and minus zoom, Enter opens what is in the middle.", { fit: "width", background: land, at: (i) => (album.positions && album.positions[i] ? world(...album.positions[i]) : null) }),
    review: () => [el("h2", {}, "Review"), el("p", {}, "What may not be worth keeping, with the reason. Nothing was deleted."), ...album.review.flatMap((found) => {
      const columns = ["Photo", "Why", "Kept instead", ...(edit ? ["What to do"] : [])];
      const rows = found.photos.map((one) => {
        const row = el("tr", {}, el("td", {}, el("a", { href: one.url }, one.name)), el("td", {}, one.why), el("td", {}, one.keeper || ""));
        if (edit) edit.finding(row, one);
        return row;
      });
      const table = el("table", {}, el("thead", {}, el("tr", {}, ...columns.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, ...rows));
      return [el("h2", {}, `${found.reason} `, el("small", {}, plural(found.photos.length, "photo"))), table];
    }), ...(edit ? edit.aside() : [])],
  };
  let current = "";
  const refresh = () => { filter(); show(false); };
  const show = (moved = true) => {
    const [name, ...rest] = location.hash.slice(1).split("/"), there = Object.hasOwn(views, name) && !document.querySelector(`[data-view="${name}"][hidden]`), view = there ? name : "groups";
    if (plane) { plane.end(); plane = null; }
    grids = [];
    let prefix = [];
    try { prefix = rest.map(decodeURIComponent); } catch { prefix = []; } // a damaged address shows all
    main.replaceChildren(...views[view](...prefix));
    document.querySelectorAll("nav a").forEach((link) => (link.dataset.view === (view === "in" ? "groups" : view) ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
    if (moved && current && current !== location.hash) { scrollTo(0, 0); main.focus({ preventScroll: true }); }
    current = location.hash || "#groups";
    paint();
  };
  addEventListener("hashchange", () => show());
  document.querySelector(".skip").addEventListener("click", (e) => { e.preventDefault(); main.focus(); }); // its address is no view
  take(window.album);
  if (edit) edit.start({ get album() { return album; }, el, thumb, plural, inside, address, lightbox, paintNow, take: (data) => { take(data); paintTimeline(); refresh(); } });
  paintTimeline();
  refresh();
})();
