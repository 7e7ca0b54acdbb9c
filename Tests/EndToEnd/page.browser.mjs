// The page in a headless browser, by Playwright. PageTests starts the daemon and runs this with node --test.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { basename } from "node:path";
import { after, before, test } from "node:test";
import { picture } from "./page.picture.mjs";

const { PAGE_URL: url, PAGE_TOOLS: tools, PAGE_BROWSER: executablePath, PAGE_SHOTS: shots, PAGE_MODULE: module,
  PAGE_READER: reader, PAGE_ADMIN: admin, PAGE_PARTS: parts } = process.env;
const rounds = Number(process.env.PAGE_ROUNDS ?? 0);
const { chromium } = createRequire(`${tools}/any.js`)("playwright-core");
const withTokens = { skip: reader ? false : "no token was given" };
const withoutTokens = { skip: reader ? "tokens are asked for" : false };
const patience = 60_000;

let browser;
before(async () => browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }));
after(() => browser.close());

/** Opens the page, does something there, and insists that nothing went wrong behind it.
 * @param expected  What the console may say: refused requests are errors to a browser.
 * @param at  Where the page is, if not at the daemon itself. */
async function onPage(does, { hash = "", width = 1360, height = 940, colorScheme = "light", expected = null, at = url,
  timezoneId } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, timezoneId });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const wrong = [];
  page.on("console", message => {
    const isOurs = /willReadFrequently/.test(message.text()); // the test's own looks at the canvas
    if (["error", "warning"].includes(message.type()) && !isOurs && !expected?.test(message.text()))
      wrong.push(message.text());
  });
  page.on("pageerror", error => wrong.push(error.stack));
  page.on("request", request => {
    const isOurs = request.url().startsWith(`${at}/`) || request.url().startsWith("data:");
    if (!isOurs) wrong.push(`foreign: ${request.url()}`);
  });
  // The chart that this build did not bundle, so that both are tested with one executable.
  for (const file of parts?.split(":") ?? []) await page.route(`**/page/${basename(file)}`, route => route.fulfill({
    contentType: file.endsWith(".js") ? "text/javascript" : "text/css", body: readFileSync(file, "utf8"),
  }));
  try {
    await page.goto(`${at}/${hash}`);
    await does(page);
    assert.deepEqual(wrong, []);
  } catch (error) {
    await page.screenshot({ path: `${shots}/failed.png` });
    throw error;
  } finally {
    await context.close();
  }
}

const shot = (page, name) => page.screenshot({ path: `${shots}/${name}.png` });

const ask = (q, state = {}) => `#${new URLSearchParams({ q, in: "auto", mode: "range", last: "15m", ...state })}`;

/** Sends samples in the text format; times are milliseconds. */
async function send(lines) {
  const headers = admin ? { Authorization: `Bearer ${admin}` } : {};
  const answer = await fetch(`${url}/api/v1/import/prometheus`, { method: "POST", body: `${lines.join("\n")}\n`, headers });
  assert.equal(answer.status, 204, await answer.text());
}

/** A quarter of an hour of two hosts. */
async function sendHistory() {
  const now = Date.now(), lines = [];
  for (let i = 0; i < 180; i++) {
    const time = now - i * 5000;
    lines.push(`page_load{host="a",region="eu"} ${(50 + 20 * Math.sin(i / 20)).toFixed(2)} ${time}`);
    lines.push(`page_load{host="b",region="us"} ${(30 + 12 * Math.cos(i / 15)).toFixed(2)} ${time}`);
  }
  await send(lines);
}

/** How many pixels of the chart have the colour of the legend's entry. */
const inked = (page, entry = 0) => page.evaluate(entry => {
  const canvas = document.querySelector("#chart canvas");
  const swatch = document.querySelectorAll("#legend .swatch")[entry];
  if (!canvas || !canvas.width || !swatch) return 0;
  const wanted = getComputedStyle(swatch).backgroundColor.match(/\d+/g).slice(0, 3).map(Number);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 128 && wanted.every((value, k) => Math.abs(value - data[i + k]) < 40)) count++;
  return count;
}, entry);

/** Runs on the page: the contrast of each colour of text with each ground it lies on
 * (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
function contrasts() {
  const style = getComputedStyle(document.documentElement), found = {};
  const light = name => {
    const hex = style.getPropertyValue(name).trim();
    const [r, g, b] = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const pairs = [["--on-accent", "--accent"], ["--bad", "--bad-ground"]];
  for (const ground of ["--card", "--ground"]) pairs.push(["--rim", ground]);
  for (let i = 0; i < 10; i++) pairs.push([`--line-${i}`, "--card"]);
  for (const ink of ["--text", "--faint", "--good", "--bad", "--warm", "--accent"])
    for (const ground of ["--card", "--ground", "--raised"]) pairs.push([ink, ground]);
  for (const [ink, ground] of pairs) {
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    found[`${ink} on ${ground}`] = a / b;
  }
  return found;
}

async function until(hope, holds) {
  for (const end = Date.now() + patience; ;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) assert.fail(`waited for ${hope}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** A way to the daemon that can be closed, as if the daemon were away. */
