// Makes the page quicker: what is said appears at once and is answered in place. Without this file the plain form does it.
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const log = byId("log"), form = byId("say"), input = byId("text"), typing = byId("typing"), trouble = byId("trouble");
  const files = byId("files"), chosen = byId("chosen"), heavy = byId("heavy");
  const LOOK_EVERY = 4000, LOOK_SELDOM = 15000, LIVELY = 120000;
  let lastSaid = Date.now();
  try {
    sessionStorage.removeItem("htmx-current-path-for-history"); // htmx writes it whatever its settings
  } catch (error) { /* storage is switched off: nothing is there */ }

  // ---- pictures and files: the plain form takes them, this only says what was chosen

  document.documentElement.classList.add("scripted");
  files.addEventListener("change", showChosen);
  byId("unchoose").addEventListener("click", function () {
    files.value = "";
    showChosen();
    input.focus();
  });

  function showChosen() {
    byId("names").textContent = Array.from(files.files, (file) => file.name).join("、");
    chosen.hidden = !files.files.length;
    heavy.hidden = Array.from(files.files).reduce((sum, file) => sum + file.size, 0) < Number(form.dataset.largest) - 100000;
  }

  function sendFiles(event) {
    if (!heavy.hidden || form.classList.contains("sending")) return event.preventDefault();
    form.classList.add("sending");
    typing.hidden = false;
    scrollToEnd();
  }

  // ---- saying something

  form.addEventListener("submit", function (event) {
    if (!("submitter" in event)) return; // an old browser: the plain form works
    const button = event.submitter;
    const word = button && button.name === "word" ? button.value : null;
    if (word === null && files.files.length) return sendFiles(event);
    event.preventDefault();
    const text = word === null ? input.value : word;
    if (!text.trim() || (word !== null && isUnderWay(word))) return;
    if (word === null) {
      input.value = "";
      input.focus();
    }
    say(text);
  });

  function isUnderWay(word) {
    return Array.from(log.querySelectorAll(".sending:not(.lost) .words")).some((words) => words.textContent === word);
  }

  function say(text) {
    const bubble = byId("outgoing").content.firstElementChild.cloneNode(true);
    bubble.querySelector(".words").textContent = text;
    bubble.querySelector("[name=text]").value = text;
    bubble.querySelector("[name=form]").value = random();
    bubble.querySelector(".retry").addEventListener("click", () => again(bubble));
    log.append(bubble);
    lastSaid = Date.now();
    htmx.process(bubble);
    update();
    scrollToEnd();
  }

  function random() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function again(bubble) {
    htmx.trigger(bubble.querySelector("form"), "chat:again");
  }

  // On a computer Enter sends; on a phone it begins a new line. It never sends while a word is being composed.
  input.addEventListener("keydown", function (event) {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing || !matchMedia("(hover: hover) and (pointer: fine)").matches) return;
    event.preventDefault();
    byId("send").click();
  });

  // ---- what htmx tells

  const on = (name, act) => document.body.addEventListener(name, act);

  on("htmx:beforeRequest", function (event) {
    const bubble = event.target.closest(".sending");
    if (bubble) mark(bubble, false);
  });
  ["htmx:sendError", "htmx:timeout", "htmx:responseError", "htmx:sendAbort"].forEach((name) => on(name, function (event) {
    const bubble = event.target.closest(".sending");
    if (bubble) mark(bubble, true);
  }));
  on("htmx:configRequest", function (event) {
    if (event.target.id !== "news") return;
    event.detail.parameters.after = newest();
    event.detail.parameters.visit = form.elements.visit.value;
  });
  on("htmx:afterSwap", () => arrange());
  on("htmx:afterRequest", () => update());

  // The form was too old: take the new token and send once more.
  on("chat:token", function (event) {
    const tokens = document.querySelectorAll("[name=csrfmiddlewaretoken]");
    const kept = byId("outgoing").content.querySelector("[name=csrfmiddlewaretoken]");
    [...tokens, kept].forEach((field) => { field.value = event.detail.token; });
    const bubble = event.target.closest(".sending");
    if (!bubble || bubble.dataset.renewed) return;
    bubble.dataset.renewed = "yes";
    setTimeout(() => again(bubble), 0);
  });
  on("chat:erased", () => leaveFor(log.dataset.erased));
  on("chat:cleared", () => leaveFor(log.dataset.page));

  function leaveFor(address) {
    document.body.replaceChildren();
    location.replace(address);
  }

  function mark(bubble, lost) {
    bubble.classList.toggle("lost", lost);
    bubble.querySelector(".retry").hidden = !lost;
    update();
  }

  function update() {
    typing.hidden = !log.querySelector(".sending:not(.lost)") && !form.classList.contains("sending");
    trouble.hidden = !log.querySelector(".lost");
  }

  // Answers to messages sent in a row overlap: show each bubble once, in order, what is under way last.
  function arrange() {
    const atEnd = innerHeight + scrollY > document.documentElement.scrollHeight - 240;
    const shown = new Map();
    log.querySelectorAll("[data-number]").forEach(function (bubble) {
      if (shown.has(bubble.id)) bubble.remove();
      else shown.set(bubble.id, bubble);
    });
    const number = (bubble) => Number(bubble.dataset.number || Infinity);
    const bubbles = Array.from(log.children);
    const ordered = bubbles.slice().sort((one, other) => number(one) - number(other) || 0);
    if (ordered.some((bubble, place) => bubble !== bubbles[place])) log.append(...ordered);
    update();
    if (atEnd || Date.now() - lastSaid < 15000) showNewest();
  }

  // A picture takes its room only when it is there.
  log.addEventListener("load", () => { if (Date.now() - lastSaid < 15000) showNewest(); }, true);

  function newest() {
    return Math.max(0, ...Array.from(log.querySelectorAll("[data-number]"), (bubble) => Number(bubble.dataset.number)));
  }

  // ---- scrolling: the newest bubble, but never past the beginning of a long answer

  function showNewest() {
    const own = Array.from(log.querySelectorAll(".person")).pop();
    scrollToEnd();
    if (own && own.getBoundingClientRect().top < 56) own.scrollIntoView({ block: "start" });
  }

  function scrollToEnd() {
    scrollTo(0, document.documentElement.scrollHeight);
  }

  // ---- late answers, only while somebody looks

  function look() {
    if (document.visibilityState !== "visible" || log.querySelector(".sending:not(.lost)")) return;
    htmx.trigger("#news", "chat:look");
  }

  (function lookAgain() {
    setTimeout(function () {
      look();
      lookAgain();
    }, Date.now() - lastSaid < LIVELY ? LOOK_EVERY : LOOK_SELDOM);
  })();
  document.addEventListener("visibilitychange", look);

  if (newest() > 0) showNewest();
})();
