// Answers as a table. Times and numbers read as people read them; the exact value is in the tooltip.
import { breakable, el } from "./dom.js";
import { fullTime, grouped, shortNumber, zone } from "./scale.js";

const most = 1000;

export function show(host, { columns, rows }) {
  const at = columns.indexOf("value");
  const body = el("tbody"), isTexts = rows.length > 0 && rows.every(row => typeof row[at] === "string");
  for (const row of rows.slice(0, most))
    body.append(el("tr", {}, ...row.map((value, i) => cell(columns[i], value, isTexts))));
  const isNarrow = !isTexts && columns.every(name => ["value", "count", "time"].includes(name));
  host.replaceChildren(el("table", { class: isNarrow ? "narrow" : null },
    el("thead", {}, el("tr", {}, ...columns.map(name => headOf(name, rows, isTexts)))), body));
  if (rows.length > most)
    host.append(el("p", { class: "faint", text: `the first ${grouped(most)} of ${grouped(rows.length)} rows` }));
  if (rows.length === 0) host.replaceChildren(el("p", { class: "faint", text: "No points." }));
}

function headOf(name, rows, isTexts) {
  const text = name === "time" ? `time, ${zone(rows[0]?.at(-1))}` : name;
  return el("th", { scope: "col", class: name === "count" || name === "value" && !isTexts ? "number" : null, text });
}

function cell(column, value, isTexts) {
  if (column === "time") return el("td", { class: "when", text: fullTime(value) });
  if (column === "count" || column === "value" && !isTexts)
    return el("td", { class: "number", title: String(value), text: shortNumber(value) });
  return el("td", { class: column === "value" ? "text" : null }, ...breakable(String(value ?? "–")));
}
