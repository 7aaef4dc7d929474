// What is typed stays in this browser until it is published: through a lost session, a closed tab, a dead phone.
(() => {
  const PREFIX = "console-draft:";
  const DAY = 24 * 3600 * 1000;

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  // What an incident shows as published is no draft any more, whichever answer got lost on the way.
  const published = new Set((document.querySelector("[data-published-keys]")?.dataset.publishedKeys || "").split(/\s+/));
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const draft = read(key);
    if (!draft || published.has(draft.values.request_key) || Date.now() - draft.at > DAY) localStorage.removeItem(key);
  }

  const form = document.getElementById("compose");
  if (!form) return;
  const key = PREFIX + form.dataset.draft;
  const note = form.querySelector("[data-draft-note]");
  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "submit" && field.name !== "csrfmiddlewaretoken");

  function values() {
    const kept = {};
    for (const field of fields()) {
      if (field.type === "radio" ? field.checked : field.type !== "checkbox") kept[field.name] = field.value;
      if (field.type === "checkbox" && field.checked) kept[field.name] = field.value;
    }
    return kept;
  }

  function keep() {
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: values() }));
    } catch {
      // A full or forbidden store: the form still works, only without this net.
    }
  }

  // The form's own key comes along, so that sending it again after a lost answer publishes nothing twice.
  function restore(draft) {
    for (const field of fields()) {
      const value = draft.values[field.name];
      const was = field.value;
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
      else if (value !== undefined) field.value = value;
      const fold = field.closest("details");
      if (fold && value && value !== was && field.matches("select, [type=datetime-local]")) fold.open = true;
    }
    const folded = form.closest("details");
    if (folded) folded.open = true;
    for (const blank of form.querySelectorAll("[data-blank]")) {
      const field = blank.querySelector("textarea, input");
      blank.hidden = !field.value && !form.elements.body.value.includes(`{{${field.name}}}`);
    }
  }

  function say(draft) {
    const time = new Date(draft.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "act act--small";
    discard.textContent = "Discard it";
    discard.addEventListener("click", () => {
      localStorage.removeItem(key);
      location.reload();
    });
    note.append(`Restored what you typed until ${time}; it is not published. `, discard);
    note.hidden = false;
  }

  const draft = read(key);
  const answered = form.querySelector("[data-answered]");
  if (draft && !answered) {
    restore(draft);
    say(draft);
    // htmx listens once the document is ready, and then the preview follows.
    addEventListener("load", () => form.dispatchEvent(new Event("change", { bubbles: true })));
  }
  if (answered) keep();
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  document.addEventListener("htmx:afterSettle", (event) => form.contains(event.target) && keep());
})();
