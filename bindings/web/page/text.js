/** Bytes as people read them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
}

/** How a size changed. */
export function change(before, after) {
  const part = (100 * (after - before)) / before;
  if (Math.abs(part) < 0.05) return "same size";
  return `${part > 0 ? "+" : "−"}${Math.abs(part).toFixed(Math.abs(part) < 10 ? 1 : 0)} %`;
}

/** The name of a protected file: as the command line names it, with the ending of what it is now. */
export function protectedName(name, blob) {
  const at = name.lastIndexOf(".");
  const stem = at > 0 ? name.slice(0, at) : name;
  const own = at > 0 ? name.slice(at + 1) : "";
  const endings = { "image/jpeg": ["jpg", "jpeg"], "image/png": ["png"], "image/webp": ["webp"], "image/tiff": ["tif", "tiff"], "image/jxl": ["jxl"] };
  const known = endings[blob.type] ?? [own];
  return `${stem}.protected.${known.includes(own.toLowerCase()) ? own : known[0]}`;
}

/** An element with its text, class and children. */
export function element(tag, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** A message as a sentence. */
export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
