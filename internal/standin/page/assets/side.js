// SPDX-License-Identifier: Apache-2.0

import { post } from "./api.js";
import { time } from "./clock.js";
import { byId, el, show } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { kindOf, me, member, world } from "./world.js";

// showSide draws the workspace panel. Its buttons are made once, so that a result stays while the rest changes.
export function showSide(choose) {
  const s = world.state;
  byId("team").textContent = s.title || s.app.name;
  document.title = (s.title ? s.title + " · " : "") + "#" + s.channel.name;
  const chooser = byId("member");
  show(chooser, s.playable.map((m) =>
    el("option", { value: m.id, selected: m.id === s.me }, `${m.real_name} (@${m.name})${kindOf(m) ? " · " + kindOf(m) : ""}`)));
  chooser.onchange = () => choose(chooser.value);
  aboutMe();
  show(byId("side-channel"), "# ", s.channel.name);
  show(byId("groups"), s.groups.map((g) => [
    el("h2", {}, "@" + g.handle), el("p", { class: "quiet" }, (g.members ?? []).map((id) => member(id)?.real_name ?? id).join(", ") || "nobody"),
  ]));
  showBreaks();
  byId("notes").hidden = !s.notes?.length;
  show(byId("note-list"), (s.notes ?? []).map((n) => el("p", {}, mrkdwn(n))));
}

// aboutMe says what sort of account one plays, and what their clock shows.
export function aboutMe() {
  const who = me();
  if (!who) return;
  const kind = kindOf(who) || (who.admin ? "member, workspace admin" : "member");
  byId("about-me").textContent = `${kind} · ${time(new Date())} ${who.tz ? who.tz.split("/").at(-1).replaceAll("_", " ") : "your own time"}`;
}

function showBreaks() {
  const all = world.state.breaks ?? [];
  byId("breaks").hidden = all.length === 0;
  const list = byId("break-list");
  if (list.children.length === all.length && all.every((b, i) => list.children[i].dataset.id === b.id)) return;
  show(list, all.map((b) => {
    const result = el("p", { class: "result", role: "status", "data-testid": "break-result", "data-break": b.id, hidden: true });
    const button = el("button", { type: "button", class: "side-button", "data-testid": "break", "data-break": b.id, title: b.help }, b.label);
    button.addEventListener("click", () => run(b, button, result));
    return el("li", { "data-id": b.id }, button, b.help ? el("p", { class: "quiet" }, b.help) : null, result);
  }));
}

async function run(b, button, result) {
  if (button.classList.contains("pending")) return;
  button.classList.add("pending");
  button.setAttribute("aria-busy", "true");
  result.hidden = false;
  result.classList.remove("bad");
  result.textContent = "…";
  try {
    result.textContent = `${time(new Date())} ${(await post("/api/break", { id: b.id })).text || "Done."}`;
  } catch (err) {
    result.textContent = err.message;
    result.classList.add("bad");
  } finally {
    button.classList.remove("pending");
    button.removeAttribute("aria-busy");
  }
}

// showSockets says how many connections the app has open.
export function showSockets(n) {
  const place = byId("sockets");
  place.dataset.count = n;
  place.className = n > 0 ? "light on" : "light off";
  place.textContent = n === 0 ? `${world.state?.app.name ?? "The app"} is not connected` : `${world.state.app.name}: ${n} ${n === 1 ? "socket" : "sockets"} open`;
}

// showStream says whether the page hears of changes.
export function showStream(live) {
  const place = byId("stream");
  place.dataset.state = live ? "live" : "lost";
  place.className = live ? "light on" : "light off";
  place.textContent = live ? "page is live" : "page is cut off, trying again…";
}
