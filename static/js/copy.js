// [data-copy]: a button that copies what stands before it, or in the element with the id it names, and says so.
// Without this the text can be marked by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  if (!navigator.clipboard) continue; // not over plain HTTP
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy) ?? button.previousElementSibling;
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = document.getElementById("live").textContent = window.statuspage?.say("Copied") ?? "Copied";
    setTimeout(() => { button.textContent = words; }, 3000);
  });
}
