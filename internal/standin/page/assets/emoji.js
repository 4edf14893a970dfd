// SPDX-License-Identifier: Apache-2.0

const pictures = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", heavy_multiplication_x: "✖️", warning: "⚠️", rotating_light: "🚨", lock: "🔒",
  unlock: "🔓", closed_lock_with_key: "🔐", key: "🔑", hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", clock1: "🕐", rocket: "🚀",
  tada: "🎉", eyes: "👀", bell: "🔔", no_entry: "⛔", no_entry_sign: "🚫", information_source: "ℹ️", arrow_right: "➡️", arrow_left: "⬅️",
  arrows_counterclockwise: "🔄", large_green_circle: "🟢", large_yellow_circle: "🟡", large_blue_circle: "🔵", red_circle: "🔴",
  white_circle: "⚪", black_circle: "⚫", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", floppy_disk: "💾", package: "📦",
  mag: "🔍", ship: "🚢", ferry: "⛴️", boat: "⛵", anchor: "⚓", wave: "👋", pray: "🙏", fire: "🔥", bug: "🐛", wrench: "🔧", gear: "⚙️",
  bulb: "💡", memo: "📝", paperclip: "📎", link: "🔗", elephant: "🐘", question: "❓", exclamation: "❗", construction: "🚧", boom: "💥",
  double_vertical_bar: "⏸️", arrow_forward: "▶️", black_square_for_stop: "⏹️", rewind: "⏪", fast_forward: "⏩", smile: "😄", slightly_smiling_face: "🙂",
};

export const emoji = (name) => (Object.hasOwn(pictures, name) ? pictures[name] : `:${name}:`);

// emojis replaces all :names: in a plain text.
export const emojis = (text) => text.replace(/:([a-z0-9_+'-]+):/g, (all, name) => emoji(name));
