import { asJpeg, isForeign } from "./foreign.js";

/** Formats that some browsers do not show, and people would wonder. */
const SHOWN = new Set(["image/jpeg", "image/png", "image/webp"]);

/** One photo: the file, and what became of it under the settings it was last protected with. */
export class Photo {
  static #count = 0;
  #abort;

  constructor(file) {
    this.file = file;
    this.id = `photo-${Photo.#count++}`;
    /** `waiting`, `done` or `failed`. */
    this.state = "waiting";
  }

  /** Protects it; a protection that still runs is cancelled. Whether this one came to an end. */
  async protect(confounder, settings, onStage) {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    this.state = "waiting";
    this.error = undefined;
    try {
      this.source ??= await source(this.file);
      const { blob, report } = await confounder.protect(this.source.blob, { ...settings, signal: abort.signal, onStage });
      if (this.#abort !== abort) return false;
      const notes = this.source.note ? [this.source.note, ...report.notes] : report.notes;
      Object.assign(this, { state: "done", blob, report: { ...report, notes } });
      this.#forget("after");
    } catch (error) {
      if (this.#abort !== abort || error.kind === "cancelled") return false;
      Object.assign(this, { state: "failed", error, blob: undefined, report: undefined });
      this.#forget("after");
    }
    return true;
  }

  /** Addresses of both pictures, made when asked for. */
  get beforeUrl() {
    this.urls.before ??= URL.createObjectURL(this.source?.blob ?? this.file);
    return this.urls.before;
  }

  get afterUrl() {
    if (this.blob) this.urls.after ??= URL.createObjectURL(this.blob);
    return this.urls.after;
  }

  get shown() {
    return !this.blob || SHOWN.has(this.blob.type);
  }

  discard() {
    this.#abort?.abort();
    this.#forget("before");
    this.#forget("after");
  }

  urls = {};

  #forget(which) {
    if (this.urls[which]) URL.revokeObjectURL(this.urls[which]);
    this.urls[which] = undefined;
  }
}

async function source(file) {
  return (await isForeign(file)) ? asJpeg(file) : { blob: file };
}
