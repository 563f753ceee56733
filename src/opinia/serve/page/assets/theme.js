// Light, dark, or as the system has it; the choice is remembered.

import { byId, svg } from "./dom.js";
import { onLanguage, t } from "./language.js";
import { choices } from "./store.js";

const THEMES = ["auto", "light", "dark"];
const ICONS = {
  auto: "M12 3a9 9 0 1 0 0 18Z M12 3a9 9 0 0 1 0 18",
  light: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  dark: "M20 14.500A8.500 8.500 0 1 1 9.500 4 7 7 0 0 0 20 14.500Z",
};

/** Put the switch to work. */
export function startTheme() {
  const button = byId("theme");
  let theme = document.documentElement.dataset.theme ?? "auto";

  function show() {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.setAttribute("aria-label", t(`theme_${theme}`));
    button.title = t(`theme_${theme}`);
    const icon = svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", "data-icon": theme });
    icon.append(svg("path", { d: ICONS[theme] }));
    button.replaceChildren(icon);
  }

  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    choices.set("theme", theme === "auto" ? null : theme);
    show();
  });
  onLanguage(show);
}
