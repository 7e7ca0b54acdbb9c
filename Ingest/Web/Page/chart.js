// Lines over time on a canvas. A build that bundles uPlot has another `chart.js` with the same interface:
// new Chart(host, { zoom }), draw({ lines, from, to, step }), stress(line), destroy().
import { el } from "./dom.js";
import { Readout } from "./readout.js";
import { extremes, rangeOf, ticks, timeLabel, timeTicks, unitLabel, widthOf } from "./scale.js";

const top = 10, right = 14, bottom = 26, font = "11px system-ui, sans-serif";

export class Chart {
  /** @param zoom  Called with the times between which somebody has drawn, or with nothing on a double click. */
  constructor(host, { zoom }) {
    this.plot = el("canvas", { "aria-hidden": "true" });
    this.canvas = el("canvas", { tabindex: "0", role: "img", "aria-label": "Chart" }); // above it, for the cursor
    this.host = host;
    this.zoom = zoom;
    host.replaceChildren(this.plot, this.canvas);
    this.readout = new Readout(host);
    this.pen = this.plot.getContext("2d");
    this.over = this.canvas.getContext("2d");
    this.data = { lines: [], from: 0, to: 1 };
    this.cursor = null; // { time, y } under the pointer
    this.drag = null;   // [x, x] of a zoom that goes on
    this.stressed = undefined; // the name of a line
    this.listen();
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(host);
    this.colours = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => this.paint();
    this.colours.addEventListener("change", this.repaint);
  }

  /** @param lines  [{ name, color, dash, unit, hidden, times, values }]: milliseconds ascending; null is a gap.
   * @param step  What lies further apart is not joined; undefined joins everything. */
  draw(data) {
    this.data = data;
    const shown = data.lines.filter(line => !line.hidden).length;
    const label = `Chart of ${shown} ${shown === 1 ? "line" : "lines"}; arrow keys move along`;
    this.canvas.setAttribute("aria-label", label);
    this.paint();
  }

  /** Shows a line before all others; null ends that. */
  stress(line) {
    if (line?.name === this.stressed) return;
    this.stressed = line?.name;
    this.paint();
  }

