/* A form's draft, kept on this phone for a week, so that a lost connection loses nothing that was typed.

   <form data-draft="name">         its typed fields are kept under that name, and put back when the page is opened anew;
   data-draft-keep on the form      the server sent the form back with what was typed: nothing is put back over it;
   data-draft-gaps on the form      what the server filled in stays: only what is empty is put back;
   data-draft-offline on the form   it is kept only where it cannot be sent, as what tells how to reach somebody;
   data-draft-skip                  what lies in it goes with something that is not kept, such as a photo;
   data-draft-arrived="key key"     keys of forms that reached the server: the draft with such a key is done with.

   Pages of one form have the same name, and add to the same draft.
   The form's own key is part of the draft. Sent a second time because the answer was lost, it is still the same form.
   Without network the page stays, says so, and the person sends it once there is one.
   Photos are not kept: they would fill the phone. Without this script the form simply works. */

const WEEK = 7 * 24 * 3600 * 1000;
const PREFIX = "draft:";
const PATIENCE = 8000; // milliseconds

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
      !["file", "checkbox", "submit", "button", "fieldset"].includes(field.type) &&
      !field.closest("[data-draft-skip]"),
  );
}

/* Whether the portal answers. What a browser says of the network is sometimes wrong. */
async function reached(form) {
  try {
    await fetch(form.action, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return true;
  } catch {
    return false;
  }
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
      const draft = { at: Date.now(), values: { ...stored(name)?.values, ...values() } };
      localStorage.setItem(PREFIX + name, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  };

  const draft = form.hasAttribute("data-draft-keep") ? null : stored(name);
  const gaps = form.hasAttribute("data-draft-gaps");
  const onlyOffline = form.hasAttribute("data-draft-offline");
  let restored = false;
  if (draft) {
    for (const field of typed(form)) {
      if (!(field.name in draft.values) || (gaps && field.type !== "radio" && field.value)) continue;
      if (field.type === "radio") field.checked = field.value === draft.values[field.name];
      else field.value = draft.values[field.name];
      restored ||= Boolean(draft.values[field.name]);
    }
    if (restored) say("restored");
  }

  form.addEventListener("input", (event) => {
    if (!onlyOffline && typed(form).includes(event.target) && keep()) say("saved");
  });

  let sure = false;
  form.addEventListener("submit", async (event) => {
    if (!onlyOffline || !navigator.onLine) keep();
    if (navigator.onLine || sure) return;
    // The page stays, and with it the photos that were chosen.
    event.preventDefault();
    sure = await reached(form);
    if (sure) form.requestSubmit(event.submitter);
    else say(stored(name) ? "offline" : "unsaved");
  });
  addEventListener("online", () => {
    if ([said.dataset.offline, said.dataset.unsaved].includes(said.textContent)) say("online");
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
