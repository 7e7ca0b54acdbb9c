// Answers as a table. Times and numbers read as people read them; the exact value is in the tooltip.
import { breakable, el } from "./dom.js";
import { fullTime, grouped, shortNumber, zone } from "./scale.js";

const most = 1000;

export function show(host, { columns, rows }) {
  const body = el("tbody");
  for (const row of rows.slice(0, most)) body.append(el("tr", {}, ...row.map((value, i) => cell(columns[i], value))));
  const isNarrow = columns.every(name => ["value", "count", "time"].includes(name));
  host.replaceChildren(el("table", { class: isNarrow ? "narrow" : null },
    el("thead", {}, el("tr", {}, ...columns.map(name => headOf(name, rows)))), body));
  if (rows.length > most)
    host.append(el("p", { class: "faint", text: `the first ${grouped(most)} of ${grouped(rows.length)} rows` }));
  if (rows.length === 0) host.replaceChildren(el("p", { class: "faint", text: "No points." }));
}

function headOf(name, rows) {
  const text = name === "time" ? `time, ${zone(rows[0]?.at(-1))}` : name;
  return el("th", { scope: "col", class: name === "value" || name === "count" ? "number" : null, text });
}

function cell(column, value) {
  if (column === "time") return el("td", { class: "when", text: fullTime(value) });
  const number = typeof value === "number" ? value : column === "value" && value !== "" ? Number(value) : NaN;
  if (column === "value" || column === "count")
    return el("td", { class: "number", title: String(value), text: Number.isFinite(number) && value !== null
      ? shortNumber(number) : value ?? "–" });
  return el("td", {}, ...breakable(String(value)));
}
