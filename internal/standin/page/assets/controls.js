// SPDX-License-Identifier: Apache-2.0

import { el } from "./dom.js";
import { confirmed } from "./confirm.js";
import { textObject } from "./mrkdwn.js";
import { options, initial } from "./options.js";
import { world } from "./world.js";

const words = (nodes) => nodes.map((n) => (typeof n === "string" ? n : n.textContent)).join("");

// control is an interactive element that tells the app at once: in messages, and in a modal outside its input blocks.
export function control(e, surface) {
  if (e.visible_to_user_ids && !e.visible_to_user_ids.includes(world.state.me)) return "";
  switch (e.type) {
    case "button":
    case "workflow_button": return button(e, surface);
    case "radio_buttons":
    case "checkboxes": return boxes(e, surface);
    case "datepicker":
    case "timepicker": return picker(e, surface);
  }
  if (options(e)) return select(e, surface);
  return el("span", { class: "quiet" }, `[${e.type}]`);
}

function button(e, surface) {
  const node = el("button", {
    type: "button", class: "button " + (e.style ?? ""), "data-action": e.action_id ?? "", "data-value": e.value ?? "", "aria-label": e.accessibility_label,
  }, textObject(e.text), e.url ? " ↗" : "");
  node.addEventListener("click", async () => {
    if (node.classList.contains("pending") || !(await confirmed(e.confirm))) return;
    if (/^https?:\/\//i.test(e.url ?? "")) window.open(e.url, "_blank", "noopener,noreferrer");
    await pressed(node, () => surface.press(e));
  });
  return node;
}

// pressed shows that a click is under way, and a sign beside it when it did not arrive.
async function pressed(node, deed) {
  node.classList.add("pending");
  node.setAttribute("aria-busy", "true");
  const sign = node.nextElementSibling;
  if (sign?.dataset.testid === "problem") sign.remove();
  try {
    await deed();
  } catch (err) {
    node.after(el("span", { class: "problem", role: "alert", "data-testid": "problem", title: err.message }, "⚠ " + err.message));
  } finally {
    node.classList.remove("pending");
    node.removeAttribute("aria-busy");
  }
}

// named makes a control findable; in a modal what is chosen goes along when the modal is submitted.
const named = (e, surface) => ({ "data-action": e.action_id ?? "", "data-value": "", "data-field": surface.view ? e.action_id : null });

function select(e, surface) {
  const several = e.type.startsWith("multi_");
  const node = el("select", { ...named(e, surface), multiple: several, "aria-label": words(textObject(e.placeholder)) || e.action_id });
  const chosen = initial(e);
  if (!several && (e.type === "overflow" || chosen.length === 0)) {
    node.append(el("option", { value: "", selected: true, disabled: true }, e.type === "overflow" ? "⋯" : words(textObject(e.placeholder)) || "Choose…"));
  }
  node.append(...options(e).map((o) => el("option", { value: o.value, selected: chosen.includes(o.value) }, words(o.label))));
  node.addEventListener("change", async () => {
    if (!(await confirmed(e.confirm))) return;
    await pressed(node, () => surface.press(e, several ? [...node.selectedOptions].map((o) => o.value) : node.value));
  });
  return node;
}

let groups = 0;

function boxes(e, surface) {
  const one = e.type === "radio_buttons";
  const name = "choice-" + ++groups;
  const chosen = initial(e);
  const node = el("div", { class: "choices", role: one ? "radiogroup" : "group", ...named(e, surface), "data-choices": e.type }, options(e).map((o) =>
    el("label", {}, el("input", { type: one ? "radio" : "checkbox", name, value: o.value, checked: chosen.includes(o.value) }), " ", o.label)));
  node.addEventListener("change", async () => {
    if (!(await confirmed(e.confirm))) return;
    const values = [...node.querySelectorAll("input:checked")].map((i) => i.value);
    await pressed(node, () => surface.press(e, one ? values[0] : values));
  });
  return node;
}

function picker(e, surface) {
  const node = el("input", {
    ...named(e, surface), type: e.type === "datepicker" ? "date" : "time", value: e.initial_date ?? e.initial_time ?? "",
    "aria-label": words(textObject(e.placeholder)) || e.action_id,
  });
  node.addEventListener("change", () => node.value && pressed(node, () => surface.press(e, node.value)));
  return node;
}
