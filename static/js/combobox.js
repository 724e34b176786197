/* Fields of which the value is found by a few letters.

   <select data-combobox>, a menu of many options: the select stays the field of the form: a field to type in stands
   before it, takes over its id and label, and tells it what was chosen; the select then sends the events `input` and
   `change`. An option is found by any part of its text, and by the beginning of one of its `data-keys`. On the select
   stand the sentences: data-placeholder, data-none where nothing is found, data-unclear where what was typed is left
   without a choice. Without this script it is an ordinary menu.

   <input data-find="address"> or a textarea, a field for references: what is typed is looked for at the address, which
   answers {"found": [{"value", "text"}]}, and a choice writes the reference. With data-several, it is the last word that
   is looked for. Without this script references are typed.

   <select data-combobox data-add-many="label"> in the inline rows of the admin: one more such field stands above the rows,
   and each choice in it adds a row. */

/* Spaces, the dot between a community and a compound, and the marks that input methods put between syllables. */
const plain = (text) => text.toLowerCase().replace(/[\s·'’]/g, "");
const PAUSE = 250; // milliseconds without a key before the server is asked
let lists = 0;

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

/* The list below a field, from which `choose(option)` is called with the one that is pressed, or marked as Enter or Tab
   is pressed. It returns: show(options, number), which marks the option with that number, close(), and shown(). */
function listBelow(input, { choose, openAll }) {
  const list = document.createElement("ul");
  list.id = `combobox_list_${(lists += 1)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() || input.placeholder);
  list.hidden = true;
  const attributes = {
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
  };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  let options = [];
  let active = -1;

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

  const show = (found, number) => {
    options = found;
    list.replaceChildren(
      ...options.map((option, place) => {
        const item = document.createElement("li");
        item.id = `${list.id}_${place}`;
        item.setAttribute("role", "option");
        item.textContent = option.text;
        return item;
      }),
    );
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    activate(number);
  };

  const take = (number) => {
    const option = options[number];
    close();
    choose(option);
  };

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = !list.hidden;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const by = event.key === "ArrowDown" ? 1 : -1;
      activate((active + by + options.length) % options.length);
    } else if (openAll && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      openAll();
    } else if (event.key === "Enter" && isOpen && active >= 0) {
      take(active);
    } else if (event.key === "Escape" && isOpen) {
      close();
      input.dispatchEvent(new Event("combobox:left"));
    } else {
      // The key goes on to the next field, with what is marked as chosen.
      if (event.key === "Tab" && isOpen && input.value && active >= 0) take(active);
      return;
    }
    event.preventDefault();
  });

  // The field keeps the focus while an option is pressed.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const number = [...list.children].indexOf(event.target.closest("li"));
    if (number >= 0) take(number);
  });

  return { list, show, close, shown: () => (list.hidden ? [] : options) };
}

/* A box around a field, its list, and a line that says what is amiss. */
function boxed(input, list, ...more) {
  const box = document.createElement("div");
  const said = document.createElement("p");
  said.className = "combobox-said";
  said.setAttribute("role", "status");
  box.className = "combobox";
  input.before(box);
  box.append(input, list, said, ...more);
  return said;
}

function enhance(select) {
  const input = document.createElement("input");
  input.type = "text";
  input.id = select.id;
  input.placeholder = select.dataset.placeholder;
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  select.id = `${input.id}_menu`;
  select.before(input);
  const options = () => [...select.options].filter((option) => option.value).map(described);

  const set = (value) => {
    if (select.value === value) return;
    select.value = value;
    for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
  };

  /* The field says what the select holds. */
  const read = () => {
    if (select.value) input.value = select.selectedOptions[0].text;
  };

  const open = (typed) => {
    const found = find(options(), typed);
    said.textContent = found.length ? "" : select.dataset.none;
    below.show(found, typed ? (found.length ? 0 : -1) : found.findIndex((option) => option.value === select.value));
  };

  const choose = (option) => {
    input.value = option.text;
    said.textContent = "";
    set(option.value);
  };

  const below = listBelow(input, { choose, openAll: () => open("") });
  const said = boxed(input, below.list, select);
  select.hidden = true;

  input.addEventListener("input", () => {
    const typed = plain(input.value);
    open(typed);
    set(options().find((option) => option.plain === typed)?.value || "");
  });

  input.addEventListener("click", () => {
    if (below.shown().length) return;
    input.select();
    open("");
  });

  input.addEventListener("combobox:left", read);

  input.addEventListener("blur", () => {
    const shown = below.shown();
    below.close();
    if (input.value && shown.length === 1) choose(shown[0]);
    else if (select.value) read();
    else if (input.value) said.textContent = select.dataset.unclear;
  });

  read();
  // After a choice in another window, and after "back", when the browser puts in again what the select held.
  select.addEventListener("change", read);
  addEventListener("pageshow", read);
}

/* --- References that the server finds ---------------------------------------------------------------------------- */

function enhanceReferences(input) {
  const isSeveral = "several" in input.dataset;
  let asking = null;
  let pause = 0;

  /* Where the word begins that is looked for. */
  const start = () => (isSeveral ? input.value.search(/[^\s,，;；、]*$/) : 0);

  const choose = (option) => {
    input.value = input.value.slice(0, start()) + option.value + (isSeveral ? " " : "");
    said.textContent = "";
  };

  const below = listBelow(input, { choose });
  const said = boxed(input, below.list);

  const ask = async () => {
    const typed = input.value.slice(start()).trim();
    asking?.abort();
    if (typed.length < 2) {
      below.close();
      said.textContent = "";
      return;
    }
    asking = new AbortController();
    try {
      const address = `${input.dataset.find}?${new URLSearchParams({ q: typed })}`;
      const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok || document.activeElement !== input) return;
      const { found } = await answer.json();
      said.textContent = found.length ? "" : input.dataset.none;
      below.show(found, found.length ? 0 : -1);
    } catch (error) {
      // References can be typed all the same.
      if (error.name !== "AbortError") below.close();
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(ask, PAUSE);
  });
  input.addEventListener("blur", () => {
    clearTimeout(pause);
    asking?.abort();
    below.close();
  });
}

/* --- Rows of the admin, one for each choice ---------------------------------------------------------------------- */

/* `pattern` is the menu in the row that Django copies; its own link adds the rows. */
function addMany(pattern) {
  const group = pattern.closest(".inline-group");
  const ending = pattern.name.replace(/^.*__prefix__/, "");
  const rows = () => [...group.querySelectorAll(`.inline-related:not(.empty-form) select[name$="${ending}"]`)];
  const menu = pattern.cloneNode(true);
  const label = document.createElement("label");
  const line = document.createElement("div");
  menu.id = `${group.id}_many`;
  menu.removeAttribute("name");
  menu.required = false;
  menu.value = "";
  label.htmlFor = menu.id;
  label.textContent = pattern.dataset.addMany;
  line.className = "add-many";
  line.append(label, menu);
  group.querySelector(".inline-heading").after(line);
  enhance(menu);
  const input = line.querySelector("input");
  menu.addEventListener("change", () => {
    const { value } = menu;
    if (!value) return;
    menu.value = "";
    input.value = "";
    let row = rows().find((one) => one.value === value) || rows().find((one) => !one.value);
    if (!row) {
      group.querySelector(".add-row a").click();
      row = rows().pop();
    }
    row.value = value;
    row.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
}

function enhanceAll(part) {
  for (const select of part.querySelectorAll("select[data-combobox]")) {
    // The row that Django copies for each new one stays as it is.
    if (!select.hidden && !select.closest(".empty-form")) enhance(select);
  }
}

enhanceAll(document);
document.addEventListener("formset:added", (event) => enhanceAll(event.target));
for (const input of document.querySelectorAll("[data-find]")) enhanceReferences(input);
// Django's script has made its links for adding a row by then.
addEventListener("load", () => document.querySelectorAll(".empty-form select[data-add-many]").forEach(addMany));
