/* Photos chosen in a form: each shown at once, with a button that takes it away again; what the server would refuse is
   refused before it is sent, in the server's own words.

   [data-photo-words]  the bounds and the words (see _photos_script.html);
   [data-photo-said]   a live region.

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

function watch(input) {
  const field = input.closest(".field");
  const name = input.labels[0].firstChild.textContent.trim();
  let box, turn = 0;

  const clear = () => {
    turn += 1;
    box?.remove();
    box = undefined;
  };

  const complain = (text) => {
    const id = `${input.id}_error`;
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
    field.querySelector(".msg")?.remove();
    field.classList.toggle("bad", Boolean(text));
    if (text) {
      const message = document.createElement("p");
      const kind = document.createElement("span");
      message.className = "msg";
      message.id = id;
      kind.className = "visually-hidden";
      kind.textContent = words.error;
      message.append(kind, text);
      input.before(message);
      input.setAttribute("aria-invalid", "true");
      described.push(id);
    } else {
      input.removeAttribute("aria-invalid");
    }
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  };

  const remove = () => {
    input.value = "";
    clear();
    said.textContent = fill(words.removed, { field: name });
    input.focus();
  };

  const show = (picture, told) => {
    box = document.createElement("div");
    box.className = "chosen";
    if (picture) {
      const canvas = drawn(picture, PREVIEW);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", fill(words.preview, { name }));
      box.append(canvas);
    }
    const text = document.createElement("p");
    text.textContent = told;
    const button = document.createElement("button");
    const which = document.createElement("span");
    button.type = "button";
    button.className = "btn quiet";
    which.className = "visually-hidden";
    which.textContent = name;
    button.append(words.remove, which);
    button.addEventListener("click", remove);
    box.append(text, button);
    input.after(box);
    said.textContent = told;
  };

  const choose = async () => {
    clear();
    complain("");
    const mine = turn;
    let file = input.files[0];
    if (!file) return;
    const before = file.size;
    let picture = null;
    if (before && before <= HOPELESS) picture = await createImageBitmap(file).catch(() => null);
    const less = picture && TYPES.includes(file.type) ? await smaller(file, picture).catch(() => null) : null;
    if (mine !== turn) return;
    if (less) {
      const files = new DataTransfer();
      files.items.add(less);
      input.files = files.files;
      file = less;
    }
    const why = refusal(file);
    if (why) {
      input.value = "";
      complain(why);
      said.textContent = `${name} ${why}`;
      return;
    }
    const values = { name: file.name, size: inWords(file.size), before: inWords(before) };
    const told = fill(less ? words.smaller : words.chosen, values);
    show(picture, picture ? told : `${told} · ${words.unseen}`);
    picture?.close();
  };

  input.addEventListener("change", choose);
  input.form.addEventListener("reset", clear);
  // A browser that comes back to the page may have kept the file.
  if (input.files.length) choose();
}

for (const input of document.querySelectorAll('input[type="file"]')) watch(input);
