// Times in the reader's zone, with the zone named. The words are those of incidents/templatetags/incidents.py.
(() => {
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { day: "numeric", month: "short" };
  const formats = {
    clock: new Intl.DateTimeFormat("en-GB", clock),
    day: new Intl.DateTimeFormat("en-GB", { ...day, ...clock }),
    full: new Intl.DateTimeFormat("en-GB", { ...day, year: "numeric", ...clock }),
  };

  // Each English knows the letters of its own part of the world only: take the one that does not fall back to GMT+N.
  function zoneName(at) {
    const names = ["en-GB", "en-US", "en-AU", "en-CA"].map((locale) =>
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

  function lasted(milliseconds) {
    const minutes = Math.max(1, Math.floor(milliseconds / 60000));
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return hours % 24 ? `${Math.floor(hours / 24)} days ${hours % 24} h` : `${hours / 24} days`;
    if (!hours) return `${minutes} min`;
    return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  }

  function seen(at) {
    const distance = at - Date.now();
    if (Math.abs(distance) < 60000) return "now";
    return distance > 0 ? `in ${lasted(distance)}` : `${lasted(-distance)} ago`;
  }

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

  window.statuspage = { ...window.statuspage, localise };
  localise(document);
  tick();
  setInterval(tick, 15000);
  document.addEventListener("htmx:afterSwap", () => { localise(document); tick(); });
})();
