/* Comfort around what is to be kept: buttons that need a script, and are not there without one.

   data-copy="id"   copies the text of the element with that id, and says so where data-copied stands;
   data-print       opens the browser's own printing. */

async function copy(element) {
  const text = element.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No right to it, or no secure connection: the old way, which also leaves the text selected for who presses "copy".
    getSelection().selectAllChildren(element);
    if (!document.execCommand("copy")) return false;
  }
  return true;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const said = document.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (await copy(document.getElementById(button.dataset.copy))) said.textContent = said.dataset.copied;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
