// The two things HTML cannot do alone. Everything else works without script.

// After a form came back with errors, reading starts at the list of what to mend.
document.querySelector("[data-focus]")?.focus();

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
