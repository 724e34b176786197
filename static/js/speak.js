/* 朗读: the page's main part read aloud by a voice of the device.

   [data-speak]             what holds the button that starts and stops; shown only where a voice for the page's language
                            lives on this device. Voices of a distant server are left alone: a page can hold what a
                            resident wrote, and no other host is to learn it;
   template#speak-bar       the bar that stands at the window's lower edge while reading: its words are the template's,
                            in data-reading, data-paused, data-ended and data-failed of its [role=status], and in
                            data-stop of the template for the button that started.

   Read are headings, paragraphs, lists and captions in their order, sentence by sentence: some browsers fall silent in
   the middle of long texts, and go on after a pause only from the start of what they were given. Not read are navigation,
   hidden things, tables' cells, pictures and what stands in a form's fields. */

const LONGEST = { zh: 60, en: 180 }; // characters in one go: about a quarter of a minute
const SKIPPED = "nav, script, style, template, svg, button, input, select, textarea, thead, tbody, tfoot, [aria-hidden=true]";
const ELDER_RATE = 0.85;

const speech = window.speechSynthesis;
const holders = [...document.querySelectorAll("[data-speak]")];
const template = document.getElementById("speak-bar");
const pageLanguage = document.documentElement.lang;

/* "zh" or "en"; systems write zh-CN, zh_CN or cmn-Hans-CN. */
function family(language) {
  const first = language.toLowerCase().split(/[-_]/)[0];
  return first === "cmn" ? "zh" : first;
}

/* Cantonese is another spoken language; a voice from Taiwan reads Mandarin, but simplified characters less surely. */
function rank(voice) {
  if (/^zh[-_](hk|mo)|^yue|yue/i.test(voice.lang)) return -1;
  return (/tw|hant/i.test(voice.lang) ? 0 : 2) + (voice.default ? 1 : 0);
}

function voiceFor(language) {
  return speech
    .getVoices()
    .filter((voice) => voice.localService && family(voice.lang) === family(language) && rank(voice) >= 0)
    .sort((one, other) => rank(other) - rank(one))[0];
}

function shown(element, display) {
  if (display === "contents") return true; // has no box of its own
  return element.checkVisibility ? element.checkVisibility() : element.getClientRects().length > 0;
}

/* Sentences, each short enough for one breath: cut after 。！？； and full stops, else after a comma or at a gap. */
function sentences(text, language) {
  const found = [];
  const longest = LONGEST[family(language)] || LONGEST.en;
  const plain = text.replace(/\s+/g, " ").replace(/ ?· ?/g, family(language) === "zh" ? "，" : ", ");
  const ends = plain.replace(/[。！？!?；;…]+["”’』」）)]*/g, "$&\n").replace(/\. /g, ".\n");
  for (const sentence of ends.split("\n")) {
    let rest = sentence.trim();
    while (rest.length > longest) {
      const breath = rest.slice(0, longest);
      const cut = Math.max(...["，", "、", "：", " "].map((mark) => breath.lastIndexOf(mark))) + 1 || longest;
      found.push(rest.slice(0, cut).trim());
      rest = rest.slice(cut).trim();
    }
    found.push(rest);
  }
  return found.filter((part) => /[\p{L}\p{N}]/u.test(part));
}

/* What is read, in order: [{text, lang}]. A block ends a piece, and so does another language. */
function pieces(root) {
  const found = [];
  let text = "";
  let language = "";

  function flush() {
    for (const part of sentences(text, language)) found.push({ text: part, lang: language });
    text = "";
  }

  function walk(node, lang) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (lang !== language) flush();
      language = lang;
      text += node.data;
    } else if (node.nodeType === Node.ELEMENT_NODE && !node.matches(SKIPPED)) {
      const { display } = getComputedStyle(node);
      if (!shown(node, display)) return;
      const apart = display !== "inline" && display !== "contents";
      if (apart) flush();
      node.childNodes.forEach((child) => walk(child, node.lang || lang));
      if (apart) flush();
    }
  }

  walk(root, pageLanguage);
  flush();
  return found;
}

function start() {
  const bar = template.content.firstElementChild.cloneNode(true);
  const state = bar.querySelector("[role=status]");
  const [pauseButton, goOnButton, stopButton] = bar.querySelectorAll("button");
  const idleWords = holders.map((holder) => holder.querySelector("button").textContent);
  const rate = document.documentElement.classList.contains("elder") ? ELDER_RATE : 1;
  let queue = null; // while reading or paused
  let next = 0;
  let current = null; // also keeps the browser from forgetting it half-way
  let opener = null;

  function say() {
    const piece = queue[next];
    if (!piece) return finish(state.dataset.ended);
    const voice = voiceFor(piece.lang) || voiceFor(pageLanguage);
    const utterance = new SpeechSynthesisUtterance(piece.text);
    if (voice) utterance.voice = voice;
    utterance.lang = voice ? voice.lang : piece.lang;
    utterance.rate = rate;
    utterance.onend = () => {
      if (utterance !== current) return; // was stopped
      next += 1;
      say();
    };
    utterance.onerror = () => {
      if (utterance === current) finish(state.dataset.failed);
    };
    current = utterance;
    speech.speak(utterance);
  }

  function hush() {
    current = null;
    if (speech.speaking || speech.pending) speech.cancel();
  }

  function show(words, reading) {
    state.textContent = words;
    bar.classList.toggle("on", queue !== null || words === state.dataset.failed);
    pauseButton.hidden = !reading;
    goOnButton.hidden = reading || !queue;
    holders.forEach((holder, number) => {
      holder.querySelector("button").textContent = queue ? template.dataset.stop : idleWords[number];
    });
  }

  function finish(words) {
    const inside = bar.contains(document.activeElement);
    hush();
    queue = null;
    show(words, false);
    if (inside && opener) opener.focus({ preventScroll: true });
  }

  function read(from) {
    hush();
    show(state.dataset.reading, true);
    next = from;
    say();
  }

  holders.forEach((holder) => {
    const button = holder.querySelector("button");
    button.addEventListener("click", () => {
      if (queue) return finish("");
      opener = button.closest("details")?.querySelector("summary") || button;
      queue = pieces(document.getElementById("main"));
      const menu = button.closest("details");
      if (menu) menu.open = false;
      read(0);
      pauseButton.focus({ preventScroll: true });
    });
  });
  pauseButton.addEventListener("click", () => {
    hush();
    show(state.dataset.paused, false);
    goOnButton.focus({ preventScroll: true });
  });
  goOnButton.addEventListener("click", () => {
    read(next);
    pauseButton.focus({ preventScroll: true });
  });
  stopButton.addEventListener("click", () => finish(""));
  window.addEventListener("pagehide", () => {
    if (queue) finish("");
  });

  function offer() {
    const able = Boolean(voiceFor(pageLanguage)) || queue !== null;
    holders.forEach((holder) => {
      holder.hidden = !able;
    });
    // Empty and unseen until there is something to say: a state is only told in a place that was there before.
    if (able && !bar.isConnected) document.body.append(bar);
  }

  // Voices come late, and not every browser says so.
  offer();
  speech.addEventListener?.("voiceschanged", offer);
  [500, 2000].forEach((wait) => setTimeout(offer, wait));
}

if (speech && window.SpeechSynthesisUtterance && holders.length && template) start();
