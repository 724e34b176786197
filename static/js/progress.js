/* How far a job is, kept up to date on its page; without this script the page has a link that shows it anew.

   [data-progress] holds a <progress>, the words beside it and [role="status"], which is spoken. When the page no longer
   has one, the job is over and the page is opened anew. */

const PAUSE = 2000;
const SPOKEN_EACH = 0.1; // of the whole: a voice that counts every row helps nobody

const box = document.querySelector("[data-progress]");

function share(bar) {
  return bar.max ? bar.value / bar.max : 0;
}

async function look() {
  try {
    const response = await fetch(location.href, { credentials: "same-origin" });
    if (!response.ok) throw new Error(response.status);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-progress]");
    if (!fresh) {
      location.reload();
      return;
    }
    show(fresh);
  } catch {
    // The connection is gone for a moment, or somebody signed out: the next look or the link will tell.
  }
  setTimeout(look, PAUSE);
}

function show(fresh) {
  const bar = box.querySelector("progress");
  const now = fresh.querySelector("progress");
  const step = Math.floor(share(now) / SPOKEN_EACH) > Math.floor(share(bar) / SPOKEN_EACH);
  bar.value = now.value;
  const words = fresh.querySelector("[data-words]").textContent;
  box.querySelector("[data-words]").textContent = words;
  if (step) box.querySelector('[role="status"]').textContent = words;
}

if (box) setTimeout(look, PAUSE);
