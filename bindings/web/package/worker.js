// Runs the module. One call at a time, each answered by one message; stages are told while a call runs.
import { initSync, Protector } from "./confounder_web.js";

let memory;
let protector;

const calls = {
  async protect({ photo, options }, onStage) {
    const done = protector.protect(await bytesOf(photo), options, onStage);
    const blob = new Blob([done.take()], { type: done.mime });
    return [{ blob, report: JSON.parse(done.report) }];
  },
  protectPixels({ samples, width, height, options }, onStage) {
    const done = protector.protect_pixels(new Uint8Array(samples), width, height, options, onStage);
    const { buffer } = done.take();
    return [{ samples: buffer, report: JSON.parse(done.report) }, [buffer]];
  },
  async inspect({ photo }) {
    return [JSON.parse(protector.inspect(await bytesOf(photo)))];
  },
  async detect({ photo }) {
    return [JSON.parse(protector.detect(await bytesOf(photo)))];
  },
  detectPixels({ samples, width, height }) {
    return [JSON.parse(protector.detect_pixels(new Uint8Array(samples), width, height))];
  },
};

onmessage = async ({ data }) => {
  if (data.setup) return answer(() => open(data.setup), { ready: true });
  const onStage = data.stages ? (stage) => postMessage({ stage }) : undefined;
  await answer(() => calls[data.call](data, onStage));
};

function open({ module, generator, key }) {
  ({ memory } = initSync({ module }));
  protector = key ? Protector.personal(new Uint8Array(key)) : new Protector(generator && new Uint8Array(generator));
  return [JSON.parse(protector.about())];
}

async function answer(work, more = {}) {
  try {
    const [value, transfer = []] = await work();
    postMessage({ value, memory: memory.buffer.byteLength, ...more }, transfer);
  } catch (error) {
    postMessage({ error: plain(error), broken: !error.kind, memory: memory?.buffer.byteLength, ...more });
  }
}

/** What crosses to the page. An error without a kind is a module that stopped: it cannot be used again. */
function plain(error) {
  if (error.kind) return { kind: error.kind, message: error.message };
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    return { kind: "engine", message: `this photo stopped the module, most likely for want of memory (${error.message})` };
  }
  return { kind: "io", message: String(error.message ?? error) };
}

async function bytesOf(photo) {
  if (!(photo instanceof Blob)) return new Uint8Array(photo);
  try {
    return new Uint8Array(await photo.arrayBuffer());
  } catch (error) {
    throw Object.assign(new Error(`the file cannot be read: ${error.message}`), { kind: "io" });
  }
}
