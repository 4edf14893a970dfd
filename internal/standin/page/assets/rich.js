// SPDX-License-Identifier: Apache-2.0

import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, link, moment, place, team, user } from "./mrkdwn.js";

// rich shows the elements of a rich_text block.
export function rich(elements) {
  return (elements ?? []).map((e) => {
    switch (e.type) {
      case "rich_text_list":
        return el(e.style === "ordered" ? "ol" : "ul", { class: "indent-" + Math.min(e.indent ?? 0, 8), start: e.style === "ordered" && e.offset ? e.offset + 1 : null },
          (e.elements ?? []).map((item) => el("li", {}, item.type === "rich_text_list" ? rich([item]) : leaves(item.elements))));
      case "rich_text_quote":
        return el("blockquote", {}, leaves(e.elements));
      case "rich_text_preformatted":
        return el("pre", {}, leaves(e.elements));
    }
    return el("p", { class: "rich" }, leaves(e.elements));
  });
}

function leaves(elements) {
  return (elements ?? []).map((e) => styled(leaf(e), e.style));
}

function leaf(e) {
  switch (e.type) {
    case "text": return e.text;
    case "link": return link(e.url, e.text);
    case "user": return user(e.user_id);
    case "usergroup": return team(e.usergroup_id);
    case "channel": return place(e.channel_id);
    case "emoji": return emoji(e.name);
    case "broadcast": return broadcast(e.range);
    case "date": return moment(e.timestamp, e.format ?? "", e.url, e.fallback ?? "");
    case "color": return el("code", {}, e.value);
  }
  return `[${e.type}]`;
}

function styled(node, style) {
  for (const [key, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (style?.[key]) node = el(tag, {}, node);
  }
  return node;
}
