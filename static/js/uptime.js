// The story of a day, beside its bar: on hover, on focus (arrow keys walk the days) and on tap. It is read once from the
// component's own page, so that the front page carries no stories. Without this the strip is a link to that page.
(() => {
  const { say } = statuspage;
  const LINGER = 250; // milliseconds, so that the pointer can reach the links in it
  const names = new Intl.DateTimeFormat(statuspage.locale, { day: "numeric", month: "long", timeZone: "UTC" });
  const drawing = (link) => link.querySelector("svg");
  const scale = (link) => link.querySelector("path").getScreenCTM(); // from days to pixels
  const count = (link) => drawing(link).viewBox.baseVal.width;
  const linkAt = (target) => target.closest?.(".uptime");
  const pages = new Map();
  const styleAddress = document.currentScript.dataset.style;
  let styled; // a promise, once the first story asked for its style
  let shown; // { link, index, tale }
  let leaving;

  function read(link) {
    const { pathname } = new URL(link.href);
    if (pathname === location.pathname) return Promise.resolve(document);
    if (!pages.has(pathname)) {
      pages.set(pathname, fetch(pathname, { credentials: "omit" })
        .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
        .then((text) => new DOMParser().parseFromString(text.replace(/<style>[^<]*<\/style>/, ""), "text/html")) // its style is not allowed here
        .catch(() => { pages.delete(pathname); }));
    }
    return pages.get(pathname);
  }

  const style = () => styled ??= new Promise((done) => {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: styleAddress, onload: done, onerror: done }));
  });

  const element = (name, className, ...children) => {
    const made = Object.assign(document.createElement(name), { className });
    made.append(...children);
    return made;
  };

  function story(page, index) {
    const days = page?.querySelector("[data-days]");
    if (!days) return [say("We cannot reach our server from here just now.")];
    const date = new Date(`${days.dataset.first}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() + index);
    const key = date.toISOString().slice(0, 10);
    const told = days.querySelector(`[data-day="${key}"] > div`);
    const quiet = key < days.dataset.since ? say("It did not exist yet.") : say("No trouble.");
    return [element("strong", "", names.format(date)), ...(told ? document.importNode(told, true).childNodes : [quiet])];
  }

  // Below its day, within the screen.
  function place({ link, index, tale, mark }) {
    const home = tale.parentElement.getBoundingClientRect();
    const day = new DOMPoint(index + 0.5, 0).matrixTransform(scale(link)).x;
    const width = tale.offsetWidth, most = document.documentElement.clientWidth - width - 8;
    const left = Math.max(8, Math.min(day - width / 2, most));
    tale.style.left = `${left - home.left}px`;
    mark.style.left = `${Math.max(6, Math.min(day - left, width - 14)) - 4}px`;
  }

  const stay = () => { leaving = clearTimeout(leaving); };

  function hide() {
    stay();
    shown?.tale.remove();
    shown = undefined;
  }

  const hideSoon = () => { leaving ??= setTimeout(hide, LINGER); };

  function show(link, index) {
    stay();
    if (shown?.link === link && shown.index === index) return;
    if (shown?.link !== link) {
      hide();
      const tale = element("div", "tale");
      tale.setAttribute("role", "status");
      shown = { link, tale, mark: element("span", "tale__mark") };
      tale.hidden = true;
      link.after(tale);
    }
    shown.index = index;
    const mine = shown;
    Promise.all([read(link), style()]).then(([page]) => {
      if (shown !== mine || mine.index !== index) return;
      mine.tale.replaceChildren(...story(page, index), mine.mark);
      mine.tale.hidden = false;
      place(mine);
    });
  }

  // On a phone the days before the last 30 are cut off: the left edge is then the day 60.
  const dayUnder = (link, x) => new DOMPoint(x, 0).matrixTransform(scale(link).inverse()).x;
  const first = (link) => Math.round(dayUnder(link, drawing(link).getBoundingClientRect().left));
  const within = (link, index) => Math.max(first(link), Math.min(index, count(link) - 1));
  const dayAt = (link, x) => within(link, Math.floor(dayUnder(link, x)));

  const onStrip = (event) => event.target.closest?.("svg") && linkAt(event.target);
  let touched = false;
  document.addEventListener("pointerdown", (event) => {
    touched = event.pointerType !== "mouse";
    if (!event.target.closest?.(".uptime, .tale")) hide();
  });
  document.addEventListener("pointermove", (event) => {
    const link = event.pointerType === "mouse" && onStrip(event);
    if (link) show(link, dayAt(link, event.clientX));
    else if (shown && event.pointerType === "mouse" && !shown.link.matches(":focus-visible")) {
      if (event.target.closest?.(".tale")) stay();
      else hideSoon();
    }
  });
  document.addEventListener("click", (event) => {
    const link = onStrip(event);
    if (!link || !touched) return;
    event.preventDefault();
    show(link, dayAt(link, event.clientX));
  });

  document.addEventListener("focusin", ({ target }) => {
    if (target.classList.contains("uptime")) {
      if (target.matches(":focus-visible")) show(target, shown?.link.href === target.href ? shown.index : count(target) - 1);
    } else if (shown && !shown.tale.contains(target)) hide();
  });
  document.addEventListener("focusout", ({ relatedTarget }) => { if (shown && !relatedTarget) hideSoon(); });

  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) { hide(); return; }
    const link = event.target.classList.contains("uptime") && event.target;
    if (!link || !(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(link, within(link, (shown?.link === link ? shown.index : count(link) - 1) + steps[event.key]));
  });

  // The page has been exchanged for a fresh one: what was read may be outdated, and what was shown is shown again.
  document.addEventListener("htmx:afterSwap", () => {
    pages.clear();
    const before = shown;
    if (!before) return;
    hide();
    const same = [...document.querySelectorAll(".uptime")].find((link) => link.href === before.link.href);
    if (same?.checkVisibility?.()) show(same, before.index);
  });
  addEventListener("resize", () => shown && place(shown));
})();
