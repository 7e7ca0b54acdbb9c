// The series browser: metric names, the series below each, and label values that fit the search.
import { json, url } from "./api.js";
import { $, el, say } from "./dom.js";
import { promqlOf } from "./language.js";
import { compact } from "./scale.js";

const maxNames = 20_000, maxRows = 300, maxSeries = 200, maxLabels = 40, maxValues = 2_000;

/** Which of the names contain all words of the search, those that begin with it first. */
export function search(names, text, limit = maxRows) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = names.filter(name => words.every(word => name.toLowerCase().includes(word)));
  if (words.length) {
    const rank = name => name.toLowerCase().startsWith(words[0]) ? 0 : 1;
    found.sort((a, b) => rank(a) - rank(b)); // stable: otherwise as they came
  }
  return { rows: found.slice(0, limit), total: found.length };
}

export class SeriesBrowser {
  /** @param show  Called with the labels of what somebody wants to see. */
  constructor(show) {
    this.show = show;
    this.names = [];
    this.pairs = null; // "label=value" of everything, asked for when somebody searches
    $("search").addEventListener("input", () => this.render());
    $("search").addEventListener("keydown", event => {
      if (event.key === "Enter") this.open(event);
      if (event.key === "ArrowDown") $("series").querySelector("button")?.focus();
    });
    $("series").addEventListener("keydown", event => this.walk(event));
    this.load();
  }

  async load() {
    try {
      this.names = await json(url("api/v1/label/__name__/values", { limit: maxNames }), {}, this.loaded !== true);
      this.loaded = true;
      this.pairs = null;
      this.render();
    } catch (error) {
      $("series").replaceChildren(el("p", { class: "faint", text: error.message }));
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), 15_000);
  }

  /** New names appear by themselves, but never under somebody's hands. */
  refresh() {
    const isBusy = document.hidden || $("series").querySelector("[aria-expanded=true]") ||
      $("series").contains(document.activeElement);
    if (isBusy) this.timer = setTimeout(() => this.refresh(), 15_000);
    else this.load();
  }

  open(event) {
    event.preventDefault();
    $("series").querySelector("button.name")?.click();
  }

  walk(event) {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const buttons = [...$("series").querySelectorAll("button.name")];
    const next = buttons.indexOf(document.activeElement) + way;
    (buttons[next] ?? (next < 0 ? $("search") : null))?.focus();
  }

  async render() {
    const text = $("search").value.trim();
    const { rows, total } = search(this.names, text);
    const all = `${compact(this.names.length)}${this.names.length === maxNames ? "+" : ""}`;
    $("series-count").textContent = this.names.length === 0 ? "" : text ? `${compact(total)} of ${all}` : all;
    const list = rows.map(name => this.row(name, { __name__: name }));
    const remark = text => list.push(el("p", { class: "faint", text }));
    if (total > rows.length) remark(`and ${total - rows.length} more: go on typing`);
    const labels = el("div");
    if (text.length >= 2) this.renderPairs(text, labels, list.length === 0);
    else if (list.length === 0) remark("No series yet. Points that arrive show here.");
    $("series").replaceChildren(...list, labels);
  }

  /** Label values that fit. */
  async renderPairs(text, place, isAlone) {
    this.pairs ??= this.loadPairs();
    const { rows, total } = search(await this.pairs, text, 60);
    if (total) place.append(el("h3", { text: "Label values" }));
    else if (isAlone) place.append(el("p", { class: "faint", text: "Nothing has that in it." }));
    for (const pair of rows) {
      const split = pair.indexOf("=");
      place.append(this.row(pair, { [pair.slice(0, split)]: pair.slice(split + 1) }));
    }
  }

  async loadPairs() {
    const labels = (await json("api/v1/labels")).filter(name => name !== "__name__").slice(0, maxLabels);
    const values = await Promise.all(labels.map(async name => {
      const path = `api/v1/label/${encodeURIComponent(name)}/values`;
      return (await json(url(path, { limit: maxValues })).catch(() => [])).map(value => `${name}=${value}`);
    }));
    return values.flat();
  }

  /** A name, or a label's value, that opens into its series. */
  row(title, labels) {
    const below = el("div", { class: "below", hidden: true });
    const toggle = el("button", { type: "button", class: "toggle", "aria-expanded": "false",
      "aria-label": `Series of ${title}` });
    toggle.addEventListener("click", async () => {
      below.hidden = !below.hidden;
      toggle.setAttribute("aria-expanded", String(!below.hidden));
      if (!below.hidden) await this.fill(below, labels);
    });
    const name = el("button", { type: "button", class: "name", text: title, title: `Show ${title}`,
      onclick: () => this.show(labels) });
    return el("div", {}, el("div", { class: "row" }, toggle, name), below);
  }

  async fill(place, labels) {
    const message = el("p", { class: "faint", text: "…" });
    place.replaceChildren(message);
    try {
      const found = await json(url("api/v1/series", { "match[]": promqlOf(labels), limit: maxSeries }));
      place.replaceChildren(...found.map(series => this.leaf(series, labels)));
      if (found.length === maxSeries) place.append(el("p", { class: "faint", text: `the first ${maxSeries}` }));
      if (found.length === 0) place.append(el("p", { class: "faint", text: "It has no points." }));
    } catch (error) {
      say(message, error.message);
    }
  }

  leaf(series, shownAbove) {
    const chips = Object.entries(series).filter(([name]) => !(name in shownAbove))
      .map(([name, value]) => el("span", { class: "chip", text: name === "__name__" ? value : `${name}=${value}` }));
    if (chips.length === 0) chips.push(el("span", { class: "faint", text: "without labels" }));
    return el("button", { type: "button", class: "name leaf", onclick: () => this.show(series) }, ...chips);
  }
}
