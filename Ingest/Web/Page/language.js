// What a query is written in, and what the page adds to it. Nothing here touches the document.

const operations = /^\s*(avg|min|max|sum|count|first|last|raw)\s*:/i;

/** "dsl" or "promql". A recording rule may be called `sum:cpu:rate5m`, so the bracket of the tags counts, too; while
 * there is none yet, capitals do. */
export function detect(text) {
  if (!operations.test(text)) return "promql";
  const tags = splitDsl(text).parts[2]?.text.trim();
  const isDsl = tags === undefined ? /^\s*[A-Z]+\s*:/.test(text) : tags.startsWith("[");
  return isDsl ? "dsl" : "promql";
}

/** The parts of a DSL query between colons outside of quotes and brackets, and where ` BY ...` begins. */
export function splitDsl(text) {
  const parts = [];
  let start = 0, depth = 0, quoted = false, end = text.length;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    }
    else if (c === '"') quoted = true;
    else if (c === "[") depth++;
    else if (c === "]") depth = Math.max(0, depth - 1);
    else if (depth === 0 && c === ":") {
      parts.push({ text: text.slice(start, i), start });
      start = i + 1;
    }
    else if (depth === 0 && parts.length >= 2 && /^\s+by\s/i.test(text.slice(i))) {
      end = i;
      break;
    }
  }
  parts.push({ text: text.slice(start, end), start });
  return { parts, end, by: text.slice(end) };
}

/** The query with a range, and with a window unless it is RAW, where it has none of its own.
 * @returns {{ text: string, at: number, added: number }} How many characters were put in, and where. */
export function withRange(text, range, window) {
  const { parts, end } = splitDsl(text);
  let added = "";
  if (parts.length === 3) added += `:[${range}]`;
  if (parts.length <= 4 && parts.length >= 3 && window && !/^\s*raw\s*$/i.test(parts[0].text)) added += `:[${window}]`;
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1])) at--;
  return { text: text.slice(0, at) + added + text.slice(at), at, added: added.length };
}

/** The same points as they are, to begin a live line with; null when the query has a window. */
export function asRaw(text) {
  const { parts, end } = splitDsl(text);
  return parts.length < 3 || parts.length > 4 ? null : `RAW:${text.slice(parts[1].start, end)}`;
}

export const hasWindow = text => splitDsl(text).parts.length >= 5;

/** Where the daemon says that a query is wrong: an index into it, and the message without the place. */
export function placeOf(error, asked) {
  if (error.at !== undefined) {
    let at = error.at;
    if (asked.added && at > asked.at) at = Math.max(asked.at, at - asked.added);
    return { at, message: error.message };
  }
  const found = /(?:^|: )(\d+):(\d+): (?:parse error: )?(.*)$/s.exec(error.message);
  if (!found) return { at: -1, message: error.message };
  const lines = asked.text.split("\n");
  let at = Math.min(Number(found[2]) - 1, (lines[Number(found[1]) - 1] ?? "").length);
  for (let i = 0; i < Number(found[1]) - 1 && i < lines.length; i++) at += lines[i].length + 1;
  return { at, message: found[3] };
}

const quote = text => `"${text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;

const labelOf = label => /^[a-zA-Z_]\w*$/.test(label) ? label : quote(label);

/** A PromQL selector of these labels. */
export function promqlOf(labels) {
  const { __name__: name, ...rest } = labels;
  const isPlain = name !== undefined && /^[a-zA-Z_:][\w:]*$/.test(name);
  const matchers = Object.entries(rest).map(([label, value]) =>
    `${labelOf(label)}=${quote(value)}`);
  if (name !== undefined && !isPlain) matchers.unshift(quote(name));
  return (isPlain ? name : "") + (matchers.length || !isPlain ? `{${matchers.join(", ")}}` : "");
}

/** The labels of a selector without anything around it and with `=` alone, as promqlOf writes it; null for other
 * queries. */
export function labelsOf(text) {
  const [, name, inner = ""] = /^\s*([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\}\s*)?$/s.exec(text) ?? [];
  const labels = name === undefined ? {} : { __name__: name };
  const matcher = /\s*(\w+|"(?:[^"\\]|\\.)*")\s*(?:=\s*("(?:[^"\\\n]|\\.)*"))?\s*(?:,|$)/y;
  try {
    const rest = inner.trim();
    for (let at = 0; at < rest.length; at = matcher.lastIndex) {
      const [, label, value] = matcher.exec(rest);
      const plain = label.startsWith('"') ? JSON.parse(label) : label;
      if (value === undefined) labels.__name__ = plain;
      else labels[plain] = JSON.parse(value);
    }
  } catch {
    return null; // something else than that
  }
  return labels.__name__ === undefined ? null : labels;
}

/** The query of the DSL for the latest value of each series, and the labels to find those by. Null when there is none
 * that says more than the query itself. */
export function latestOf(text, language) {
  if (language === "promql") {
    const labels = labelsOf(text);
    return labels && { labels, query: dslOf(labels, "LAST"), by: "" };
  }
  const { parts, end, by } = splitDsl(text), [operation, series] = parts;
  if (parts.length < 3 || /^\s*(first|last|raw|count)\s*$/i.test(operation.text)) return null;
  const name = series.text.trim().replace(/^"(.*)"$/s, (_, inner) => inner.replace(/\\(.)/gs, "$1"));
  return { labels: { __name__: name }, query: `LAST:${text.slice(series.start, end).trimEnd()}`, by };
}

/** A PromQL selector of the series whose label contains all these words, in any letter case. */
export const searchOf = (label, words) => `{${words.map(word =>
  `${labelOf(label)}=~${quote(`(?i).*${word.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}.*`)}`).join(", ")}}`;

/** A DSL query over the series with these labels. A bare tag shows as the label `tag="true"`. */
export function dslOf(labels, operation = "AVG") {
  const { __name__: name, ...rest } = labels;
  const tags = Object.entries(rest).map(([label, value]) =>
    value === "true" ? `(${tagOf(label)} OR ${tagOf(`${label}=${value}`)})` : tagOf(`${label}=${value}`));
  const series = /[:"[\]\\]|^$/.test(name) ? quote(name) : name;
  return `${operation}:${series}:[${tags.join(" AND ")}]`;
}

const tagOf = tag => /[\s()"[\]]|^(and|or|not)$|=\*$/i.test(tag) ? quote(tag) : tag;

const units = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

/** Milliseconds of `15m`. */
export function milliseconds(duration) {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d|w)$/.exec(duration);
  return Number(count) * units[unit];
}

/** The step of a range: round, and about as many as a chart can show. */
export function stepOf(spanMs, points = 240) {
  const steps = [100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3,
    2 * 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3];
  return steps.find(step => spanMs / step <= points) ?? Math.ceil(spanMs / points / 86400e3) * 86400e3;
}
