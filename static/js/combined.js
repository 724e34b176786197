/* Fills in the form of several acts at once, without asking the server: by a macro, or by a standard reply.

   #fillings has the values and problems of each macro and the text of each reply, as the server would fill them in.
   [data-macro] is a link to the page filled in with a macro; [data-macro-said] says what has been filled in, and what
   could not be. [data-acts] is the form. [data-without-script] is not needed here. */

const section = document.getElementById("combined");
const form = section.querySelector("[data-acts]");
const fillings = JSON.parse(document.getElementById("fillings").textContent);
const said = section.querySelector("[data-macro-said]");
const answer = form.elements.answer;
// What was last put into the answer: while nobody has changed it, the next text takes its place.
let filled = "";

function write(text) {
  const typed = answer.value.endsWith(filled) ? answer.value.slice(0, answer.value.length - filled.length).trimEnd() : answer.value;
  answer.value = [typed, text].filter(Boolean).join("\n\n");
  filled = text;
}

function set(name, value) {
  const field = form.elements[name];
  if (!field) return;
  if (name === "answer") write(value);
  else if (field.type === "checkbox") field.checked = value;
  else field.value = value;
}

function say(name, problems) {
  const lines = [said.dataset.done.replace("{name}", name), ...problems];
  said.replaceChildren(
    ...lines.map((text, number) => {
      const line = document.createElement("p");
      line.textContent = text;
      if (number) line.className = "problem";
      return line;
    }),
  );
}

section.addEventListener("click", (event) => {
  const link = event.target.closest("[data-macro]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { values, problems } = fillings.macros[link.dataset.macro];
  for (const [name, value] of Object.entries(values)) set(name, value);
  say(link.dataset.name, problems);
  form.querySelector(".default").focus();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});

form.elements.standard?.addEventListener("change", () => {
  write(fillings.replies[form.elements.standard.value] || "");
  form.elements.standard.value = "";
});

for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
