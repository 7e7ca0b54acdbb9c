// A live query: server-sent events read by fetch, since EventSource can show no token, and the lines that grow by them.
import { request, url } from "./api.js";
import { nameOfGroup, nameOfPoint } from "./answers.js";

const maxPoints = 20_000, maxLines = 200;

/** Takes pieces of a stream of server-sent events and hands each event's data over, as it is complete.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function eventReader(take) {
  let rest = "", data = [];
  return piece => {
    rest += piece;
    const lines = rest.split(/\r\n|\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "" && data.length) take(data.splice(0).join("\n"));
      else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    }
  };
}

/** Lines that grow at their ends and are cut at their beginnings. */
export class LiveLines {
  /** @param perMillisecond  Units of the store's timestamps in a millisecond.
   * @param name  What the line of a window without groups is called. */
  constructor(perMillisecond, name) {
    this.perMillisecond = perMillisecond;
    this.name = name;
    this.byName = new Map();
    this.points = 0;
    this.dropped = 0;
    this.late = 0;
    this.newest = -Infinity;
  }

  get lines() {
    return [...this.byName.values()];
  }

  /** History to begin with; what has arrived already stays. */
  begin(lines) {
    for (const { name, times, values } of lines) times.forEach((time, i) => this.add(name, time, values[i]));
  }

  /** One message of the live query. */
  take(message) {
    if (message.dropped) this.dropped += message.dropped;
    if (message.late) this.late += message.late;
    if (message.value === undefined) return;
    this.points++;
    const name = message.by ? nameOfGroup(message.by) : message.window ? this.name : nameOfPoint(message);
    this.add(name, (message.window?.[0] ?? message.timestamp) / this.perMillisecond, message.value);
  }

  /** Most points come in the order of time; the others find their place, and a time that is there is replaced. */
  add(name, time, value) {
    let line = this.byName.get(name);
    if (!line) {
      if (this.byName.size === maxLines) return;
      this.byName.set(name, line = { name, times: [], values: [] });
    }
    const { times, values } = line;
    let i = times.length;
    while (i > 0 && times[i - 1] >= time) i--;
    const replaced = times[i] === time ? 1 : 0;
    times.splice(i, replaced, time);
    values.splice(i, replaced, value);
    if (times.length > maxPoints) {
      times.splice(0, maxPoints / 10);
      values.splice(0, maxPoints / 10);
    }
    if (time > this.newest) this.newest = time;
  }

  /** The range to show: it ends now, or at the newest point where the data's clock is another one. */
  rangeAt(now, span) {
    const isNow = this.newest === -Infinity || Math.abs(now - this.newest) < span;
    const to = isNow ? Math.max(now, this.newest) : this.newest;
    return { from: to - span, to };
  }
}

/** Reads a live query until the signal ends it; a connection that breaks is begun again.
 * @param take  Gets each message.
 * @param state  Gets "open" or "lost". */
export async function follow(query, signal, take, state) {
  for (;;) {
    const answer = await request(url("api/v1/live", { q: query }), { signal });
    state("open");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const read = eventReader(data => take(JSON.parse(data)));
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        read(value);
      }
    } catch (error) {
      if (signal.aborted) throw error;
    }
    state("lost");
    await pause(1000, signal);
  }
}

/** Waits; fails at once when the signal comes. */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
