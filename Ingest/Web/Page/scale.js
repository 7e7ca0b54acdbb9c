// Axes: where ticks stand and how numbers and times read. Nothing here touches the document.

/** Round values from low to high, about as many as wanted. */
export function ticks(low, high, wanted) {
  const step = niceStep((high - low) / Math.max(1, wanted));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return { step, ticks: found };
}

/** 1, 2 or 5 times a power of ten, not below the value. */
export function niceStep(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = value / power;
  return (digit <= 1.0000001 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

/** The range of an axis for values from low to high: some air, and zero when it is not far. */
export function rangeOf(low, high) {
  if (!(low <= high)) return [0, 1];
  if (low === high) {
    const air = Math.abs(low) * 0.1 || 1;
    return [low - air, high + air];
  }
  const air = (high - low) * 0.06;
  const bottom = low >= 0 && low < (high - low) * 0.4 ? 0 : low - air;
  const top = high <= 0 && -high < (high - low) * 0.4 ? 0 : high + air;
  return [Math.max(bottom, -Number.MAX_VALUE), Math.min(top, Number.MAX_VALUE)];
}

/** Of each of so many lines, in pixels. */
export const widthOf = count => count > 20 ? 1 : 1.5;

const prefixes = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** How many decimals show a step as it is: 2.5 has one. */
function decimalsOf(step) {
  let decimals = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  while (decimals < 8 && Math.abs(Number(step.toFixed(decimals)) - step) > step * 1e-6) decimals++;
  return decimals;
}

/** A tick's label: as many decimals as its step has. */
export function tickLabel(value, step) {
  const size = Math.abs(value);
  if (size >= 1e18 || (size > 0 && step < 1e-6)) return value.toExponential(1).replaceAll("-", "−");
  const fits = ([unit]) => size >= unit && (unit > 1e3 || size >= 1e4 || step >= 1e3);
  const [unit, prefix] = prefixes.find(fits) ?? [1, ""];
  return (value / unit).toFixed(decimalsOf(step / unit)).replace("-", "−") + prefix;
}

const units = { bytes: "B", seconds: "s", percent: "%", celsius: "°C", volts: "V", amperes: "A", watts: "W",
  joules: "J", meters: "m", hertz: "Hz" };

/** The unit in which names of metrics end (prometheus.io/docs/practices/naming): "" where they have none, or
 * not the same. */
export function unitOf(names) {
  const found = new Set(names.map(name => units[/_([a-z]+)(?:_total)?$/.exec(name)?.[1]] ?? ""));
  return found.size === 1 ? [...found][0] : "";
}

/** A tick's label with its unit: 12 GB, but not 12 ks. */
export function unitLabel(value, step, unit) {
  const [, number, prefix] = /^(.*?)([kMGTP]?)$/.exec(tickLabel(value, step));
  return !unit || prefix && unit === "s" ? number + prefix : `${number}\u202f${prefix}${unit}`;
}

/** A value with its unit. */
export function withUnit(value, unit) {
  if (!unit || value === null || value === undefined) return shortNumber(value);
  return unit === "B" && Math.abs(value) >= 1e4 ? `${compact(value)}B` : `${shortNumber(value)}\u202f${unit}`;
}

/** A value as people read it: at most six digits that count. */
export function shortNumber(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-5) return value.toExponential(3).replaceAll("-", "−");
  return (size >= 1e6 ? Math.round(value) : Number(value.toPrecision(6)))
    .toLocaleString("en", { maximumFractionDigits: 10 }).replaceAll(",", "\u202f").replace("-", "−");
}

/** 12 345 */
export const grouped = count => count.toLocaleString("en").replaceAll(",", "\u202f");

/** 12.3 M; for gauges. */
export function compact(value) {
  const size = Math.abs(value);
  const [unit, prefix] = prefixes.find(([unit]) => size >= unit) ?? [1, ""];
  const scaled = value / unit;
  const text = unit === 1 && Number.isInteger(value) ? String(value)
    : scaled.toFixed(Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2);
  return prefix ? `${text}\u202f${prefix}` : text;
}

/** 1 event, 2.33 k events */
export const counted = (count, one, many = `${one}s`) => `${compact(count)} ${count === 1 ? one : many}`;

/** 12.3 MiB */
export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (value >= 1024 && i < units.length - 1) {
    value /= 1024;
    i++;
  }
  return `${i === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}\u202f${units[i]}`;
}

