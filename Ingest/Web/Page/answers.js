// Turns what the daemon answers into lines and tables. Times are milliseconds since 1970; a value that is no number is
// null, which a line shows as a gap.

/** Compares names: 9 before 10. */
export const inOrder = new Intl.Collator("en", { numeric: true }).compare;

/** A chart has no more. */
export const maxLines = 500;

/** A series' name as people write it. */
export function nameOf(labels) {
  const [name, ...pairs] = partsOf(labels);
  return pairs.length ? `${name}{${pairs.join(", ")}}` : name || "{}";
}

const partsOf = ({ __name__: name = "", ...rest }) =>
  [name, ...Object.entries(rest).map(([label, value]) => `${label}=${value}`)];

/** Gives each line a `label`: what tells it apart from the others, which is less than its name. */
export function tellApart(lines) {
  const counts = new Map();
  for (const { parts = [] } of lines) for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  for (const line of lines) {
    const own = line.parts?.slice(1).filter(part => counts.get(part) < lines.length) ?? [];
    const name = line.parts && counts.get(line.parts[0]) < lines.length ? line.parts[0] : "";
    const isShort = lines.length > 1 && (name || own.length);
    line.label = !isShort ? line.name : name && own.length ? `${name}{${own.join(", ")}}` : name || own.join(", ");
  }
}

const numberOf = text => {
  const value = text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
  return Number.isFinite(value) ? value : null;
};

/** Prometheus' answer: {lines} for a matrix, {table} for the others.
 * @param query  What a line without any label is called. */
export function fromPrometheus({ resultType, result }, query = "{}") {
  if (resultType === "matrix") {
    return {
      lines: result.map(({ metric, values = [] }) => ({
        name: Object.keys(metric).length ? nameOf(metric) : query,
        parts: partsOf(metric),
        times: values.map(([time]) => time * 1e3),
        values: values.map(([, value]) => numberOf(value)),
      })),
    };
  }
  const plain = text => numberOf(text) ?? text;
  if (resultType === "vector") {
    return tableOf(["series", "value", "time"], result.map(({ metric, value, histogram }) =>
      [nameOf(metric), value ? plain(value[1]) : `histogram, count ${histogram[1].count}`,
        (value ?? histogram)[0] * 1e3]));
  }
  return tableOf(["value", "time"], [[plain(result[1]), result[0] * 1e3]]);
}

/** @param perMillisecond  Units of the store's timestamps in a millisecond. */
export function fromDsl(data, perMillisecond, query) {
  const line = (name, windows) => ({
    name,
    times: windows.map(([start]) => start / perMillisecond),
    values: windows.map(([, value]) => value),
  });
  if (data.windows) return { lines: [line(query, data.windows)] };
  if (data.groups) {
    const keys = Object.keys(data.groups[0]?.by ?? {});
    if (data.groups[0]?.windows) return { lines: data.groups.map(({ by, windows }) => line(nameOfGroup(by), windows)) };
    return tableOf([...keys, "value", "count"],
      data.groups.map(({ by, value, count }) => [...keys.map(key => by[key] ?? "–"), value, count]));
  }
  if (data.points) {
    return {
      ...tableOf(["series", "value", "time"], data.points.map(point =>
        [nameOfPoint(point), point.value, point.timestamp / perMillisecond])),
      ...linesOf(data.points, perMillisecond, data.next !== null),
    };
  }
  return tableOf(["value", "count"], [[data.value, data.count]]);
}

export const nameOfGroup = by =>
  Object.entries(by).map(([key, value]) => `${key}=${value ?? "–"}`).join(", ");

export const nameOfPoint = ({ series, tags }) => tags.length ? `${series}{${tags.join(", ")}}` : series;

/** Whether a line is of texts, which have no height: a series has either them or numbers. */
export const isText = ({ values }) => typeof values.find(value => value !== null) === "string";

/** A table of a chart's lines: the newest time first. A text stands where it began, not where it was said again. */
export function tableOfLines(lines, limit = 1000) {
  const rows = [];
  for (const { name, times, values } of lines) {
    for (let i = Math.max(0, times.length - limit); i < times.length; i++)
      if (typeof values[i] !== "string" || values[i] !== values[i - 1]) rows.push([name, values[i], times[i]]);
  }
  rows.sort((a, b) => b[2] - a[2]);
  return tableOf(["series", "value", "time"], rows.slice(0, limit)).table;
}

function linesOf(points, perMillisecond, more) {
  const lines = new Map();
  for (const point of points) {
    const name = nameOfPoint(point);
    if (!lines.has(name)) {
      more ||= lines.size === maxLines;
      if (lines.size === maxLines) continue;
      lines.set(name, { name, parts: [point.series, ...point.tags], times: [], values: [] });
    }
    lines.get(name).times.push(point.timestamp / perMillisecond);
    lines.get(name).values.push(point.value);
  }
  return { lines: [...lines.values()], more };
}

const tableOf = (columns, rows) => ({ table: { columns, rows } });
