// Answers as a table. Times and numbers read as people read them; the exact value is in the tooltip. A click on a head
// sorts by its column, the next one the other way round.
import { inOrder } from "./answers.js";
import { breakable, el } from "./dom.js";
import { fullTime, grouped, shortNumber, zone } from "./scale.js";

const most = 1000;

let sorted = null; // { column, way }: the next answer keeps it

export function show(host, table) {
  const { columns, rows } = table;
  if (rows.length === 0) return host.replaceChildren(el("p", { class: "faint", text: "No points." }));
  const at = columns.indexOf("value");
  const body = el("tbody"), isTexts = rows.every(row => typeof row[at] === "string");
  for (const row of inSortedOrder(table).slice(0, most))
    body.append(el("tr", {}, ...row.map((value, i) => cell(columns[i], value, isTexts))));
  const isNarrow = !isTexts && columns.every(name => ["value", "count", "time"].includes(name));
  const { scrollTop } = host, { activeElement: active } = document;
  const focused = host.contains(active) && active.dataset.column;
  const heads = columns.map(name => headOf(name, rows, isTexts, () => show(host, table)));
  host.replaceChildren(...rows.length > most
    ? [el("p", { class: "faint", text: `the first ${grouped(most)} of ${grouped(rows.length)} rows` })] : [],
    el("table", { class: isNarrow ? "narrow" : null },
      el("thead", {}, el("tr", {}, ...heads)), body));
  host.scrollTop = scrollTop;
  if (focused) host.querySelector(`[data-column="${CSS.escape(focused)}"]`)?.focus();
}

function inSortedOrder({ columns, rows }) {
  const at = columns.indexOf(sorted?.column);
  if (at < 0) return rows;
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : inOrder(String(a), String(b));
  return [...rows].sort((a, b) => sorted.way * compare(a[at], b[at]));
}

function headOf(name, rows, isTexts, changed) {
  const text = name === "time" ? `time, ${zone(rows[0]?.at(-1))}` : name, isNumber = isNumeric(name, isTexts);
  const way = sorted?.column === name ? sorted.way : 0;
  const sort = () => {
    // Of numbers and times people want the highest and the latest first.
    const first = isNumber || name === "time" ? -1 : 1;
    sorted = way === -first ? null : { column: name, way: way ? -way : first };
    changed();
  };
  return el("th", { scope: "col", class: isNumber ? "number" : null,
    "aria-sort": way ? (way > 0 ? "ascending" : "descending") : null },
    el("button", { type: "button", "data-column": name, title: "Sort", onclick: sort, text }));
}

const isNumeric = (name, isTexts) => name === "count" || name === "value" && !isTexts;

function cell(column, value, isTexts) {
  if (column === "time") return el("td", { class: "when", text: fullTime(value) });
  if (isNumeric(column, isTexts))
    return el("td", { class: "number", title: String(value), text: shortNumber(value) });
  return el("td", { class: column === "value" ? "text" : null }, ...breakable(String(value ?? "–")));
}