class Way {
  constructor() {
    const { hostname, port } = new URL(url);
    this.ends = new Set();
    this.server = createServer(here => {
      const there = connect(Number(port), hostname);
      for (const [from, to] of [[here, there], [there, here]]) {
        this.ends.add(from);
        from.on("error", () => to.destroy()).on("close", () => this.ends.delete(from)).pipe(to);
      }
      if (this.hangs) for (const end of [here, there]) end.pause();
    });
  }

  /** On one port each time, below those that the kernel gives to others. */
  async open() {
    const listen = port => new Promise((resolve, reject) => this.server.removeAllListeners("error")
      .once("error", reject).listen(port, "127.0.0.1", () => resolve(port)));
    for (let tries = 0; !this.port; tries++)
      this.port = await listen(10_000 + Math.floor(Math.random() * 10_000)).catch(error => {
        if (tries === 20) throw error; // not all are taken
      });
    if (!this.server.listening) await listen(this.port);
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** As if the daemon were stopped: it can be connected to, and says nothing. */
  hang(hangs) {
    this.hangs = hangs;
    for (const end of this.ends) if (hangs) end.pause(); else end.resume();
  }

  close() {
    for (const end of this.ends) end.destroy();
    return new Promise(resolve => this.server.close(resolve));
  }
}

const says = (page, selector, expected) => until(`${expected} in ${selector}`, async () =>
  expected.test((await page.locator(selector).first().textContent().catch(() => null)) ?? ""));

test("an empty store says how to fill it, and sees the first point", withoutTokens, () => onPage(async page => {
  await says(page, "#summary", /^No points yet/);
  assert.match(await page.textContent(".commands"), new RegExp(`# CSV.*slungd send.*${url}/write.*import/prometheus`, "s"));
  await send(['page_first{a="1"} 1']);
  await says(page, "#series-count", /^1 name$/);
  await page.getByRole("button", { name: "MAX:page_first:[]" }).click();
  await says(page, "#summary", /^1 line, 1 point/);
  assert.ok(await page.isHidden("#welcome"));
  await page.evaluate(q => location.hash = q, ask("page_nothing"));
  await says(page, "#summary", /^No points in this range/);
  await says(page, "#remarks", /no such series/);
  assert.ok(await page.isHidden("#chart"));
  await send(["page_past 1 1000"]);
  await page.fill("#query", "page_past");
  await page.click("#run");
  await says(page, "#remarks", /such series, but no points of them here/);
}));

test("it opens, and the gauges move", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await says(page, "#health", /^\s*Ready\s*$/);
  await says(page, ".gauge:nth-child(4) b", /[1-9]/);
  await says(page, ".gauge:nth-child(3)", /MiB/);
  await says(page, "#version", /^\d+\.\d+/);
  assert.equal(await page.title(), "slungd");
}));

test("a rate is not told before there are two looks", withoutTokens, () => onPage(async page => {
  let looks = 0;
  page.on("framenavigated", () => looks = 0);
  await page.route("**/metrics", route => looks++ ? undefined : route.continue()); // the second one never ends
  await page.reload();
  await says(page, ".gauge:nth-child(3) b", /MiB/);
  assert.equal(await page.textContent(".gauge:nth-child(1) b"), "–");
}));

test("nothing moves while the page fills", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.addInitScript(() => {
    window.shifts = [];
    const take = list => list.getEntries().forEach(({ value, sources }) =>
      window.shifts.push({ value, what: sources.map(({ node }) => node?.id || node?.nodeName).join(" ") }));
    new PerformanceObserver(take).observe({ type: "layout-shift", buffered: true });
  });
  await page.reload();
  await says(page, "#summary", /^2 lines/);
  await says(page, "#engine", /engine/);
  await says(page, ".gauge:nth-child(3) b", /MiB/);
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  const shifts = await page.evaluate(() => window.shifts);
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  assert.ok(sum < 0.05, JSON.stringify(shifts)); // https://web.dev/articles/cls calls 0.1 good
}, { hash: ask("page_load"), width: 400, height: 800 }));

test("the list of series is one stop of the tab key, and arrow keys go through it", withoutTokens, () =>
  onPage(async page => {
    const here = () => page.evaluate(() => document.activeElement.textContent);
    await sendHistory();
    await page.reload(); // the list is fetched anew
    await says(page, "#series-count", /[1-9]/);
    await page.fill("#search", "page_load");
    await says(page, "#series-count", /^1 of/);
    await page.keyboard.press("Tab");
    assert.equal(await here(), "page_load");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "query");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowRight");
    await page.locator(".leaf").nth(1).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await here(), "host=bregion=us");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await here(), "page_load");
    await page.keyboard.press("ArrowLeft");
    await until("closed", () => page.isHidden(".leaf"));
    await page.keyboard.press("ArrowUp");
    assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  }));

