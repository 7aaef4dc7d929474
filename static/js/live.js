// Keeps an open page fresh without a jump: htmx fetches, this decides whether there is anything new, keeps what the
// reader unfolded, where she is and what has the focus, marks what changed and says it politely.
(() => {
  const SILENCE = 90_000;
  const BEHIND = 120_000;
  const OUTDATED = 300_000;
  const AWAY = 35_000;
  const MARKED_FOR = 8_000;
  let heardAt = Date.now();
  let etag = '"none"';
  let before;

  const page = () => document.getElementById("page");
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const watch = ({ dataset, textContent }) => dataset.watch || dataset.state || textContent; // whose change is news
  const news = "[id][data-watch], li[id][data-state]";
  const watched = (root) => new Map(all(root, news).map((element) => [element.id, watch(element)]));

  function remember() {
    const folds = new Map(all(page(), "details[id]").map((fold) => [fold.id, { open: fold.open, opens: "opens" in fold.dataset }]));
    // The first thing that begins in sight; headings stick to the rail, so they say nothing.
    const anchor = scrollY > 0 && all(page(), "[id]:not(h2)").find((element) =>
      element.getBoundingClientRect().top >= 0 && (element.checkVisibility?.() ?? !element.hidden));
    const focused = page().contains(document.activeElement) && document.activeElement;
    return {
      folds,
      said: watched(page()),
      anchor: anchor && { id: anchor.id, top: anchor.getBoundingClientRect().top },
      focus: focused && { id: focused.closest("[id]").id, href: focused.getAttribute("href"), tag: focused.tagName },
    };
  }

  // What the reader folded or unfolded stays so, unless the page itself has a new reason to open it.
  function restoreFolds() {
    for (const fold of all(page(), "details[id]")) {
      const old = before.folds.get(fold.id);
      if (old && old.open !== old.opens && old.opens === "opens" in fold.dataset) fold.open = old.open;
    }
  }

  function restoreFocus() {
    const home = before.focus && document.getElementById(before.focus.id);
    if (!home || page().contains(document.activeElement)) return;
    const same = all(home, before.focus.tag).find((element) => element.getAttribute("href") === before.focus.href);
    (same || home).focus({ preventScroll: true });
  }

  function restoreScroll() {
    const anchor = before.anchor && document.getElementById(before.anchor.id);
    if (anchor) scrollBy({ top: anchor.getBoundingClientRect().top - before.anchor.top, behavior: "instant" });
  }

  // A component is its name and its state: beside them stand its description and its percentage.
  const told = (element) => element.querySelector(":scope > .state")
    ? `${element.querySelector("bdi").firstChild.textContent.trim()}: ${element.querySelector(":scope > .state").textContent}`
    : element.dataset.said ?? element.textContent;
  const said = (element) => told(element).trim().replace(/\s+/g, " ").replace(/[^.!?]$/, "$&.");

  function showChanges() {
    const changed = all(page(), news).filter((element) => before.said.get(element.id) !== watch(element));
    for (const element of changed) {
      element.classList.add("changed");
      setTimeout(() => element.classList.remove("changed"), MARKED_FOR);
    }
    document.getElementById("live").textContent = changed.slice(0, 4).map(said).join(" ");
  }

  // A new look needs a policy that allows it, so it comes with the page that brings both; and a language is all of it.
  const style = (page) => page.documentElement.lang + page.querySelector("style").textContent;

  function adoptHead(fresh) {
    document.title = fresh.title;
    document.body.dataset.state = fresh.body.dataset.state;
    document.querySelector("link[rel=icon]").href = fresh.querySelector("link[rel=icon]").getAttribute("href");
  }

  function heard() {
    heardAt = Date.now();
  }

  // A plain file server may stand in for ours and answer with an old copy: what counts is when the page was made, by
  // the clock of whoever sends it.
  function tellAge(sentAt) {
    const confirmed = document.querySelector("#confirmed time");
    const isOutdated = confirmed && new Date(sentAt) - new Date(confirmed.dateTime) > OUTDATED;
    sayLost(isOutdated);
  }

  function sayLost(isLost) {
    const notice = document.getElementById("lost");
    if (!isLost) notice?.remove();
    if (!isLost || notice) return;
    const textContent = statuspage.say("We cannot reach our server from here just now. What you read may be out of date.");
    document.querySelector(".meta")?.after(Object.assign(document.createElement("p"), { id: "lost", className: "lost", textContent }));
  }

  // When and whether our server could last confirm what it says: moves with the clock, not with the content.
  function confirm(fresh) {
    for (const id of ["confirmed", "confirmation"]) {
      const element = document.getElementById(id), newer = fresh.getElementById(id);
      if (element && newer) element.innerHTML = newer.innerHTML;
    }
    statuspage.localise(document);
  }

  // An explicit condition keeps the browser's own cache out: it would show the answer before last while it looks anew.
  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["If-None-Match"] = etag; });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== page()) return;
    etag = event.detail.xhr.getResponseHeader("ETag") ?? etag;
    heard();
    const sentAt = event.detail.xhr.getResponseHeader("Date");
    if (event.detail.xhr.status === 304) { event.detail.shouldSwap = false; tellAge(sentAt); }
    if (event.detail.xhr.status !== 200) return;
    const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const answer = fresh.getElementById("page");
    if (!answer) { event.detail.shouldSwap = false; return; }
    if (style(fresh) !== style(document)) { event.detail.shouldSwap = false; location.reload(); return; }
    confirm(fresh);
    tellAge(sentAt);
    if (answer.dataset.version === page().dataset.version) {
      event.detail.shouldSwap = false;
      return;
    }
    adoptHead(fresh);
    before = remember();
  });

  document.addEventListener("htmx:afterSwap", () => {
    if (!before) return;
    restoreFolds();
    restoreFocus();
    restoreScroll();
    showChanges();
    before = undefined;
  });

  for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(trouble, () => {
      if (Date.now() - heardAt > SILENCE) sayLost(true);
    });
  }

  // Out of a cache, out of the history, after a sleep: do not wait for the next turn.
  const freshen = () => htmx.trigger(page(), "freshen");
  const freshenAfterAbsence = () => { if (!document.hidden && Date.now() - heardAt > AWAY) freshen(); };
  addEventListener("load", () => {
    const confirmed = document.querySelector("#confirmed time");
    if (confirmed && Date.now() - new Date(confirmed.dateTime) > BEHIND) freshen();
  });
  addEventListener("pageshow", freshenAfterAbsence);
  addEventListener("online", freshenAfterAbsence);
  document.addEventListener("visibilitychange", freshenAfterAbsence);

  // Browsers that cannot unfold by style sheet.
  addEventListener("beforeprint", () => all(document, "details:not([open])").forEach((fold) => { fold.open = true; fold.dataset.printed = ""; }));
  addEventListener("afterprint", () => all(document, "details[data-printed]").forEach((fold) => { fold.open = false; delete fold.dataset.printed; }));
})();
