// A live query: server-sent events read by fetch, since EventSource can show no token, and the lines that grow by them.
import { isPassing, request, url } from "./api.js";
import { isText, nameOfGroup, nameOfPoint } from "./answers.js";

const maxPoints = 20_000, maxLines = 200; // each line; drawn many times a second

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
    this.more = false; // whether there are more lines than are kept
    this.newest = -Infinity;
  }

  get lines() {
    return [...this.byName.values()];
  }

  /** Whether some lines, or all of them, are of texts: their history is all, since live queries bring numbers only. */
  get someAreTexts() {
    return this.lines.some(isText);
  }

  get allAreTexts() {
    return this.byName.size > 0 && this.lines.every(isText);
  }

  /** History to begin with; what has arrived already stays. */
  begin(lines) {
    for (const { name, parts, times, values } of lines)
      times.forEach((time, i) => this.add(name, time, values[i], parts));
  }

  /** One message of the live query. */
  take(message) {
    if (message.dropped) this.dropped += message.dropped;
    if (message.late) this.late += message.late;
    if (message.value === undefined) return;
    this.points++;
    const name = message.by ? nameOfGroup(message.by) : message.window ? this.name : nameOfPoint(message);
    const parts = message.series === undefined ? undefined : [message.series, ...message.tags];
    this.add(name, (message.window?.[0] ?? message.timestamp) / this.perMillisecond, message.value, parts);
  }

  /** Most points come in the order of time; the others find their place, and a time that is there is replaced. */
  add(name, time, value, parts) {
    let line = this.byName.get(name);
    if (!line) {
      this.more ||= this.byName.size === maxLines;
      if (this.byName.size === maxLines) return;
      this.byName.set(name, line = { name, parts, times: [], values: [] });
    }
    const { times, values } = line;
    const i = times.at(-1) >= time ? firstFrom(times, time) : times.length;
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

/** The index of the first time that is not before one; times ascend. */
function firstFrom(times, time) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1; else high = middle;
  }
  return low;
}

/** Reads a live query until the signal ends it. A connection that breaks is begun again, as often as it takes: the
 * daemon may be restarting.
 * @param take  Gets each message.
 * @param state  Gets "open" each time the query has begun, before its messages, or "lost". */
export async function follow(query, signal, take, state) {
  for (let wasOpen = false; ;) {
    try {
      const answer = await request(url("api/v1/live", { q: query }), { signal }, !wasOpen);
      wasOpen = true;
      await state("open");
      await readAll(answer.body, eventReader(data => take(JSON.parse(data))));
    } catch (error) {
      if (signal.aborted || !wasOpen || !isPassing(error)) throw error;
    }
    state("lost");
    await pause(1000, signal);
  }
}

/** To the end, or to where the connection breaks: both are an end. */
async function readAll(body, read) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let part; !(part = await reader.read()).done;) read(part.value);
  } catch {
    // What was complete has been taken.
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
