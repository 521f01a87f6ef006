// Photos that the library does not read but this browser may (HEIC, AVIF): they become a JPEG, which is then protected.
const QUALITY = 0.95;
const FOREIGN = /^(heic|heix|hevc|hevx|heim|heis|mif1|msf1|avif|avis)$/;
const MOVING = /^(hevc|hevx|msf1|avis)$/;

/** Whether a file is one of those, by its first bytes. */
export async function isForeign(file) {
  const head = new TextDecoder("latin1").decode(await file.slice(0, 12).arrayBuffer());
  return head.slice(4, 8) === "ftyp" && FOREIGN.test(head.slice(8, 12));
}

/** A JPEG of the photo, made by the browser's decoder. Throws where it has none. */
export async function asJpeg(file) {
  const brand = new TextDecoder("latin1").decode(await file.slice(8, 12).arrayBuffer());
  const kind = brand.startsWith("avi") ? "AVIF" : "HEIC";
  if (MOVING.test(brand)) throw new Error(`This ${kind} file holds a film or several pictures. Save the one you want as JPEG or PNG first.`);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`This browser has no decoder for ${kind}, or the file is damaged. Save the photo as JPEG or PNG first, or open this page in a browser that shows ${kind} (for HEIC: Safari).`);
  }
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return { blob, note: `${kind} was decoded by this browser and became a JPEG of quality ${100 * QUALITY} in sRGB; its metadata stayed behind` };
}
