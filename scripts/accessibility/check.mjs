// Checks reports with axe (https://github.com/dequelabs/axe-core) in Chromium: wide and narrow, light and dark, with
// everything that can be opened open; and that they print. Fails on findings that are serious or critical, on a page
// that scrolls sideways, and on anything that the page tries to load.
//
//   npm ci --prefix scripts/accessibility
//   node scripts/accessibility/check.mjs report.html [more.html …] [--pdf FOLDER] [--shots FOLDER]
//
// CHROMIUM names the browser; without it, the usual names are tried.

import { createRequire } from "node:module";
import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const WIDTHS = { wide: 1280, narrow: 360 };
const BLOCKS = new Set(["serious", "critical"]);

function options(given) {
  const found = { pages: [], pdf: null, shots: null };
  for (let i = 0; i < given.length; i++) {
    if (given[i] === "--pdf" || given[i] === "--shots") found[given[i].slice(2)] = given[++i];
    else found.pages.push(given[i]);
  }
  return found;
}

function browserPath() {
  const path = process.env.CHROMIUM ?? BROWSERS.find(existsSync);
  if (!path) throw new Error("no Chromium found: name one in CHROMIUM");
  return path;
}

/** What axe finds on the open page, the worst first, and how far the page reaches beyond its window. */
async function look(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const beyond = await page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  return { violations, beyond };
}

async function check(browser, file, { pdf, shots }) {
  let failed = false;
  for (const [name, width] of Object.entries(WIDTHS)) {
    for (const scheme of ["light", "dark"]) {
      const page = await browser.newPage();
      const loaded = [];
      page.on("request", (request) => loaded.push(request.url()));
      await page.setBypassCSP(true);
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto(pathToFileURL(resolve(file)).href);
      const foreign = loaded.slice(1);
      if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: join(shots, `${basename(file, ".html")}-${name}-${scheme}.png`), fullPage: true });
      }
      await page.addScriptTag({ path: AXE });
      const { violations, beyond } = await look(page);
      console.log(`${file}, ${name}, ${scheme}: ${violations.length} findings`);
      for (const { id, impact, help, nodes } of violations) {
        console.log(`  ${impact}: ${id}: ${help}`);
        nodes.slice(0, 5).forEach((node) => console.log(`    ${node.target.join(" ")}  ${node.html.slice(0, 120)}`));
        failed ||= BLOCKS.has(impact);
      }
      if (beyond > 0) console.log(`  the page reaches ${beyond} pixels beyond its window`);
      if (foreign.length > 0) console.log(`  the page loads ${foreign.join(", ")}`);
      failed ||= beyond > 0 || foreign.length > 0;
      await page.close();
    }
  }
  if (pdf) {
    mkdirSync(pdf, { recursive: true });
    const page = await browser.newPage();
    await page.goto(pathToFileURL(resolve(file)).href);
    const path = join(pdf, `${basename(file, ".html")}.pdf`);
    await page.pdf({ path, format: "A4", margin: { top: "15mm", bottom: "15mm", left: "12mm", right: "12mm" } });
    console.log(`${file}: printed to ${path}`);
    await page.close();
  }
  return failed;
}

const given = options(process.argv.slice(2));
if (given.pages.length === 0) {
  console.error("usage: node check.mjs REPORT.html [more.html …] [--pdf FOLDER] [--shots FOLDER]");
  process.exit(2);
}
const browser = await puppeteer.launch({ executablePath: browserPath(), args: ["--no-sandbox"] });
try {
  let failed = false;
  for (const file of given.pages) failed = (await check(browser, file, given)) || failed;
  process.exitCode = failed ? 1 : 0;
} finally {
  await browser.close();
}
