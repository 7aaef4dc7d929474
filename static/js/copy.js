// A button that copies the text before it, and says so. Without this the text can be marked by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  if (!navigator.clipboard) continue; // not over plain HTTP
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = document.getElementById("live").textContent = statuspage.say("Copied");
    setTimeout(() => { button.textContent = words; }, 3000);
  });
}
