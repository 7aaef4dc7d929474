// A preview is as tall as what it shows. load does not bubble, so it is caught on its way down.
(() => {
  const fit = (frame) => {
    const page = frame.contentDocument?.body;
    if (page) frame.style.height = `${page.offsetHeight}px`;
  };
  document.addEventListener("load", (event) => event.target.matches?.("iframe[data-fits]") && fit(event.target), true);
  addEventListener("resize", () => document.querySelectorAll("iframe[data-fits]").forEach(fit));
  document.querySelectorAll("iframe[data-fits]").forEach(fit);
})();
