// SPDX-License-Identifier: Apache-2.0

import { byId, el, show } from "./dom.js";
import { textObject } from "./mrkdwn.js";

// confirmed asks an element's confirmation question, if it has one, and gives the answer.
export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  const dialog = byId("confirm");
  return new Promise((resolve) => {
    const end = (yes) => () => {
      dialog.onclose = null;
      dialog.close();
      resolve(yes);
    };
    show(dialog,
      el("h2", { id: "confirm-title" }, textObject(question.title)),
      el("div", { class: "dialog-body" }, el("div", { class: "text" }, textObject(question.text))),
      el("div", { class: "dialog-foot" },
        el("button", { type: "button", class: "button", "data-testid": "confirm-no", onclick: end(false) }, textObject(question.deny)),
        el("button", { type: "button", class: "button " + (question.style ?? "primary"), "data-testid": "confirm-yes", autofocus: true, onclick: end(true) }, textObject(question.confirm))));
    dialog.onclose = end(false);
    dialog.showModal();
  });
}
