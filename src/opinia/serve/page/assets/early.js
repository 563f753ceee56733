// Runs before the first paint, so that a dark page does not flash white and a Polish one not English.
(function () {
  const root = document.documentElement;
  let theme = null;
  try {
    theme = localStorage.getItem("opinia.theme");
  } catch {
    // The browser keeps nothing for this page: its own preference decides.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  root.classList.add("starting");
  setTimeout(() => root.classList.remove("starting"), 3000);
})();
