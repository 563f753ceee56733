// Starts the page: language, theme, views, and what they need from the server.

import { openCard, startCard } from "./card.js";
import { classes } from "./classes.js";
import { failed, onBack, tryAgain, worked } from "./connection.js";
import { byId } from "./dom.js";
import { startComparing } from "./compare.js";
import { Disagreement, startCorrections } from "./disagree.js";
import { openFile, startFile } from "./file.js";
import { startInterface } from "./interface.js";
import { startKeyDialog } from "./key.js";
import { language, onLanguage, preferredLanguage, speak, t } from "./language.js";
import { loadModels, model, startModels } from "./models.js";
import { onReading, startReview } from "./review.js";
import { openShared, startSharing } from "./share.js";
import { choices } from "./store.js";
import { startTexts } from "./texts.js";
import { startTheme } from "./theme.js";
import { hideTip } from "./tip.js";
import { openTraining, startTraining } from "./training.js";
import { forgetUndo, startUndo } from "./undo.js";
import { startWhatIf } from "./whatif.js";

// A page without a server has links to the first two alone; a model's card is reached from where the model is chosen.
const VIEWS = ["review", "texts", "file", "training", "interface", "model"].filter(
  (view) => view === "model" || document.querySelector(`[data-view="${view}"]`) !== null,
);

function route(moved) {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const view = VIEWS.includes(name) ? name : "review";
  hideTip();
  if (moved) forgetUndo();
  for (const one of VIEWS) byId(`view-${one}`).hidden = one !== view;
  for (const link of document.querySelectorAll("nav a, footer a[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  title(view);
  if (view === "review" && rest.length > 0) openShared(rest.join("/"));
  if (view === "file") openFile();
  if (view === "training") openTraining(decoded(rest.join("/")));
  if (view === "model") openCard(decoded(rest.join("/")));
  if (moved) byId("main").focus({ preventScroll: true });
  if (moved) window.scrollTo(0, 0);
}

/** Return what a part of an address says; one that is cut or spoilt stays as it is. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Let the first link lead to the content of the view that is open; its address would be another view's. */
function startSkipLink() {
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
    byId("main").scrollIntoView();
  });
}

function title(view) {
  const words = { interface: "title_interface", model: "model_card" }[view] ?? `nav_${view}`;
  document.title = view === "review" ? "opinia" : `${t(words)} · opinia`;
}

function startLanguages() {
  const buttons = [...byId("languages").children];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      choices.set("language", button.dataset.language);
      speak(button.dataset.language);
    });
  }
  onLanguage(() => {
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.language === language());
    title(VIEWS.find((view) => !byId(`view-${view}`).hidden));
  });
}

/** Let a person say that the verdict on the one review is wrong. */
function startDisagreement() {
  const disagreement = new Disagreement(byId("disagree"));
  onReading(({ text, result }) => disagreement.show(result === null ? null : { text, labels: classes(), answer: result.label }));
}

async function load() {
  if (model() !== null) return;
  try {
    await loadModels();
    worked();
  } catch (error) {
    failed(error);
  }
}

window.addEventListener("error", ({ error }) => error && failed(error));
startTheme();
startSkipLink();
startUndo();
startInterface();
startLanguages();
startModels();
startTraining();
startCard();
startKeyDialog(tryAgain);
onBack(load);
startDisagreement();
startComparing();
startWhatIf();
startSharing();
startReview();
startTexts();
startFile();
startCorrections();
speak(preferredLanguage());
route(false);
window.addEventListener("hashchange", () => route(true));
document.documentElement.classList.remove("starting");
load();
