// Compiled, never run: the types as an app uses them.
import { Confounder, ConfounderError, type Protected } from "../package/index.js";

export async function save(file: File, signal: AbortSignal): Promise<Protected | string> {
  using confounder = await Confounder.open({ workers: 2 });
  try {
    const { blob, report } = await confounder.protect(file, { strength: 0.8, metadata: "private", signal, onStage: (stage) => stage.length });
    return { blob, report };
  } catch (error) {
    if (error instanceof ConfounderError && error.kind === "already-protected") return error.message;
    throw error;
  }
}

export async function pixels(confounder: Confounder, image: ImageData): Promise<number> {
  await confounder.protectPixels(image);
  const { score } = await confounder.detect(image);
  const personal = await Confounder.personal(Confounder.newKey());
  // @ts-expect-error: no such policy
  await personal.protect(new Uint8Array(), { metadata: "none" });
  return score;
}
