const FACTOR = 10;
/** More is never seen at once, and a photo of 100 megapixels would take long. */
const MOST_PIXELS = 4e6;

/** Draws the difference of two pictures, times ten around middle gray, on a canvas. */
export async function draw(canvas, before, after) {
  const [from, to] = await Promise.all([before, after].map((blob) => createImageBitmap(blob, { colorSpaceConversion: "default" })));
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (from.width * from.height)));
  const [width, height] = [from.width, from.height].map((side) => Math.max(1, Math.round(side * scale)));
  const [first, second] = [from, to].map((bitmap) => samples(bitmap, width, height));
  const out = new ImageData(width, height);
  for (let i = 0; i < out.data.length; i += 4) {
    for (let c = i; c < i + 3; c++) out.data[c] = 128 + FACTOR * (second[c] - first[c]);
    out.data[i + 3] = 255;
  }
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(out, 0, 0);
}

function samples(bitmap, width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height).data;
}
