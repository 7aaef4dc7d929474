/* Shows a banner on your own site while something is open on our status page, and nothing while all is well.
 *
 *   <script src="https://status.example.com/embed.js" async></script>
 *
 * It asks us once a minute while your page is being looked at, sets no cookie and stores nothing. With a
 * Content-Security-Policy, name our address in script-src and connect-src. Restyle it by #statuspage-banner.
 */
(() => {
  "use strict";
  const home = new URL(document.currentScript.src).origin;
  const COLOURS = { none: "#e0b64f", minor: "#e0b64f", major: "#f29a5c", critical: "#f58a8a", maintenance: "#b5a1f0" };
  let banner, said, dismissed;

  const element = (name, css, text) => {
    const made = document.createElement(name);
    made.style.cssText = css;
    if (text) made.textContent = text;
    return made;
  };

  const show = (words, impact, url) => {
    banner?.remove();
    banner = element("div", `position:fixed;z-index:2147483000;left:16px;bottom:16px;max-width:min(420px,calc(100vw - 32px));
box-sizing:border-box;display:flex;gap:12px;align-items:flex-start;padding:12px 12px 12px 16px;border-radius:8px;
border-left:6px solid ${COLOURS[impact]};background:#1d1c1a;color:#fff;font:15px/1.4 system-ui,sans-serif;
box-shadow:0 4px 20px rgb(0 0 0/30%)`);
    banner.id = "statuspage-banner";
    banner.setAttribute("role", "status");
    const text = element("div", "flex:1;min-width:0;overflow-wrap:anywhere", words + " ");
    text.dir = "auto";
    const link = element("a", "color:#fff;text-decoration:underline;white-space:nowrap", "See the status page");
    link.href = url;
    const close = element("button", "border:0;background:none;color:#fff;font:20px/1 system-ui,sans-serif;padding:2px 8px;cursor:pointer", "×");
    close.setAttribute("aria-label", "Dismiss");
    close.onclick = () => { dismissed = said; banner.remove(); };
    text.append(link);
    banner.append(text, close);
    (document.body ?? document.documentElement).append(banner);
  };

  const tell = ({ incidents, scheduled_maintenances: works, status }) => {
    const active = works.filter((work) => work.status !== "scheduled");
    const [first] = [...incidents, ...active];
    let words = "";
    if (incidents.length > 1) words = `${incidents.length} incidents are open, the latest: ${first.name}.`;
    else if (first) words = `${incidents.length ? "" : "Maintenance: "}${first.name}.`;
    else if (status.indicator !== "none") words = `${status.description}.`;
    if (words === said) return;
    said = words;
    if (words && words !== dismissed) show(words, first?.impact ?? status.indicator, incidents.length + active.length === 1 ? first.shortlink : home);
    else banner?.remove();
  };

  const ask = () => document.hidden ||
    fetch(`${home}/api/v2/summary.json`, { credentials: "omit", cache: "no-cache" }).then((answer) => answer.json()).then(tell).catch(() => {});

  ask();
  setInterval(ask, 60000);
  document.addEventListener("visibilitychange", ask);
})();
