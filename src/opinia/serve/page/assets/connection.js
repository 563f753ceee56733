// Tells the person what is wrong with the server, and goes on by itself when it is back.

import { byId, html } from "./dom.js";
import { askForKey } from "./key.js";
import { onLanguage, t } from "./language.js";
import { ready } from "./transport.js";

const DELAYS = [500, 1000, 2000, 4000];
const BUSY_DELAY = 2;
const LONGEST_WAIT = 30;

const listeners = [];
let shown = null;
let timer = 0;
let tries = 0;

/** Call a function whenever it is worth trying again what failed. */
export const onBack = (listener) => listeners.push(listener);

/** Show what went wrong. A server that is gone is looked for; a busy one is asked again later. */
export function failed(error) {
  clearTimeout(timer);
  const key = headline(error);
  if (key === "error_unreachable") timer = setTimeout(look, DELAYS[Math.min(tries, DELAYS.length - 1)]);
  if (key === "error_busy") timer = setTimeout(tryAgain, 1000 * Math.min(error.retryAfter ?? BUSY_DELAY, LONGEST_WAIT));
  if (key === "error_key") askForKey();
  show({ key, error });
}

/** Take the notice away: the server answered. */
export function worked() {
  tries = 0;
  clearTimeout(timer);
  if (shown !== null && shown.key !== "back") show(shown.key === "error_unreachable" ? { key: "back" } : null);
}

/** Take a complaint about a text away, because there is another text now. */
export function forgiven() {
  if (["error_too_large", "error_input", "error_other", "error_page"].includes(shown?.key)) show(null);
}

function headline(error) {
  if (error.status === undefined) return "error_page";
  if (error.status === 0 || error.status === 502 || error.status === 504) return "error_unreachable";
  if (error.status === 503 || error.status === 429) return "error_busy";
  if (error.status === 401) return "error_key";
  if (error.status === 413) return "error_too_large";
  return error.status === 400 || error.status === 422 ? "error_input" : "error_other";
}

async function look() {
  tries += 1;
  if (await ready()) tryAgain();
  else timer = setTimeout(look, DELAYS[Math.min(tries, DELAYS.length - 1)]);
}

/** Let everything that failed try again. */
export function tryAgain() {
  worked();
  for (const listener of listeners) listener();
}

function show(what) {
  shown = what;
  const notice = byId("notice");
  notice.hidden = what === null;
  if (what === null) return;
  const { key, error } = what;
  notice.dataset.kind = key;
  notice.replaceChildren(html("strong", {}, t(key)));
  if (key === "error_key") {
    const button = html("button", { type: "button", class: "quiet" }, t("enter_key"));
    button.addEventListener("click", () => byId("key-dialog").showModal());
    notice.append(" ", button);
  } else if (error && error.status !== 0) {
    const detail = [error.message, error.hint].filter(Boolean).join(" — ");
    notice.append(" ", html("span", { lang: "en" }, detail || `HTTP ${error.status}`));
  }
  if (key === "back") setTimeout(() => shown === what && show(null), 2500);
}

onLanguage(() => show(shown));
window.addEventListener("online", () => shown?.key === "error_unreachable" && look());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && shown?.key === "error_unreachable") {
    clearTimeout(timer);
    look();
  }
});
