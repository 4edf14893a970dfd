// SPDX-License-Identifier: Apache-2.0

import { post } from "./api.js";
import { blocks } from "./blocks.js";
import { day, full, ofTS, pretty, time } from "./clock.js";
import { el, keep } from "./dom.js";
import { emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";
import { author, world } from "./world.js";

// showMessages brings a list of messages onto the screen: with a line where a day begins, and authors named once for what they said
// in a row. A reader at the end stays there.
export function showMessages(container, list, { thread, open, dismiss }) {
  const items = [];
  let previous;
  for (const m of list) {
    const at = ofTS(m.ts);
    if (!thread && (!previous || day(ofTS(previous.ts)) !== day(at))) {
      const words = pretty(at, day(at));
      items.push({ key: "day-" + day(at), version: words, make: () => el("div", { class: "day", role: "separator" }, el("span", {}, words)) });
      previous = null;
    }
    const follows = previous && same(previous, m) && Number(m.ts) - Number(previous.ts) < 300;
    // What people are called, and whether the reader is meant, is part of what is shown.
    const version = JSON.stringify([m, follows, world.state.me, author(m)]);
    items.push({ key: m.ts, version, make: () => message(m, { thread, open, dismiss, follows }) });
    if (thread && m.ts === thread && list.length > 1) {
      const n = m.reply_count ?? 0;
      items.push({ key: "count", version: String(n), make: () => el("div", { class: "day left", role: "separator" }, el("span", {}, replies(n))) });
    }
    previous = thread && m.ts === thread ? null : m;
  }
  keep(container, items);
  if (!strayed.has(container)) toEnd(container);
}

// strayed are the lists whose reader went up to read; the others stay at their end, also when their size changes.
const strayed = new WeakSet();

export function toEnd(container) {
  strayed.delete(container);
  container.scrollTop = container.scrollHeight;
}

export function stayAtEnd(container) {
  container.addEventListener("scroll", () => {
    if (container.scrollHeight - container.scrollTop - container.clientHeight < 40) strayed.delete(container);
    else strayed.add(container);
  });
  new ResizeObserver(() => strayed.has(container) || toEnd(container)).observe(container);
}

const same = (a, b) => a.user === b.user && a.bot_id === b.bot_id && a.username === b.username && !a.ephemeral && !b.ephemeral && !a.reply_count;
const replies = (n) => (n === 1 ? "1 reply" : `${n} replies`);

function message(m, { thread, open, dismiss, follows }) {
  const at = ofTS(m.ts);
  const who = author(m);
  const stamp = el("time", { class: "stamp", datetime: at.toISOString(), title: full(at) }, time(at));
  const surface = { press: (e, choice) => post("/api/press", { member: world.state.me, ts: m.ts, action_id: e.action_id ?? "", ...(choice === undefined ? { value: e.value ?? "" } : { choice }) }) };
  return el("article", {
    class: ["message", follows ? "follows" : "", m.ephemeral ? "ephemeral" : ""].join(" ").trim(), "data-testid": "message", "data-ts": m.ts,
    "data-ephemeral": m.ephemeral, "data-thread": m.thread_ts, "data-user": m.user, "aria-label": `${who.name}, ${time(at)}${m.ephemeral ? ", only visible to you" : ""}`,
  },
    m.ephemeral ? el("p", { class: "only-you" }, "Only visible to you", el("button", { type: "button", class: "plain", onclick: () => dismiss(m.ts) }, "Dismiss")) : null,
    el("div", { class: "gutter" }, follows ? stamp.cloneNode(true) : avatar(who)),
    el("div", { class: "content" },
      follows ? null : el("div", { class: "by" }, el("b", {}, who.name), who.kind ? el("span", { class: "badge" }, who.kind) : null, stamp),
      el("div", { class: "body" }, body(m, surface)),
      m.files?.length ? el("div", { class: "files" }, m.files.map(file)) : null,
      m.reactions?.length ? el("div", { class: "reactions" }, m.reactions.map((r) => el("span", { class: "reaction", title: `:${r.name}:` }, emoji(r.name), " ", r.count))) : null,
      thread || m.ephemeral ? null : replyLine(m, open)));
}

function body(m, surface) {
  const edited = m.edited_ts ? el("span", { class: "quiet", title: full(ofTS(m.edited_ts)) }, " (edited)") : null;
  const shown = m.blocks?.length ? blocks(m.blocks, surface) : m.text ? [el("div", { class: "text block" }, mrkdwn(m.text))] : [];
  const last = shown.findLast((n) => n.querySelector(".text") || n.matches(".text"));
  if (edited && last) (last.matches(".text") ? last : last.querySelector(".text")).append(edited);
  const attached = (m.attachments ?? []).map((a) =>
    el("div", { class: "attachment" }, a.blocks ? blocks(a.blocks, surface) : el("div", { class: "text" }, mrkdwn(a.text ?? a.fallback ?? ""))));
  return [...shown, ...attached];
}

function replyLine(m, open) {
  const n = m.reply_count ?? 0;
  if (n === 0) {
    return el("button", { type: "button", class: "reply-first plain", "data-testid": "reply", onclick: () => open(m.thread_ts || m.ts, true) }, "↩ Reply in thread");
  }
  const people = (m.reply_users ?? []).slice(0, 4).map((id) => avatar(author({ user: id, bot_id: id === world.state.app.bot_user ? world.state.app.bot_id : "" }), true));
  const last = m.latest_reply ? ofTS(m.latest_reply) : null;
  return el("button", { type: "button", class: "replies", "data-testid": "replies", "data-count": n, onclick: () => open(m.ts, true) },
    people, el("b", {}, replies(n)), last ? el("span", { class: "quiet" }, `Last reply ${pretty(last, day(last))} at ${time(last)}`) : null);
}

// avatar is a square with initials, in one of eight colours that belongs to the person.
function avatar(who, small) {
  const initials = who.name.split(/[\s._-]+/).map((w) => [...w][0] ?? "").join("").slice(0, 2).toUpperCase();
  const hue = [...who.seed ?? ""].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 997, 7) % 8;
  return el("span", { class: `avatar hue-${hue}${small ? " small" : ""}${who.kind === "app" ? " app" : ""}`, "aria-hidden": "true", title: who.name },
    who.kind === "app" ? el("img", { src: "/assets/icon.svg", alt: "" }) : initials);
}

function size(n) {
  return n < 1000 ? n + " B" : n < 1e6 ? (n / 1e3).toFixed(1) + " kB" : (n / 1e6).toFixed(1) + " MB";
}

function file(f) {
  const url = `/api/files/${encodeURIComponent(f.id)}/${encodeURIComponent(f.name.replaceAll("/", "_") || "file")}?member=${encodeURIComponent(world.state.me)}`;
  return el("div", { class: "file" },
    el("span", { class: "file-kind", "aria-hidden": "true" }, (f.filetype || "file").slice(0, 4)),
    el("span", { class: "file-words" },
      el("a", { href: url, target: "_blank", rel: "noopener", "data-testid": "file", "data-name": f.name }, f.name),
      el("span", { class: "quiet" }, [f.title && f.title !== f.name ? f.title + " · " : "", size(f.size)])),
    el("a", { class: "download", href: url + "&download=1", "aria-label": "Download " + f.name, title: "Download" }, "⬇"));
}
