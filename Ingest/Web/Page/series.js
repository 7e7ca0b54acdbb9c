// The series browser: metric names, the series below each, and label values that fit the search.
import { Unreachable, json, url } from "./api.js";
import { inOrder } from "./answers.js";
import { $, breakable, el, rove, say, tabStop } from "./dom.js";
import { promqlOf, searchOf } from "./language.js";
import { grouped } from "./scale.js";

// Of names, and of a label's values, so many are fetched to be searched here. Where there are more the daemon searches.
const maxNames = 5_000, maxValues = 1_000, maxLabels = 40, maxRows = 300, maxPairs = 60, maxSeries = 200;
const nothing = "No name or label value has all of these words in it.";
const cutSeries = `The first ${maxSeries}. The search finds others by their label values.`;
const patience = 15_000, soon = 3_000, typing = 150; // ms

const wordsOf = text => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Which of the names contain all words of the search, those that begin with it first. */
export function search(names, text, limit = maxRows) {
  const words = wordsOf(text);
  const found = names.filter(name => words.every(word => name.toLowerCase().includes(word)));
  if (words.length) {
    const rank = name => name.toLowerCase().startsWith(words[0]) ? 0 : 1;
    found.sort((a, b) => rank(a) - rank(b)); // stable: otherwise as they came
  }
  return { rows: found.slice(0, limit), total: found.length };
}

/** What the words of a search say of the values of a label: `host=a 7` of host that they have `a` and `7` in them. Null
 * when they are about another label. */
export function valuesOf(label, words) {
  const name = label.toLowerCase(), found = [];
  for (const word of words) {
    if (name.includes(word)) continue;
    const equals = word.indexOf("=");
    if (equals >= 0 && !name.endsWith(word.slice(0, equals))) return null;
    const value = word.slice(equals + 1);
    if (value) found.push(value);
  }
  return found;
}

export class SeriesBrowser {
  /** @param show  Called with the labels of what somebody wants to see.
   * @param known  Called with the names when they have been fetched. */
  constructor(show, known) {
    this.show = show;
    this.known = known;
    this.names = [];
    this.pairs = null; // "label=value" of everything, asked for when somebody searches
    $("search").addEventListener("input", () => {
      clearTimeout(this.typed);
      this.typed = setTimeout(() => {
        this.typed = null;
        this.render();
      }, this.isCut ? typing : 0);
    });
    $("search").addEventListener("keydown", event => {
      if (event.key === "Enter") this.open(event);
      if (event.key === "ArrowDown") $("series").querySelector("button.name")?.focus();
    });
    rove($("series"), "button.name", (key, here, i) => this.walk(key, here, i));
    this.load();
  }