test("back goes to the query before, and the address says all", withoutTokens, () => onPage(async page => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await sendHistory();
  await page.click("#run");
  await says(page, "#summary", /^2 lines/);
  await page.fill("#query", "sum(page_load)");
  await page.click("#run");
  await says(page, "#summary", /^1 line/);
  await page.check("input[value=table]");
  await page.click("#link");
  await says(page, "#link", /Copied/);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /view=table/);
  await until("the address says the same", () => page.url() === copied);
  await page.goBack();
  await says(page, "#summary", /^2 lines/);
  assert.equal(await page.inputValue("#query"), "page_load");
  assert.ok(await page.isVisible("#chart"));
  await page.goForward();
  await until("the table", () => page.isVisible("#table"));
  await page.click("#live");
  await until("it is told", () => /live=1/.test(page.url()));
  await page.reload();
  await until("it is live again", async () => await page.getAttribute("#live", "aria-pressed") === "true");
  await page.click("#live");
  await until("it is told no more", () => !/live/.test(page.url()));
}, { hash: ask("page_load") }));

test("an answer that takes long can be stopped", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.route("**/query_range?*", () => {}); // never
  await page.fill("#query", "page_load");
  for (const stop of [() => page.click("#run"), () => page.keyboard.press("Escape")]) {
    await page.click("#run");
    await says(page, "#run", /Stop/);
    await says(page, "#asking", /Asking/);
    await stop();
    await says(page, "#run", /Run/);
    await says(page, "#asking", /^Stopped$/);
  }
  await page.unroute("**/query_range?*");
  await page.click("#run");
  await says(page, "#summary", /^2 lines/);
  await says(page, "#asking", /^$/);
}));

test("a series is found by name and by label, and drawn", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await says(page, "#series-count", /[1-9]/);
  await page.keyboard.press("/");
  await page.keyboard.type("page_l");
  await page.keyboard.press("Enter");
  await until("the name", async () => await page.inputValue("#query") === "page_load");
  await until("two lines", async () => await inked(page, 0) > 200 && await inked(page, 1) > 200);
  await page.fill("#search", "eu");
  await page.getByRole("button", { name: "Series of region=eu" }).click();
  await page.locator(".leaf", { hasText: "page_load" }).click();
  await until("the leaf's query", async () => await page.inputValue("#query") === 'page_load{host="a", region="eu"}');
  await says(page, "#summary", /^1 line/);
  await page.focus("#search");
  await page.keyboard.press("Escape");
  await until("no search", async () => await page.inputValue("#search") === "");
}));

test("errors show where they are", withoutTokens, () => onPage(async page => {
  await sendHistory();
  for (const [query, message, place] of [
    ["sum(page_load) + )", /unexpected/, ")"], ["AVG:page_load:[host=a OR] BY host", /expected a tag/, "]"],
    ["AVG:page_load:[] BY host,", /expected/, "\u00a0"]]) {
    await page.fill("#query", query);
    await page.keyboard.press("Control+Enter");
    await says(page, "#query-error", message);
    assert.equal(await page.textContent("#mirror mark"), place);
    assert.equal(await page.getAttribute("#query", "aria-invalid"), "true");
  }
  assert.equal(await page.locator(".stale").count(), 0, "there was no answer before");
  await shot(page, "error");
  const place = () => page.locator("#run").boundingBox(), isShown = () => page.isVisible(".keys");
  const [wrong, wasShown] = [await place(), await isShown()];
  await page.fill("#query", "rate(page_load[5m])");
  await until("it goes when the text changes", () => page.isHidden("#query-error"));
  assert.deepEqual(await place(), wrong, "nothing moves");
  assert.deepEqual([wasShown, await isShown()], [false, true], "it stands where the keys are told");
  await page.keyboard.press("Control+Enter");
  await says(page, "#remarks", /might not be a counter/);
  await page.fill("#query", "(");
  await page.keyboard.press("Control+Enter");
  await page.locator(".stale").waitFor();
  assert.match(await page.locator("#summary").evaluate(p => getComputedStyle(p, "::after").content), /query before/);
}, { expected: /status of 400/ }));

test("PromQL over a range: lines, read-out, legend", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.click("#run");
  await says(page, "#summary", /^2 lines, [1-9]/);
  assert.match(await page.textContent("#detected"), /PromQL/);
  const before = await until("a line", () => inked(page));
  const box = await page.locator("#chart").boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2);
  await says(page, ".readout", /host=a.*\d/);
  assert.deepEqual(await page.locator("#legend .entry").allTextContents(), ["host=a", "host=b"]);
  await shot(page, "chart-light");
  assert.equal(await page.locator("#chart [role=status]").getAttribute("aria-live"), "off");
  await page.focus("#chart [tabindex]");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.locator("#chart [role=status]").getAttribute("aria-live"), "polite");
  await says(page, ".readout", /host=b.*\d/);
  await page.mouse.move(0, 0);
  await until("no read-out", () => page.isHidden(".readout"));
  await page.locator("#legend .entry").first().click();
  await until("the line goes", async () => await inked(page) < before / 4);
  assert.equal(await page.locator("#legend .entry").first().getAttribute("aria-pressed"), "false");
  await page.locator("#legend .entry").first().click();
  await page.check("input[value=table]");
  await says(page, "#table tbody tr", /host=/);
}, { hash: ask("max by (host) (page_load)") }));

