// The page, as a visitor uses it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { built, commandLine, cyclamen, encoded, folder, launch, open, photo, ready, serve } from "./common.mjs";

let browser, server, png;

before(async () => {
  [browser, server] = [await launch(), await serve()];
  const { page } = await open(browser, `${server.url}empty.html`);
  png = await encoded(page, [600, 400], "image/png", "one.png");
  await page.close();
});
after(async () => (await browser?.close(), server?.close()));

async function visit(url = server.url) {
  const context = await browser.createBrowserContext();
  const visit = await open(context, url);
  await ready(visit.page);
  return { ...visit, leave: () => context.close() };
}

/** Picks photos and waits until each has an end; the states. */
async function pick(page, ...paths) {
  const before = await page.$$eval("#photos li", (lines) => lines.length);
  await (await page.$("#pick")).uploadFile(...paths);
  await settled(page, before + paths.length);
  return page.$$eval("#photos li", (lines) => lines.map((line) => [line.className, line.querySelector(".fate").textContent]));
}

const settled = (page, count) =>
  page.waitForFunction((count) => document.querySelectorAll("#photos li.done, #photos li.failed").length === count, {}, count);

/** Clicks what saves a file; its path and bytes. */
async function download(page, selector) {
  const to = join(folder, `download-${Math.random().toString(36).slice(2)}`);
  mkdirSync(to);
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: to, browserContextId: page.browserContext().id });
  await page.click(selector);
  for (let i = 0; i < 100; i++) {
    const [name] = readdirSync(to).filter((name) => !name.endsWith(".crdownload"));
    if (name) return { name, path: join(to, name), bytes: readFileSync(join(to, name)) };
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("nothing was saved");
}

test("picked photos are protected and saved as the command line saves them", async () => {
  const { page, faults, leave } = await visit();
  const states = await pick(page, cyclamen, png, photo("photo.tif"));
  assert.deepEqual(states.map(([state]) => state), ["done", "done", "done"]);
  const one = await download(page, "#photos li:first-child .save");
  assert.equal(one.name, "cyclamen_persicum.protected.jpg");
  assert.ok(one.bytes.equals(commandLine(cyclamen)));
  const zip = await download(page, "#all");
  const names = execFileSync("python3", ["-c", "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(*z.namelist())", zip.path], { encoding: "utf8" });
  assert.equal(names.trim(), "cyclamen_persicum.protected.jpg one.protected.png photo.protected.tif");
  assert.deepEqual(faults, []);
  await leave();
});

test("a dropped photo is protected; what is refused says why", async () => {
  const { page, faults, leave } = await visit();
  await page.evaluate(async (bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], "dropped.jpg", { type: "image/jpeg" }));
    document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }, readFileSync(cyclamen).toString("base64"));
  await settled(page, 1);
  const broken = join(folder, "broken.jpg");
  writeFileSync(broken, readFileSync(cyclamen).subarray(0, 20_000));
  const states = await pick(page, photo("photo.heic"), broken, photo("photo.avif"), photo("gray.jpg"));
  assert.deepEqual(states.map(([state]) => state), ["done", "failed", "failed", "done", "failed"]);
  assert.match(states[1][1], /no decoder for HEIC/);
  assert.match(states[4][1], /gray/);
  // By the browser's own decoder, and said so.
  await page.click("#photos li:nth-child(4) .choose");
  assert.match(await page.$eval("#notes", (notes) => notes.textContent), /AVIF was decoded by this browser/);
  // A picture that the browser does not read leaves no broken image, and the one before it comes back.
  await page.click("#photos li:nth-child(2) .choose");
  await page.waitForFunction(() => document.querySelector("#before").hidden && document.querySelector("#after").hidden);
  assert.equal(await page.$eval("#wipe", (wipe) => wipe.disabled), true);
  await page.click("#photos li:nth-child(1) .choose");
  await page.waitForFunction(() => ["#before", "#after"].every((id) => !document.querySelector(id).hidden && document.querySelector(id).naturalWidth === 512));
  // A gray photo may be tinted where one says so: the same photos again, under other settings.
  await page.click("input[name=tintGray]");
  await page.waitForFunction(() => document.querySelector("#photos li:nth-child(5)").className === "done");
  assert.deepEqual(faults, []);
  await leave();
});

