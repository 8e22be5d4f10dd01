// Leaves at once: the page goes blank before the next one is there, and stays out of the history.
(function () {
  "use strict";
  const exit = document.getElementById("exit");
  exit.addEventListener("click", function (event) {
    event.preventDefault();
    document.title = "";
    document.body.replaceChildren();
    location.replace(exit.href);
  });
  // A page that the browser kept alive for its back button may show what was erased since.
  addEventListener("pageshow", function (event) {
    if (event.persisted) {
      document.body.replaceChildren();
      location.reload();
    }
  });
})();
