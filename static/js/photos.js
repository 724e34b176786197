/* Photos chosen in a form: each shown at once, with a button that takes it away again; what the server would refuse is
   refused before it is sent, in the server's own words.

   [data-photo-words]    the bounds and the words (see _photos_script.html);
   [data-photo-said]     a live region;
   [data-photo-singles]  fields for single photos, not needed here.

   A field collects what is chosen one time after the other, up to its `data-most`: some phone browsers choose one file
   at a time, and one photo may come from the album, the next from the camera. The browser's own button, in whatever
   language it is, lies unseen above one with our words.

   A large photo is made smaller here, no smaller than the server keeps it: over a slow line five megabytes take a
   minute. Its place and camera stay on the phone. What this browser cannot open, such as HEIC in most, is sent as it is.
   Pictures are drawn on a canvas: no address is made for them, none has to be given back, and the policy names none.
   Without this script the fields simply work. */

const words = document.querySelector("[data-photo-words]").dataset;
const said = document.querySelector("[data-photo-said]");
const TYPES = words.types.split(" ");
const MOST = Number(words.most); // bytes
const SIDE = Number(words.side); // pixels
const SMALL = 500 * 1024; // bytes; what is smaller goes as it is
const HOPELESS = 5 * MOST; // bytes; not even opened
const PREVIEW = 240; // pixels of the longer side, on a screen that shows half as many

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, key) => values[key]);

function inWords(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function made(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function drawn(picture, side) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d");
  // On white, as the server does, so that a transparent picture does not turn black.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/* The same photo smaller, or null where that gains nothing. */
async function smaller(file, picture) {
  if (file.size <= SMALL) return null;
  const blob = await new Promise((done) => drawn(picture, SIDE).toBlob(done, "image/jpeg", 0.85));
  if (!blob || blob.size > 0.9 * file.size) return null;
  return new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: "image/jpeg" });
}

function refusal(file) {
  if (!file.size) return words.empty;
  // Some systems do not know the type of HEIC: those are left to the server.
  if (file.type && !TYPES.includes(file.type)) return words.noPhoto;
  return file.size > MOST ? words.tooLarge : "";
}

const keyOf = (file) => `${file.name} ${file.size} ${file.lastModified}`;

/* One photo that was chosen, in its box. */
class Photo {
  constructor(file, remove) {
    this.file = file;
    this.key = keyOf(file);
    this.name = file.name;
    this.box = made("li", "chosen");
    this.text = made("p", "", this.name);
    const button = made("button", "btn quiet", words.remove);
    button.type = "button";
    button.append(made("span", "visually-hidden", this.name));
    button.addEventListener("click", () => remove(this));
    this.box.append(this.text, button);
  }

  /* Makes it smaller and shows it. Returns why it cannot be sent, or nothing. */
  async open() {
    const before = this.file.size;
    let picture = null;
    if (before && before <= HOPELESS) picture = await createImageBitmap(this.file).catch(() => null);
    const less = picture && TYPES.includes(this.file.type) ? await smaller(this.file, picture).catch(() => null) : null;
    if (less) this.file = less;
    const why = refusal(this.file);
    if (!why) {
      const values = { name: this.name, size: inWords(this.file.size), before: inWords(before) };
      const told = fill(less ? words.smaller : words.chosen, values);
      this.text.textContent = picture ? told : `${told} · ${words.unseen}`;
      if (picture) this.show(picture);
    }
    picture?.close();
    return why;
  }

  show(picture) {
    const canvas = drawn(picture, PREVIEW);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", fill(words.preview, { name: this.name }));
    this.box.prepend(canvas);
  }
}

function watch(input) {
  const field = input.closest(".field");
  const most = Number(input.dataset.most ?? 1);
  const frame = made("span", "choose");
  const list = made("ul", "chosen-list");
  const word = made("span", "btn alt", words.choose);
  let photos = [];

  const send = () => {
    const files = new DataTransfer();
    for (const photo of photos) files.items.add(photo.file);
    input.files = files.files;
    word.textContent = photos.length && most > 1 ? words.more : words.choose;
    frame.hidden = most > 1 && photos.length >= most;
  };

  const complain = (text) => {
    const id = `${input.id}_error`;
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
    field.querySelector(".msg")?.remove();
    field.classList.toggle("bad", Boolean(text));
    if (text) {
      const message = made("p", "msg");
      message.id = id;
      message.append(made("span", "visually-hidden", words.error), text);
      frame.before(message);
      input.setAttribute("aria-invalid", "true");
      described.push(id);
    } else {
      input.removeAttribute("aria-invalid");
    }
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  };

  const drop = (photo) => {
    photo.box.remove();
    photos = photos.filter((one) => one !== photo);
    send();
  };

  const remove = (photo) => {
    drop(photo);
    said.textContent = fill(words.removed, { name: photo.name });
    input.focus();
  };

  const clear = () => {
    photos = [];
    list.replaceChildren();
    send();
  };

  const choose = async () => {
    // Nothing where the choice was cancelled. A field for one photo takes the last one chosen.
    const chosen = [...input.files].filter((file) => !photos.some((photo) => photo.key === keyOf(file)));
    if (most === 1 && chosen.length) clear();
    const room = most - photos.length;
    const fresh = chosen.slice(0, room).map((file) => new Photo(file, remove));
    const problems = chosen.length > room ? [fill(words.tooMany, { most })] : [];
    photos.push(...fresh);
    list.append(...fresh.map((photo) => photo.box));
    send(); // at once, so that the form can be sent meanwhile
    complain(problems.join(" "));
    for (const photo of fresh) {
      const why = await photo.open();
      if (!photos.includes(photo)) continue; // taken away meanwhile
      if (why) {
        problems.push(fill(words.problem, { name: photo.name, problem: why }));
        drop(photo);
        complain(problems.join(" "));
      } else {
        send();
      }
    }
    const shown = fresh.filter((photo) => photos.includes(photo)).map((photo) => photo.text.textContent);
    said.textContent = [...shown, ...problems].join(" ");
  };

  input.before(frame);
  frame.append(word, input);
  frame.after(list);
  input.addEventListener("change", choose);
  input.form.addEventListener("reset", clear);
  // A browser that comes back to the page may have kept the files.
  if (input.files.length) choose();
}

function works() {
  try {
    return Boolean(new DataTransfer());
  } catch {
    return false; // an old browser: the fields simply work
  }
}

if (works()) {
  for (const input of document.querySelectorAll('input[type="file"]')) watch(input);
  for (const singles of document.querySelectorAll("[data-photo-singles]")) singles.hidden = true;
}
