// SPDX-License-Identifier: Apache-2.0

import { zone } from "./world.js";

// format shows a time in the reader's zone; an unknown zone falls back to the browser's.
function format(at, options, locale = "en-GB") {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone() }).format(at);
  } catch {
    return new Intl.DateTimeFormat(locale, options).format(at);
  }
}

export const ofTS = (ts) => new Date(Number(ts.split(".")[0]) * 1000);
export const time = (at) => format(at, { hour: "2-digit", minute: "2-digit" });
export const day = (at) => format(at, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
export const full = (at) => format(at, { dateStyle: "full", timeStyle: "long" });
const seconds = (at) => format(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const date = (at, month, weekday) => format(at, { year: "numeric", month, day: "numeric", weekday }, "en-US");

// pretty says today, yesterday or tomorrow where it can.
export function pretty(at, otherwise) {
  const today = Date.now();
  for (const [word, shift] of [["today", 0], ["yesterday", -1], ["tomorrow", 1]]) {
    if (day(at) === day(new Date(today + shift * 86400e3))) return word;
  }
  return otherwise;
}

function ago(at) {
  const passed = Math.round((Date.now() - at) / 1000);
  const [n, unit] = Math.abs(passed) < 60 ? [passed, "second"] : Math.abs(passed) < 3600 ? [Math.round(passed / 60), "minute"]
    : Math.abs(passed) < 86400 ? [Math.round(passed / 3600), "hour"] : [Math.round(passed / 86400), "day"];
  return new Intl.RelativeTimeFormat("en").format(-n, unit);
}

const tokens = {
  date_num: day,
  date: (at) => date(at, "long"),
  date_short: (at) => date(at, "short"),
  date_long: (at) => date(at, "long", "long"),
  date_pretty: (at) => pretty(at, date(at, "long")),
  date_short_pretty: (at) => pretty(at, date(at, "short")),
  date_long_pretty: (at) => pretty(at, date(at, "long", "long")),
  day_divider_pretty: (at) => pretty(at, date(at, "long", "long")),
  time,
  time_secs: seconds,
  ago,
};

// filled puts a time into one of Slack's date formats, such as "{date_short} at {time}". A token that Slack does not have gives the
// fallback, as in Slack.
export function filled(unix, pattern, fallback) {
  const at = new Date(Number(unix) * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  let known = true;
  const shown = pattern.replace(/\{([a-z_]+)\}/g, (all, token) => {
    known &&= Object.hasOwn(tokens, token);
    return known ? tokens[token](at) : all;
  });
  return known ? shown : fallback;
}
