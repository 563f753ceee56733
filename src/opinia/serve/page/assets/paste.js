// Long pastes in one step: a browser that inserts line by line may take minutes over a megabyte.

const LONG = 20_000;

/** Let an area take a long paste at once; what listens to its input hears of it as of any other. */
export function takePastesAtOnce(area) {
  area.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (pasted.length < LONG) return;
    event.preventDefault();
    area.setRangeText(pasted, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
