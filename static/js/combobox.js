/* A menu of many options, one of which is found by a few letters: <select data-combobox>.

   The select stays the field of the form: a field to type in stands before it, takes over its id and label, and tells it
   what was chosen; the select then sends the event `input`. An option is found by any part of its text, and by the
   beginning of one of its `data-keys`. On the select stand the sentences: data-placeholder, data-none where nothing is
   found, data-unclear where what was typed is left without a choice. Without this script it is an ordinary menu. */

/* Spaces, the dot between a community and a compound, and the marks that input methods put between syllables. */
const plain = (text) => text.toLowerCase().replace(/[\s·'’]/g, "");

function described(option) {
  return {
    value: option.value,
    text: option.text,
    plain: plain(option.text),
    last: plain(option.text.split("·").pop()),
    keys: (option.dataset.keys || "").split(" ").filter(Boolean),
  };
}

/* How well an option fits: by its own name, by what its names sound like, by any part; -1 if not at all. */
function rank(option, typed) {
  if (option.last.startsWith(typed)) return 0;
  if (option.keys.some((key) => key.startsWith(typed))) return 1;
  return option.plain.includes(typed) ? 2 : -1;
}

function find(options, typed) {
  if (!typed) return options;
  return options
    .map((option) => ({ option, place: rank(option, typed) }))
    .filter((one) => one.place >= 0)
    .sort((one, other) => one.place - other.place)
    .map((one) => one.option);
}

function parts(select) {
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const said = document.createElement("p");
  const id = select.id;
  select.id = `${id}_menu`;
  list.id = `${id}_list`;
  const attributes = {
    id,
    type: "text",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: select.dataset.placeholder,
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
  };
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) attributes[name] = select.getAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${id}"]`)?.textContent.trim() || "");
  list.hidden = true;
  said.className = "combobox-said";
  said.setAttribute("role", "status");
  const box = document.createElement("div");
  box.className = "combobox";
  select.before(box);
  box.append(input, list, said, select);
  select.hidden = true;
  return { input, list, said };
}

function enhance(select) {
  const options = [...select.options].filter((option) => option.value).map(described);
  const { input, list, said } = parts(select);
  let shown = [];
  let active = -1;

  const isOpen = () => !list.hidden;

  const set = (value) => {
    if (select.value === value) return;
    select.value = value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const activate = (number) => {
    active = number;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === number)));
    const item = list.children[number];
    if (item) input.setAttribute("aria-activedescendant", item.id);
    else input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  };

  const open = (typed) => {
    shown = find(options, typed);
    list.replaceChildren(
      ...shown.map((option, number) => {
        const item = document.createElement("li");
        item.id = `${list.id}_${number}`;
        item.setAttribute("role", "option");
        item.textContent = option.text;
        return item;
      }),
    );
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(isOpen()));
    said.textContent = shown.length ? "" : select.dataset.none;
    activate(typed ? (shown.length ? 0 : -1) : shown.findIndex((option) => option.value === select.value));
  };

  const choose = (option) => {
    input.value = option.text;
    said.textContent = "";
    close();
    set(option.value);
  };

  /* The field says what the select holds. */
  const read = () => {
    if (select.value) input.value = select.selectedOptions[0].text;
  };

  const step = (by) => {
    if (!isOpen()) open("");
    else if (shown.length) activate((active + by + shown.length) % shown.length);
  };

  input.addEventListener("input", () => {
    const typed = plain(input.value);
    open(typed);
    set(options.find((option) => option.plain === typed)?.value || "");
  });

  input.addEventListener("click", () => {
    if (isOpen()) return;
    input.select();
    open("");
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && isOpen()) {
      close();
      read();
    } else if (event.key === "Enter" && isOpen() && active >= 0) {
      choose(shown[active]);
    } else {
      // The key goes on to the next field, with what is marked as chosen.
      if (event.key === "Tab" && isOpen() && input.value && active >= 0) choose(shown[active]);
      return;
    }
    event.preventDefault();
  });

  input.addEventListener("blur", () => {
    const one = isOpen() && input.value && shown.length === 1 ? shown[0] : null;
    close();
    if (one) choose(one);
    else if (select.value) read();
    else if (input.value) said.textContent = select.dataset.unclear;
  });

  // The field keeps the focus while an option is pressed.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const number = [...list.children].indexOf(event.target.closest("li"));
    if (number >= 0) choose(shown[number]);
  });

  read();
  // After "back", the browser puts in again what the select held.
  addEventListener("pageshow", read);
}

for (const select of document.querySelectorAll("select[data-combobox]")) enhance(select);