  async load() {
    const asks = !this.hasAsked; // for a token, once
    this.hasAsked = true;
    try {
      this.names = (await this.values("__name__", { limit: maxNames }, asks)).sort(inOrder);
      this.loaded = true;
      this.pairs = null;
      await this.render();
      this.known(this.names);
    } catch (error) {
      const isShown = this.loaded && error instanceof Unreachable; // what is there stays
      if (!isShown) $("series").replaceChildren(el("p", { class: "faint", text: error.message }));
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), this.names.length ? patience : soon);
  }

  /** Whether there are more names than have been fetched. */
  get isCut() {
    return this.names.length === maxNames;
  }

  values(label, parameters, asks = false) {
    return json(url(`api/v1/label/${encodeURIComponent(label)}/values`, parameters), {}, asks);
  }

  /** New names appear by themselves, but never under somebody's hands. */
  refresh() {
    const isBusy = document.hidden || $("series").querySelector("[aria-expanded=true]") ||
      $("series").contains(document.activeElement);
    if (isBusy) this.timer = setTimeout(() => this.refresh(), patience);
    else this.load();
  }

  /** The first of what fits what has been typed, not of what is still shown. */
  async open(event) {
    event.preventDefault();
    if (this.typed) {
      clearTimeout(this.typed);
      this.typed = null;
      await this.render();
    }
    $("series").querySelector("button.name")?.click();
  }

  /** What arrow keys do besides going to the next name. */
  walk(key, here, i) {
    if (key === "ArrowUp" && i === 0) $("search").focus();
    else if (key === "ArrowRight" || key === "ArrowLeft") {
      const inner = here.closest(".below");
      const toggle = (here.matches(".leaf") ? inner.parentElement : here.parentElement).querySelector(".toggle");
      const isOpen = toggle.getAttribute("aria-expanded") === "true";
      if (inner && key === "ArrowLeft") inner.parentElement.querySelector("button.name").focus();
      if (!here.matches(".leaf") && isOpen === (key === "ArrowLeft")) toggle.click();
    }
    else return false;
    return true;
  }

  async render() {
    const text = $("search").value.trim();
    const isRemote = this.isCut && text !== "";
    const names = !isRemote ? this.names
      : await this.values("__name__", { "match[]": searchOf("__name__", wordsOf(text)), limit: maxNames });
    if (text !== $("search").value.trim()) return; // somebody has typed on
    const { rows, total } = search(names, text);
    const more = (count, isCut) => `${grouped(count)}${isCut ? "+" : ""}`;
    const all = more(this.names.length, this.isCut), found = more(total, isRemote && names.length === maxNames);
    const noun = this.names.length === 1 ? "name" : "names";
    $("series-count").textContent = this.names.length === 0 ? "" : `${text ? `${found} of ${all}` : all} ${noun}`;
    const list = rows.map(name => this.row(name, { __name__: name }));
    const remark = text => list.push(el("p", { class: "faint", text }));
    if (total > rows.length) remark(text ? "and more: go on typing" : "and more: type to search");
    const labels = el("div");
    if (text.length >= 2) this.renderPairs(text, labels, list.length === 0);
    else if (list.length === 0)
      remark(text ? nothing : "No series yet. Points that arrive show here.");
    $("series").replaceChildren(...list, labels);
    tabStop($("series"), "button.name");
  }

  /** Label values that fit. */
  async renderPairs(text, place, isAlone) {
    this.pairs ??= this.loadPairs();
    const { pairs, cut } = await this.pairs, words = wordsOf(text);
    const further = await Promise.all(cut.map(label => {
      const sought = valuesOf(label, words);
      return sought && this.pairsOf(label, sought.length ? { "match[]": searchOf(label, sought) } : {});
    }));
    const { rows, total } = search([...pairs, ...further.filter(Boolean).flat()], text, maxPairs);
    if (total) place.append(el("h3", { text: "Label values" }));
    else if (isAlone) place.append(el("p", { class: "faint", text: nothing }));
    for (const pair of rows) {
      const split = pair.indexOf("=");
      place.append(this.row(pair, { [pair.slice(0, split)]: pair.slice(split + 1) }));
    }
    if (total > rows.length) place.append(el("p", { class: "faint", text: "and more: go on typing" }));
    tabStop($("series"), "button.name");
  }

  /** All of them, and the labels with so many values that the daemon must search them. */
  async loadPairs() {
    const labels = (await json("api/v1/labels", {}, false)).filter(name => name !== "__name__").slice(0, maxLabels);
    const found = await Promise.all(labels.map(label => this.pairsOf(label, {})));
    const isCut = pairs => pairs.length === maxValues;
    return { pairs: found.filter(pairs => !isCut(pairs)).flat(), cut: labels.filter((_, i) => isCut(found[i])) };
  }

  async pairsOf(label, parameters) {
    const values = await this.values(label, { ...parameters, limit: maxValues }).catch(() => []);
    return values.sort(inOrder).map(value => `${label}=${value}`);
  }

  /** A name, or a label's value, that opens into its series. */
  row(title, labels) {
    const below = el("div", { class: "below", hidden: true });
    const toggle = el("button", { type: "button", class: "toggle", "aria-expanded": "false", tabindex: "-1",
      "aria-label": `Series of ${title}` });
    toggle.addEventListener("click", async () => {
      below.hidden = !below.hidden;
      toggle.setAttribute("aria-expanded", String(!below.hidden));
      tabStop($("series"), "button.name");
      if (!below.hidden) await this.fill(below, labels);
    });
    const name = el("button", { type: "button", class: "name", tabindex: "-1", title: `Show ${title}`,
      onclick: () => this.show(labels) }, ...breakable(title));
    return el("div", {}, el("div", { class: "row" }, toggle, name), below);
  }

  async fill(place, labels) {
    const message = el("p", { class: "faint", text: "…" });
    place.replaceChildren(message);
    try {
      const found = await json(url("api/v1/series", { "match[]": promqlOf(labels), limit: maxSeries }));
      place.replaceChildren(...found.map(series => this.leaf(series, labels)));
      if (found.length === maxSeries) place.append(el("p", { class: "faint", text: cutSeries }));
      if (found.length === 0) place.append(el("p", { class: "faint", text: "It has no points." }));
    } catch (error) {
      say(message, error.message);
    }
  }

  leaf(series, shownAbove) {
    const chips = Object.entries(series).filter(([name]) => !Object.hasOwn(shownAbove, name))
      .map(([name, value]) => name === "__name__" ? value : `${name}=${value}`)
      .map(text => el("span", { class: "chip" }, ...breakable(text)));
    if (chips.length === 0) chips.push(el("span", { class: "faint", text: "without labels" }));
    return el("button", { type: "button", class: "name leaf", tabindex: "-1",
      onclick: () => this.show(series) }, ...chips);
  }
}
