/* A form's draft, kept on this phone for a week, so that a lost connection loses nothing that was typed.

   <form data-draft="name">         its typed fields are kept under that name, and put back when the page is opened anew;
   data-draft-keep on the form      the server sent the form back with what was typed: nothing is put back over it;
   data-draft-gaps on the form      what the server filled in stays: only what is empty is put back;
   data-draft-arrived="key key"     keys of forms that reached the server: the draft with such a key is done with.

   The form's own key is part of the draft. Sent a second time because the answer was lost, it is still the same form.
   Photos are not kept: they would fill the phone. Without this script the form simply works. */

const WEEK = 7 * 24 * 3600 * 1000;
const PREFIX = "draft:";

function stored(name) {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + name));
    if (draft && draft.values && Date.now() - draft.at < WEEK) return draft;
    localStorage.removeItem(PREFIX + name);
  } catch {
    // No storage here, or nothing readable in it.
  }
  return null;
}

function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing is kept where there is no storage.
  }
}

/* Drafts that arrived, and those a week old, of everybody who uses this phone. */
function sweep(arrived) {
  try {
    for (const place of Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) {
      const draft = stored(place.slice(PREFIX.length));
      if (draft && arrived.includes(draft.values.key)) localStorage.removeItem(place);
    }
  } catch {
    // As above.
  }
}

function typed(form) {
  return [...form.elements].filter(
    (field) =>
      field.name &&
      (field.type !== "hidden" || field.name === "key") &&
      !["file", "checkbox", "submit", "button", "fieldset"].includes(field.type),
  );
}

function watch(form) {
  const name = form.dataset.draft;
  const note = form.querySelector("[data-draft-note]");
  const said = form.querySelector("[data-draft-said]");
  const say = (what) => {
    note.hidden = false;
    said.textContent = said.dataset[what];
  };
  const values = () => {
    const found = {};
    for (const field of typed(form)) {
      if (field.type !== "radio" || field.checked) found[field.name] = field.value;
    }
    return found;
  };
  const keep = () => {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify({ at: Date.now(), values: values() }));
      return true;
    } catch {
      return false;
    }
  };

  const draft = form.hasAttribute("data-draft-keep") ? null : stored(name);
  const gaps = form.hasAttribute("data-draft-gaps");
  if (draft) {
    for (const field of typed(form)) {
      if (!(field.name in draft.values) || (gaps && field.type !== "radio" && field.value)) continue;
      if (field.type === "radio") field.checked = field.value === draft.values[field.name];
      else field.value = draft.values[field.name];
    }
    say("restored");
  }

  form.addEventListener("input", (event) => {
    if (typed(form).includes(event.target) && keep()) say("saved");
  });
  form.addEventListener("submit", (event) => {
    const kept = keep();
    if (navigator.onLine || !kept) return;
    // The page stays, and with it the photos that were chosen.
    event.preventDefault();
    say("offline");
  });
  form.querySelector("[data-draft-delete]").addEventListener("click", () => {
    forget(name);
    form.reset();
    said.textContent = said.dataset.deleted;
  });
}

const arrived = document.querySelector("[data-draft-arrived]");
sweep(arrived ? arrived.dataset.draftArrived.split(" ").filter(Boolean) : []);
for (const form of document.querySelectorAll("form[data-draft]")) watch(form);
