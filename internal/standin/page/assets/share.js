// SPDX-License-Identifier: Apache-2.0

// sharing takes files that are dropped on a pane, or chosen with the button below it, and sends those of one go together.
export function sharing(pane, button, input, send) {
  let inside = 0; // enter and leave come for every element in the pane
  const mark = (by) => {
    inside = by === 0 ? 0 : inside + by;
    pane.classList.toggle("takes-files", inside > 0);
  };
  const brings = (e) => [...(e.dataTransfer?.types ?? [])].includes("Files");
  pane.addEventListener("dragenter", (e) => brings(e) && mark(1));
  pane.addEventListener("dragleave", (e) => brings(e) && mark(-1));
  pane.addEventListener("dragover", (e) => brings(e) && e.preventDefault());
  pane.addEventListener("drop", (e) => {
    if (!brings(e)) return;
    e.preventDefault();
    mark(0);
    if (!button.disabled) read(e.dataTransfer.files, send);
  });
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    read(input.files, send);
    input.value = "";
  });
}

async function read(list, send) {
  const files = await Promise.all([...list].map(async (f) => ({ name: f.name, content: await base64(f) })));
  if (files.length) await send(files);
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
