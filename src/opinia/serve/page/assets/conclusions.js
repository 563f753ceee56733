// What follows from the finished runs of a study, computed by the server by rules that stand below.

import { byId, html } from "./dom.js";
import { t } from "./language.js";

const opened = new Set();

/** Show the conclusions of a study in a language: the questions with their verdicts, the sentences when asked. */
export function showConclusions({ name, conclusions }, language) {
  const questions = conclusions?.[language] ?? [];
  byId("conclusions-none").hidden = questions.length > 0;
  byId("conclusions").replaceChildren(
    ...questions.map(({ question, entries, rule }, index) => {
      const place = `${name}/${index}`;
      const counts = new Map();
      for (const { verdict } of entries) if (verdict) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      const said = [...counts].map(([verdict, count]) => (counts.size === 1 ? verdict : `${verdict}: ${count}`)).join(" · ");
      const box = html(
        "details",
        { open: opened.has(place) },
        html("summary", {}, question, ...(said ? [" ", html("strong", { class: "verdicts" }, said)] : [])),
        html("ul", {}, ...entries.map(({ verdict, text }) => html("li", {}, ...(verdict ? [html("strong", {}, `${verdict}.`), " "] : []), text))),
        ...(rule ? [html("p", { class: "soft small" }, rule)] : []),
      );
      box.addEventListener("toggle", () => (box.open ? opened.add(place) : opened.delete(place)));
      return box;
    }),
  );
  byId("conclusions-note").textContent = questions.length > 0 ? t("conclusions_note") : "";
}
