// Gauges from /metrics and /health, with what they were in the last minutes.
import { Unreachable, answerOf, giveUp, json, text } from "./api.js";
import { $, el } from "./dom.js";
import { label, parse, sum } from "./exposition.js";
import { bytes, compact, counted } from "./scale.js";

const interval = 2000, patience = 5000, kept = 90;

/** What a gauge shows: `value` and `note` from the samples, the earlier ones and the seconds between. */
const gauges = [
  { title: "Ingest", unit: "points/s",
    value: now => now.rate("slungd_points_accepted_total"), format: value => compact(Math.round(value)),
    note: now => `${compact(now.of("slungd_points_accepted_total"))} taken, ` +
      `${compact(now.of("slungd_points_refused_total"))} refused` },
  { title: "Storage",
    value: now => now.of("slungd_segment_bytes"), format: bytes,
    note: now => {
      const points = now.of("slungd_segment_points");
      const each = points >= 1000 ? ` · ${(now.of("slungd_segment_bytes") / points).toFixed(2)} B a point` : "";
      return counted(now.of("slungd_segments"), "segment") + each;
    } },
  { title: "Memory",
    value: now => now.of("process_resident_memory_bytes"), format: bytes,
    note: now => `arena ${bytes(now.of("slungd_arena_used_bytes"))} of ${bytes(now.of("slungd_arena_limit_bytes"))}` },
  { title: "Series",
    value: now => now.of("slungd_series"), format: compact,
    note: now => counted(now.of("slungd_memtable_points") + now.of("slungd_segment_points"), "point") },
  { title: "Write-ahead log",
    value: now => now.of("slungd_wal_bytes"), format: bytes,
    note: now => `${bytes(now.rate("slungd_wal_written_bytes_total"))}/s written` },
  { title: "Queries", unit: "/s",
    value: now => now.rate("slungd_query_duration_seconds_count") + now.rate("slungd_promql_duration_seconds_count"),
    format: value => compact(Math.round(value * 10) / 10),
    note: now => `${now.of("slungd_live_queries")} live · ` +
      `${counted(now.of("slungd_websocket_connections"), "WebSocket")}` },
];

class Look {
  constructor(samples, before, seconds) {
    Object.assign(this, { samples, before, seconds });
  }

  of(name) {
    return sum(this.samples, name);
  }

  /** By the second, since the look before; a restart begins at 0 again. */
  rate(name) {
    return this.before ? Math.max(0, this.of(name) - sum(this.before, name)) / this.seconds : 0;
  }
}

export class Gauges {
  constructor() {
    this.tiles = gauges.map(gauge => {
      const tile = {
        gauge, history: [], number: el("b", { text: "–" }), note: el("p", { class: "faint", text: "\u00a0" }),
        line: el("canvas", { "aria-hidden": "true" }),
      };
      const value = el("p", { class: "value" }, tile.number, el("span", { class: "faint", text: gauge.unit ?? "" }));
      $("gauges").append(el("article", { class: "gauge card" },
        el("h2", { text: gauge.title }), value, tile.line, tile.note));
      return tile;
    });
    this.misses = 0;
    this.look();
  }

  async look() {
    try {
      if (!document.hidden) await this.update();
      this.misses = 0;
    } catch (error) {
      const isAway = error instanceof Unreachable;
      // Before there is a token only this is known.
      health(isAway ? "bad" : "unknown", error.status === 401 ? "Needs a token" : error.message);
      this.misses = isAway ? this.misses + 1 : 0;
      if (this.misses > 1) giveUp();
    }
    setTimeout(() => this.look(), interval);
  }

  async update() {
    const state = await answerOf("health", { patience }, false);
    health(state.reason ? "bad" : "good", state.reason ? `Not ready: ${state.reason}` : "Ready");
    const samples = parse(await text("metrics", { patience }, false)), at = performance.now();
    const now = new Look(samples, this.before, (at - this.at) / 1000);
    for (const tile of this.tiles) {
      const value = tile.gauge.value(now), isKnown = this.before || !tile.gauge.unit; // rates need two looks
      if (isKnown) tile.history.push(value);
      if (tile.history.length > kept) tile.history.shift();
      tile.number.textContent = isKnown ? tile.gauge.format(value) : "–";
      tile.note.textContent = tile.note.title = tile.gauge.note(now);
      drawSparkline(tile.line, tile.history);
    }
    [this.before, this.at] = [samples, at];
    $("version").textContent = label(samples, "slungd_build_info", "version") ?? "";
  }

  /** The colours have changed. */
  repaint() {
    for (const tile of this.tiles) drawSparkline(tile.line, tile.history);
  }
}

function health(state, message) {
  const place = $("health");
  place.dataset.state = state;
  const words = place.querySelector(".text");
  if (words.textContent !== message) words.textContent = message; // else it would be read aloud each time
}

function drawSparkline(canvas, values) {
  const ratio = devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.strokeStyle = pen.fillStyle = getComputedStyle(canvas).color;
  pen.globalAlpha = 0.25; // the ground, while there is little to stand on it
  pen.fillRect(0, height - 3.5, width, 1);
  pen.globalAlpha = 1;
  if (values.length < 2) return;
  const most = Math.max(...values), least = Math.min(...values);
  const span = Math.max(most - least, most * 0.1); // less than a tenth is no mountain
  const low = (most + least - span) / 2;
  const room = Math.max(values.length, kept / 3) - 1; // the first minute fills the line from the right
  const x = i => width - (values.length - 1 - i) * width / room;
  const y = value => height - 3 - (span === 0 ? 0 : (value - low) / span * (height - 6));
  pen.lineWidth = 1.25;
  pen.lineJoin = "round";
  pen.beginPath();
  values.forEach((value, i) => pen.lineTo(x(i), y(value)));
  pen.stroke();
  pen.lineTo(width, height);
  pen.lineTo(x(0), height);
  pen.globalAlpha = 0.12;
  pen.fill();
}

/** Units of the store's timestamps in a millisecond: asked once, when the store is open. */
let units = null;
export async function unitsPerMillisecond() {
  units ??= { ns: 1e6, us: 1e3, ms: 1, s: 1e-3 }[(await json("api/v1/status/runtimeinfo")).timestampPrecision];
  if (!units) throw new Error("the store is being opened, try again in a moment");
  return units;
}
