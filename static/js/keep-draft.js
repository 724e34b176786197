/* What staff write in a form of the admin, kept on the server every few seconds; without this script it is kept only when
   the form arrives after their session has expired.

   [data-keep-draft] shows whether that went well: its data-kept, data-failed and data-signed-out are the sentences. It
   precedes its form. By the field _draft the server knows that the form is to be kept and not submitted. */

const PAUSE = 4000; // milliseconds from the last key
const LATEST = 15000; // and at most from the first

const said = document.querySelector("[data-keep-draft]");
const form = [...document.querySelectorAll("#content-main form[method=post]")].find(
  (one) => said.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING,
);

let timer = null;
let waitingSince = 0;
let submitted = false;
let sending = new AbortController();

function say(sentence, time = "") {
  said.hidden = false;
  said.textContent = said.dataset[sentence].replace("{time}", time);
}

function typed() {
  const values = new FormData(form);
  for (const [name, value] of [...values]) if (value instanceof File) values.delete(name);
  values.set("_draft", "1");
  return new URLSearchParams(values);
}

async function keep() {
  timer = null;
  waitingSince = 0;
  if (submitted) return;
  sending = new AbortController();
  try {
    const options = { method: "POST", body: typed(), credentials: "same-origin", signal: sending.signal };
    const response = await fetch(form.getAttribute("action") || location.href, options);
    const answer = await response.json();
    if (submitted) return;
    if (response.status === 401) say(answer.kept ? "signedOut" : "failed");
    // 429: too often for a moment; the next one is kept.
    else if (response.ok ? answer.kept : response.status !== 429) say(response.ok ? "kept" : "failed", answer.at);
  } catch {
    if (!submitted) say("failed");
  }
}

function later() {
  const now = Date.now();
  waitingSince ||= now;
  clearTimeout(timer);
  timer = setTimeout(keep, Math.max(0, Math.min(PAUSE, waitingSince + LATEST - now)));
}

if (form) {
  // Where the eye is at the end of writing.
  form.querySelector(".submit-row")?.before(said);
  form.addEventListener("input", later);
  form.addEventListener("submit", () => {
    submitted = true;
    clearTimeout(timer);
    // A draft that arrives after its form would come back as one that was not submitted.
    sending.abort();
  });
  // Back from the page that followed: the form can be written in again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) submitted = false;
  });
}
