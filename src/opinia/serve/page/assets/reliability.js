// How sure a model says it is, against how often it is right then (Guo et al. 2017): on the line it knows.

import { svg } from "./dom.js";
import { percent, t } from "./language.js";

const SIZE = 320;
const EDGE = { left: 48, right: 18, top: 12, bottom: 44 };
const FROM = 0.5;
const MOST = 9;

/** Return the picture of bins `{reviews, confidence, accuracy, accuracy_low, accuracy_high}`. */
export function reliabilityPicture(bins) {
  const down = (share) => Math.floor(share * 10 + 1e-9) / 10;
  const first = down(Math.min(FROM, ...bins.map(({ confidence }) => confidence)));
  const low = down(Math.min(FROM, ...bins.map(({ accuracy_low: from }) => from)));
  const x = (share) => EDGE.left + ((share - first) / (1 - first)) * (SIZE - EDGE.left - EDGE.right);
  const y = (share) => SIZE - EDGE.bottom - ((share - low) / (1 - low)) * (SIZE - EDGE.top - EDGE.bottom);
  const picture = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "reliability", role: "img", "aria-label": t("card_reliability_picture") });
  for (let tick = 10; tick / 10 > low - 0.01; tick -= 1) {
    picture.append(
      svg("path", { class: "axis", d: `M${x(first)} ${y(tick / 10)}H${x(1)}` }),
      svg("text", { class: "tick", x: EDGE.left - 8, y: y(tick / 10) + 4, "text-anchor": "end" }, percent(tick / 10, 0)),
    );
  }
  for (let tick = 10; tick / 10 > first - 0.01; tick -= 1) {
    picture.append(svg("text", { class: "tick", x: x(tick / 10), y: SIZE - EDGE.bottom + 18, "text-anchor": "middle" }, percent(tick / 10, 0)));
  }
  picture.append(
    svg("text", { class: "tick", x: x((1 + first) / 2), y: SIZE - 6, "text-anchor": "middle" }, t("card_sure")),
    svg("path", { class: "axis middle", d: `M${x(Math.max(first, low))} ${y(Math.max(first, low))}L${x(1)} ${y(1)}` }),
  );
  const most = Math.max(...bins.map(({ reviews }) => reviews));
  for (const { reviews, confidence, accuracy, accuracy_low: from, accuracy_high: to } of bins) {
    const size = 3 + (MOST - 3) * Math.sqrt(reviews / most);
    picture.append(
      svg("path", { class: "reach", d: `M${x(confidence)} ${y(from)}V${y(to)}` }),
      svg("circle", { class: "known", cx: x(confidence), cy: y(accuracy), r: size }, svg("title", {}, t("card_bin", { count: reviews, sure: percent(confidence), right: percent(accuracy) }))),
    );
  }
  return picture;
}