test("many lines are told apart", withoutTokens, () => onPage(async page => {
  const now = Date.now(), lines = [];
  for (let i = 0; i < 60; i++) for (let k = 0; k < 60; k++)
    lines.push(`page_core{core="${i}"} ${100 + i} ${now - k * 15_000}`);
  await send(lines);
  await page.click("#run");
  await says(page, "#summary", /^60 lines/);
  const entries = page.locator("#legend .entry"), pressed = i => entries.nth(i).getAttribute("aria-pressed");
  assert.deepEqual((await entries.allTextContents()).slice(0, 11), [...Array(11).keys()].map(i => `core=${i}`));
  assert.equal(await page.locator("#legend .entry[tabindex='0']").count(), 1);
  await entries.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await until("one goes", async () => await pressed(1) === "false");
  assert.deepEqual([await pressed(0), await pressed(2)], ["true", "true"]);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "core=1", "the focus stays");
  await page.keyboard.press("Space");
  await page.evaluate(() => document.activeElement.blur());

  // The pointer is at the middle: of the rows around it one is the nearest.
  const box = await page.locator("#chart").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 10);
  await says(page, ".readout", /\d+ above.*\d+ below$/);
  assert.equal(await page.locator(".readout .near").count(), 1);
  await page.evaluate(() => {
    window.strokes = 0;
    const stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function (...path) {
      window.strokes += Boolean(this.canvas.closest("#chart"));
      return stroke.apply(this, path);
    };
  });
  await page.mouse.move(box.x + box.width / 2 + 30, box.y + 30, { steps: 5 });
  await says(page, ".readout", /core=59/);
  assert.ok(await page.evaluate(() => window.strokes) < 60, "the pointer does not draw all lines anew");

  await page.mouse.move(0, 0);
  const before = await inked(page, 5);
  await entries.nth(0).hover();
  await until("the others fade", async () => await inked(page, 5) < before / 4);
  await page.mouse.move(0, 0);
  await until("and come back", async () => await inked(page, 5) === before);
  await entries.nth(3).dblclick();
  await until("one alone", async () =>
    await page.locator("#legend [aria-pressed=true]").count() === 1 && await pressed(3) === "true");
  await entries.nth(3).click({ modifiers: ["Shift"] });
  await until("all again", async () => await page.locator("#legend [aria-pressed=true]").count() === 60);
}, { hash: ask("page_core") }));

test("lines have the unit that their names end in", withoutTokens, () => onPage(async page => {
  await send([1, 2].map(i => `page_used_bytes{i="${i}"} ${i * 2.5e9} ${Date.now()}`));
  await page.click("#run");
  await says(page, "#summary", /^2 lines/);
  assert.equal(await page.title(), "page_used_bytes · slungd");
  await page.focus("#chart [tabindex]");
  await page.keyboard.press("ArrowLeft");
  await says(page, ".readout", /5\.00\sGB.*2\.50\sGB/);
}, { hash: ask("page_used_bytes") }));

test("a zoom, and back", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.click("#run");
  await says(page, "#summary", /^2 lines/);
  await until("a line", () => inked(page));
  const box = await page.locator("#chart").boundingBox();
  const drag = async () => {
    await page.mouse.move(box.x + box.width * 0.4, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 120, { steps: 4 });
    await page.mouse.up();
    await until("a range from ... to", async () => await page.inputValue("#span") === "custom");
  };
  assert.ok(await page.isHidden("#unzoom"));
  await drag();
  await until("it is over", () => page.evaluate(() => !document.querySelector(".u-select")?.offsetWidth));
  const [from, to] = [await page.inputValue("#from"), await page.inputValue("#to")];
  const minutes = (new Date(to) - new Date(from)) / 60e3;
  assert.ok(minutes > 1.5 && minutes < 5, `${minutes} min of 15`);
  await until("lines again", () => inked(page));
  await page.locator("#chart").dblclick({ position: { x: box.width / 2, y: 60 } });
  await until("the range of before", async () => await page.inputValue("#span") === "15m");
  await until("no way back", () => page.isHidden("#unzoom"));
  await says(page, "#run", /Run/);
  await drag();
  await page.click("#unzoom");
  await until("the range of before, again", async () => await page.inputValue("#span") === "15m");
}, { hash: ask("page_load") }));

