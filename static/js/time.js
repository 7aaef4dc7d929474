// Times in the reader's zone, with the zone named. The words are those of statuspage/lib/spans.py.
(() => {
  // In a page of another language than English it holds the words of all scripts: see statuspage/lib/scripts.py.
  const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  const say = (text, values) => (words[text] ?? text).replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const { lang } = document.documentElement;
  const locale = lang === "en" ? "en-GB" : lang;
  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { day: "numeric", month: "short" };
  const formats = {
    clock: new Intl.DateTimeFormat(locale, hours),
    day: new Intl.DateTimeFormat(locale, { ...day, ...hours }),
    full: new Intl.DateTimeFormat(locale, { ...day, year: "numeric", ...hours }),
  };

  // Each English knows the letters of its own part of the world only: take the one that does not fall back to GMT+N.
  function zoneName(at) {
    const names = [locale, "en-GB", "en-US", "en-AU", "en-CA"].map((locale) =>
      new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(at).find((part) => part.type === "timeZoneName").value);
    return (names.find((name) => !/^(GMT|UTC)[+-−]/.test(name)) || names[0]).replace(/^GMT(?=[+-−])/, "UTC");
  }

  function format(at, near) {
    if (near && near.toDateString() === at.toDateString()) return formats.clock.format(at);
    return (near && near.getFullYear() === at.getFullYear() ? formats.day : formats.full).format(at);
  }

  // What the text may take for granted: the day of another moment, or today.
  function near({ local, near: other }) {
    if (local === "near") return other ? new Date(other) : new Date();
  }

  const ahead = ["in %(minutes)s min", "in %(hours)s h", "in %(hours)s h %(minutes)s min", "in %(days)s days", "in %(days)s days %(hours)s h"];
  const ago = ["%(minutes)s min ago", "%(hours)s h ago", "%(hours)s h %(minutes)s min ago", "%(days)s days ago", "%(days)s days %(hours)s h ago"];

  function lasted([m, h, hm, d, dh], milliseconds) {
    const minutes = Math.max(1, Math.floor(milliseconds / 60000));
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return say(hours % 24 ? dh : d, { days: Math.floor(hours / 24), hours: hours % 24 });
    if (!hours) return say(m, { minutes });
    return say(minutes % 60 ? hm : h, { hours, minutes: minutes % 60 });
  }

  function seen(at) {
    const distance = at - Date.now();
    if (Math.abs(distance) < 60000) return say("now");
    return distance > 0 ? lasted(ahead, distance) : lasted(ago, -distance);
  }

  const clock = (at) => `${format(at, new Date())} ${zoneName(at)}`;

  function localise(root) {
    for (const element of root.querySelectorAll("time[data-local]")) {
      const at = new Date(element.dateTime);
      if (!element.title) element.title = element.textContent;
      element.textContent = `${format(at, near(element.dataset))} ${zoneName(at)}`;
    }
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-relative]")) {
      const words = seen(new Date(element.dataset.relative));
      if (element.textContent !== words) element.textContent = words;
    }
  }

  window.statuspage = { ...window.statuspage, localise, say, seen, clock, locale };
  localise(document);
  tick();
  setInterval(tick, 15000);
  document.addEventListener("htmx:afterSwap", () => { localise(document); tick(); });
})();
