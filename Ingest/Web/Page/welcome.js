// Before the first question: how to send a point, or what could be asked.
import { $, el } from "./dom.js";
import { dslOf, promqlOf } from "./language.js";

/** Queries to begin with, made of names that are there. */
export function examples(all) {
  const names = all.filter(name => name.length <= 40);
  const isCounter = name => name.endsWith("_total");
  const counter = names.find(isCounter);
  const gauge = names.find(name => !isCounter(name) && !/_(bucket|count|sum|info|created)$/.test(name)) ?? names[0];
  const found = gauge === undefined ? [] : [promqlOf({ __name__: gauge }), dslOf({ __name__: gauge }, "MAX")];
  if (counter !== undefined) found.push(`sum(rate(${promqlOf({ __name__: counter })}[5m]))`);
  return found;
}

/** @param ask  Called with a query that somebody chose. */
export function welcome(names, ask) {
  if ($("welcome").hidden) return; // something has been asked
  const isEmpty = names.length === 0;
  const key = isEmpty ? "" : examples(names).join("\n");
  if (key === $("welcome").dataset.shown) return;
  $("welcome").dataset.shown = key;
  $("summary").textContent = isEmpty ? "No points yet. Send one:" : "Choose a series, or ask a question:";
  $("welcome").replaceChildren(...isEmpty ? [commands()] : examples(names).map(query =>
    el("button", { type: "button", class: "example", text: query, onclick: () => ask(query) })));
}

const commands = () => el("pre", { class: "commands", tabindex: "0", "aria-label": "Commands that send a point", text: [
  "printf 'series,value,site\\ntemp,21.5,eu\\n' | slungd send",
  `curl -d 'temp,site=eu value=21.5' ${location.origin}/write`,
  `curl -d 'temp{site="eu"} 21.5' ${location.origin}/api/v1/import/prometheus`].join("\n") });
