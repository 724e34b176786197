/* While a need is being described: what others have submitted already, to support instead of submitting it again.

   data-similar="address"   in a form, hidden: asked, by POST, with what is typed in `description` and chosen in `area`;
   data-similar-list        in it the list, whose items are made from the <template> beside it;
   data-similar-said        a status that tells, once for each list, that there is one.

   The form hears of every answer by the event `suggested`, whose detail is the whole answer.
   Without this script, or without an answer, the form simply works. */

const PAUSE = 700; // milliseconds after the last key
const FEWEST = 6; // characters that can speak of anything
const MOST = 3; // more would push the other questions away

function item(template, found) {
  const row = template.content.cloneNode(true);
  const link = row.querySelector("a");
  const button = row.querySelector("button");
  link.href = found.url;
  link.prepend(found.title);
  row.querySelector(".meta").textContent = [found.status, found.place, found.people].filter(Boolean).join(" · ");
  button.formAction = found.support_url;
  button.lastElementChild.append(found.title);
  return row;
}

function watch(box) {
  const form = box.closest("form");
  const list = box.querySelector("[data-similar-list]");
  const template = box.querySelector("template");
  const said = form.querySelector("[data-similar-said]");
  let timer, asking, asked, shown = "";

  const show = (found) => {
    const refs = found.map((one) => one.ref).join(" ");
    if (refs === shown) return;
    shown = refs;
    list.replaceChildren(...found.map((one) => item(template, one)));
    box.hidden = !found.length;
    said.textContent = found.length ? said.dataset.found : "";
  };

  const ask = async () => {
    const text = form.elements.description.value.trim();
    const area = form.elements.area.value;
    if (`${area} ${text}` === asked) return;
    asked = `${area} ${text}`;
    asking?.abort();
    if ([...text].length < FEWEST) return show([]);
    asking = new AbortController();
    const body = new URLSearchParams({
      text,
      area,
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    });
    try {
      const response = await fetch(box.dataset.similar, { method: "POST", body, signal: asking.signal });
      if (!response.ok) return;
      const answer = await response.json();
      show(answer.similar.slice(0, MOST));
      form.dispatchEvent(new CustomEvent("suggested", { detail: answer }));
    } catch {
      // No network, or the next question came first.
    }
  };

  form.addEventListener("input", (event) => {
    if (!["description", "area"].includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  ask();
}

for (const box of document.querySelectorAll("[data-similar]")) watch(box);
