/* While staff take a demand down: the caller's earlier demands, similar ones, words of danger, and a category.

   [data-intake] names the addresses that are asked, by POST, so that no log has what was typed: data-earlier with the
   phone, data-similar with the description. Each answers with parts of the page, which stand in [data-part], and the
   latter with the key of a category, which is chosen as long as nobody has chosen one; [data-suggested] then says so.
   [data-look] is the button that shows the same without this script. */

const PAUSE = 600; // milliseconds after the last key
const FEWEST = 6; // characters that can speak of anything
const DIGITS = 10; // of the shortest number with its area code; a mobile one has 11

const page = document.querySelector("[data-intake]");
const form = page.closest("form");
const { phone, description, area, category, place } = form.elements;
const said = document.querySelector("[data-suggested]");
const empty = {};

for (const part of form.querySelectorAll("[data-part]")) empty[part.dataset.part] = part.innerHTML;
form.querySelector("[data-look]").hidden = true;

function show(parts) {
  for (const [name, html] of Object.entries(parts)) form.querySelector(`[data-part="${name}"]`).innerHTML = html;
}

/* Ask an address at most once at a time; `then` gets the answer, unless the next question came first. */
function asking(address, then) {
  let sending = new AbortController();
  return async (values) => {
    sending.abort();
    if (!values) return;
    sending = new AbortController();
    const body = new URLSearchParams({ ...values, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    try {
      const response = await fetch(address, { method: "POST", body, signal: sending.signal });
      const answer = await response.json();
      if (!answer.parts) return;
      show(answer.parts);
      then(answer);
    } catch {
      // No network, or the sign-in is over: the form works without.
    }
  };
}

/* --- The caller --- */

if (page.dataset.earlier) {
  const ask = asking(page.dataset.earlier, () => {});
  let asked = "";
  const look = (isDone) => {
    const digits = phone.value.normalize("NFKC").replace(/\D/g, "");
    const isWhole = isDone ? digits.length >= DIGITS : /^(86)?1\d{10}$/.test(digits);
    if (isWhole ? digits === asked : !asked) return;
    asked = isWhole ? digits : "";
    ask(isWhole ? { phone: phone.value } : null);
    if (!isWhole) show({ earlier: empty.earlier });
  };
  phone.addEventListener("input", () => look(false));
  phone.addEventListener("change", () => look(true));
  look(true);
}

/* --- The trouble --- */

let isOwn = Boolean(category.value);

const ask = asking(page.dataset.similar, (answer) => {
  if (isOwn || answer.category === undefined) return;
  category.value = answer.category;
  said.hidden = !answer.category;
});

let timer = null;
let asked = "";

function compare() {
  const values = { description: description.value.trim(), place: place.value, area: area.value };
  values.category = isOwn ? category.value : "";
  const isEnough = [...values.description].length >= FEWEST;
  const question = isEnough ? JSON.stringify(values) : "";
  if (question === asked) return;
  asked = question;
  ask(isEnough ? values : null);
  if (!isEnough) show({ similar: empty.similar, danger: empty.danger });
}

form.addEventListener("input", (event) => {
  if (event.target === category) {
    isOwn = Boolean(category.value);
    said.hidden = true;
  }
  if (![description, area, category, place].includes(event.target)) return;
  clearTimeout(timer);
  timer = setTimeout(compare, PAUSE);
});
compare();
