import { draw } from "./residual.js";
import { sentence } from "./text.js";

const $ = (id) => document.getElementById(id);
const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];

let photo;
let zoom = 1;
let centre = { x: 0.5, y: 0.5 };
let drawn;

/** Shows a photo, or nothing. */
export function show(next) {
  const other = photo !== next;
  photo = next;
  $("view").hidden = !next;
  if (!next) return;
  if (other) [zoom, centre] = [1, { x: 0.5, y: 0.5 }];
  set($("before"), next.beforeUrl, `${next.file.name}, as it was`);
  set($("after"), next.afterUrl, `${next.file.name}, protected`);
  // Without a second picture there is nothing to compare.
  for (const part of ["line", "tag-before"]) $(part).hidden = !next.afterUrl;
  $("wipe").disabled = !next.afterUrl;
  $("tag").textContent = { waiting: "working …", failed: "refused", done: residual() ? "added, ×10" : "protected" }[next.state];
  const blind = (next.error && sentence(next.error.message)) ?? (next.shown ? "" : "The protected file is ready to be downloaded. Most browsers show no picture of this format.");
  $("blind").textContent = blind;
  $("blind").hidden = !blind;
  $("times-ten").disabled = next.state !== "done" || !next.shown;
  layOut();
}

/** Connects the controls. */
export function start() {
  // A picture that the browser does not read is left out: what is known of it is said below it.
  for (const image of [$("before"), $("after")]) image.addEventListener("error", () => (image.hidden = true));
  $("wipe").addEventListener("input", layOut);
  $("in").addEventListener("click", () => step(1));
  $("out").addEventListener("click", () => step(-1));
  $("times-ten").addEventListener("click", () => {
    $("times-ten").setAttribute("aria-pressed", String(!residual()));
    show(photo);
  });
  const stage = $("stage");
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    step(Math.sign(-event.deltaY));
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    if (zoom === 1) wipeTo(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!stage.hasPointerCapture(event.pointerId)) return;
    if (zoom === 1) wipeTo(event);
    else pan(event);
  });
  new ResizeObserver(layOut).observe(stage);
}

const residual = () => $("times-ten").getAttribute("aria-pressed") === "true";

function set(image, url, alt) {
  if (!url) {
    image.hidden = true;
    image.removeAttribute("src");
  } else if (image.src !== url) {
    image.hidden = false;
    image.src = url;
  }
  image.alt = alt;
}

function step(by) {
  zoom = ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(zoom) + by))];
  layOut();
}

function wipeTo({ clientX }) {
  const { left, width } = $("stage").getBoundingClientRect();
  $("wipe").value = Math.round((100 * (clientX - left)) / width);
  layOut();
}

function pan({ movementX, movementY }) {
  const { width, height } = $("stage").getBoundingClientRect();
  centre.x = clamp(centre.x - movementX / (width * zoom));
  centre.y = clamp(centre.y - movementY / (height * zoom));
  layOut();
}

const clamp = (value) => Math.min(1, Math.max(0, value));

function layOut() {
  const share = Number($("wipe").value);
  // A finger that wipes may still scroll the page; one that moves a large picture may not.
  $("stage").classList.toggle("zoomed", zoom > 1);
  $("zoom").textContent = zoom === 1 ? "fit" : `×${zoom}`;
  $("line").style.left = `${share}%`;
  const difference = residual() && photo?.state === "done" && photo.shown;
  const canvas = $("residual");
  canvas.hidden = !difference;
  if (difference && drawn !== photo.blob) {
    drawn = photo.blob;
    // A picture that the browser does not read has no difference to show.
    draw(canvas, photo.source.blob, photo.blob).catch(() => (canvas.hidden = true));
  }
  const move = `scale(${zoom}) translate(${50 - 100 * centre.x}%, ${50 - 100 * centre.y}%)`;
  for (const layer of [$("before"), $("after"), canvas]) layer.style.transform = move;
  // Cut in the layer's own measure, so that the cut stays where the line is while the layer moves below it.
  const cut = 50 + (share - 50) / zoom + 100 * centre.x - 50;
  for (const layer of [$("after"), canvas]) layer.style.clipPath = `inset(0 0 0 ${cut}%)`;
}
