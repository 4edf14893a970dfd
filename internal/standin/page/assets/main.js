// SPDX-License-Identifier: Apache-2.0

import { listen, post } from "./api.js";
import { composer, suggest } from "./composer.js";
import { byId, toast } from "./dom.js";
import { showMessages, stayAtEnd, toEnd } from "./message.js";
import { escapes, showModals } from "./modal.js";
import { sharing } from "./share.js";
import { aboutMe, showSide, showSockets, showStream } from "./side.js";
import { begin, change, channelMessages, threadMessages, world } from "./world.js";

let leave = () => {};

// choose becomes another member: everything is drawn anew from what they see.
function choose(id) {
  leave();
  delete document.body.dataset.member;
  showModals([]);
  world.dismissed.clear();
  if (id) history.replaceState(null, "", "?member=" + encodeURIComponent(id));
  leave = listen(id ?? "", heard, showStream);
}

function heard(kind, data) {
  switch (kind) {
    case "state": {
      const fresh = document.body.dataset.member !== data.me;
      begin(data);
      showSide(choose);
      showSockets(data.sockets);
      showHead();
      draw();
      showModals(data.modals);
      if (fresh) toEnd(byId("channel"));
      document.body.dataset.member = data.me;
      return;
    }
    case "message":
      change(world.messages, data);
      return later();
    case "ephemeral":
      change(world.ephemerals, data);
      return later();
    case "modals":
      return showModals(data);
    case "sockets":
      return showSockets(data);
  }
}

let waiting = false;

// later draws once for all changes that arrive together.
function later() {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    draw();
  });
}

function draw() {
  const dismiss = (ts) => {
    world.dismissed.add(ts);
    draw();
  };
  showMessages(byId("channel"), channelMessages(), { open: openThread, dismiss });
  if (world.thread && !world.messages.has(world.thread)) world.thread = null;
  byId("thread").hidden = !world.thread;
  document.body.classList.toggle("in-thread", !!world.thread);
  if (world.thread) showMessages(byId("thread-messages"), threadMessages(world.thread), { thread: world.thread, dismiss });
}

function openThread(ts, focus) {
  world.thread = ts;
  byId("thread-messages").replaceChildren();
  draw();
  toEnd(byId("thread-messages"));
  if (focus) byId("thread-composer").focus();
}

function closeThread() {
  const root = world.thread;
  world.thread = null;
  draw();
  document.querySelector(`#channel [data-ts="${CSS.escape(root ?? "")}"] [data-testid="replies"]`)?.focus();
}

function showHead() {
  const s = world.state;
  byId("channel-title").textContent = "# " + s.channel.name;
  byId("thread-channel").textContent = "# " + s.channel.name;
  byId("topic").textContent = s.channel.topic ?? "";
  byId("channel-members").textContent = `${s.channel.members?.length ?? 0} members`;
  const box = byId("composer");
  box.disabled = byId("thread-composer").disabled = byId("attach").disabled = byId("thread-attach").disabled = !!s.refused;
  box.placeholder = s.refused || "Message #" + s.channel.name;
}

// send says a text, or gives it as a command when it begins with a slash, as Slack's own box does.
async function send(text, thread = "") {
  try {
    await post(text.startsWith("/") ? "/api/command" : "/api/say", { member: world.state.me, text, thread });
  } catch (err) {
    toast(err.message);
  }
}

// share sends files as one message.
async function share(files, thread = "") {
  try {
    await post("/api/share", { member: world.state.me, files, thread });
  } catch (err) {
    toast(err.message);
  }
}

// follow opens links to messages of this channel here.
function follow(e) {
  const link = e.target.closest("a[data-permalink]");
  if (!link) return;
  e.preventDefault();
  const ts = link.dataset.permalink;
  const m = world.messages.get(ts);
  if (!m) return toast("That message is not there any more.");
  const root = link.dataset.thread || m.thread_ts || ts;
  openThread(root, true);
  const target = byId("thread-messages").querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  if (ts !== root) target?.scrollIntoView({ block: "center" });
  target?.classList.add("pointed");
}

function start() {
  suggest(byId("composer"), () => world.state?.app.commands ?? []); // first: what completes a command must not send it
  composer(byId("composer-form"), byId("composer"), (text) => send(text));
  composer(byId("thread-form"), byId("thread-composer"), (text) => send(text, world.thread));
  sharing(document.querySelector("main"), byId("attach"), byId("files"), (files) => share(files));
  sharing(byId("thread"), byId("thread-attach"), byId("thread-files"), (files) => share(files, world.thread));
  stayAtEnd(byId("channel"));
  stayAtEnd(byId("thread-messages"));
  escapes();
  byId("thread-close").addEventListener("click", closeThread);
  byId("thread").addEventListener("keydown", (e) => e.key === "Escape" && !e.defaultPrevented && closeThread());
  document.addEventListener("click", follow);
  const toggle = byId("side-toggle");
  toggle.addEventListener("click", () => toggle.setAttribute("aria-expanded", String(document.body.classList.toggle("with-side"))));
  setInterval(aboutMe, 20000);
  choose(new URLSearchParams(location.search).get("member"));
}

start();
