// Finds temperatures unlike those of the same hour on the last 30 days. An anomaly is told to who sent it, and becomes
// a point of `temp_anomaly` with the same tags.
//
// MARGIN (0.5)   how far outside of the range seen, as a part of that range, is still usual
// MIN_DAYS (7)   days with points that are needed to judge
import {
  Event, Live, decimal, envNumber, history, historyCounted, log, nowMicros, refused, send, write,
} from "./slung";
export { allocate, deallocate } from "./slung";

const DAYS = 30;
const FRESH_MICROS: i64 = 600_000_000;

/** What a series looked like at this hour. */
class Baseline {
  askedAt: i64 = nowMicros();
  lowest: f64 = Infinity;
  highest: f64 = -Infinity;
  days: i32 = 0;

  constructor(selector: string) {
    for (let day = 1; day <= DAYS; day++) {
      const query = `:${selector}:[${day * 1440 + 30}m,${day * 1440 - 30}m]`;
      const lowest = historyCounted("MIN" + query);
      if (lowest == null || lowest.count == 0) continue;
      this.lowest = Math.min(this.lowest, lowest.value);
      this.highest = Math.max(this.highest, history("MAX" + query));
      this.days++;
    }
  }
}

const baselines = new Map<string, Baseline>();

/** Not older than ten minutes. */
function baselineOf(selector: string): Baseline {
  if (!baselines.has(selector) || nowMicros() - baselines.get(selector).askedAt > FRESH_MICROS) {
    baselines.set(selector, new Baseline(selector));
  }
  return baselines.get(selector);
}

function tell(event: Event, base: Baseline): void {
  const usual = `${decimal(base.lowest)} to ${decimal(base.highest)}`;
  const text = `ANOMALY: ${event.name} is ${decimal(event.value)}, usual at this hour are ${usual}`;
  log(text);
  send(event.producer, text);
  write("temp_anomaly", event.tags, event.timestamp, event.value);
}

export function call(): i32 {
  const margin = envNumber("MARGIN", 0.5), minDays = envNumber("MIN_DAYS", 7);
  const live = new Live("RAW:temp:[]");
  while (live.isOpen) {
    const event = live.nextEvent();
    const base = baselineOf(event.selector);
    if (base.days < minDays) continue;
    const allowed = margin * (base.highest - base.lowest);
    if (event.value < base.lowest - allowed || event.value > base.highest + allowed) tell(event, base);
  }
  return refused();
}
