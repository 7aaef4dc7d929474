// [data-copy="id"]: copies the value of the field with that id, and says so on the button for a moment.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // Without HTTPS there is none: then one marks the text by hand.
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 2000);
  });
}
