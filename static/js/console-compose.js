// The compose form: the picker can be searched, the button says what it does. All of it only helps;
// without this file the form works the same.
(() => {
  const form = document.getElementById("compose");
  if (!form) return;
  const button = document.querySelector("[data-publish]");

  // The words of a state may be swapped as long as they are the approved ones; what was typed is never taken away.
  form.addEventListener("htmx:confirm", (event) => {
    const body = form.elements.body;
    if (!event.target.matches("[data-swaps-words]") || !body) return;
    if (body.value && body.value !== body.dataset.approved) event.preventDefault();
  });

  // Enter in a line presses the hidden preview button.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input:not([type=radio], [type=checkbox], [type=search])")) return;
    document.getElementById("preview").scrollIntoView({ block: "nearest" });
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[type=search]")) event.preventDefault();
  });

  const search = form.querySelector("[data-picker-search]");
  if (search) {
    search.hidden = false;
    search.querySelector("input").addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      let found = 0;
      for (const group of form.querySelectorAll("[data-picker-group]")) {
        let here = 0;
        for (const row of group.querySelectorAll("[data-name]")) {
          row.hidden = !row.dataset.name.includes(wanted);
          here += !row.hidden;
        }
        group.hidden = !here;
        found += here;
      }
      search.querySelector("[data-picker-none]").hidden = found > 0;
    });
    search.querySelector("input").addEventListener("change", (event) => event.stopPropagation());
  }
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-name] select")) event.target.closest("[data-name]").dataset.state = event.target.value;
  });

  const impact = form.elements.impact;
  const suggest = () => {
    const chosen = form.elements.severity.value;
    if (chosen) impact.options[0].textContent = `As the severity suggests: ${JSON.parse(impact.dataset.suggests)[chosen]}`;
  };
  if (impact) {
    form.addEventListener("change", suggest);
    suggest();
  }

  // "Publish Mitigating and tell 8,412 people"
  const label = () => {
    if (!button || form.dataset.sent) return;
    const state = form.querySelector("input[name=status]:checked");
    const swap = document.getElementById("use-words");
    if (swap) swap.hidden = form.elements.body.value === form.elements.body.dataset.approved;
    const counted = document.querySelector("#audience [data-audience]");
    const people = counted && Number(counted.dataset.audience);
    const what = state ? ` ${state.nextElementSibling.textContent}` : "";
    const whom = !counted ? "" : people === 1 ? " and tell 1 person" : ` and tell ${people ? people.toLocaleString("en") : "nobody"}${people ? " people" : ""}`;
    button.textContent = `Publish${what}${whom}`;
  };
  form.addEventListener("change", label);
  document.addEventListener("htmx:afterSettle", label);
  label();

  // One press publishes once; the server knows the second by its key anyway.
  form.addEventListener("submit", (event) => {
    if (event.submitter !== button) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    button.textContent = "Publishing…";
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) delete form.dataset.sent;
    label();
  });

  const answered = form.querySelector("[data-answered]");
  const refused = form.querySelector(".field--refused") || (answered && form.querySelector(".field:has(.doubt)"));
  if (refused) refused.querySelector("input, textarea, select")?.focus();
})();
