// Leaves at once: the page goes blank before the next one is there, and stays out of the history.
(function () {
  "use strict";
  const exit = document.getElementById("exit");
  // Shift switches between Chinese and Latin letters, and one Escape ends a word that is being composed.
  const PRESSES = 3, WITHIN = 3000;
  let pressed = [];

  function leave() {
    document.title = "";
    document.body.replaceChildren();
    try {
      // The server is to show nothing of the talk any more, whoever goes back; it need not answer before we are gone.
      fetch(exit.href, { keepalive: true, redirect: "manual", cache: "no-store" }).catch(() => {});
    } catch (error) { /* an old browser: the page is replaced all the same */ }
    location.replace(exit.dataset.to);
  }

  exit.addEventListener("click", function (event) {
    event.preventDefault();
    leave();
  });
  addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.isComposing || event.keyCode === 229 || event.repeat) return;
    pressed = [...pressed, event.timeStamp].slice(-PRESSES);
    if (pressed.length === PRESSES && event.timeStamp - pressed[0] <= WITHIN) leave();
  }, true);
  // A page that the browser kept alive for its back button may show what was cleared or erased since.
  addEventListener("pagehide", function (event) {
    if (event.persisted) document.documentElement.hidden = true;
  });
  addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.body.replaceChildren();
    location.reload();
  });
})();
