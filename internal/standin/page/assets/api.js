// SPDX-License-Identifier: Apache-2.0

// post sends one deed and gives the answer; a refusal becomes an Error with the server's words.
export async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("The rehearsal can't be reached. Is it still running?");
  }
  const answer = await response.json().catch(() => ({ error: `${response.status} ${response.statusText}` }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// listen opens the stream of one member's changes and opens it again whenever it breaks. The first entry is always the whole state.
// It returns a function that ends it.
export function listen(member, heard, living) {
  let source;
  let again;
  let ended = false;
  const open = () => {
    source = new EventSource("/api/events?member=" + encodeURIComponent(member));
    for (const kind of ["state", "message", "ephemeral", "modals", "sockets"]) {
      source.addEventListener(kind, (e) => {
        if (ended) return;
        if (kind === "state") living(true);
        heard(kind, JSON.parse(e.data));
      });
    }
    source.addEventListener("error", () => {
      if (ended) return;
      living(false);
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 1500);
    });
  };
  open();
  return () => {
    ended = true;
    clearTimeout(again);
    source.close();
  };
}
