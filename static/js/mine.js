// A reader's own components first, by an address that keeps them: /#mine=ID,ID. What is behind the # no browser sends, so
// that it costs the server nothing, fills no cache and works from wherever the page came. Unknown ids are passed over.
(() => {
  const { say } = statuspage;
  const MOST = 30;
  let isChoosing = false;

  const element = (name, fields, ...children) => {
    const made = Object.assign(document.createElement(name), fields);
    made.append(...children);
    return made;
  };
  const row = (id) => document.getElementById(`component-${id}`);
  const known = () => [...document.querySelectorAll('[id^="component-"]')].map((found) => found.id.replace("component-", ""));
  const asked = () => [...new Set(/^#mine=([\w,]*)$/.exec(location.hash)?.[1].split(",") ?? [])];
  const mine = () => asked().filter((id) => known().includes(id)).slice(0, MOST);

  function copy(id) {
    const copied = row(id).cloneNode(true);
    copied.removeAttribute("id");
    return copied;
  }

  function choose({ currentTarget }) {
    const ids = [...currentTarget.querySelectorAll(":checked")].map((box) => box.value);
    history.replaceState(history.state, "", ids.length ? `#mine=${ids.join(",")}` : location.pathname);
    show();
    document.querySelector(`#choose [value="${document.activeElement.value ?? ""}"]`)?.focus();
  }

  function box(id, chosen) {
    const input = element("input", { type: "checkbox", value: id, checked: chosen.includes(id) });
    const name = row(id).querySelector("bdi").firstChild.textContent.trim();
    const made = element("li", {}, element("label", {}, input, " ", element("bdi", { textContent: name })));
    made.dataset.state = "operational"; // it stands for a name, not for trouble
    return made;
  }

  function chooser(chosen) {
    const list = element("ul", { className: "components" }, ...known().map((id) => box(id, chosen)));
    const fold = element("details", { id: "choose", className: "fold", open: isChoosing },
      element("summary", { textContent: say("Show mine first") }), list);
    fold.addEventListener("toggle", () => { isChoosing = fold.open; });
    fold.addEventListener("change", choose);
    return fold;
  }

  function show() {
    const home = document.querySelector('[aria-labelledby="components"] > div');
    for (const id of ["mine", "choose"]) document.getElementById(id)?.remove();
    if (!home || known().length < 2) return;
    const chosen = mine();
    const list = element("ul", { className: "components" }, ...chosen.map(copy));
    const heading = element("h3", { textContent: say("Your components") });
    if (chosen.length) home.prepend(element("div", { id: "mine", className: "group" }, heading, list));
    home.append(chooser(chosen));
  }

  show();
  addEventListener("hashchange", show);
  document.addEventListener("htmx:afterSwap", show);
})();
