import { Confounder } from "confounder";
import { run } from "./app.js";

// The package command puts the worker and the compressed module into the page: nothing else can be loaded from a disk.
const text = (id) => document.getElementById(id).textContent;

async function open() {
  const packed = Uint8Array.from(atob(text("module")), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const wasm = await new Response(stream).arrayBuffer();
  const script = URL.createObjectURL(new Blob([JSON.parse(text("worker"))], { type: "text/javascript" }));
  return Confounder.open({ wasm, worker: () => new Worker(script) });
}

run(open);
