// SPDX-License-Identifier: Apache-2.0

import { textObject } from "./mrkdwn.js";
import { world } from "./world.js";

// options are the choices of an element, [{value, label}] with label as nodes; null for elements without choices.
export function options(e) {
  switch ((e.type ?? "").replace(/^multi_/, "")) {
    case "static_select":
    case "radio_buttons":
    case "checkboxes":
    case "overflow": {
      const all = e.option_groups ? e.option_groups.flatMap((g) => g.options ?? []) : e.options ?? [];
      return all.map((o) => ({ value: o.value, label: [...textObject(o.text), ...(o.description ? [" – ", ...textObject(o.description)] : [])] }));
    }
    case "users_select":
      return world.state.members.map((m) => ({ value: m.id, label: [`${m.real_name} (@${m.name})`] }));
    case "channels_select":
    case "conversations_select":
      return world.state.channels.map((c) => ({ value: c.id, label: ["#" + c.name] }));
  }
  return null;
}

// initial are the values that an element starts with.
export function initial(e) {
  const list = [e.initial_option?.value, e.initial_user, e.initial_channel, e.initial_conversation,
    ...(e.initial_options ?? []).map((o) => o.value), ...(e.initial_users ?? []), ...(e.initial_channels ?? []), ...(e.initial_conversations ?? [])];
  return list.filter(Boolean);
}
