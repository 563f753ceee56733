// Files that are dropped anywhere on the page.

/** Call `take(files)` with what was dropped, as long as `takes()` says that files are taken. */
export function startDropping(take, takes) {
  let depth = 0;
  const hasFile = ({ dataTransfer }) => takes() && [...(dataTransfer?.types ?? [])].includes("Files") && !document.querySelector("dialog[open]");
  const mark = (next) => {
    depth = Math.max(0, next);
    document.body.classList.toggle("dropping", depth > 0);
  };
  document.addEventListener("dragenter", (event) => hasFile(event) && mark(depth + 1));
  document.addEventListener("dragleave", (event) => hasFile(event) && mark(depth - 1));
  document.addEventListener("dragover", (event) => hasFile(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    mark(0);
    take([...event.dataTransfer.files]);
  });
}
