// A server for the built page and package, a headless Chromium, and the command line.
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import puppeteer from "puppeteer-core";

const root = resolve(import.meta.dirname, "../../..");
export const built = process.env.WEB_PACKAGE ?? join(root, "target/web-package");
export const cyclamen = join(root, "tests/fixtures/cyclamen_persicum.jpg");
export const photo = (name) => join(import.meta.dirname, "photos", name);
export const folder = mkdtempSync(join(tmpdir(), "confounder-web-"));

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
  ".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8", ".json": "application/json",
};
const compressed = new Map();

/** Serves the page at `/`, the npm package at `/npm/` and an empty page at `/empty.html`. Its address, and what was asked for. */
export async function serve() {
  const asked = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    asked.push(path);
    if (path === "/empty.html") return response.writeHead(200, { "content-type": TYPES[".html"] }).end("<!doctype html><title>empty</title>");
    const file = join(built, path.startsWith("/npm/") ? "" : "page", path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "no-cache" };
    if (!/\bbr\b/.test(request.headers["accept-encoding"] ?? "")) return createReadStream(file).pipe(response.writeHead(200, headers));
    if (!compressed.has(file)) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
      compressed.set(file, brotliCompressSync(readFileSync(file), { params }));
    }
    response.writeHead(200, { ...headers, "content-encoding": "br" }).end(compressed.get(file));
  });
  await new Promise((done) => server.listen(0, "localhost", done));
  return { url: `http://localhost:${server.address().port}/`, asked, close: () => (server.closeAllConnections(), server.close()) };
}

export function launch(options = {}) {
  const args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"];
  return puppeteer.launch({ executablePath: process.env.CHROMIUM, args, protocolTimeout: 300_000, ...options });
}

/** A page at an address; its console's and policy's faults are errors of the test, by `faults`. */
export async function open(browser, url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const faults = [];
  const requests = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, faults, requests };
}

export const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.ready === "true");

/** What the command line makes of a photo. */
export function commandLine(input, ...options) {
  const output = join(folder, `cli-${Math.random().toString(36).slice(2)}${extname(input)}`);
  execFileSync(process.env.CONFOUNDER_CLI ?? join(root, "target/debug/confounder"), ["protect", input, "-o", output, "--quiet", ...options]);
  return readFileSync(output);
}

/** What one thread of the command line needs for a photo, from bytes to bytes, in milliseconds. */
export function nativeTime(input) {
  const output = join(folder, `timed${extname(input)}`);
  const cli = process.env.CONFOUNDER_CLI ?? join(root, "target/debug/confounder");
  const line = execFileSync(cli, ["protect", input, "-o", output, "--force", "--json", "--quiet", "--threads", "1"], { encoding: "utf8" });
  const { timings_ms: timings } = JSON.parse(line);
  return Object.values(timings).reduce((sum, ms) => sum + (ms ?? 0), 0);
}

/** Runs a function with the package opened as `confounder`, on an empty page. */
export async function withPackage(page, body, ...values) {
  return page.evaluate(`(async (...values) => {
    globalThis.confounder ??= await (await import("/npm/index.js")).Confounder.open();
    globalThis.base64 = async (blob) => new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.readAsDataURL(blob);
    });
    globalThis.from64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return (${body})(...values);
  })(...${JSON.stringify(values)})`);
}

/** What the package makes of a photo. */
export async function inBrowser(page, input, options = {}) {
  const answer = await withPackage(
    page,
    async (text, options) => {
      const started = performance.now();
      const { blob, report } = await confounder.protect(new Blob([from64(text)]), options);
      const ms = performance.now() - started;
      return { bytes: await base64(blob), type: blob.type, report, ms, memory: confounder.memory };
    },
    readFileSync(input).toString("base64"),
    options,
  );
  return { ...answer, bytes: Buffer.from(answer.bytes, "base64") };
}

/** Photos that the browser encodes: PNG, WebP and a JPEG of 12 megapixels. */
export async function encoded(page, [width, height], type, name) {
  const text = await withPackage(
    page,
    async (photo, width, height, type) => {
      const bitmap = await createImageBitmap(new Blob([from64(photo)]));
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      context.drawImage(bitmap, 0, 0, width, height);
      // Grain, as a sensor has it: a smooth picture would be small and quick.
      const image = context.getImageData(0, 0, width, height);
      let state = 1;
      for (let i = 0; i < image.data.length; i += 4) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        const grain = (state >>> 28) - 8;
        for (let c = i; c < i + 3; c++) image.data[c] += grain;
      }
      context.putImageData(image, 0, 0);
      return base64(await canvas.convertToBlob({ type, quality: 0.9 }));
    },
    readFileSync(cyclamen).toString("base64"),
    width,
    height,
    type,
  );
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(text, "base64"));
  return path;
}
