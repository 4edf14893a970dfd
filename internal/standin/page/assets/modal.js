// SPDX-License-Identifier: Apache-2.0

import { post } from "./api.js";
import { blocks } from "./blocks.js";
import { byId, el, show, toast } from "./dom.js";
import { complain, filled, refill } from "./fields.js";
import { world } from "./world.js";

// The fields of a view that another lies on, or that the app draws anew, keep what was typed, by view id.
const typed = new Map();
let shown = null;

// showModals shows the view on top of the stack, or none.
export function showModals(stack) {
  const dialog = byId("modal");
  const top = stack?.at(-1);
  if (shown && dialog.querySelector("form")) typed.set(shown.id, filled(dialog.querySelector("form")));
  for (const id of typed.keys()) if (!stack?.some((v) => v.id === id)) typed.delete(id);
  if (!top) {
    shown = null;
    if (dialog.open) dialog.close();
    show(dialog);
    return;
  }
  if (shown?.id === top.id && shown.hash === top.hash && dialog.open) return;
  shown = top;
  dialog.dataset.view = top.id;
  draw(dialog, top);
  if (!dialog.open) dialog.showModal();
}

function draw(dialog, view) {
  const surface = {
    view: view.id,
    press: (e, choice) => post("/api/press", { member: world.state.me, view: view.id, action_id: e.action_id ?? "", ...(choice === undefined ? { value: e.value ?? "" } : { choice }) }),
  };
  const trouble = el("p", { class: "trouble", role: "alert", "data-testid": "modal-trouble", hidden: true });
  const go = view.submit ? el("button", { type: "submit", class: "button primary", "data-testid": "modal-submit" }, view.submit) : null;
  const form = el("form", { novalidate: true },
    el("header", {}, el("h2", { id: "modal-title" }, view.title || world.state.app.name),
      el("button", { type: "button", class: "icon", "aria-label": "Close the form", onclick: () => close(view) }, "✕")),
    trouble,
    el("div", { class: "dialog-body" }, blocks(view.blocks, surface)),
    el("div", { class: "dialog-foot" },
      el("button", { type: "button", class: "button", "data-testid": "modal-close", onclick: () => close(view) }, view.close || (view.submit ? "Cancel" : "Close")), go));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    submit(form, view, go, trouble);
  });
  show(dialog, form);
  refill(form, typed.get(view.id) ?? {});
}

async function submit(form, view, go, trouble) {
  if (go.disabled) return;
  go.disabled = true;
  trouble.hidden = true;
  try {
    const answer = await post("/api/submit", { member: world.state.me, view: view.id, values: filled(form) });
    complain(form, answer.errors ?? {});
    if (answer.trouble) {
      trouble.textContent = "We had some trouble connecting. Try again? (" + answer.trouble + ")";
      trouble.hidden = false;
    }
  } catch (err) {
    trouble.textContent = err.message;
    trouble.hidden = false;
  } finally {
    go.disabled = false;
  }
}

async function close(view) {
  try {
    await post("/api/close", { member: world.state.me, view: view.id });
  } catch (err) {
    toast(err.message);
  }
}

// escapes lets Esc close the view on top through the workspace: what is open is decided there, not by the browser.
export function escapes() {
  const dialog = byId("modal");
  dialog.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    e.preventDefault();
    if (shown) close(shown);
  });
  dialog.addEventListener("cancel", (e) => e.preventDefault());
}
