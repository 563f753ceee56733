// The view for those who write programs: three requests to copy, with this server's own address.

import { byId, html } from "./dom.js";
import { onLanguage, t } from "./language.js";

const quoted = (body) => `'${JSON.stringify(body)}'`;

/** Fill the view, in each language. */
export function startInterface() {
  onLanguage(() => {
    const at = (path) => new URL(path, document.baseURI.split("#")[0]).href;
    const post = (path, body) => `curl ${at(path)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(body)}`;
    const requests = [
      ["interface_analyse", post("v1/analyse", { texts: ["A warm, funny film.", "Dull."], details: true })],
      ["interface_explain", post("v1/explain", { text: "A warm, funny film." })],
      ["interface_models", `curl ${at("v1/models")}`],
    ];
    byId("interface").replaceChildren(
      ...requests.map(([words, command]) => {
        const heading = html("h2", {}, t(words));
        return html("div", { class: "card" }, heading, html("pre", { class: "scroll", tabindex: 0, role: "region", "aria-label": t(words) }, command));
      }),
    );
  });
}
