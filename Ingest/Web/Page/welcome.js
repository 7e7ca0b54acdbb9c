// Before the first question: how to send a point, or what could be asked.
import { hasToken, json } from "./api.js";
import { $, el } from "./dom.js";
import { dslOf, promqlOf } from "./language.js";
import { areTexts } from "./texts.js";

const maxAsked = 5, longest = 40;

const isCounter = name => name.endsWith("_total");

/** Queries to begin with, made of names that are there.
 * @param texts  Names of series that can't be drawn. */
export function examples(all, texts = []) {
  const names = all.filter(name => name.length <= longest && !texts.includes(name));
  const counter = names.find(isCounter);
  const gauge = firstOf(names);
  const found = gauge === undefined ? texts.slice(0, 1).map(name => dslOf({ __name__: name }, "LAST"))
    : [promqlOf({ __name__: gauge }), dslOf({ __name__: gauge }, "MAX")];
  if (counter !== undefined) found.push(`sum(rate(${promqlOf({ __name__: counter })}[5m]))`);
  return found;
}

const firstOf = names =>
  names.find(name => !isCounter(name) && !/_(bucket|count|sum|info|created)$/.test(name)) ?? names[0];

/** Of the names that would be examples those that have texts. */
async function textsAmong(names) {
  const texts = [];
  for (let i = 0; i < maxAsked; i++) {
    const name = firstOf(names.filter(name => name.length <= longest && !texts.includes(name)));
    if (name === undefined || !await areTexts(name)) break;
    texts.push(name);
  }
  return texts;
}

/** @param ask  Called with a query that somebody chose. */
export async function welcome(names, ask) {
  if ($("welcome").hidden) return; // something has been asked
  const isEmpty = names.length === 0, listen = isEmpty ? await listenOf() : "";
  const found = examples(names, await textsAmong(names).catch(() => []));
  const key = found.join("\n");
  if ($("welcome").hidden || key === $("welcome").dataset.shown) return;
  $("welcome").dataset.shown = key;
  $("summary").textContent = isEmpty ? "No points yet. Send one:" : "Choose a series, or ask a question:";
  $("welcome").replaceChildren(...isEmpty ? [commands(listen)] : found.map(query =>
    el("button", { type: "button", class: "example", text: query, onclick: () => ask(query) })));
}

/** Where `slungd send` finds the daemon, when that is not where it looks by itself. */
async function listenOf() {
  const { listen = "" } = await json("api/v1/status/flags", {}, false).catch(() => ({}));
  return /:(2077|0)$|^$/.test(listen) ? "" : ` --listen ${listen}`;
}

function commands(listen) {
  const token = hasToken() ? '-H "Authorization: Bearer $SLUNGD_TOKEN" ' : "";
  return el("pre", { class: "commands", tabindex: "0", "aria-label": "Commands that send a point" }, ...[
    ["CSV or JSON, with slungd itself", `printf 'series,value,site\\ntemp,21.5,eu\\n' | slungd send${listen}`],
    ["InfluxDB line protocol", `curl ${token}-d 'temp,site=eu value=21.5' ${location.origin}/write`],
    ["Prometheus text", `curl ${token}-d 'temp{site="eu"} 21.5' ${location.origin}/api/v1/import/prometheus`],
  ].flatMap(([what, command]) => [el("span", { class: "faint", text: `# ${what}\n` }),
    el("code", { text: `${command}\n`, title: "A click selects it" })]));
}
