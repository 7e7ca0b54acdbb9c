// Lines over time by uPlot, for builds that bundle it: the interface of our own `chart.js`, in whose place this one is
// served. https://github.com/leeoniya/uPlot
import { el } from "./dom.js";
import { Readout } from "./readout.js";
import { extremes, rangeOf, timeLabel, unitLabel, widthOf } from "./scale.js";
import uPlot from "./uplot.js";

const style = "page/uplot.css", font = "11px system-ui, sans-serif";

export class Chart {
  /** @param zoom  Called with the times between which somebody has drawn, or with nothing on a double click. */
  constructor(host, { zoom }) {
    this.host = host;
    this.zoom = zoom;
    const isStyled = document.querySelector(`link[href="${style}"]`);
    if (!isStyled) document.head.append(el("link", { rel: "stylesheet", href: style }));
    this.place = el("div", { tabindex: "0", role: "img", "aria-label": "Chart" });
    host.replaceChildren(this.place);
    this.readout = new Readout(host);
    this.data = { lines: [], from: 0, to: 1 };
    this.place.addEventListener("keydown", event => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way || !this.plot) return;
      event.preventDefault();
      const times = this.plot.data[0], index = this.plot.cursor.idx;
      const next = Math.min(Math.max((index ?? (way > 0 ? -1 : times.length)) + way, 0), times.length - 1);
      this.byKeys = true;
      this.plot.setCursor({ left: this.plot.valToPos(times[next], "x"), top: 0 });
      this.byKeys = false;
    });
    this.place.addEventListener("blur", () => this.readout.hide());
    this.observer = new ResizeObserver(() => this.plot ? this.plot.setSize(this.size()) : this.draw(this.data));
    this.observer.observe(host);
  }

  /** @param lines  [{ name, color, hidden, times, values }]: milliseconds ascending; null is a gap.
   * @param step  What lies further apart is not joined; undefined joins everything. */
  draw(data) {
    this.data = data;
    this.unit = unitOf(...this.rangeOfData());
    const shown = data.lines.filter(line => !line.hidden);
    const label = `Chart of ${shown.length} ${shown.length === 1 ? "line" : "lines"}; arrow keys move along`;
    this.place.setAttribute("aria-label", label);
    const key = JSON.stringify(shown.map(line => [line.name, line.color]));
    if (key !== this.key || !this.plot) {
      this.plot?.destroy();
      this.plot = null;
      this.key = key;
      if (shown.length === 0 || this.host.clientWidth === 0) return;
      this.plot = new uPlot(this.options(shown), joined(shown, data.step, this.unit), this.place);
    }
    else this.plot.setData(joined(shown, data.step, this.unit));
  }

  /** Shows a line before all others; null ends that. */
  stress(line) {
    const i = this.data.lines.filter(line => !line.hidden).indexOf(line);
    this.plot?.setSeries(i < 0 ? null : i + 1, { focus: true });
  }

  rangeOfData() {
    return rangeOf(...extremes(this.data.lines, this.data.from, this.data.to));
  }

  destroy() {
    this.observer.disconnect();
    this.plot?.destroy();
    this.host.replaceChildren();
  }

  size() {
    return { width: this.host.clientWidth, height: this.host.clientHeight };
  }

  options(shown) {
    const ink = name => () => getComputedStyle(this.host).getPropertyValue(name);
    const grid = { stroke: ink("--grid"), width: 1 };
    const axis = { font, stroke: ink("--faint"), ticks: { show: false } };
    return {
      ...this.size(), ms: 1, legend: { show: false }, padding: [10, 26, 0, 0], focus: { alpha: 0.2 },
      scales: {
        x: { range: () => [this.data.from, this.data.to] },
        y: { range: () => this.rangeOfData().map(value => value / this.unit) },
      },
      axes: [
        { ...axis, size: 30, gap: 9, space: 70, grid: { show: false },
          values: (_, times, axis, space, step) => times.map(time => timeLabel(time, step)) },
        { ...axis, space: 48, grid,
          size: (_, labels) => 20 + 6.5 * Math.max(3, ...(labels ?? []).map(label => label.length)),
          values: (_, values, axis, space, step) =>
            values.map(value => unitLabel(value * this.unit, step * this.unit, shown[0].unit)) },
      ],
      series: [{}, ...shown.map(line => ({
        label: line.name, stroke: line.color, dash: line.dash, width: widthOf(shown.length),
        fill: shown.length === 1 ? `color-mix(in srgb, ${line.color} 12%, transparent)` : undefined,
      }))],
      cursor: {
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => this.zoom() },
      },
      hooks: {
        setCursor: [plot => this.point(plot)],
        setSelect: [plot => {
          const { left, width } = plot.select;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false); // else it stays where it was drawn
          if (width > 6) this.zoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
        }],
      },
    };
  }

  point(plot) {
    const { left, top } = plot.cursor, { lines, from, to, step } = this.data;
    if (!(left >= 0)) {
      this.readout.hide();
      return;
    }
    const { offsetLeft, offsetTop } = plot.over;
    const reach = Math.max((to - from) / 40, step ?? 0);
    const value = this.byKeys ? undefined : plot.posToVal(top, "y") * this.unit;
    this.readout.show(lines, plot.posToVal(left, "x"), reach, left + offsetLeft, top + offsetTop, value);
  }
}

/** What values are divided by: uPlot has no ticks for the very large and the very small. */
function unitOf(low, high) {
  const size = Math.max(Math.abs(low), Math.abs(high));
  return size >= 1e12 || size < 1e-6 ? 10 ** Math.floor(Math.log10(size)) : 1;
}

/** One table of all lines, as uPlot wants it. What a line has no point for is not a gap; gaps get a null. */
function joined(lines, step, unit) {
  return uPlot.join(lines.map(line => {
    const { times } = line, values = unit === 1 ? line.values
      : line.values.map(value => value === null ? null : value / unit);
    if (!step) return [times, values];
    const withGaps = [[], []];
    times.forEach((time, i) => {
      if (i > 0 && time - times[i - 1] > step * 1.5) {
        withGaps[0].push(times[i - 1] + step);
        withGaps[1].push(null);
      }
      withGaps[0].push(time);
      withGaps[1].push(values[i]);
    });
    return withGaps;
  }));
}
