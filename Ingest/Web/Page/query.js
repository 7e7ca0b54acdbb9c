// The query box and what it shows: asks, draws, follows.
import { ApiError, answerOf, isPassing, json, url } from "./api.js";
import { fromDsl, fromPrometheus, inOrder, isText, maxLines, tableOfLines } from "./answers.js";
import { Chart } from "./chart.js";
import { $, choose, chosen, el, say } from "./dom.js";
import { unitsPerMillisecond } from "./gauges.js";
import { asRaw, detect, dslOf, hasWindow, milliseconds, placeOf, promqlOf, splitDsl, stepOf,
  withRange } from "./language.js";
import { Legend } from "./legend.js";
import { LiveLines, follow, pause } from "./live.js";
import { grouped, shortDuration, spanLabel, unitOf, zone } from "./scale.js";
import * as table from "./table.js";
import { textsOf } from "./texts.js";

const liveInterval = 2000, maxRaw = 10_000, lost = " · connection lost, trying again";
const unknown = "There is no such series. The list of series shows which there are.";
const elsewhere = "There are such series, but no points of them here: look at a longer range.";
const tooMany = "Only the first are drawn: ask for fewer series, or aggregate them.";
const notLive = "Only numbers are live: to see new texts, run the query again.";

export class QueryBox {
  constructor() {
    $("zone").textContent = zone();
    this.chart = new Chart($("chart"), { zoom: (from, to) => this.zoom(from, to) });
    this.legend = new Legend($("legend"), () => this.draw(), line => this.chart.stress(line));
    this.answer = null; // { lines, table, from, to, step }
    this.asking = null; // aborts what goes on
    $("form").addEventListener("submit", event => {
      event.preventDefault();
      if (this.isSlow) this.giveUp();
      else this.run();
    });
    $("unzoom").addEventListener("click", () => this.zoom());
    $("link").addEventListener("click", () => this.copyLink());
    $("query").addEventListener("input", () => this.edited());
    $("query").addEventListener("keydown", event => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.run();
      }
    });
    $("live").addEventListener("click", () => this.isLive ? this.end() : this.run(true));
    $("span").addEventListener("change", () => this.spanChosen());
    for (const name of ["language", "mode"])
      for (const radio of document.getElementsByName(name)) radio.addEventListener("change", () => this.changed());
    for (const id of ["from", "to"]) $(id).addEventListener("change", () => this.changed());
    for (const radio of document.getElementsByName("view")) radio.addEventListener("change", () => {
      this.draw();
      if (this.answer) this.keep(true);
    });
    addEventListener("hashchange", () => this.restore());
    this.restore();
  }

  get language() {
    return chosen("language") === "auto" ? detect($("query").value) : chosen("language");
  }

  /** Shows the series with these labels. */
  show(labels) {
    const isDsl = labels.__name__ !== undefined && chosen("language") === "dsl";
    $("query").value = isDsl ? dslOf(labels) : promqlOf(labels);
    if (!isDsl && chosen("language") === "dsl") choose("language", "promql");
    this.edited();
    this.run(this.isLive);
  }

  /** Asks what is written elsewhere on the page. */
  put(text) {
    $("query").value = text;
    choose("language", "auto");
    this.run();
  }

  /** The text has changed. */
  edited() {
    say($("query-error"), null);
    $("query").removeAttribute("aria-invalid");
    this.mark(-1);
    const detected = chosen("language") === "auto" && $("query").value.trim() ? this.language : "";
    const aloud = { dsl: ": DSL", promql: ": PromQL", "": "" }[detected]; // the eye sees it at the other buttons
    $("detected").replaceChildren("Auto", el("small", { class: "aloud", text: aloud }));
    $("detected").closest("fieldset").dataset.detected = detected;
  }

  /** What is asked along with the text has changed. */
  changed() {
    this.edited();
    if (this.answer || this.isLive) this.run(this.isLive);
  }

  spanChosen() {
    this.showCustom();
    if (!$("custom").hidden && !$("from").value) {
      const { from, to } = this.answer?.to ? this.answer : { from: Date.now() - 3600e3, to: Date.now() };
      this.setTimes(from, to);
    }
    this.changed();
  }

  setTimes(from, to) {
    for (const [id, time] of [["from", from], ["to", to]])
      $(id).value = new Date(time - new Date(time).getTimezoneOffset() * 60e3).toISOString().slice(0, 19);
  }

  zoom(from, to) {
    if (from === undefined) {
      $("span").value = this.spanBefore ?? "1h";
      this.spanBefore = null;
    }
    else {
      if ($("span").value !== "custom") this.spanBefore = $("span").value;
      $("span").value = "custom";
      this.setTimes(Math.floor(from / 1e3) * 1e3, Math.ceil(to / 1e3) * 1e3);
    }
    this.showCustom();
    this.run();
  }

  showCustom() {
    $("custom").hidden = $("span").value !== "custom";
    $("last").hidden = !$("custom").hidden;
    $("unzoom").hidden = $("custom").hidden || !this.spanBefore;
  }

  /** The range that is chosen, in milliseconds. */
  range() {
    if ($("span").value !== "custom") {
      const to = Date.now();
      return { from: to - milliseconds($("span").value), to };
    }
    const [a, b] = [$("from").value, $("to").value].map(text => new Date(text).getTime());
    if (Number.isNaN(a + b)) throw new Error("expected both ends of the range");
    return { from: Math.min(a, b), to: Math.max(a, b, Math.min(a, b) + 1000) };
  }

  /** Asks, once or from now on.
   * @param isKept  Whether the address has led here. */
  async run(isLive = false, isKept = !location.hash) {
    const text = $("query").value.trim();
    this.stop();
    this.edited();
    if (!text) return;
    const asking = this.asking = new AbortController();
    this.isLive = isLive;
    this.keep(isKept);
    document.title = `${text} · slungd`;
    $("live").setAttribute("aria-pressed", String(isLive));
    $("summary").setAttribute("aria-live", isLive ? "off" : "polite"); // else every point would be read aloud
    this.wait(true);
    this.asked = { text };
    try {
      if (!isLive) await this.ask(text, asking.signal);
      else if (this.language === "dsl") await this.followDsl(text, asking.signal);
      else await this.askAgain(text, asking.signal);
    } catch (error) {
      if (asking.signal.aborted) return;
      this.stop();
      this.fail(error);
    } finally {
      if (this.asking === asking) this.wait(false);
    }
  }

  /** An answer is awaited, or no longer; that is not said at once, since most come at once. */
  wait(isAsking) {
    clearTimeout(this.slow);
    $("asking").textContent = "";
    if (isAsking) $("run").setAttribute("aria-busy", "true");
    else $("run").removeAttribute("aria-busy");
    this.isSlow = false;
    $("run").textContent = "Run";
    if (!isAsking) return;
    this.slow = setTimeout(() => {
      this.isSlow = true;
      $("run").textContent = "Stop";
      $("asking").textContent = "Asking …";
    }, 1000);
  }

  /** Somebody waits no longer. */
  giveUp() {
    this.stop();
    $("asking").textContent = "Stopped";
  }

  /** Live no more; what has come stays. */
  end() {
    this.stop();
    this.keep(true);
  }

  stop() {
    this.asking?.abort();
    this.asking = null;
    this.isLive = false;
    this.wait(false);
    $("live").setAttribute("aria-pressed", "false");
  }

  fail(error) {
    const { at, message } = placeOf(error, this.asked);
    say($("query-error"), message);
    delete document.documentElement.dataset.asks;
    if (error instanceof ApiError && error.status < 500) $("query").setAttribute("aria-invalid", "true");
    if (this.answer) $("answer").classList.add("stale"); // it is that of an earlier question
    const before = $("query").value.length - $("query").value.trimStart().length;
    this.mark(at < 0 ? -1 : at + before);
  }

  /** Underlines the place of an error: the text behind the box lies exactly under the one in it. */
  mark(at) {
    const text = $("query").value;
    if (at < 0) $("mirror").replaceChildren(`${text}\n`);
    else {
      const wrong = /^\w+|^./s.exec(text.slice(at))?.[0] ?? "\u00a0";
      $("mirror").replaceChildren(text.slice(0, at), el("mark", { text: wrong }), `${text.slice(at + wrong.length)}\n`);
    }
  }

  async ask(text, signal) {
    const start = performance.now();
    let answer = this.language === "dsl" ? await this.askDsl(text, signal) : await this.askPromql(text, signal);
    if (isEmpty(answer)) answer = await this.askFurther(text, answer, signal);
    answer.lines?.sort((a, b) => inOrder(a.name, b.name));
    this.present(answer, ` · ${shortDuration(performance.now() - start)}`);
  }

  /** What was asked found nothing: there may be texts, or it can be said why. */
  async askFurther(text, answer, signal) {
    const asked = this.asked, remarked = remark => ({ ...answer, remarks: [...answer.remarks ?? [], remark] });
    try {
      const query = await textsOf(text, this.language, { signal });
      if (query === undefined) return answer;
      if (query === null) return remarked(unknown);
      this.asked = { text: query };
      const found = await this.askDsl(query, signal);
      if (isOfTexts(found)) return { ...found, remarks: [`Texts, which can't be drawn. This is ${query}`] };
      return remarked(elsewhere);
    } catch (error) {
      if (signal.aborted) throw error;
      return answer; // nobody asked for more
    } finally {
      this.asked = asked;
    }
  }

  async askPromql(text, signal) {
    const range = this.range();
    if (chosen("mode") === "instant") {
      const path = url("api/v1/query", { query: text, time: range.to / 1e3, limit: 10_000 });
      return remarked(await answerOf(path, { signal }), text);
    }
    const step = stepOf(range.to - range.from);
    const from = Math.floor(range.from / step) * step, to = Math.ceil(range.to / step) * step;
    const path = url("api/v1/query_range",
      { query: text, start: from / 1e3, end: to / 1e3, step: step / 1e3, limit: maxLines });
    return { ...remarked(await answerOf(path, { signal }), text), from, to, step };
  }

  async askDsl(text, signal) {
    const perMillisecond = await unitsPerMillisecond();
    const range = this.range(), step = stepOf(range.to - range.from);
    if (chosen("mode") === "range") {
      const ends = [range.from, range.to].map(time => new Date(time).toISOString());
      this.asked = withRange(text, ends.join(","), `${step}ms`);
    }
    const data = await this.getDsl(this.asked.text, signal);
    const answer = fromDsl(data, perMillisecond, text);
    // A range or a window of its own: the axis is that of the points.
    const isOurs = this.asked.text.length - text.length === this.asked.added && this.asked.added > 10;
    if (!isOurs) return { ...answer, ...spanOf(answer.lines) };
    return { ...answer, ...range, step: data.points ? undefined : step };
  }

  getDsl(text, signal) {
    const limit = /^\s*raw\s*:/i.test(text) ? { limit: maxRaw } : {}; // only points have one
    return json(url("api/v1/dsl", { q: text, ...limit }), { signal });
  }

  async askAgain(text, signal) {
    for (let wasAnswered = false; ; wasAnswered = true) {
      try {
        await this.ask(text, signal);
      } catch (error) {
        if (signal.aborted || !wasAnswered || !isPassing(error)) throw error;
        this.present(this.answer, lost);
      }
      this.wait(false);
      await pause(liveInterval, signal);
    }
  }

  /** Follows a live query from its history on. */
  async followDsl(text, signal) {
    const perMillisecond = await unitsPerMillisecond();
    const span = $("span").value === "custom" ? 300e3 : milliseconds($("span").value);
    // Groups need windows: a query without gets the range's, as when it is asked once.
    if (splitDsl(text).by && !hasWindow(text))
      this.asked = withRange(text, `${span}ms`, `${Math.max(1000, stepOf(span))}ms`);
    const query = this.asked.text, live = new LiveLines(perMillisecond, text);
    let state = "open", isDue = false;
    const show = () => {
      isDue = false;
      if (signal.aborted) return;
      const dropped = live.dropped ? ` · ${grouped(live.dropped)} dropped` : "";
      const late = live.late ? ` · ${grouped(live.late)} late` : "";
      this.present({ lines: live.lines, more: live.more, ...live.rangeAt(Date.now(), span),
        remarks: live.someAreTexts ? [notLive] : undefined },
        ` · live, ${grouped(live.points)} arrived${dropped}${late}${state === "lost" ? lost : ""}`);
    };
    const due = () => {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(show);
    };
    const clock = setInterval(due, Math.max(100, Math.min(1000, span / 600))); // the axis moves on without points, too
    try {
      await follow(query, signal, message => {
        live.take(message);
        due();
      }, async now => {
        state = now;
        due();
        if (now === "open") live.begin(await this.history(query, span, perMillisecond, signal)); // and what was missed
        if (now === "open" && live.allAreTexts) {
          this.stop();
          this.present({ lines: live.lines, more: live.more, remarks: [notLive] }, "");
          return;
        }
        this.wait(false);
        due();
      });
    } finally {
      clearInterval(clock);
    }
  }

  /** What was before the first live message. */
  async history(text, span, perMillisecond, signal) {
    const query = hasWindow(text) ? text : asRaw(text);
    if (!query) return [];
    const { text: asked } = withRange(query, `${Math.round(span)}ms`, null);
    const data = await this.getDsl(asked, signal);
    return fromDsl(data, perMillisecond, text).lines ?? [];
  }

  present(answer, remark) {
    this.answer = answer;
    $("link").hidden = !navigator.clipboard; // only where the page came safely: localhost, TLS
    const { lines, table: rows, more } = answer;
    const points = lines?.reduce((count, line) => count + line.times.length, 0) ?? 0;
    const count = (n, what) => `${grouped(n)} ${what}${n === 1 ? "" : "s"}`;
    const isCut = !isEmpty(answer) && more;
    const nouns = lines?.every(isText) ? `${grouped(lines.length)} series` : lines && count(lines.length, "line");
    const found = lines ? `${nouns}, ${count(points, "point")}` : count(rows.rows.length, "row");
    const isOverTime = chosen("mode") === "range" || this.isLive;
    const what = !isEmpty(answer) ? found : isOverTime ? "No points in this range" : "No points at this time";
    $("summary").textContent = what + (isCut ? " (there are more)" : "") + remark;
    $("summary").classList.toggle("lost", remark.endsWith(lost));
    say($("remarks"), [...answer.remarks ?? [], isCut && tooMany].filter(Boolean).join("\n"));
    delete document.documentElement.dataset.asks; // the place that was kept for it
    $("welcome").hidden = true;
    $("answer").classList.remove("stale");
    this.draw();
  }

  draw() {
    if (!this.answer) return;
    const { lines, table: rows } = this.answer;
    const hasLines = lines?.some(line => line.times.length) ?? false;
    const drawn = lines?.filter(line => !isText(line)), canDraw = drawn?.some(line => line.times.length) ?? false;
    const isChart = (canDraw && chosen("view") === "chart") || (!hasLines && this.isLive && !rows);
    const isTable = !isChart && Boolean(hasLines || rows?.rows.length);
    $("views").hidden = !canDraw;
    $("chart").hidden = $("legend").hidden = $("when").hidden = !isChart;
    $("table").hidden = !isTable;
    if (isTable) table.show($("table"), rows ?? tableOfLines(lines));
    if (!isChart) return;
    const unit = unitOf(drawn.map(({ parts = [""] }) => parts[0]));
    for (const line of drawn) line.unit = unit;
    this.legend.show(drawn);
    this.chart.draw({ ...this.answer, lines: drawn });
    $("when").textContent = spanLabel(this.answer.from, this.answer.to);
  }

  /** The address holds the query, so that it can be sent to somebody, or reloaded; "back" goes to the one before.
   * @param isSame  Only how it is shown has changed. */
  keep(isSame) {
    const state = { q: $("query").value, in: chosen("language"), mode: chosen("mode"), last: $("span").value };
    if (state.last === "custom") Object.assign(state, { from: $("from").value, to: $("to").value });
    if (chosen("view") !== "chart") state.view = chosen("view");
    if (this.isLive) state.live = "1";
    const hash = `#${new URLSearchParams(state)}`;
    if (hash !== location.hash) history[isSame ? "replaceState" : "pushState"](null, "", hash);
  }

  restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    if (!state.get("q")) return this.edited();
    $("query").value = state.get("q");
    choose("language", state.get("in"));
    choose("mode", state.get("mode"));
    choose("view", state.get("view") ?? "chart");
    if (state.get("last")) $("span").value = state.get("last");
    if (!$("span").value) $("span").value = "1h";
    for (const id of ["from", "to"]) $(id).value = state.get(id) ?? "";
    this.showCustom();
    this.run(state.get("live") === "1", true);
  }

  async copyLink() {
    const said = await navigator.clipboard.writeText(location.href).then(() => "Copied", () => "Refused");
    $("link").textContent = said;
    setTimeout(() => $("link").textContent = "Copy link", 2000);
  }
}

const isEmpty = ({ lines, table: rows }) => !lines?.some(line => line.times.length) && !rows?.rows.length;

/** Whether an answer of LAST is one of texts. */
const isOfTexts = ({ lines, table: rows }) => lines ? lines.some(isText)
  : rows.rows.some(row => typeof row[rows.columns.indexOf("value")] === "string");

/** An answer in PromQL with what was remarked about it. */
function remarked({ data, warnings = [], infos = [] }, query) {
  const all = [...warnings, ...infos], isCut = text => /truncated due to limit/.test(text);
  return {
    ...fromPrometheus(data, query), more: all.some(isCut),
    remarks: all.filter(text => !isCut(text)).map(text => text.replace(/^PromQL (info|warning): /, "")),
  };
}

/** From the first to the last point of all lines. */
function spanOf(lines = []) {
  const ends = lines.flatMap(({ times }) => times.length ? [times[0], times.at(-1)] : []);
  if (ends.length === 0) return { from: Date.now() - 3600e3, to: Date.now() };
  const from = Math.min(...ends), to = Math.max(...ends);
  return from === to ? { from: from - 30e3, to: to + 30e3 } : { from, to };
}