test("metadata and figures are told", async () => {
  const { page, leave } = await visit();
  await pick(page, cyclamen);
  const rows = () => page.$$eval("#metadata tr", (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.ok((await rows()).some(([name, bytes, action]) => name === "EXIF" && Number(bytes.replace(",", "")) > 100 && /kept|changed/.test(action)));
  await page.click("input[name=metadata][value=strip]");
  await page.waitForFunction(() => [...document.querySelectorAll("#metadata .action")].some((cell) => cell.textContent === "removed"));
  const before = JSON.stringify(await rows());
  await page.click("input[name=dataMining]");
  await page.waitForFunction((before) => JSON.stringify([...document.querySelectorAll("#metadata tr")].map((row) => [...row.children].map((cell) => cell.textContent))) !== before, {}, before);
  const saved = await download(page, "#photos li:first-child .save");
  assert.match(saved.bytes.toString("latin1"), /DMI-PROHIBITED-AIMLTRAINING/);
  const figures = await page.$eval("#figures", (figures) => figures.textContent);
  assert.match(figures, /512 × 848 px/);
  assert.match(figures, /dB PSNR/);
  assert.match(figures, /not compressed again/);
  await leave();
});

test("the slider, the zoom and the residual work by keyboard", async () => {
  const { page, leave } = await visit();
  await pick(page, cyclamen);
  await page.focus("#wipe");
  await page.keyboard.press("Home");
  assert.match(await page.$eval("#after", (image) => image.style.clipPath), /inset\(0(px)? 0(px)? 0(px)? 0%\)/);
  await page.focus("#in");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Space");
  assert.equal(await page.$eval("#zoom", (zoom) => zoom.textContent), "×2");
  await page.focus("#times-ten");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#residual").width === 512);
  const [mean, spread] = await page.$eval("#residual", (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const reds = data.filter((_, i) => i % 4 === 0);
    const mean = reds.reduce((sum, red) => sum + red, 0) / reds.length;
    return [mean, Math.sqrt(reds.reduce((sum, red) => sum + (red - mean) ** 2, 0) / reds.length)];
  });
  assert.ok(Math.abs(mean - 128) < 20 && spread > 10, `${mean}, ${spread}`);
  await leave();
});

test("the page is ready within a second", async (context) => {
  const times = [];
  for (let i = 0; i < 3; i++) {
    const { page, leave } = await visit();
    times.push(await page.evaluate(() => performance.getEntriesByName("ready")[0].startTime));
    await leave();
  }
  context.diagnostic(`ready after ${times.map((ms) => ms.toFixed(0)).join(", ")} ms`);
  assert.ok(Math.min(...times) <= 1000, `${times}`);
});

test("no request leaves the origin, and none could", async (context) => {
  const { page, requests, leave } = await visit();
  await pick(page, cyclamen, photo("photo.tif"), photo("photo.avif"));
  const outside = requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(`blob:${server.url}`));
  context.diagnostic(`${requests.length} requests, ${outside.length} of them elsewhere`);
  assert.deepEqual(outside, []);
  const refused = await page.evaluate(async () => {
    const violations = [];
    addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    await fetch("http://127.0.0.1:9/").catch(() => {});
    navigator.sendBeacon("http://127.0.0.1:9/", "x");
    new Image().src = "http://127.0.0.1:9/x.png";
    await new Promise((done) => setTimeout(done, 200));
    return violations.sort();
  });
  assert.deepEqual(refused, ["connect-src", "connect-src", "img-src"]);
  await leave();
});

test("it works offline after the first visit", async () => {
  const own = await serve();
  const { page, faults, leave } = await visit(own.url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) =>
    active.state === "activated" || new Promise((done) => active.addEventListener("statechange", done))));
  // Not only told to be offline: there is no server any more.
  own.close();
  await page.reload();
  await ready(page);
  const [[state]] = await pick(page, cyclamen);
  assert.equal(state, "done");
  // The browser says that it could not look for a new version.
  assert.deepEqual(faults.filter((fault) => !/service-worker\.js|ERR_CONNECTION_REFUSED/.test(fault)), []);
  await leave();
});

test("it can be installed", async () => {
  const { page, leave } = await visit();
  const session = await page.createCDPSession();
  const { errors } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // A browser context of its own is what Chromium calls incognito.
  assert.deepEqual(installabilityErrors.map((error) => error.errorId).filter((id) => id !== "in-incognito"), []);
  await leave();
});

test("it works from a disk, in one file", async () => {
  const { page, faults, requests, leave } = await visit(pathToFileURL(join(built, "page/standalone.html")).href);
  const [[state]] = await pick(page, cyclamen);
  assert.equal(state, "done");
  assert.ok((await download(page, "#photos li:first-child .save")).bytes.equals(commandLine(cyclamen)));
  assert.ok(requests.every((url) => /^(file|blob|data):/.test(url)), requests.join("\n"));
  assert.deepEqual(faults, []);
  await leave();
});

test("from a disk, the served page leads to it", async () => {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(pathToFileURL(join(built, "page/index.html")).href);
  await ready(page);
  assert.match(page.url(), /standalone\.html$/);
  await context.close();
});