const second = 1e3, minute = 60e3, hour = 3600e3, day = 86400e3;
const timeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, second, 2 * second, 5 * second, 10 * second, 15 * second,
  30 * second, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour,
  6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day, 365 * day];

/** Round local times from one to another. */
export function timeTicks(from, to, wanted) {
  const step = timeSteps.find(step => step >= (to - from) / Math.max(1, wanted)) ?? timeSteps.at(-1);
  const found = [];
  // Whole hours and days are those of the clock on the wall. An offset is looked up for each tick: summer time.
  const offset = time => step >= hour ? new Date(time).getTimezoneOffset() * minute : 0;
  const shift = offset(from);
  for (let time = Math.ceil((from - shift) / step) * step + shift; time <= to; time += step) {
    const exact = time + offset(time) - shift;
    if (exact >= from && exact <= to) found.push(exact);
  }
  return { step, ticks: found };
}

const two = number => String(number).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A tick's label: what changes at that step; the date at midnight. */
export function timeLabel(time, step) {
  const date = new Date(time);
  if (step >= 365 * day) return String(date.getFullYear());
  if (step >= day || (step >= minute && date.getHours() === 0 && date.getMinutes() === 0))
    return `${date.getDate()} ${months[date.getMonth()]}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step >= minute) return clock;
  const seconds = `${clock}:${two(date.getSeconds())}`;
  return step >= second ? seconds : `${seconds.slice(3)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** 2026-11-21 05:34:30.125, local. */
export function fullTime(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const fraction = date.getMilliseconds() ? `.${String(date.getMilliseconds()).padStart(3, "0")}` : "";
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:` +
    `${two(date.getMinutes())}:${two(date.getSeconds())}${fraction}`;
}

/** The offset of local times then: UTC, UTC+05:45. */
export function zone(time = Date.now()) {
  const minutes = -new Date(time).getTimezoneOffset(), size = Math.abs(minutes);
  if (!minutes) return "UTC";
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const dateOf = time => fullTime(time).slice(0, 10);

/** The days of a range, which the ticks leave out, and the zone: 2026-11-21, UTC. */
export function spanLabel(from, to) {
  const days = [...new Set([dateOf(from), dateOf(to)])].join(" – ");
  return `${days}, ${zone(to)}`;
}

/** 85 ms, 6.03 s */
export const shortDuration = ms => ms < 1000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1000).toFixed(2)}\u00a0s`;

/** 3 min ago */
export function ago(ms) {
  if (ms < minute) return `${Math.max(0, Math.round(ms / second))} s`;
  if (ms < hour) return `${Math.round(ms / minute)} min`;
  return ms < 2 * day ? `${Math.round(ms / hour)} h` : `${Math.round(ms / day)} days`;
}

/** The index of the time nearest to one; -1 of none. Times ascend. */
export function nearest(times, time) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1; else high = middle;
  }
  return low > 0 && time - times[low - 1] <= times[low] - time ? low - 1 : high < 0 ? -1 : low;
}

/** The lowest and highest value of all lines inside the range; infinities of the wrong sign when there is none. */
export function extremes(lines, from, to) {
  let low = Infinity, high = -Infinity;
  for (const { times, values, hidden } of lines) {
    if (hidden) continue;
    for (let i = 0; i < times.length; i++) {
      const value = values[i];
      if (value === null || times[i] < from || times[i] > to) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}
