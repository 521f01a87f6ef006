// node standalone.mjs SOURCE TOOLS NPM PAGE MODULE: writes PAGE/standalone.html, the page in one file.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const [source, tools, npm, page, module] = process.argv.slice(2);

/** A script with all that it imports. */
async function bundle(entry) {
  const made = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
    legalComments: "inline",
    // There is nothing beside one file: `open` is told where the module and the worker are.
    define: { "import.meta.url": "location.href" },
    plugins: [{ name: "places", setup: places }],
  });
  return made.outputFiles[0].text;
}

/** Where the sources of the page find what the served page has beside it. */
function places({ onResolve }) {
  onResolve({ filter: /^confounder$/ }, () => ({ path: join(npm, "index.js") }));
  onResolve({ filter: /vendor\/client-zip\.js$/ }, () => ({ path: join(tools, "client-zip/index.js") }));
}

const script = await bundle(join(source, "page/standalone.js"));
const worker = await bundle(join(npm, "worker.js"));
const css = readFileSync(join(source, "page/style.css"), "utf8");
const icon = `data:image/svg+xml;base64,${readFileSync(join(source, "page/icon.svg")).toString("base64")}`;
const packed = gzipSync(readFileSync(join(npm, module)), { level: 9 }).toString("base64");

/** Text that may stand in a script element. */
const inside = (text) => text.replaceAll("</", "<\\/");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const code = inside(script);
const policy = `default-src 'none'; script-src ${hash(code)} 'wasm-unsafe-eval'; worker-src blob:; style-src ${hash(css)}; img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'`;
const html = readFileSync(join(page, "index.html"), "utf8")
  .replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, () => `http-equiv="Content-Security-Policy" content="${policy}`)
  .replaceAll('"icon.svg"', () => `"${icon}"`)
  .replace(/<link rel="manifest".*\n/, "")
  .replace(/<script src="from-disk.js"><\/script>\n/, "")
  .replace(/<link rel="stylesheet".*>/, () => `<style>${css}</style>`)
  .replace(/<script type="module".*\n/, "")
  .replace("</body>", () =>
    `<script type="text/plain" id="module">${packed}</script>\n` +
    `<script type="application/json" id="worker">${inside(JSON.stringify(worker))}</script>\n` +
    `<script>${code}</script>\n</body>`);
writeFileSync(join(page, "standalone.html"), html);
