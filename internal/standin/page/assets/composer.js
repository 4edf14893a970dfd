// SPDX-License-Identifier: Apache-2.0

import { byId, el, show } from "./dom.js";

// composer makes a textarea grow with its text and send it with Enter; Shift+Enter is a new line, ↑ in an empty box brings the last
// text back.
export function composer(form, box, send) {
  let last = "";
  const grow = () => {
    box.style.height = "auto";
    box.style.height = Math.min(box.scrollHeight, 180) + "px";
  };
  const go = async () => {
    const text = box.value.trim();
    if (!text) return;
    last = text;
    box.value = "";
    box.dispatchEvent(new Event("input"));
    await send(text);
  };
  box.addEventListener("input", grow);
  // A key that was taken can still bring its line break, from on-screen keyboards and test drivers.
  let shifted = false;
  box.addEventListener("keydown", (e) => (shifted = e.shiftKey));
  box.addEventListener("beforeinput", (e) => e.inputType === "insertLineBreak" && !shifted && e.preventDefault());
  box.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.isComposing) return;
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      go();
    }
    if (e.key === "ArrowUp" && box.value === "" && last) {
      e.preventDefault();
      box.value = last;
      box.dispatchEvent(new Event("input"));
    }
  });
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    go();
    box.focus();
  });
}

// suggest offers the app's commands while the first word is typed, and the usage hint while the rest is.
export function suggest(box, commands) {
  const list = byId("suggestions");
  const hint = byId("composer-hint");
  let fitting = [];
  let at = 0;
  let hidden = false;

  const word = () => (/^\/\S*$/.test(box.value) ? box.value : null);
  const draw = () => {
    fitting = word() && !hidden ? commands().filter((c) => c.command.startsWith(box.value)) : [];
    if (fitting.length === 1 && fitting[0].command === box.value) fitting = [];
    at = Math.min(at, Math.max(fitting.length - 1, 0));
    list.hidden = fitting.length === 0;
    show(list, fitting.map((c, i) => el("li", {
      id: "suggestion-" + i, role: "option", "aria-selected": String(i === at), "data-command": c.command,
      onmousedown: (e) => { e.preventDefault(); take(i); },
    }, el("b", {}, c.command), " ", el("span", { class: "usage" }, c.usage_hint ?? ""), el("span", { class: "quiet" }, c.description ?? ""))));
    if (fitting.length) box.setAttribute("aria-activedescendant", "suggestion-" + at);
    else box.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
    const known = commands().find((c) => box.value === c.command || box.value.startsWith(c.command + " "));
    hint.hidden = !known || fitting.length > 0;
    show(hint, known ? [el("b", {}, known.command), " ", known.usage_hint ?? "", el("span", { class: "quiet" }, known.description ? " – " + known.description : "")] : "");
  };
  const take = (i) => {
    box.value = fitting[i].command + " ";
    box.dispatchEvent(new Event("input"));
    box.focus();
  };

  box.addEventListener("input", () => { hidden = false; at = 0; draw(); });
  box.addEventListener("blur", () => { hidden = true; draw(); });
  box.addEventListener("focus", () => { hidden = false; draw(); });
  box.addEventListener("keydown", (e) => {
    if (fitting.length === 0 || e.isComposing) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      at = (at + (e.key === "ArrowDown" ? 1 : fitting.length - 1)) % fitting.length;
      draw();
    } else if (e.key === "Tab" && !e.shiftKey || e.key === "Enter" && !e.shiftKey && !fitting.some((c) => c.command === box.value)) {
      take(at);
    } else if (e.key === "Escape") {
      hidden = true;
      draw();
    } else {
      return;
    }
    e.preventDefault();
  });
}
