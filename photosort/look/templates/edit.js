"use strict";
// Corrects the album in the page where photosort serves it. Names and titles reach the document as text alone.
window.edit = (() => {
  const $ = (id) => document.getElementById(id);
  const chosen = new Set(); // keys of photos: they stay whatever the order is
  let page, el, busy = false, last = null, rows = new Map(); // `last`: where a range of chosen photos begins; `rows` of photos by their keys
  const NO_CLUSTERS = "This album has no clusters: its dates or places decide where a photo is.";
  const hint = "On a photo: Space chooses, M moves, Delete sets aside; or drag it.";

  // ---- asking photosort
  const tell = (text, wrong = false) => {
    $("told").className = wrong ? "wrong" : "";
    $("told").textContent = "";
    setTimeout(() => ($("told").textContent = text), 50); // the same words again are read again
  };
  // Sends a step; tells whether it was taken, or what is wrong with it. The page then shows the album as it is.
  const send = async (action, asked = {}) => {
    if (busy) return { done: false, wrong: "Wait for the step before." };
    busy = true;
    document.body.setAttribute("aria-busy", "true");
    try {
      const response = await fetch("act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ action, version: page.album.version, ...asked }) });
      const text = await response.text();
      let answer = { error: text };
      try { answer = JSON.parse(text); } catch { /* a refusal in words */ }
      if (answer.album) apply(answer.album);
      if (response.ok) tell(answer.told);
      else if (answer.album) tell(answer.error, true); // changed elsewhere: what was asked for may make no sense
      return { done: response.ok, wrong: response.ok || answer.album ? null : answer.error };
    } catch {
      return { done: false, wrong: "photosort does not answer; it may have ended. Start photosort gallery --serve again." };
    } finally {
      busy = false;
      document.body.removeAttribute("aria-busy");
    }
  };
  const step = async (action, asked) => { const { wrong } = await send(action, asked); if (wrong) tell(wrong, true); };
  // A step with the chosen photos, which are chosen no longer once it is taken.
  const sendChosen = async (action, asked) => {
    const { done, wrong } = await send(action, asked);
    if (done) { chosen.clear(); showChosen(); }
    return wrong;
  };

  // ---- showing the album anew, with the focus and the place kept
  const keysOf = (prefix) => { const one = page.album.groups.find(page.inside(prefix)); return one ? one.keys.slice(0, prefix.length) : null; };
  const here = () => { const [view, ...rest] = location.hash.slice(1).split("/"); return view === "in" ? rest.map(decodeURIComponent) : null; };
  const number = (album) => (rows = new Map(album.keys.map((key, i) => [key, i])));
  const apply = (album) => {
    const mark = document.activeElement && document.activeElement.dataset.mark, y = scrollY, prefix = here();
    const keys = prefix && keysOf(prefix);
    const there = keys && album.groups.find((one) => keys.every((key, depth) => one.keys[depth] === key));
    if (prefix) history.replaceState(null, "", there ? page.address(there.path.slice(0, prefix.length)) : "#groups");
    number(album);
    page.take(album);
    for (const key of chosen) if (!rows.has(key)) chosen.delete(key);
    page.paintNow();
    scrollTo(0, y);
    page.paintNow();
    showChosen();
    showUndo();
    if (mark) {
      const node = [...document.querySelectorAll("[data-mark]")].find((one) => one.dataset.mark === mark);
      (node || $("main")).focus({ preventScroll: true });
    }
  };
  const showUndo = () => {
    const { undo } = page.album;
    $("undo").textContent = undo ? `Undo: ${undo}` : "Undo";
    $("undo").setAttribute("aria-disabled", String(!undo));
  };

  // ---- choosing photos
  const showChosen = () => {
    const n = chosen.size;
    document.body.classList.toggle("choosing", n > 0);
    $("chosen").hidden = n === 0;
    $("chosen-count").textContent = `${page.plural(n, "photo")} chosen`;
    for (const link of $("main").querySelectorAll("[data-photo]")) showTile(link);
  };
  const showTile = (link) => {
    const on = chosen.has(page.album.keys[link.dataset.photo]), box = link.parentElement.querySelector(".choose");
    link.parentElement.classList.toggle("on", on);
    if (box) box.checked = on;
  };
  const choose = (photos, n, on, range) => {
    const from = range && last && last.photos === photos ? last.n : n;
    for (let k = Math.min(from, n); k <= Math.max(from, n); k++) chosen[on ? "add" : "delete"](page.album.keys[photos[k]]);
    last = { photos, n };
    showChosen();
  };
  const tile = (item, link, photos, n) => {
    const i = photos[n], key = page.album.keys[i];
    const box = el("input", { type: "checkbox", class: "choose", tabindex: -1, "aria-label": `Choose ${page.album.names[i]}` });
    link.dataset.mark = `photo:${key}`;
    link.setAttribute("aria-keyshortcuts", "Space M Delete");
    item.append(box);
    showTile(link);
    box.addEventListener("click", (e) => choose(photos, n, box.checked, e.shiftKey));
    link.addEventListener("keydown", (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key === " ") choose(photos, n, !chosen.has(key), e.shiftKey);
      else if (e.key === "m" || e.key === "M") move(chosen.has(key) ? [...chosen] : [key]);
      else if (e.key === "Delete") setAside(chosen.has(key) ? [...chosen] : [key]);
      else return;
      e.preventDefault();
    });
  };

  // ---- the dialog
  // `fields` are [name, label, element]; `run` gets their values and returns null, or what is wrong.
  const ask = (title, yes, fields, run) => {
    const back = document.activeElement;
    $("ask-title").textContent = title;
    $("ask-yes").textContent = yes;
    $("ask-error").textContent = "";
    $("ask-fields").replaceChildren(...fields.map(([, label, node]) => el("label", {}, label, node)));
    $("ask-form").onsubmit = async (e) => {
      e.preventDefault();
      const mark = back && back.dataset.mark;
      const wrong = await run(Object.fromEntries(fields.map(([name, , node]) => [name, node.value])));
      if (wrong) { $("ask-error").textContent = wrong; return; }
      $("ask").close();
      const node = mark && [...document.querySelectorAll("[data-mark]")].find((one) => one.dataset.mark === mark);
      (node || (back.isConnected && back.offsetParent ? back : $("main"))).focus({ preventScroll: true });
    };
    $("ask").showModal();
    fields[0][2].focus();
  };
  const clusters = (except = []) => {
    const found = new Map(); // a cluster is in several folders where an album is nested
    for (const one of page.album.groups) if (one.cluster && !found.has(one.cluster) && !except.includes(one.cluster)) found.set(one.cluster, one);
    return [...found.values()];
  };
  const named = (one) => one.title || one.name; // no two clusters have one title
  const pick = (some) => {
    const node = el("select", {}, ...some.map((one, n) => el("option", { value: n }, named(one))));
    node.addEventListener("keydown", (e) => { if (e.key === "Enter") { e.preventDefault(); $("ask-form").requestSubmit(); } }); // as in a field
    return node;
  };
  const place = (one) => one.path.join("/");
  const of = (keys) => page.plural(keys.length, "photo");

  // ---- the steps
  const moved = (keys, one) => sendChosen("move", { photos: keys, folders: [place(one)] });
  const move = (keys) => {
    const from = new Set(keys.map((key) => page.album.groups[page.album.group[rows.get(key)]].cluster));
    const some = clusters(from.size === 1 ? [...from] : []);
    if (!some.length) return tell(clusters().length ? "There is no other cluster: make a new one." : NO_CLUSTERS, true);
    ask(`Move ${of(keys)}`, "Move", [["to", "To the cluster", pick(some)]], ({ to }) => moved(keys, some[to]));
  };
  const fresh = (keys) => {
    if (!clusters().length) return tell(NO_CLUSTERS, true);
    ask(`New cluster of ${of(keys)}`, "Make it", [["title", "Title", el("input", { required: "", maxlength: 200, autocomplete: "off" })]], ({ title }) => sendChosen("new", { photos: keys, title }));
  };
  const setAside = async (keys) => { await step("aside", { photos: keys }); };
  const merge = (one) => {
    const some = clusters([one.cluster]);
    ask(`Merge ${named(one)}`, "Merge", [["to", "Into the cluster, which keeps its number and title", pick(some)]], async ({ to }) => (await send("merge", { folders: [place(some[to]), place(one)] })).wrong);
  };
  const split = (one) => ask(`Split ${named(one)}`, "Split", [["into", "How many parts", el("input", { type: "number", min: 2, max: 40, value: 2, required: "" })]], async ({ into }) => (await send("split", { folders: [place(one)], into: Number(into) })).wrong);
  const rename = (acts, title, prefix, name, mark) => {
    const input = el("input", { value: name, "aria-label": `Title of ${name}`, maxlength: 200, autocomplete: "off", "data-mark": mark });
    const save = el("button", { type: "submit" }, "Save"), cancel = el("button", { type: "button" }, "Cancel"), form = el("form", { class: "rename" }, input, save, cancel);
    const buttons = [...acts.childNodes];
    const end = () => { acts.replaceChildren(...buttons); title.hidden = false; buttons[0].focus(); };
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      if (input.value.trim() === name) return end();
      const { wrong } = await send("rename", { folders: [prefix.join("/")], title: input.value.trim() || null });
      if (wrong) { tell(wrong, true); input.focus(); }
    });
    form.addEventListener("keydown", (e) => { if (e.key === "Escape") { e.preventDefault(); end(); } });
    cancel.addEventListener("click", end);
    acts.replaceChildren(form);
    title.hidden = true; // the field stands in its place
    input.focus();
    input.select();
  };
  const button = (text, about, mark, act) => {
    const node = el("button", { type: "button", "aria-label": about ? `${text} ${about}` : null, "data-mark": mark }, text);
    node.addEventListener("click", act);
    return node;
  };
  // What can be done with a folder: its title stands in `title`.
  const controls = (title, prefix) => {
    const mine = page.album.groups.filter(page.inside(prefix)), one = mine[0];
    const keys = one.keys.slice(0, prefix.length).join("/"), acts = el("div", { class: "acts" });
    const leaf = mine.length === 1 && one.path.length === prefix.length, name = leaf && one.title ? one.title : prefix[prefix.length - 1];
    if (!leaf || one.cluster !== 0) acts.append(button("Rename", name, `rename:${keys}`, () => rename(acts, title, prefix, name, `rename:${keys}`)));
    if (leaf && one.cluster) {
      if (clusters([one.cluster]).length) acts.append(button("Merge…", name, `merge:${keys}`, () => merge(one)));
      acts.append(button("Split…", name, `split:${keys}`, () => split(one)));
    }
    return acts;
  };
  const card = (node, prefix) => node.append(controls(node.querySelector("strong"), prefix));
  const heading = (title, prefix, photos) => {
    if (!page.album.groups.some(page.inside(prefix))) return el("div");
    const acts = controls(title, prefix);
    if (photos.length) acts.append(button("Choose all", "", "all", () => { photos.forEach((i) => chosen.add(page.album.keys[i])); showChosen(); }));
    return acts;
  };

  // ---- review
  const finding = (row, one) => {
    const i = rows.get(one.key) ?? -1, link = row.querySelector("a"), acts = el("div", { class: "acts" });
    if (i >= 0 && page.thumb(i)) link.prepend(el("img", { src: page.thumb(i), alt: "", loading: "lazy" }));
    if (i >= 0) link.addEventListener("click", (e) => { if (!e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); page.lightbox([i], 0); } });
    const act = (text, action) => acts.append(button(text, one.name, `review:${one.key}${text === "Keep" || text === "Keep no longer" ? ":keep" : ":aside"}`, () => step(action, { photos: [one.key] })));
    if (one.state === "kept") { acts.append("Kept "); act("Keep no longer", "unkeep"); }
    if (one.state === "aside") { acts.append("Set aside "); act("Put back", "back"); }
    if (!one.state) { act("Keep", "keep"); act("Set aside", "aside"); }
    row.append(el("td", {}, acts));
  };
  const aside = () => {
    const found = page.album.aside;
    if (!found.length) return [];
    return [el("h2", {}, "Set aside by you ", el("small", {}, page.plural(found.length, "photo"))), el("p", {}, "Not in the album; the originals stay where they are."), el("ul", {}, ...found.map((one) => el("li", {}, el("a", { href: `photo/${one.key}`, target: "_blank", rel: "noreferrer" }, one.name), " ", button("Put back", one.name, `back:${one.key}`, () => step("back", { photos: [one.key] })))))];
  };

  const start = (given) => {
    page = given;
    el = page.el;
    number(page.album);
    $("editing").append(el("p", { class: "hint" }, hint));
    $("undo").removeAttribute("disabled");
    $("undo").dataset.mark = "undo";
    $("undo").addEventListener("click", () => { if (page.album.undo) step("undo"); });
    addEventListener("keydown", (e) => { if ((e.ctrlKey || e.metaKey) && !e.shiftKey && e.key === "z" && !e.target.closest("input, select, dialog, .pswp") && page.album.undo) { e.preventDefault(); step("undo"); } });
    $("ask-no").addEventListener("click", () => $("ask").close());
    const acts = { move: () => move([...chosen]), new: () => fresh([...chosen]), aside: () => setAside([...chosen]), none: () => { chosen.clear(); showChosen(); $("main").focus({ preventScroll: true }); } };
    for (const node of $("chosen").querySelectorAll("[data-do]")) node.addEventListener("click", acts[node.dataset.do]);
    new Drag($("main"), {
      list: $("targets"),
      photos: (link) => { const key = page.album.keys[link.dataset.photo]; return chosen.has(key) ? [...chosen] : [key]; },
      targets: () => clusters().map((one) => {
        const face = page.album.group.findIndex((g, i) => page.album.groups[g] === one && page.thumb(i));
        return { node: el("li", {}, face < 0 ? null : el("img", { src: page.thumb(face), alt: "" }), named(one)), value: one };
      }),
      drop: async (keys, one) => { const wrong = await moved(keys, one); if (wrong) tell(wrong, true); },
      label: of,
    });
    showUndo();
  };
  return { start, tile, card, heading, finding, aside };
})();
