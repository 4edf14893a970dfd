// SPDX-License-Identifier: Apache-2.0

import { el } from "./dom.js";
import { emojis } from "./emoji.js";
import { control } from "./controls.js";
import { field } from "./fields.js";
import { link, mrkdwn, textObject } from "./mrkdwn.js";
import { rich } from "./rich.js";

// blocks shows Block Kit blocks. The surface says what a press does: {press(element, choice), view} where view is set in modals.
export function blocks(list, surface) {
  return (list ?? []).map((b) => {
    const node = block(b, surface);
    node.classList.add("block");
    node.dataset.block = b.block_id ?? "";
    return node;
  });
}

function block(b, surface) {
  switch (b.type) {
    case "header": return el("h3", { class: "header" }, textObject(b.text));
    case "section": return section(b, surface);
    case "context":
      return el("div", { class: "context" }, (b.elements ?? []).map((e) => el("span", {}, e.type === "image" ? picture(e) : textObject(e))));
    case "divider": return el("hr");
    case "actions": return el("div", { class: "actions" }, (b.elements ?? []).map((e) => control(e, surface)));
    case "input": return field(b, surface);
    case "table":
    case "data_table": return table(b, surface);
    case "rich_text": return el("div", {}, rich(b.elements));
    case "markdown": return el("div", { class: "text" }, mrkdwn(fromMarkdown(b.text ?? "")));
    case "image": return el("figure", {}, picture(b), el("figcaption", {}, textObject(b.title)));
    case "plan":
      return el("div", { class: "plan" }, el("strong", {}, b.title), (b.tasks ?? []).map(task));
    case "task_card": return task(b);
  }
  return el("div", { class: "quiet" }, `[${b.type}]`);
}

function section(b, surface) {
  const text = el("div", { class: "text" }, textObject(b.text));
  const fields = b.fields?.length ? el("div", { class: "fields" }, b.fields.map((f) => el("div", { class: "text" }, textObject(f)))) : null;
  if (!b.accessory) return el("div", {}, text, fields);
  const beside = b.accessory.type === "image" ? picture(b.accessory) : control(b.accessory, surface);
  return el("div", { class: "with-accessory" }, el("div", {}, text, fields), beside);
}

// picture is a link with its description: the page loads nothing from outside.
function picture(e) {
  const alt = e.alt_text || "image";
  return el("span", { class: "picture" }, e.image_url ? link(e.image_url, alt) : alt);
}

function table(b, surface) {
  const settings = b.column_settings ?? [];
  const rows = (b.rows ?? []).map((cells, i) =>
    el("tr", {}, cells.map((cell, j) => {
      const right = settings[j]?.align === "right" || cell?.type === "raw_number";
      const css = [right ? "right" : settings[j]?.align === "center" ? "center" : "", settings[j]?.is_wrapped ? "wrapped" : ""].join(" ").trim();
      return el(i === 0 ? "th" : "td", { class: css || null, scope: i === 0 ? "col" : null }, cellContent(cell, surface));
    })));
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": b.caption || "Table" },
    el("table", {}, b.caption ? el("caption", {}, b.caption) : null, el("thead", {}, rows.slice(0, 1)), el("tbody", {}, rows.slice(1))));
}

function cellContent(cell, surface) {
  switch (cell?.type) {
    case "raw_text": return emojis(cell.text);
    case "raw_number": return cell.text ?? String(cell.value);
    case "rich_text": return rich(cell.elements);
    case "action_cell": return control(cell.element, surface);
  }
  return "";
}

const signs = { complete: "✔", in_progress: "▸", error: "✖" };

function task(t) {
  return el("div", { class: "task " + (t.status ?? "pending") }, el("span", { "aria-hidden": "true" }, signs[t.status] ?? "○"), " ", t.title,
    rich(t.details?.elements), rich(t.output?.elements));
}

// fromMarkdown says the commonest marks of standard Markdown in Slack's own.
function fromMarkdown(text) {
  return text.replace(/\[([^\]\n]+)\]\(([^)\s]+)\)/g, "<$2|$1>").replace(/\*\*([^*\n]+)\*\*/g, "*$1*")
    .replace(/^#{1,6} +(.*)$/gm, "*$1*").replace(/^[-*] /gm, "• ");
}
