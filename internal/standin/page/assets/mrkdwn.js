// SPDX-License-Identifier: Apache-2.0

import { filled, full } from "./clock.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { channel, group, me, member, world } from "./world.js";

const unescape = (s) => s.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);

// mrkdwn turns Slack's mark-up into nodes.
export function mrkdwn(text) {
  return text.split(/(```[\s\S]*?```)/).flatMap((part) => {
    if (part.length > 6 && part.startsWith("```")) return [el("pre", {}, snippet(part.slice(3, -3).replace(/^\n|\n$/g, "")))];
    return quotes(part);
  });
}

// quotes sets lines that begin with > apart; the mark arrives escaped, or bare from apps that don't escape it.
function quotes(text) {
  const out = [];
  let quoted = [];
  let plain = [];
  const flush = () => {
    if (quoted.length) out.push(el("blockquote", {}, inline(quoted.join("\n"))));
    if (plain.length) out.push(...inline(plain.join("\n")));
    quoted = [];
    plain = [];
  };
  for (const line of text.split("\n")) {
    const mark = line.match(/^(?:&gt;|>)\s?/);
    if (mark ? plain.length : quoted.length) flush();
    if (mark) quoted.push(line.slice(mark[0].length));
    else plain.push(line);
  }
  flush();
  return out;
}

// A mark counts at the edge of a word only, so that names_with_underscores stay.
const before = "(?<![\\p{L}\\p{N}])";
const after = "(?![\\p{L}\\p{N}])";
const span = (mark) => `${before}${mark}(?=\\S)([^${mark}\\n]+?)(?<=\\S)${mark}${after}`;
const token = new RegExp(
  ["`([^`\\n]+)`", "<([^<>\\n]+)>", span("\\*"), span("_"), span("~"), ":([a-z0-9_+'-]+):", "(https?://[^\\s<>|]*[^\\s<>|.,;:!?)'\"])"].join("|"), "gu");

export function inline(text) {
  const out = [];
  let end = 0;
  for (const m of text.matchAll(token)) {
    if (m.index > end) out.push(unescape(text.slice(end, m.index)));
    out.push(piece(m));
    end = m.index + m[0].length;
  }
  if (end < text.length) out.push(unescape(text.slice(end)));
  return out;
}

function piece([all, code, angle, bold, italic, struck, name, url]) {
  if (code !== undefined) return el("code", {}, snippet(code));
  if (angle !== undefined) return special(angle);
  if (bold !== undefined) return el("strong", {}, inline(bold));
  if (italic !== undefined) return el("em", {}, inline(italic));
  if (struck !== undefined) return el("s", {}, inline(struck));
  if (name !== undefined) return emoji(name);
  return link(unescape(url), unescape(all));
}

// snippet shows what stands between angle brackets by its name, and everything else as it is.
const snippet = (text) => text.split(/(<[^<>\n]+>)/).map((part) => (/^<[^]+>$/.test(part) ? special(part.slice(1, -1)) : unescape(part)));

function special(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : unescape(body.slice(bar + 1));
  if (target.startsWith("@")) return user(target.slice(1), label);
  if (target.startsWith("#")) return place(target.slice(1), label);
  if (target.startsWith("!subteam^")) return team(target.slice(9), label);
  if (target.startsWith("!date^")) return date(target.slice(6), label);
  if (target.startsWith("!")) return broadcast(target.slice(1));
  return link(unescape(target), label);
}

export function user(id, label = "") {
  const who = member(id);
  const words = "@" + (who?.real_name || who?.name || label || id);
  return el("span", { class: id === world.state.me ? "mention mine" : "mention", "data-user": id, title: who && "@" + who.name }, words);
}

export function team(id, label = "") {
  const g = group(id);
  const mine = g?.members?.includes(me()?.id);
  return el("span", { class: mine ? "mention mine" : "mention", title: g?.name }, g ? "@" + g.handle : label || id);
}

export function place(id, label = "") {
  return el("span", { class: "mention" }, "#" + (channel(id)?.name || label || "private-channel"));
}

export const broadcast = (name) => el("span", { class: "mention mine" }, "@" + name);

function date(body, fallback) {
  const [unix, pattern = "", ...rest] = body.split("^");
  return moment(unix, pattern, rest.join("^"), fallback);
}

// moment is a time in the reader's zone, with the whole of it in its title.
export function moment(unix, pattern, url, fallback) {
  const words = filled(unix, pattern, fallback);
  if (url) return link(url, words);
  const at = new Date(Number(unix) * 1000);
  return el("time", Number.isNaN(at.getTime()) ? {} : { datetime: at.toISOString(), title: full(at) }, words);
}

// link is a link that leaves no trace of the page; what is neither web nor mail stays text. A link to a message of the channel opens
// it here.
export function link(url, label) {
  const words = label || url.replace(/^mailto:/, "");
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return words;
  const here = url.match(/\/archives\/(\w+)\/p(\d{10})(\d{6})(?:\?(?:.*&)?thread_ts=([\d.]+))?/);
  if (here && here[1] === world.state.channel.id) {
    return el("a", { href: url, "data-permalink": `${here[2]}.${here[3]}`, "data-thread": here[4] }, words);
  }
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words);
}

// plain is a text object of either type.
export function textObject(t) {
  if (!t?.text) return [];
  return t.type === "plain_text" ? [t.text.replace(/:([a-z0-9_+'-]+):/g, (_, name) => emoji(name))] : mrkdwn(t.text);
}
