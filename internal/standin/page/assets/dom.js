// SPDX-License-Identifier: Apache-2.0

// el makes an element. Texts become text nodes, never HTML; attributes that are false, null or undefined are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== "");
}

export const byId = (id) => document.getElementById(id);

// show puts children into a container in place of what was there.
export function show(container, ...children) {
  container.replaceChildren(...flat(children));
}

// keep brings a container's children in line with items: [{key, version, make}]. A child is made again only when its version differs,
// so that what did not change keeps its focus and selection; a button that had the focus gets it back in the new child, or the child does
// when the button is gone.
export function keep(container, items) {
  const wanted = new Set(items.map((item) => item.key));
  for (const child of [...container.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let at = container.firstElementChild;
  for (const item of items) {
    let child = old.get(item.key);
    if (child && child.shownVersion !== item.version) {
      const fresh = made(item);
      const focus = focused(child);
      if (at === child) at = fresh;
      child.replaceWith(fresh);
      if (focus) {
        fresh.tabIndex = -1;
        (fresh.querySelector(focus) ?? fresh).focus({ preventScroll: true });
      }
      child = fresh;
    }
    child ??= made(item);
    if (child === at) at = at.nextElementSibling;
    else container.insertBefore(child, at);
  }
}

function made(item) {
  const child = item.make();
  child.dataset.key = item.key;
  child.shownVersion = item.version;
  return child;
}

function focused(child) {
  const active = document.activeElement;
  if (!child.contains(active)) return null;
  const quoted = (s) => CSS.escape(s ?? "");
  if (active.dataset.action) return `[data-action="${quoted(active.dataset.action)}"][data-value="${quoted(active.dataset.value)}"]`;
  return `[data-testid="${quoted(active.dataset.testid)}"]`;
}

// toast tells what went wrong, for a while.
export function toast(words) {
  const note = el("div", { class: "toast", "data-testid": "toast" }, words);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 8000);
}
