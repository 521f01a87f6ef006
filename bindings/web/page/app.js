import * as download from "./download.js";
import { Photo } from "./photo.js";
import * as report from "./report.js";
import { onChange, settings } from "./settings.js";
import { change, element, sentence, size } from "./text.js";
import * as viewer from "./viewer.js";

const $ = (id) => document.getElementById(id);

let photos = [];
let chosen;
let opening;

/** Runs the page; `open` gives the library. */
export function run(open) {
  opening = open();
  opening.then(
    () => say("Ready."),
    (error) => say(`This browser cannot run it: ${error.message}`, true),
  );
  viewer.start();
  connect();
}

function connect() {
  $("pick").addEventListener("change", () => {
    add([...$("pick").files]);
    $("pick").value = "";
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    $("drop").classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? $("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    $("drop").classList.remove("over");
    add([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => add([...(event.clipboardData?.files ?? [])]));
  onChange($("settings"), () => photos.forEach(protect));
  $("all").addEventListener("click", () => download.all(photos.filter((photo) => photo.blob)));
  $("clear").addEventListener("click", () => {
    photos.forEach((photo) => photo.discard());
    [photos, chosen] = [[], undefined];
    $("photos").replaceChildren();
    refresh();
    $("pick").focus();
  });
}

function add(files) {
  const added = files.map((file) => new Photo(file));
  photos.push(...added);
  $("photos").append(...added.map(item));
  const first = !chosen;
  chosen ??= added[0];
  refresh();
  if (first && chosen) $("work").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  added.forEach(protect);
}

async function protect(photo) {
  update(photo);
  const confounder = await opening.catch(() => undefined);
  if (!confounder) return;
  await photo.protect(confounder, settings($("settings")), (stage) => update(photo, `${stage} …`));
  if (photos.includes(photo)) update(photo);
}

/** The photo's line in the list. */
function item(photo) {
  const choose = element("button", { type: "button", className: "choose", onclick: () => ((chosen = photo), refresh()) });
  choose.append(
    element("span", { className: "name", text: photo.file.name }),
    element("span", { className: "fate", text: "waiting …" }),
  );
  const save = element("button", { type: "button", className: "save", text: "Save", hidden: true, onclick: () => download.one(photo) });
  save.setAttribute("aria-label", `Save ${photo.file.name}, protected`);
  return element("li", { id: photo.id }, choose, save);
}

function update(photo, stage) {
  const line = $(photo.id);
  if (!line) return;
  line.className = photo.state;
  const fate = {
    waiting: stage ?? "waiting …",
    done: photo.blob && `${size(photo.file.size)} → ${size(photo.blob.size)}, ${change(photo.file.size, photo.blob.size)}`,
    failed: photo.error && sentence(photo.error.message),
  }[photo.state];
  line.querySelector(".fate").textContent = fate;
  line.querySelector(".save").hidden = photo.state !== "done";
  if (!stage) refresh();
}

function refresh() {
  $("work").hidden = photos.length === 0;
  for (const photo of photos) {
    $(photo.id).querySelector(".choose").setAttribute("aria-current", String(photo === chosen));
  }
  const done = photos.filter((photo) => photo.state === "done").length;
  const failed = photos.filter((photo) => photo.state === "failed").length;
  $("total").textContent = `${done} of ${photos.length} protected${failed ? `, ${failed} refused` : ""}`;
  $("all").hidden = done < 2;
  viewer.show(chosen);
  report.show(chosen);
}

function say(text, failed = false) {
  $("state").textContent = text;
  $("state").classList.toggle("failed", failed);
  document.documentElement.dataset.ready = String(!failed);
  performance.mark("ready");
}
