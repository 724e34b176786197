/* While staff take a demand down: the caller's earlier demands, similar ones, words of danger, and a category.

   [data-intake] names the addresses that are asked, by POST, so that no log has what was typed: data-earlier with the
   phone, data-similar with the description. Each answers with parts of the page, which stand in [data-part], and the
   latter with the key of a category, which is chosen as long as nobody has chosen one; [data-suggested] then says so.
   [data-told] is a status with the headings of the lists that have come; [data-look] the button that shows the same
   without this script. */

const PAUSE = 600; // milliseconds after the last key
const FEWEST = 6; // characters that can speak of anything
const DIGITS = 10; // of the shortest number with its area code; a mobile one has 11

const page = document.querySelector("[data-intake]");
const form = page.closest("form");
const { phone, description, area, category, place } = form.elements;
const said = document.querySelector("[data-suggested]");
const told = form.querySelector("[data-told]");
const part = (name) => form.querySelector(`[data-part="${name}"]`);

form.querySelector("[data-look]").hidden = true;

/* Return a function that asks an address and shows the answer, unless the next question came first. */
function asking(address, then = () => {}) {
  let sending = new AbortController();
  return async (values) => {
    sending.abort();
    sending = new AbortController();
    const body = new URLSearchParams({ ...values, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    try {
      const response = await fetch(address, { method: "POST", body, signal: sending.signal });
      const answer = await response.json();
      for (const [name, html] of Object.entries(answer.parts || {})) part(name).innerHTML = html;
      const filled = Object.keys(answer.parts || {}).map(part).filter((one) => one.querySelector("li"));
      told.textContent = filled.map((one) => one.querySelector("h2").textContent).join(" ");
      then(answer);
    } catch {
      // No network, or the sign-in is over: the form works without.
    }
  };
}

/* --- The caller --- */

function watchPhone() {
  const ask = asking(page.dataset.earlier);

  /* The digits of a whole number; while somebody types, only those of a mobile one are known to be whole. */
  const whole = (isDone) => {
    const digits = phone.value.normalize("NFKC").replace(/\D/g, "");
    return (isDone ? digits.length >= DIGITS : /^(86)?1\d{10}$/.test(digits)) ? digits : "";
  };

  // The page may have come with the answer.
  let asked = part("earlier").querySelector(".later") ? "" : whole(true);
  const look = (isDone) => {
    const digits = whole(isDone);
    if (digits === asked) return;
    asked = digits;
    ask({ phone: digits });
  };
  phone.addEventListener("input", () => look(false));
  phone.addEventListener("change", () => look(true));
  look(true);
}

if (page.dataset.earlier) watchPhone();

/* --- The trouble --- */

let isOwn = Boolean(category.value);
let timer = null;
let asked = "";

const ask = asking(page.dataset.similar, (answer) => {
  if (isOwn || answer.category === undefined) return;
  category.value = answer.category;
  said.hidden = !answer.category;
});

function compare() {
  const text = description.value.trim();
  const values = {
    description: [...text].length < FEWEST ? "" : text,
    place: place.value,
    area: area.value,
    category: isOwn ? category.value : "",
  };
  const question = values.description && JSON.stringify(values);
  if (question === asked) return;
  asked = question;
  ask(values);
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
