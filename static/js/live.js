// Keeps an open page fresh without a jump: htmx fetches, this decides when, and whether there is anything new, keeps
// what the reader unfolded, where she is and what has the focus, marks what changed and says it politely.
(() => {
  const SOON = 5_000; // while something is open, or changed within the last hour
  const LATER = 30_000;
  const HIDDEN = 300_000; // nobody looks, but title and mark of the tab go on to tell the state
  const LONGEST = 120_000; // after failures
  const NEWS = 3_600_000;
  const FAILURES = 2; // in a row, after which the connection counts as lost
  const BEHIND = 120_000;
  const OUTDATED = 300_000;
  const MARKED_FOR = 8_000;
  let heardAt = Date.now();
  let changedAt = -Infinity;
  let failures = 0;
  let isOld = false; // what came is an old copy
  let timer;
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
    failures = 0;
  }

  // A plain file server may stand in for ours and answer with an old copy: what counts is when the page was made, by
  // the clock of whoever sends it.
  function tellAge(sentAt) {
    const age = new Date(sentAt) - new Date(document.querySelector("#confirmed time")?.dateTime ?? sentAt);
    isOld = age > BEHIND;
    if (age > OUTDATED) sayLost(statuspage.say("We cannot reach our server from here just now. What you read may be out of date."));
    else sayLost();
  }

  // In the tab too, which would go on to say that everything works. No words: nothing is lost.
  function sayLost(words) {
    document.getElementById("lost")?.remove();
    document.title = document.title.replace(/^\? · /, words ? "? · " : "");
    if (words && !document.title.startsWith("? · ")) document.title = `? · ${document.title}`;
    const notice = Object.assign(document.createElement("p"), { id: "lost", className: "lost", textContent: words });
    if (words) document.querySelector(".meta")?.after(notice);
    sayHeard();
  }

  // Only of what is fresh: not while the connection is lost, nor of an old copy, nor of what our server cannot confirm.
  function sayHeard() {
    const isFresh = !isOld && !document.querySelector("#lost, .unconfirmed");
    const note = document.getElementById("heard") ?? Object.assign(document.createElement("span"), { id: "heard" });
    const { say, seen } = statuspage;
    const words = Date.now() - heardAt < 60_000 ? say("Updated just now.") : say("Updated %(span)s.", { span: seen(heardAt) });
    if (note.textContent !== words) note.textContent = words;
    if (!isFresh) note.remove();
    else if (!note.isConnected) document.getElementById("confirmed")?.after(note);
  }

  // When and whether our server could last confirm what it says: moves with the clock, not with the content.
  function confirm(fresh) {
    for (const id of ["confirmed", "confirmation"]) {
      const element = document.getElementById(id), newer = fresh.getElementById(id);
      if (element && newer) element.innerHTML = newer.innerHTML;
    }
    page().toggleAttribute("data-lively", fresh.getElementById("page").hasAttribute("data-lively"));
    statuspage.localise(document);
  }

  // An explicit condition keeps the browser's own cache out: it would show the answer before last while it looks anew.
  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["If-None-Match"] = etag; });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== page() || ![200, 304].includes(event.detail.xhr.status)) return;
    etag = event.detail.xhr.getResponseHeader("ETag") ?? etag;
    heard();
    const sentAt = event.detail.xhr.getResponseHeader("Date");
    if (event.detail.xhr.status === 304) { event.detail.shouldSwap = false; tellAge(sentAt); return; }
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
    changedAt = heardAt;
    before = remember();
  });

  document.addEventListener("htmx:afterSwap", () => {
    if (!before) return;
    restoreFolds();
    restoreFocus();
    restoreScroll();
    sayHeard();
    showChanges();
    before = undefined;
  });

  const follows = () => page().hasAttribute("hx-get");

  function lost() {
    const time = statuspage.clock(new Date(heardAt));
    if (follows()) sayLost(statuspage.say("Connection lost since %(time)s. What you read may be out of date.", { time }));
  }

  for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(trouble, ({ detail }) => {
      if (detail.target !== page()) return;
      if ([404, 410].includes(detail.xhr?.status)) location.reload(); // there is nothing here any more: say so
      failures += 1;
      if (failures >= FAILURES) lost();
    });
  }

  // A little sooner than the pace, each by another bit: a thousand pages must not ask in one moment. After failures
  // later and later.
  const pace = () => (page().matches("[data-lively]") || Date.now() - changedAt < NEWS ? SOON : LATER);
  const wait = () => (document.hidden ? HIDDEN : Math.min(pace() * 2 ** failures, LONGEST)) * (0.8 + 0.2 * Math.random());

  function askLater() {
    clearTimeout(timer);
    timer = setTimeout(freshen, wait());
  }

  function freshen() {
    askLater();
    if (follows()) htmx.trigger(page(), "freshen");
  }

  // Out of a cache, out of the history, after a sleep: do not wait for the next turn.
  function freshenAfterAbsence() {
    if (!document.hidden && Date.now() - heardAt > pace()) freshen();
    else askLater();
  }

  addEventListener("load", () => {
    const confirmed = document.querySelector("#confirmed time");
    isOld = confirmed && Date.now() - new Date(confirmed.dateTime) > BEHIND;
    if (isOld) freshen();
    else askLater();
  });
  document.addEventListener("htmx:afterRequest", askLater);
  addEventListener("pageshow", freshenAfterAbsence);
  addEventListener("online", freshen);
  addEventListener("offline", lost);
  document.addEventListener("visibilitychange", freshenAfterAbsence);
  setInterval(sayHeard, 15_000);

  // Browsers that cannot unfold by style sheet.
  addEventListener("beforeprint", () => all(document, "details:not([open])").forEach((fold) => { fold.open = true; fold.dataset.printed = ""; }));
  addEventListener("afterprint", () => all(document, "details[data-printed]").forEach((fold) => { fold.open = false; delete fold.dataset.printed; }));
})();
