import { downloadZip } from "./vendor/client-zip.js";
import { element, protectedName } from "./text.js";

/** Saves one protected photo. */
export function one(photo) {
  save(photo.blob, protectedName(photo.file.name, photo.blob));
}

/** Saves all protected photos as one archive; photos of the same name get a number. */
export async function all(photos) {
  const taken = new Map();
  const entries = photos.map((photo) => {
    const name = protectedName(photo.file.name, photo.blob);
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    const unique = count ? name.replace(/\.protected\./, ` (${count}).protected.`) : name;
    return { name: unique, input: photo.blob, lastModified: new Date(photo.file.lastModified) };
  });
  save(await downloadZip(entries).blob(), "protected-photos.zip");
}

function save(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  // The browser has taken the blob by then.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
