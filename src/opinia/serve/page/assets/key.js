// Asks for the API key where the server wants one, and keeps it in this tab alone.

import { models } from "./api.js";
import { byId } from "./dom.js";
import { t } from "./language.js";
import { tab } from "./store.js";

/** Ask as soon as the server refuses; `accepted` is called when a key was taken. */
export function startKeyDialog(accepted) {
  const dialog = byId("key-dialog");
  byId("key-later").addEventListener("click", () => dialog.close());
  byId("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    tab.set("key", byId("key").value.trim());
    try {
      await models();
    } catch (error) {
      if (error.status === 401) {
        tab.set("key", null);
        byId("key-wrong").textContent = t("key_wrong");
        byId("key").select();
        return;
      }
    }
    byId("key-wrong").textContent = "";
    byId("key").value = "";
    dialog.close();
    accepted();
  });
}

/** Open the dialog once for a refusal; later ones leave the person in peace. */
export function askForKey() {
  const dialog = byId("key-dialog");
  if (dialog.open || dialog.dataset.asked) return;
  dialog.dataset.asked = "yes";
  dialog.showModal();
}
