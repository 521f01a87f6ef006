/** What went wrong. */
export type ErrorKind =
  | "invalid-options"
  | "invalid-pixels"
  | "unsupported-format"
  | "decode"
  | "encode"
  | "limit-exceeded"
  | "generator-invalid"
  | "generator-too-new"
  | "engine"
  | "cancelled"
  | "io"
  | "protected-metadata"
  | "already-protected";

/** The one error of this package. The message says what to do and may be shown to people. */
export class ConfounderError extends Error {
  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown });
  readonly kind: ErrorKind;
}

/** How the library is started. */
export interface OpenOptions {
  /** Most workers, 1 to 64; default 1. Each protects one photo at a time; more are started as calls wait. */
  workers?: number;
  /** Where the WebAssembly module is, or its bytes; default: beside this package's files. */
  wasm?: string | URL | Request | BufferSource | WebAssembly.Module;
  /** Starts a worker that runs `worker.js`; default: from beside this package's files. */
  worker?: () => Worker;
}

/** How a photo is protected. */
export interface PixelOptions {
  /** How much of the residual is added: 0 to 1.5, default 1. */
  strength?: number;
  /** Whether a gray photo may become a colour photo; default false: it is refused, as the residual is colour. */
  tintGray?: boolean;
  /** Most pixels in a photo; default 100 million. */
  maxPixels?: number;
  /** Cancels the call, which then fails with the kind `cancelled`. */
  signal?: AbortSignal;
  /** Is told of every stage as it begins. */
  onStage?: (stage: "decode" | "generator" | "blend" | "encode") => void;
}

/** How a photo file is protected. */
export interface ProtectOptions extends PixelOptions {
  /**
   * `keep` (default) carries all metadata over; `private` drops place, people and serial numbers; `strip` all but
   * orientation and colour profile. Thumbnails and whatever else shows the unprotected photo always go.
   */
  metadata?: "keep" | "private" | "strip";
  /** Whether signed content credentials (C2PA) are removed; default false: such a photo is refused. */
  removeCredentials?: boolean;
  /** 1 to 100: JPEGs are compressed again at this quality; default: they are not. */
  quality?: number;
  /** Whether JPEGs are changed in their coefficients, so that nothing is compressed twice, or decoded and encoded again. */
  jpeg?: "auto" | "coefficients" | "pixels";
  /** Whether a photo that says that it was protected is protected again; default false: it is refused. */
  repeat?: boolean;
  /**
   * What the owner says about data mining, written into the file's metadata as `plus:DataMining`: a term of the PLUS
   * vocabulary, such as `DMI-PROHIBITED-AIMLTRAINING`. Default: nothing. A file's own stronger term stays.
   */
  dataMining?: string;
}

/** One piece of metadata and what became of it. */
export interface MetadataEntry {
  name: string;
  /** Its size in the input. */
  bytes: number;
  action: "kept" | "rewritten" | "removed" | "added";
  /** Why it was removed or kept, or what was changed or added. */
  detail?: string;
}

/** What one call did to one photo. */
export interface Report {
  /** As stored, in pixels. */
  width: number;
  height: number;
  /** Width and height of the working grid that the generator saw. */
  grid: [number, number];
  engine: string;
  timings_ms: { decode: number | null; grid: number; generator: number; blend: number; encode: number | null };
  /** Peak signal-to-noise ratio of the protected against the original samples; null where nothing changed. */
  psnr_db: number | null;
  /** How a JPEG was changed; null for other formats. */
  jpeg: "coefficients" | "pixels" | null;
  /** Empty for pixels. */
  metadata: MetadataEntry[];
  /** What else the caller should know. */
  notes: string[];
}

/** A protected photo: a file in the format of the input, the same bytes as on the command line. */
export interface Protected {
  blob: Blob;
  report: Report;
}

/** What a photo file is, told from its headers. */
export interface PhotoInfo {
  format: string;
  width: number;
  height: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
  colour: string;
  profile: string | null;
  jpeg: { quality: number; sampling: [number, number]; progressive: boolean } | null;
  metadata: MetadataEntry[];
  notes: string[];
  /** Why it would be refused. */
  refusals: string[];
}

/** Whether a photo holds the generator's residual. One photo is weak evidence. */
export interface Detection {
  /** How much of the residual the photo holds: 0 none, 1 as much as strength 1 adds. */
  score: number;
  /** The range of 95 of 100 photos without the residual; null where not measured. */
  without: [number, number] | null;
  evidence: number;
  /** That the photo was protected, for photos of which half are; null where not measured. */
  probability: number | null;
  verdict: "likely" | "unlikely" | "cannot-tell" | "not-measured";
  error_rate: number | null;
}

/** A generator: the network that makes the residual. */
export interface GeneratorInfo {
  readonly name: string;
  readonly version: string;
  /** The bound of the residual at strength 1, for samples of 0 to 1. */
  readonly epsilon: number;
  /** Whether the residual is colour only. */
  readonly chroma: boolean;
  readonly sha256: string;
  /** Length of its file. */
  readonly bytes: number;
}

/**
 * Protects photos from being learned, in this browser; nothing is sent. Open it once and keep it.
 *
 * ```js
 * const confounder = await Confounder.open();
 * const { blob, report } = await confounder.protect(file);
 * ```
 */
export class Confounder {
  private constructor();
  /** Starts the library with the bundled generator, or with another one (an ONNX file of contract v1). */
  static open(options?: OpenOptions & { generator?: BufferSource }): Promise<Confounder>;
  /** Starts the library with the pattern of a personal key of 16 to 1,024 bytes, which you keep as you keep a password. */
  static personal(key: BufferSource, options?: OpenOptions): Promise<Confounder>;
  /** A new personal key: 32 random bytes. */
  static newKey(): Uint8Array<ArrayBuffer>;
  readonly generator: GeneratorInfo;
  /** Bytes of WebAssembly memory that the workers hold. */
  readonly memory: number;
  /** Protects a JPEG, PNG, WebP, TIFF or JPEG XL file. */
  protect(photo: Blob | BufferSource, options?: ProtectOptions): Promise<Protected>;
  /** Protects 8-bit sRGB pixels in place. */
  protectPixels(image: ImageData, options?: PixelOptions): Promise<Report>;
  /** Tells what a photo file is and what protecting it would do to its metadata. */
  inspect(photo: Blob | BufferSource, options?: { signal?: AbortSignal }): Promise<PhotoInfo>;
  /** Looks for the generator's residual in a photo. */
  detect(photo: Blob | BufferSource | ImageData, options?: { signal?: AbortSignal }): Promise<Detection>;
  /** Ends the workers; calls that are not answered fail with the kind `cancelled`. */
  close(): void;
  [Symbol.dispose](): void;
}
