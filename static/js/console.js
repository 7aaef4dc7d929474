// What every console screen shares: CSS may know that there is a script.
document.documentElement.classList.add("has-js");