test("answers at one time are tables, in both languages", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.check("input[value=instant]");
  for (const [query, row] of [["page_load", /page_load\{host=a, region=eu\}/], ["COUNT:page_load:[] BY host", /a\s*\d+/]]) {
    await page.fill("#query", query);
    await page.keyboard.press("Control+Enter");
    await says(page, "#table tbody tr", row);
    assert.ok(await page.isHidden("#chart"));
  }
}));

test("a click on a column's name sorts, and the focus stays", withoutTokens, () => onPage(async page => {
  const now = Date.now();
  await send([2, 10, -3.5].map((value, i) => `page_sort{i="${i}"} ${value} ${now}`));
  await page.click("#run");
  const first = page.locator("#table tbody tr:first-child td.number"), head = page.locator("#table th").nth(1);
  await says(page, "#summary", /^3 rows/);
  for (const [shown, way] of [["10", "descending"], ["−3.5", "ascending"], ["2", null]]) {
    await head.locator("button").focus();
    await page.keyboard.press("Enter");
    await until(`${shown} first`, async () => await first.textContent() === shown);
    assert.equal(await head.getAttribute("aria-sort"), way);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "value");
  }
}, { hash: ask("page_sort", { mode: "instant" }) }));

test("a query of the DSL over a range gets windows", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.click("#run");
  await says(page, "#summary", /^2 lines, [1-9]/);
  await until("both lines", async () => await inked(page, 0) && await inked(page, 1));
  assert.match(await page.textContent("#detected"), /DSL/);
}, { hash: ask("AVG:page_load:[host=*] BY host") }));

test("texts are a table of what they are and since when, whoever asks how", withoutTokens, () => onPage(async page => {
  const now = Date.now(), texts = ["running", "running", "stopped", "1.10"];
  const points = texts.map((text, i) => `page_a_state,device=pump value="${text}" ${now - (4 - i) * 60_000}`);
  const sent = await fetch(`${url}/write?precision=ms`, { method: "POST", body: points.join("\n") });
  assert.equal(sent.status, 204, await sent.text());
  await send([`page_b 1 ${now}`]);
  const changes = ["1.10", "stopped", "running"], rows = page.locator("#table tbody td:nth-child(2)");
  await page.reload();
  await says(page, "#welcome", /MAX:/); // the first name in the list has no maximum
  assert.doesNotMatch(await page.textContent("#welcome"), /page_a_state/);
  await page.locator(".tree .name", { hasText: "page_a_state" }).click();
  await says(page, "#remarks", /Texts.*LAST:page_a_state:\[\] BY device/);
  assert.deepEqual(await rows.allTextContents(), changes);
  assert.ok(await page.isHidden("#views") && await page.isHidden("#chart"));
  await says(page, "#summary", /^1 series, [3-4] points/);
  for (const [query, remark] of [["AVG:page_a_state:[] BY device", /Texts/], ["LAST:page_a_state:[]", /^$/]]) {
    await page.fill("#query", query);
    await page.click("#run");
    await says(page, "#remarks", remark);
    assert.deepEqual(await rows.allTextContents(), changes, query);
  }
  await page.check("input[value=instant]");
  await says(page, "#table tbody td.text", /^1\.10$/);
  await page.check("input[value=range]");
  await page.fill("#query", "RAW:page_a_state:[]");
  await page.click("#run");
  await says(page, "#summary", /^1 series, 4 points/);
  await shot(page, "texts");
}));

test("the drawn line grows as points arrive", withoutTokens, () => onPage(async page => {
  const now = Date.now();
  await send([`page_live{a="1"} 1 ${now - 20_000}`, `page_live{a="1"} 2 ${now - 18_000}`]);
  await page.click("#live");
  await says(page, "#summary", /live, 0 arrived/);
  const before = await until("the history", () => inked(page));
  for (let i = 1; i <= 20; i++) {
    await send([`page_live{a="1"} ${i % 7} ${now - 18_000 + i * 500}`]);
    if (i === 5) await says(page, "#summary", /live, [1-5] arrived/);
  }
  await says(page, "#summary", /live, 20 arrived/);
  const after = await until("a longer line", async () => {
    const count = await inked(page);
    return count > before * 2 && count;
  });
  assert.ok(after > before * 2);
  await shot(page, "live");
  await page.keyboard.press("Escape");
  await until("it is not live", async () => await page.getAttribute("#live", "aria-pressed") === "false");
  await send([`page_live{a="1"} 3 ${now}`]);
  await page.waitForTimeout(300);
  assert.match(await page.textContent("#summary"), /live, 20 arrived/, "nothing is taken any more");
}, { hash: ask("AVG:page_live:[]", { last: "1m" }) }));

test("groups are live without a window of their own", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.click("#live");
  await says(page, "#summary", /^2 lines, .*live, /);
  await send([`page_load{host="a",region="eu"} 1 ${Date.now()}`]);
  await says(page, "#summary", /^2 lines, .*live, [1-9]/);
  assert.ok(await page.isHidden("#query-error"));
  await page.fill("#query", "AVG:page_load:[] BY 1=");
  await page.click("#live");
  await page.click("#live");
  await says(page, "#query-error", /./);
  assert.equal(await page.textContent("#mirror mark"), "1", "the place is that in the text, without what was added");
}, { hash: ask("AVG:page_load:[] BY host", { last: "1m" }), expected: /status of 400/ }));

