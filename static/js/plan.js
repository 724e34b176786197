// Whoever points at a place in the drawing sees it in the list beside it, and the other way round.
(() => {
  const plan = document.getElementById("plan");
  if (!plan) return;
  const light = (event, on) => {
    const link = event.target.closest("a");
    if (!link) return;
    const href = link.getAttribute("href");
    for (const other of plan.querySelectorAll(`a[href="${CSS.escape(href)}"]`)) other.classList.toggle("lit", on);
  };
  for (const [name, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
    plan.addEventListener(name, event => light(event, on));
  }
})();
