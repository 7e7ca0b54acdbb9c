// What stands at the pointer: the time, and each line's value there. Both charts use it.
import { el } from "./dom.js";
import { fullTime, nearest, shortNumber } from "./scale.js";

const most = 12;

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
   * @returns The points it shows: [{ line, index }]. */
  show(lines, time, reach, x, y) {
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
    found.sort((a, b) => (b.line.values[b.index] ?? -Infinity) - (a.line.values[a.index] ?? -Infinity));
    const at = found.reduce((best, { line, index }) =>
      Math.abs(line.times[index] - time) < Math.abs(best - time) ? line.times[index] : best, Infinity);
    this.box.replaceChildren(el("p", { class: "when", text: fullTime(at) }), ...found.slice(0, most).map(rowOf));
    if (found.length > most) this.box.append(el("p", { class: "faint", text: `and ${found.length - most} more` }));
    this.box.hidden = false;
    const { clientWidth: width, clientHeight: height } = this.host;
    const left = x + 16 + this.box.offsetWidth > width ? x - 16 - this.box.offsetWidth : x + 16;
    const top = Math.min(y, height - this.box.offsetHeight);
    this.box.style.transform = `translate(${Math.max(0, Math.round(left))}px, ${Math.max(0, Math.round(top))}px)`;
    return found;
  }

  hide() {
    this.box.hidden = true;
  }
}

function rowOf({ line, index }) {
  const swatch = el("span", { class: "swatch" });
  swatch.style.background = line.color;
  return el("p", {}, swatch, el("span", { class: "name", text: line.label ?? line.name }),
    el("b", { text: shortNumber(line.values[index]) }));
}