  destroy() {
    this.observer.disconnect();
    this.colours.removeEventListener("change", this.repaint);
    this.host.replaceChildren();
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointermove", event => {
      if (this.drag) this.drag[1] = this.inside(event.offsetX);
      this.cursor = { time: this.timeAt(event.offsetX), y: event.offsetY };
      this.paintCursor();
    });
    canvas.addEventListener("pointerdown", event => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      this.drag = [this.inside(event.offsetX), this.inside(event.offsetX)];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", () => {
      const [a, b] = this.drag ?? [0, 0];
      this.drag = null;
      if (Math.abs(a - b) > 6) this.zoom(this.timeAt(Math.min(a, b)), this.timeAt(Math.max(a, b)));
      this.paintCursor();
    });
    canvas.addEventListener("dblclick", () => this.zoom());
    const leave = () => {
      this.cursor = null;
      this.paintCursor();
    };
    canvas.addEventListener("pointerleave", leave);
    canvas.addEventListener("blur", leave);
    canvas.addEventListener("keydown", event => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      this.moveCursor(way);
    });
  }

  /** To the next or previous time that any line has a point at. */
  moveCursor(way) {
    const { lines, from, to } = this.data;
    const now = this.cursor?.time ?? (way > 0 ? from - 1 : to + 1);
    let next = null;
    for (const { times, hidden } of lines) {
      if (hidden) continue;
      const time = way > 0 ? times.find(t => t > now) : times.findLast(t => t < now);
      if (time !== undefined && time >= from && time <= to && (next === null || (time - next) * way < 0)) next = time;
    }
    if (next === null) return;
    this.cursor = { time: next };
    this.paintCursor();
  }

  inside(x) {
    return Math.min(Math.max(x, this.left ?? 0), this.width - right);
  }

  timeAt(x) {
    const { from, to } = this.data;
    return from + (this.inside(x) - this.left) / (this.width - right - this.left) * (to - from);
  }

  paint() {
    const { plot, canvas, pen, host } = this;
    const ratio = devicePixelRatio || 1;
    this.width = host.clientWidth;
    this.height = host.clientHeight;
    if (this.width === 0) return; // not shown
    plot.hidden = canvas.hidden = this.data.lines.length === 0;
    for (const layer of [plot, canvas]) {
      if (layer.width === Math.round(this.width * ratio) && layer.height === Math.round(this.height * ratio)) continue;
      layer.width = Math.round(this.width * ratio);
      layer.height = Math.round(this.height * ratio);
      layer.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    pen.clearRect(0, 0, this.width, this.height);
    const style = getComputedStyle(host);
    const ink = this.ink = name => style.getPropertyValue(name);
    const { lines, from, to } = this.data;
    const [low, high] = rangeOf(...extremes(lines, from, to));
    this.paintAxes(low, high, ink);
    const plotHeight = this.height - top - bottom, plotWidth = this.width - right - this.left;
    this.x = time => this.left + (time - from) / (to - from) * plotWidth;
    this.y = value => top + (high - value) / (high - low) * plotHeight;
    this.valueAt = y => high - (y - top) / plotHeight * (high - low);
    pen.save();
    pen.beginPath();
    pen.rect(this.left, top - 2, plotWidth, plotHeight + 4);
    pen.clip();
    const shown = lines.filter(line => !line.hidden), stressed = shown.find(line => line.name === this.stressed);
    for (const line of shown) if (line !== stressed) this.paintLine(line, shown.length, stressed ? 0.2 : 1);
    if (stressed) this.paintLine(stressed, shown.length, 1);
    pen.restore();
    this.paintCursor();
  }

  paintAxes(low, high, ink) {
    const { pen, height, width } = this;
    const { from, to } = this.data;
    pen.font = font;
    const plotHeight = height - top - bottom;
    const rows = ticks(low, high, Math.max(2, plotHeight / 48));
    const labels = rows.ticks.map(value => unitLabel(value, rows.step, this.data.lines[0]?.unit));
    this.left = Math.ceil(Math.max(24, ...labels.map(label => pen.measureText(label).width)) + 14);
    pen.lineWidth = 1;
    pen.strokeStyle = ink("--grid");
    pen.fillStyle = ink("--faint");
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.beginPath();
    rows.ticks.forEach((value, i) => {
      const y = Math.round(top + (high - value) / (high - low) * plotHeight) + 0.5;
      pen.moveTo(this.left, y);
      pen.lineTo(width - right, y);
      pen.fillText(labels[i], this.left - 8, y);
    });
    pen.stroke();
    pen.textAlign = "center";
    pen.textBaseline = "alphabetic";
    const plotWidth = width - right - this.left;
    const columns = timeTicks(from, to, Math.max(2, plotWidth / 70));
    pen.beginPath();
    for (const time of columns.ticks) {
      const x = Math.round(this.left + (time - from) / (to - from) * plotWidth) + 0.5;
      pen.moveTo(x, height - bottom);
      pen.lineTo(x, height - bottom + 4);
      const label = timeLabel(time, columns.step);
      const half = pen.measureText(label).width / 2;
      pen.fillText(label, Math.min(Math.max(x, half + 2), width - half - 2), height - 7);
    }
    pen.stroke();
  }

  paintLine(line, count, alpha) {
    const { pen, x, y } = this;
    const { from, to, step } = this.data;
    const reach = step ? step * 1.5 : Infinity;
    pen.strokeStyle = pen.fillStyle = line.color;
    pen.globalAlpha = alpha;
    pen.lineWidth = line.name === this.stressed ? 2.5 : widthOf(count);
    pen.lineJoin = count > 10 ? "bevel" : "round"; // which is half the work
    const runs = runsOf(line, from, to, reach);
    pen.beginPath();
    for (const run of runs) {
      if (run.length === 1) continue;
      trace(pen, line, run, x, y);
    }
    pen.setLineDash(line.dash);
    pen.stroke();
    pen.setLineDash([]);
    for (const { start, length } of runs) {
      if (length > 1) continue;
      pen.beginPath(); // a point alone would be invisible
      pen.arc(x(line.times[start]), y(line.values[start]), 2.5, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.globalAlpha = 1;
    if (count > 1) return;
    const floor = this.height - bottom;
    pen.globalAlpha = 0.1;
    for (const run of runs) {
      if (run.length === 1) continue;
      pen.beginPath();
      trace(pen, line, run, x, y);
      pen.lineTo(x(line.times[run.start + run.length - 1]), floor);
      pen.lineTo(x(line.times[run.start]), floor);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  /** Above the lines, which stay as they are. */
  paintCursor() {
    const { over: pen, height, x, y, ink } = this;
    if (!x) return;
    pen.clearRect(0, 0, this.width, height);
    if (this.drag) {
      pen.fillStyle = ink("--accent");
      pen.globalAlpha = 0.15;
      pen.fillRect(this.drag[0], top, this.drag[1] - this.drag[0], height - top - bottom);
      pen.globalAlpha = 1;
    }
    if (!this.cursor) {
      this.readout.hide();
      return;
    }
    const { lines, from, to, step } = this.data, { time, y: under } = this.cursor;
    const at = x(time), reach = Math.max((to - from) / 40, step ?? 0);
    const value = under === undefined ? undefined : this.valueAt(under);
    const found = this.readout.show(lines, time, reach, at, under ?? top, value);
    pen.strokeStyle = ink("--faint");
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(Math.round(at) + 0.5, top);
    pen.lineTo(Math.round(at) + 0.5, height - bottom);
    pen.stroke();
    pen.setLineDash([]);
    for (const { line, index } of found) {
      if (line.values[index] === null) continue;
      pen.fillStyle = line.color;
      pen.beginPath();
      pen.arc(x(line.times[index]), y(line.values[index]), 3.5, 0, 2 * Math.PI);
      pen.fill();
    }
  }
}

/** What is joined: runs of points without a gap, with one point beyond each edge. */
function runsOf({ times, values }, from, to, reach) {
  const runs = [];
  let run = null;
  for (let i = 0; i < times.length; i++) {
    if (times[i + 1] < from) continue;
    if (times[i - 1] > to) break;
    if (values[i] === null) run = null;
    else if (run && times[i] - times[i - 1] <= reach) run.length++;
    else runs.push(run = { start: i, length: 1 });
  }
  return runs;
}

/** A run as a path. Where a pixel's column holds many points it gets its first, lowest, highest and last. */
function trace(pen, { times, values }, { start, length }, x, y) {
  const end = start + length;
  pen.moveTo(x(times[start]), y(values[start]));
  for (let i = start + 1; i < end;) {
    const column = Math.floor(x(times[i]));
    let low = values[i], high = low, last = i;
    while (last + 1 < end && Math.floor(x(times[last + 1])) === column) {
      last++;
      if (values[last] < low) low = values[last];
      if (values[last] > high) high = values[last];
    }
    const at = x(times[i]);
    if (last - i < 3) for (let k = i; k <= last; k++) pen.lineTo(x(times[k]), y(values[k]));
    else for (const value of [values[i], low, high, values[last]]) pen.lineTo(at, y(value));
    i = last + 1;
  }
}
