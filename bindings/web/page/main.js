import { Confounder } from "./confounder/index.js";
import { run } from "./app.js";

/** Photos at once: each has a worker with memory for it. */
const workers = Math.max(1, Math.min(4, (navigator.hardwareConcurrency ?? 2) - 1));

run(() => Confounder.open({ workers }));

if ("serviceWorker" in navigator) {
  // Without it the page works all the same, but not offline.
  navigator.serviceWorker.register("service-worker.js").catch(() => {});
}