test("more series than a page holds are searched by the daemon, and cut where they are drawn", withoutTokens, () =>
  onPage(async page => {
    const lines = Array.from({ length: 6000 }, (_, i) => `page_many_${i}{unit="u${i}"} ${i}`);
    await send([...lines, 'page_zz_last{long="1"} 1']);
    await page.reload();
    await says(page, "#series-count", /^5\u202f000\+ names$/);
    await page.fill("#search", "ZZ last");
    await says(page, "#series-count", /^1 of 5\u202f000\+ names$/);
    await page.locator(".tree .name", { hasText: "page_zz_last" }).waitFor();
    await page.fill("#search", "unit=u599 8");
    await page.locator(".tree .name", { hasText: "unit=u5998" }).waitFor();
    await page.fill("#search", "u5999");
    await page.locator(".tree .name", { hasText: "unit=u5999" }).waitFor();
    await page.fill("#search", "");
    await page.fill("#query", '{__name__=~"page_many_.*"}');
    await page.click("#run");
    await says(page, "#summary", /^500 lines, .*there are more/);
    await says(page, "#legend", /and 440 more/);
    await send(Array.from({ length: 201 }, (_, i) => `page_wide{unit="w${i}"} ${i}`));
    await page.reload();
    await says(page, "#series-count", /^5\u202f000\+ names$/);
    await page.fill("#search", "page_wide");
    await page.getByRole("button", { name: "Series of page_wide" }).click();
    await says(page, ".below", /The first 200\. The search finds others/);
    await says(page, "#remarks", /Only the first are drawn/);
    await page.fill("#query", '{__name__=~"page_many_.*"} + 1');
    await page.check("input[value=instant]");
    await page.click("#run");
    await says(page, "#table", /the first 1\u202f000 of 6\u202f000 rows/);
  }));

test("a daemon that went away is found again, and what came meanwhile", withoutTokens, async () => {
  const way = new Way();
  await way.open();
  await onPage(async page => {
    const now = Date.now();
    await send([`page_gone{a="1"} 1 ${now - 20_000}`]);
    await page.click("#live");
    await says(page, "#summary", /^1 line, 1 point · live, 0 arrived$/);
    await way.close();
    await says(page, "#health", /does not answer/);
    await says(page, "#summary", /connection lost, trying again/);
    assert.match(await page.getAttribute("#summary", "class"), /lost/);
    assert.ok(await page.isHidden("#query-error"));
    await send([`page_gone{a="1"} 2 ${now - 10_000}`]);
    await way.open();
    await says(page, "#summary", /^1 line, 2 points · live, 0 arrived$/);
    assert.doesNotMatch(await page.getAttribute("#summary", "class"), /lost/);
    await says(page, "#health", /Ready/);
    await send([`page_gone{a="1"} 3 ${Date.now()}`]);
    await says(page, "#summary", /^1 line, 3 points · live, 1 arrived$/);
    await page.fill("#query", "page_gone");
    await page.click("#live");
    await page.click("#live");
    await says(page, "#summary", /^1 line, .*\sm?s$/);
    await way.close();
    await says(page, "#summary", /connection lost, trying again/);
    await way.open();
    await says(page, "#summary", /^1 line, .*\sm?s$/);
  }, { hash: ask("RAW:page_gone:[]", { last: "1m" }), at: way.url, expected: /ERR_(CONNECTION|EMPTY|INCOMPLETE)/ });
  await way.close();
});

test("a daemon that hangs is told, and ends what waits for it", withoutTokens, async () => {
  const way = new Way();
  await way.open();
  await onPage(async page => {
    await sendHistory();
    await page.click("#run");
    await says(page, "#summary", /^2 lines/);
    await says(page, "#health", /Ready/);
    way.hang(true);
    await page.click("#run");
    await says(page, "#asking", /Asking/);
    await says(page, "#health", /does not answer/);
    await says(page, "#query-error", /does not answer/);
    await says(page, "#asking", /^$/);
    way.hang(false);
    await says(page, "#health", /Ready/);
    await page.click("#run");
    await says(page, "#summary", /^2 lines/);
    assert.ok(await page.isHidden("#query-error"));
  }, { hash: ask("page_load"), at: way.url });
  await way.close();
});

test("times are those of the reader's place", withoutTokens, () => onPage(async page => {
  await send([`page_zone{a="1"} 1 ${Date.UTC(2026, 0, 2, 3, 4, 5)}`]);
  await page.click("#run");
  await says(page, "#summary", /^1 line/);
  await page.check("input[value=table]");
  await says(page, "#table thead", /time, UTC\+05:45/);
  await says(page, "#table tbody", /2026-01-02 08:49:05/);
  await page.check("input[value=chart]");
  await says(page, "#when", /^2026-01-02, UTC\+05:45$/);
}, { hash: ask("RAW:page_zone:[]", { mode: "instant" }), timezoneId: "Asia/Kathmandu" }));

