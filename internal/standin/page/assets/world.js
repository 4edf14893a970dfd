// SPDX-License-Identifier: Apache-2.0

// world is what the server last said about the workspace, as the chosen member sees it, with messages by ts.
export const world = { state: null, messages: new Map(), ephemerals: new Map(), dismissed: new Set(), thread: null };

export function begin(state) {
  world.state = state;
  world.messages = new Map((state.messages ?? []).map((m) => [m.ts, m]));
  world.ephemerals = new Map((state.ephemerals ?? []).map((m) => [m.ts, m]));
}

export function change(map, { ts, message }) {
  if (message) map.set(ts, message);
  else map.delete(ts);
}

const isReply = (m) => m.thread_ts && m.thread_ts !== m.ts;
const byTime = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);
const whispers = () => [...world.ephemerals.values()].filter((m) => !world.dismissed.has(m.ts));

// channelMessages are what the channel shows: no replies, except those sent to the channel too.
export function channelMessages() {
  const said = [...world.messages.values()].filter((m) => !isReply(m) || m.broadcast);
  return [...said, ...whispers().filter((m) => !m.thread_ts)].sort(byTime);
}

// threadMessages are a thread's root and its replies.
export function threadMessages(root) {
  const said = [...world.messages.values()].filter((m) => m.ts === root || m.thread_ts === root);
  return [...said, ...whispers().filter((m) => m.thread_ts === root)].sort(byTime);
}

export const me = () => member(world.state.me);
export const member = (id) => world.state.members.find((m) => m.id === id);
export const group = (id) => world.state.groups.find((g) => g.id === id);
export const channel = (id) => world.state.channels.find((c) => c.id === id);
export const zone = () => me()?.tz || undefined;

const kinds = { guest: "guest", single_channel_guest: "single-channel guest", deactivated: "deactivated", bot: "app", stranger: "other organisation" };
export const kindOf = (m) => kinds[m?.kind] ?? "";

// author is whom a message comes from: {name, kind, seed} where seed chooses a colour.
export function author(m) {
  if (m.username && !member(m.user)) return { name: m.username, kind: "", seed: m.username };
  const who = member(m.user);
  if (m.bot_id) return { name: m.username || world.state.app.name, kind: "app", seed: m.bot_id };
  return { name: who?.real_name || who?.name || m.user, kind: kindOf(who), seed: m.user };
}
