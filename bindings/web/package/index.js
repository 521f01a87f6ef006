import { Crew } from "./crew.js";
import { ConfounderError } from "./error.js";

export { ConfounderError };

const SIZES_OF_KEYS = { least: 16, most: 1024 };

/** Protects photos from being learned. Everything is done in this browser; nothing is sent. */
export class Confounder {
  #crew;

  constructor(crew, generator) {
    this.#crew = crew;
    this.generator = Object.freeze(generator);
  }

  static async open(options = {}) {
    return start(options, { generator: options.generator && bytes(options.generator, "the generator") });
  }

  static async personal(key, options = {}) {
    return start(options, { key: bytes(key, "the key") });
  }

  static newKey() {
    return crypto.getRandomValues(new Uint8Array(2 * SIZES_OF_KEYS.least));
  }

  get memory() {
    return this.#crew.memory;
  }

  async protect(photo, options = {}) {
    const { message, control } = split(options);
    return this.#crew.call({ call: "protect", photo: file(photo), ...message }, control);
  }

  async protectPixels(image, options = {}) {
    const { message, control } = split(options);
    const samples = samplesOf(image);
    const { width, height } = image;
    const done = await this.#crew.call(
      { call: "protectPixels", samples, width, height, ...message },
      { ...control, transfer: [samples] },
    );
    image.data.set(new Uint8ClampedArray(done.samples));
    return done.report;
  }

  async inspect(photo, { signal } = {}) {
    return this.#crew.call({ call: "inspect", photo: file(photo) }, { signal });
  }

  async detect(photo, { signal } = {}) {
    if (!isPixels(photo)) return this.#crew.call({ call: "detect", photo: file(photo) }, { signal });
    const samples = samplesOf(photo);
    const { width, height } = photo;
    return this.#crew.call({ call: "detectPixels", samples, width, height }, { signal, transfer: [samples] });
  }

  close() {
    this.#crew.close();
  }
}

if (Symbol.dispose) Confounder.prototype[Symbol.dispose] = Confounder.prototype.close;

async function start({ workers = 1, wasm, worker }, what) {
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) {
    throw new ConfounderError("invalid-options", `workers is ${workers}; it must be 1 to 64`);
  }
  const module = await compiled(wasm ?? new URL("./confounder_web_bg.wasm", import.meta.url));
  const make = worker ?? (() => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "confounder" }));
  const crew = new Crew(make, { module, ...what }, workers);
  return new Confounder(crew, await crew.open());
}

/** The module from where it is served; from a server that does not know its type, too. */
async function compiled(wasm) {
  if (wasm instanceof WebAssembly.Module) return wasm;
  try {
    if (wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return await WebAssembly.compile(wasm);
    const response = await fetch(wasm);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
    if (/^application\/wasm\b/.test(response.headers.get("content-type") ?? "")) {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    const advice = error instanceof WebAssembly.CompileError ? "; it needs a browser with SIMD (Chrome 91, Firefox 89, Safari 16.4)" : "";
    throw new ConfounderError("io", `the WebAssembly module could not be loaded: ${error.message}${advice}`, { cause: error });
  }
}

/** What goes to the worker, and what stays here. */
function split({ signal, onStage, ...rest }) {
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new ConfounderError("invalid-options", `${name} is ${value}; it must be a number`);
    }
  }
  return { message: { options: JSON.stringify(rest) }, control: { signal, onStage } };
}

function file(photo) {
  return photo instanceof Blob ? photo : bytes(photo, "the photo");
}

function bytes(value, what) {
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice().buffer;
  throw new ConfounderError("invalid-options", `${what} must be a Blob, a File, an ArrayBuffer or a view of one`);
}

function isPixels(value) {
  return typeof ImageData !== "undefined" && value instanceof ImageData;
}

/** A copy of the samples, which travels to the worker and back without another one. */
function samplesOf(image) {
  if (!isPixels(image)) throw new ConfounderError("invalid-pixels", "the pixels must be an ImageData");
  if (!(image.data instanceof Uint8ClampedArray)) {
    throw new ConfounderError("invalid-pixels", "the pixels must have 8 bits a sample");
  }
  if (image.colorSpace && image.colorSpace !== "srgb") {
    throw new ConfounderError("invalid-pixels", `the pixels are in ${image.colorSpace}; ask for getImageData(..., { colorSpace: "srgb" })`);
  }
  return image.data.slice().buffer;
}
