/* Single keys for staff, whoever has not switched them off: J and K go through a list or from one demand to the next,
   Enter opens the first of the start page, A answers, M takes, 1 to 9 fill a demand's form in, N takes a new one down,
   / searches, ? shows the keys.

   [data-key] on a link, button or field says which key it has. Keys that somebody types into a field stay theirs. */

const TYPING = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select, [contenteditable]";

function rows() {
  return [...document.querySelectorAll("#result_list .field-need a, .start .next .todo a")];
}

/* In a list, move the focus by so many rows. */
function step(by) {
  const links = rows();
  const now = links.indexOf(document.activeElement);
  const to = links[now < 0 ? (by > 0 ? 0 : links.length - 1) : now + by];
  to?.focus();
  to?.closest("tr, li").scrollIntoView({ block: "nearest" });
  return Boolean(to);
}

function press(key) {
  const element = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility());
  if (!element) return false;
  if (element.matches("[type=checkbox]")) {
    // What it stands for, with its first field.
    if (!element.checked) element.click();
    element.closest("fieldset").querySelector("textarea")?.focus();
  } else if (element.matches("input")) element.select();
  else element.click();
  return true;
}

function handle(event) {
  const dialog = document.getElementById("keys");
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.target.closest?.(TYPING) || dialog.open) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  let done = false;
  if (key === "?") {
    dialog.showModal();
    done = true;
  } else if (key === "j" || key === "k") {
    done = press(key) || step(key === "j" ? 1 : -1);
  } else if (key === "Enter") {
    // On a link or a button it is the browser's own.
    done = document.activeElement === document.body && press(key);
  } else if (/^[a-z1-9/]$/.test(key)) {
    done = press(key);
  }
  if (done) event.preventDefault();
}

document.addEventListener("keydown", handle);
// Into view beside its demand, without moving the page.
const current = document.querySelector(".queue [aria-current]");
if (current) current.closest(".queue").scrollTop = current.offsetTop - 120;
