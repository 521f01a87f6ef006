// What axe-core and Lighthouse say, and how the page looks.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { built, cyclamen, folder, launch, open, photo, ready, serve } from "./common.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.WEB_SCREENSHOTS ?? join(built, "screenshots");

let browser, server;

before(async () => {
  [browser, server] = [await launch(), await serve()];
  mkdirSync(shots, { recursive: true });
});
after(async () => (await browser?.close(), server?.close()));

const LOOKS = [
  { name: "light", width: 1280, height: 860, scheme: "light" },
  { name: "dark", width: 1280, height: 860, scheme: "dark" },
  { name: "phone", width: 390, height: 844, scheme: "light" },
  { name: "phone-dark", width: 390, height: 844, scheme: "dark" },
];

for (const { name, width, height, scheme } of LOOKS) {
  test(`axe-core finds nothing on the page, ${name}; and it does not scroll sideways`, async () => {
    const { page } = await open(browser, "about:blank");
    await page.setBypassCSP(true);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(server.url);
    await ready(page);
    await page.screenshot({ path: join(shots, `${name}-first.png`) });
    await check(page);
    const broken = join(folder, "broken.jpg");
    writeFileSync(broken, readFileSync(cyclamen).subarray(0, 20_000));
    await (await page.$("#pick")).uploadFile(cyclamen, photo("photo.tif"), broken, photo("photo.heic"));
    await page.waitForFunction(() => document.querySelectorAll("#photos li.done, #photos li.failed").length === 4);
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode().catch(() => {}))));
    await page.screenshot({ path: join(shots, `${name}-photo.png`), fullPage: true });
    await check(page);
    await page.click("#times-ten");
    await new Promise((done) => setTimeout(done, 500));
    await page.screenshot({ path: join(shots, `${name}-residual.png`), fullPage: true });
    await page.click("#photos li:nth-child(4) .choose");
    await page.screenshot({ path: join(shots, `${name}-refused.png`), fullPage: true });
    await check(page);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(sideways, 0);
    await page.close();
  });
}

async function check(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
}

test("Lighthouse gives 100 for accessibility and for best practices", async (context) => {
  const { default: lighthouse } = await import("lighthouse");
  const page = await browser.newPage();
  const result = await lighthouse(server.url, { onlyCategories: ["accessibility", "best-practices"], logLevel: "error" }, undefined, page);
  const { categories, audits } = result.lhr;
  const scores = Object.values(categories).map(({ title, score }) => [title, 100 * score]);
  const short = Object.values(categories).flatMap(({ auditRefs }) => auditRefs)
    .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
    .map(({ id }) => [id, JSON.stringify(audits[id].details?.items)]);
  context.diagnostic(scores.map((score) => score.join(": ")).join(", "));
  assert.deepEqual(short, []);
  assert.deepEqual(scores.map(([, score]) => score), [100, 100]);
});
