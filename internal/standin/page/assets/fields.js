// SPDX-License-Identifier: Apache-2.0

import { el } from "./dom.js";
import { initial, options } from "./options.js";
import { textObject } from "./mrkdwn.js";

const words = (nodes) => nodes.map((n) => (typeof n === "string" ? n : n.textContent)).join("");
let count = 0;

// field is an input block: label, control, hint, and room for what is wrong with it.
export function field(b, surface) {
  const e = b.element ?? {};
  const id = "field-" + ++count;
  const about = { id, name: e.action_id ?? b.block_id, "data-field": b.block_id, "aria-describedby": id + "-error", autofocus: !!e.focus_on_load };
  const input = make(e, about);
  const label = [...textObject(b.label), b.optional ? el("span", { class: "quiet" }, " (optional)") : ""];
  const grouped = e.type === "radio_buttons" || e.type === "checkboxes";
  if (b.dispatch_action && surface?.press && !grouped) input.addEventListener("change", () => surface.press(e, input.value).catch(() => {}));
  return el(grouped ? "fieldset" : "div", { class: "field" },
    grouped ? el("legend", {}, label) : el("label", { for: id }, label), input,
    b.hint ? el("p", { class: "quiet" }, textObject(b.hint)) : null,
    el("p", { class: "field-error", id: id + "-error", role: "alert", "data-testid": "field-error", "data-error-for": b.block_id, hidden: true }));
}

const typed = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

function make(e, about) {
  const start = e.initial_value ?? e.initial_date ?? e.initial_time ?? "";
  const placeholder = words(textObject(e.placeholder)) || null;
  if (e.type === "plain_text_input" && e.multiline) {
    return el("textarea", { ...about, rows: 4, placeholder, maxlength: e.max_length ?? 3000 }, start);
  }
  if (e.type === "radio_buttons" || e.type === "checkboxes") return boxes(e, about);
  const list = options(e);
  if (list) {
    const several = e.type.startsWith("multi_");
    const chosen = initial(e);
    return el("select", { ...about, multiple: several }, several ? [] : el("option", { value: "" }, placeholder ?? "Choose…"),
      list.map((o) => el("option", { value: o.value, selected: chosen.includes(o.value) }, words(o.label))));
  }
  const value = e.type === "datetimepicker" && e.initial_date_time ? localTime(e.initial_date_time) : start;
  return el("input", { ...about, type: typed[e.type] ?? "text", placeholder, value, maxlength: e.max_length, step: e.is_decimal_allowed ? "any" : null });
}

function boxes(e, { id, name, ...about }) {
  const chosen = initial(e);
  return el("div", { ...about, id, class: "choices", "data-choices": e.type }, options(e).map((o) =>
    el("label", {}, el("input", { type: e.type === "radio_buttons" ? "radio" : "checkbox", name, value: o.value, checked: chosen.includes(o.value) }), " ", o.label)));
}

function localTime(unix) {
  const at = new Date(unix * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

// filled reads all fields below a node, by block id or action id: strings, or lists where several may be chosen. A field that was left
// empty is an empty list: an empty string would be looked for among the options.
export function filled(form) {
  const values = {};
  for (const node of form.querySelectorAll("[data-field]")) {
    const value = valueOf(node);
    values[node.dataset.field] = value === "" ? [] : value;
  }
  return values;
}

function valueOf(node) {
  if (node.dataset.choices) {
    const chosen = [...node.querySelectorAll("input:checked")].map((i) => i.value);
    return node.dataset.choices === "checkboxes" ? chosen : chosen[0] ?? "";
  }
  if (node.multiple) return [...node.selectedOptions].map((o) => o.value);
  if (node.type === "datetime-local") return node.value ? String(Math.floor(new Date(node.value).getTime() / 1000)) : "";
  return node.value;
}

// refill puts what was typed back into a form that was drawn anew.
export function refill(form, values) {
  for (const node of form.querySelectorAll("[data-field]")) {
    const value = values[node.dataset.field];
    if (value === undefined) continue;
    const list = [].concat(value);
    if (node.dataset.choices) for (const box of node.querySelectorAll("input")) box.checked = list.includes(box.value);
    else if (node.multiple) for (const o of node.options) o.selected = list.includes(o.value);
    else if (node.type !== "datetime-local") node.value = value;
  }
}

// complain shows what is wrong, by block id.
export function complain(form, errors) {
  let first;
  for (const place of form.querySelectorAll("[data-testid=field-error]")) {
    const wrong = errors[place.dataset.errorFor];
    place.textContent = wrong ?? "";
    place.hidden = !wrong;
    const node = form.querySelector(`[data-field="${CSS.escape(place.dataset.errorFor)}"]`);
    if (wrong) node.setAttribute("aria-invalid", "true");
    else node.removeAttribute("aria-invalid");
    if (wrong) first ??= node.matches("input, select, textarea") ? node : node.querySelector("input");
  }
  first?.focus();
}