test("a workflow is deployed, followed, restarted and removed", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.click("#run");
  await page.setInputFiles("#module", module);
  await says(page, ".workflow .badge", /running/);
  await says(page, ".workflow .facts", /1 live query/);
  await send([`temp{site="eu"} 21.5 ${Date.now()}`]);
  await says(page, ".workflow .log", /21\.5/);
  await says(page, ".workflow .facts", /1 event /);
  await says(page, "#summary", /^2 lines/);
  await shot(page, "dark");
  await page.getByRole("button", { name: /^Restart/ }).click();
  await says(page, ".workflow .facts", /1 live .* 1 restart /);
  await send([`temp{site="eu"} 22.5 ${Date.now()}`]);
  await says(page, ".workflow .log", /22\.5/);
  const remove = page.getByRole("button", { name: /^Remove/ });
  const asked = await remove.evaluate(button => { // twice within three seconds, however slow this is
    button.click();
    const said = [button.textContent, button.ariaLabel];
    button.click();
    return said;
  });
  assert.deepEqual(asked, ["Really?", `Remove ${basename(module, ".wasm")}, really?`]);
  await says(page, "#workflow-list", /None yet/);
  await page.setInputFiles("#module", { name: "bad.wasm", mimeType: "application/wasm", buffer: Buffer.from("no module") });
  await says(page, "#workflow-message", /bad: ./);
}, { hash: ask("page_load"), colorScheme: "dark", height: 1100, expected: /status of 400/ }));

test("of a workflow that does not run is said what to do", withoutTokens, () => onPage(async page => {
  const counters = { events: 1, written: 0, failures: 8, restarts: 1, cpu_seconds: 0 };
  const workflow = { name: "w", state: "quarantined", started: "2026-01-01T00:00:00Z", memory_bytes: 0, module_bytes: 9,
    live_queries: 0, counters };
  await page.route("**/api/v1/workflows", route =>
    route.fulfill({ json: { status: "success", data: { engine: "embedded", workflows: [workflow] } } }));
  await says(page, ".workflow .facts",
    /^fails again and again: restart it, or deploy it anew · 0 live queries · 1 event .* 8 failures · 1 restart · /);
}));

test("1024 pixels have the gauges in one row", withoutTokens, () => onPage(async page => {
  await says(page, ".gauge:nth-child(3) b", /MiB/);
  const boxes = await page.evaluate(() => [...document.querySelectorAll(".gauge")].map(gauge => {
    const { top, height } = gauge.getBoundingClientRect();
    return [top, height >= gauge.scrollHeight];
  }));
  assert.deepEqual(boxes, Array(6).fill([boxes[0][0], true]));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}, { width: 1024, height: 700 }));

test("400 pixels are enough", withoutTokens, () => onPage(async page => {
  await sendHistory();
  await page.click("#run");
  await says(page, "#summary", /^2 lines/);
  await until("a line", () => inked(page));
  const fits = async what => assert.ok(await page.evaluate(() =>
    document.documentElement.scrollWidth <= innerWidth), `${what} scrolls sideways`);
  await fits("the chart");
  const right = id => page.locator(id).evaluate(element => Math.round(element.getBoundingClientRect().right));
  assert.equal(await right("#views"), await right("#chart"));
  await shot(page, "narrow");
  await page.click("summary");
  await page.fill("#search", "page");
  await page.locator(".tree .toggle").first().click();
  await page.locator(".leaf").first().waitFor();
  await fits("the list of series");
  await page.selectOption("#span", "custom");
  await fits("a range from ... to");
  await page.check("input[value=table]");
  await fits("the table");
}, { hash: ask("max by (host) (page_load)"), width: 400, height: 860 }));

test("colours are those of the system, or chosen, and stay chosen", withoutTokens, () => onPage(async page => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.click("#theme");
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await ground(), light);
}, { colorScheme: "dark" }));

test("what is needed has a name that can be read aloud", withoutTokens, () => onPage(async page => {
  await says(page, "#series-count", /[1-9]/);
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, #chart [role=img]")]
    .filter(e => !e.ariaLabel && !e.textContent.trim() && !e.labels?.length).map(e => e.outerHTML));
  assert.deepEqual(nameless, []);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const dull = await page.evaluate(contrasts);
  assert.ok(Object.keys(dull).length === 32);
  const isText = what => !/^--(line|rim)/.test(what); // signs and frames need less
  const check = (found, where) => Object.entries(found).forEach(([what, ratio]) =>
    assert.ok(ratio >= (isText(what) ? 4.5 : 3), `${what}${where}: ${ratio.toFixed(2)}`));
  check(dull, "");
  await page.emulateMedia({ colorScheme: "dark" });
  check(await page.evaluate(contrasts), " in the dark");
  await page.focus("#run");
  await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
}));

