// What stands at the pointer: the time, and each line's value there. Both charts use it.
import { el } from "./dom.js";
import { swatchOf } from "./legend.js";
import { fullTime, nearest, withUnit, zone } from "./scale.js";

const most = 12, mostNarrow = 6, narrow = 500;

export class Readout {
  /** @param host  What the box may not leave; positions count from its corner. */
  constructor(host) {
    this.host = host;
    this.box = el("div", { class: "readout" });
    // Always there, since what appears together with its text is not read aloud. Only who moves by keys is read to.
    this.place = el("div", { role: "status" }, this.box);
    host.append(this.place);
    host.addEventListener("keydown", () => this.place.ariaLive = "polite");
    host.addEventListener("pointermove", () => this.place.ariaLive = "off");
    this.hide();
  }

  /** Shows the values of the shown lines at a time; nothing where no line has one near.
   * @param value  What the pointer is at: of many lines those around it are shown; without one the highest.
   * @returns The points it shows: [{ line, index }]. */
  show(lines, time, reach, x, y, value = Infinity) {
    const found = [];
    for (const line of lines) {
      if (line.hidden) continue;
      const index = nearest(line.times, time);
      if (index >= 0 && Math.abs(line.times[index] - time) <= reach) found.push({ line, index });
    }
    if (found.length === 0) {
      this.hide();
      return found;
    }
    const heightOf = ({ line, index }) => line.values[index] ?? -Infinity;
    found.sort((a, b) => heightOf(b) - heightOf(a));
    const at = found.reduce((best, { line, index }) =>
      Math.abs(line.times[index] - time) < Math.abs(best - time) ? line.times[index] : best, Infinity);
    const near = around(found.map(heightOf), value);
    const { clientWidth: width, clientHeight: height } = this.host, rows = width < narrow ? mostNarrow : most;
    const start = Math.max(0, Math.min(near - (rows >> 1), found.length - rows)), end = start + rows;
    const more = (count, where) => count > 0 ? [el("p", { class: "faint", text: `${count} ${where}` })] : [];
    const isLong = found.length > rows, below = found.length - end;
    this.box.replaceChildren(el("p", { class: "when", text: `${fullTime(at)} ${zone(at)}` }),
      ...more(start, "above"), ...found.slice(start, end).map((point, i) => rowOf(point, isLong && start + i === near)),
      ...more(below, start ? "below" : "more"));
    this.box.hidden = false;
    const left = x + 16 + this.box.offsetWidth > width ? x - 16 - this.box.offsetWidth : x + 16;
    const top = Math.min(y, height - this.box.offsetHeight);
    this.box.style.transform = `translate(${Math.max(0, Math.round(left))}px, ${Math.max(0, Math.round(top))}px)`;
    return found;
  }

  hide() {
    this.box.hidden = true;
  }
}

/** The index of the number that is nearest to a value; the first, the highest, where the value is none. */
function around(numbers, value) {
  let best = 0;
  if (!Number.isFinite(value)) return best;
  numbers.forEach((number, i) => {
    if (Math.abs(number - value) < Math.abs(numbers[best] - value)) best = i;
  });
  return best;
}

function rowOf({ line, index }, isNear) {
  const swatch = el("span", { class: "swatch" });
  swatch.style.background = swatchOf(line);
  const name = el("span", { class: "name", text: line.label ?? line.name });
  const value = el("b", { text: withUnit(line.values[index], line.unit) });
  return el("p", { class: isNear ? "near" : null }, swatch, name, value);
}