test("pictures for the README", { skip: rounds ? false : "another test" }, () => onPage(async page => {
  const hosts = ["web-1", "web-2", "web-3", "db-1"], start = Date.now(), lines = [];
  let seed = 7;
  const noise = () => (seed = seed * 48271 % 2147483647) / 2147483647 - 0.5;
  const walks = hosts.map(() => 0);
  const cpu = (k, time) => {
    walks[k] = 0.9 * walks[k] + 5 * noise();
    const value = 46 + 17 * Math.sin((time - start) / 550e3 + k * 1.3) + walks[k];
    return `cpu_usage{host="${hosts[k]}",region="${k < 2 ? "eu" : "us"}"} ${value.toFixed(2)} ${time}`;
  };
  for (let i = 720; i > 0; i--) hosts.forEach((_, k) => lines.push(cpu(k, start - i * 5000)));
  for (const name of ["disk_free_bytes", "http_requests_total", "humidity", "load1", "memory_used_bytes",
    "net_rx_bytes_total", "net_tx_bytes_total", "queue_depth"])
    for (let i = 0; i < 2000; i++)
      lines.push(`${name}{site="eu"} ${(20 + 5 * noise()).toFixed(1)} ${start - i * 1000}`);
  await send([...lines, `temp{site="eu"} 20 ${start}`]);
  await fetch(`${url}/api/v1/admin/tsdb/flush`, { method: "POST" });
  await page.reload();
  const mimeType = "application/wasm", buffer = readFileSync(module);
  await page.setInputFiles("#module", { name: "watch-temp.wasm", mimeType, buffer });
  await says(page, ".workflow .facts", /1 live/);
  for (let i = 0; i < rounds; i++) {
    const now = Date.now(), fresh = hosts.map((_, k) => cpu(k, now));
    for (let k = 0; k < 400 + 250 * noise(); k++) fresh.push(`queue_depth{site="eu"} ${k} ${now - k}`);
    if (i % 8 === 3) fresh.push(`temp{site="eu"} ${(21 + 2 * noise()).toFixed(1)} ${now}`);
    await send(fresh);
    await page.waitForTimeout(500);
  }
  await page.click("#run");
  await page.getByRole("button", { name: "Series of cpu_usage" }).click();
  await page.locator(".leaf").first().waitFor();
  await until("lines", () => inked(page));
  for (const theme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme: theme });
    const box = await page.locator("#chart").boundingBox();
    await page.mouse.move(box.x + box.width * 0.62, box.y + box.height * 0.3);
    await page.mouse.move(box.x + box.width * 0.63, box.y + box.height * 0.3);
    await says(page, ".readout", /host=web-1/);
    const made = await picture(page);
    assert.ok(made.length < 120_000, `${made.length} bytes`);
    writeFileSync(`${shots}/page-${theme}.png`, made);
  }
}, { hash: ask("avg by (host) (cpu_usage)", { last: "1h" }), colorScheme: "dark", width: 1280, height: 1040 }));

test("a token is asked for, kept in the tab, and forgotten", withTokens, () => onPage(async page => {
  await page.locator("#token[open]").waitFor();
  await shot(page, "token");
  await page.fill("#token-text", "\u017ceton");
  await page.keyboard.press("Enter");
  await says(page, "#token-reason", /this is none/);
  assert.ok(await page.isVisible("#token"));
  await page.fill("#token-text", "wrong");
  await page.keyboard.press("Enter");
  await says(page, "#token-reason", /did not take that token/);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, "a wrong one is not kept");
  await until("asked again", async () => await page.inputValue("#token-text") === "" && page.isVisible("#token"));
  await page.fill("#token-text", reader);
  await page.keyboard.press("Enter");
  await says(page, "#engine", /engine/);
  await send([`page_secret 1 ${Date.now() - 5000}`]);
  await page.fill("#query", "AVG:page_secret:[]");
  await page.click("#live");
  await says(page, "#summary", /live, 0 arrived/);
  await send([`page_secret 2 ${Date.now()}`]);
  await says(page, "#summary", /live, 1 arrived/);
  await page.setInputFiles("#module", module);
  await says(page, "#workflow-message", /admin/);
  await page.reload();
  await says(page, "#engine", /engine/);
  assert.ok(await page.isHidden("#token"));
  assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes(reader));
  assert.ok(!page.url().includes(reader));
  await page.getByRole("button", { name: "Forget token" }).click();
  await page.locator("#token[open]").waitFor();
  await page.click("#token-cancel");
  await page.waitForTimeout(4000); // a look at the gauges and at the series later
  assert.ok(await page.isHidden("#token"), "it does not nag");
  await says(page, "#health", /Needs a token/);
  await page.getByRole("button", { name: "Enter token" }).click();
  await page.fill("#token-text", reader);
  await page.keyboard.press("Enter");
  await says(page, "#engine", /engine/);
}, { expected: /status of 40[13]/ }));
