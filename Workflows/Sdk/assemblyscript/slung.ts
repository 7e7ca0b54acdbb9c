// Workflows for slungd in AssemblyScript: one module.
//
//   import { Live, refused, send } from "./slung";
//   export { allocate, deallocate } from "./slung";
//
//   export function call(): i32 {
//     const live = new Live("RAW:temp:[site=eu]");
//     while (live.isOpen) {
//       const event = live.nextEvent();
//       if (event.value > 100) send(event.producer, "ALERT: threshold exceeded");
//     }
//     return refused();
//   }
//
//   npx asc guest.ts -O --outFile guest.wasm
//
// A guest exports `call`, which is called once, and what the host needs, `allocate` and `deallocate`. 0 says that all
// is done; anything else, and abort, is a failure, after which the workflow starts anew.
//
// Times are in the store's precision: microseconds unless the operator chose another. docs/workflows.md says what a
// workflow may do, and what the host does with it.

// ---- the host's functions, as they are ----------------------------------------------------------------------------

// @ts-ignore: decorator
@external("env", "u_query_live")
declare function u_query_live(filter: usize): i64;
// @ts-ignore: decorator
@external("env", "u_query_history")
declare function u_query_history(filter: usize): f64;
// @ts-ignore: decorator
@external("env", "u_poll_handle")
declare function u_poll_handle(handle: i64): usize;
// @ts-ignore: decorator
@external("env", "u_free_handle")
declare function u_free_handle(handle: i64): i32;
// @ts-ignore: decorator
@external("env", "u_write_event")
declare function u_write_event(timestamp: usize, value: usize, tags: usize): i32;
// @ts-ignore: decorator
@external("env", "u_writeback_http")
declare function u_writeback_http(url: usize, data: usize, method: i32): usize;
// @ts-ignore: decorator
@external("env", "u_writeback_ws")
declare function u_writeback_ws(producer: u64, data: usize): i32;
// @ts-ignore: decorator
@external("slung", "query_history")
declare function query_history(filter: usize, result: usize): i32;
// @ts-ignore: decorator
@external("slung", "last_error")
declare function last_error(): usize;
// @ts-ignore: decorator
@external("slung", "poll_events")
declare function poll_events(handle: i64, most: u32): usize;
// @ts-ignore: decorator
@external("slung", "write_events")
declare function write_events(rows: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(file: i32, parts: usize, count: i32, written: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: i32, resolution: i64, nanoseconds: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, bytes: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(variables: usize, bytes: usize): i32;

/** The host allocates here what it hands over. */
export function allocate(size: i32): usize {
  return heap.alloc(size);
}

/** Frees what the host handed over. */
export function deallocate(region: usize): void {
  heap.free(load<u32>(region));
  heap.free(region);
}

/** A text as a Region: three u32, offset, capacity and length, with the bytes behind them. */
function toRegion(text: string): usize {
  const length = String.UTF8.byteLength(text);
  const region = heap.alloc(12 + length);
  store<u32>(region, <u32>(region + 12));
  store<u32>(region, length, 4);
  store<u32>(region, length, 8);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, region + 12);
  return region;
}

function toText(region: usize): string {
  const text = String.UTF8.decodeUnsafe(load<u32>(region), load<u32>(region, 8));
  deallocate(region);
  return text;
}

// ---- live queries -------------------------------------------------------------------------------------------------

/** A point that matched. */
export class Event {
  timestamp: i64 = 0;
  /** NaN for NaN and the infinities. */
  value: f64 = NaN;
  series: string = "";
  tags: string[] = [];
  /** The connection that sent it; 0 for a workflow. */
  producer: u64 = 0;

  /** What stands behind `key=`; null when there is no such tag. */
  tag(key: string): string | null {
    for (let i = 0; i < this.tags.length; i++) {
      if (this.tags[i].startsWith(key + "=")) return this.tags[i].substring(key.length + 1);
    }
    return null;
  }

  /** The part of a query that selects its series. A series with more tags matches too. */
  get selector(): string {
    return selectorOf(this.series, this.tags);
  }

  /** Its series as people read it: `temp site=eu room=1`. */
  get name(): string {
    return this.tags.length == 0 ? this.series : this.series + " " + this.tags.join(" ");
  }
}

/** A window that has closed. */
export class Window {
  start: i64 = 0;
  /** The start of the next window. */
  end: i64 = 0;
  value: f64 = NaN;
  /** Points that took part. */
  count: i64 = 0;
  /** Points since the last message that came after their window had closed. */
  late: i64 = 0;
  /** `key=value` for each key of BY that the group has: tags, ready to be written. */
  by: string[] = [];
}

/** The host's limit for events or windows that are taken together. */
export const MOST_EVENTS: u32 = 1024;

/** A live query. Without a window, `RAW:temp:[site=eu]`, each matching point is an event, whatever the operation; with
 * one, `AVG:temp:[]:[1h]:[1m] BY site`, it has windows. A workflow that is to end ends while it polls. */
export class Live {
  private handle: i64;

  constructor(query: string) {
    const filter = toRegion(query);
    this.handle = u_query_live(filter);
    heap.free(filter);
  }

  /** False when the query was refused: see lastError. */
  get isOpen(): bool {
    return this.handle != 0;
  }

  /** The next event, if there is one: null after a few milliseconds without. */
  pollEvent(): Event | null {
    const message = this.poll();
    return message != null && message.isEvent ? message.event : null;
  }

  /** The next window, if one has closed. */
  pollWindow(): Window | null {
    const message = this.poll();
    return message != null && message.isWindow ? message.window : null;
  }

  /** Waits for the next event. */
  nextEvent(): Event {
    assert(this.isOpen, "the query was refused");
    while (true) {
      const event = this.pollEvent();
      if (event != null) return event;
    }
  }

  /** Waits for the next window. */
  nextWindow(): Window {
    assert(this.isOpen, "the query was refused");
    while (true) {
      const window = this.pollWindow();
      if (window != null) return window;
    }
  }

  /** Up to `most` events in one call, which takes less time than many; none after a few milliseconds without. */
  pollEvents(most: u32 = MOST_EVENTS): Event[] {
    const messages = this.pollMany(most), events: Event[] = [];
    for (let i = 0; i < messages.length; i++) if (messages[i].isEvent) events.push(messages[i].event);
    return events;
  }

  /** The same with windows. */
  pollWindows(most: u32 = MOST_EVENTS): Window[] {
    const messages = this.pollMany(most), windows: Window[] = [];
    for (let i = 0; i < messages.length; i++) if (messages[i].isWindow) windows.push(messages[i].window);
    return windows;
  }

  /** Waits for events, and takes up to `most`: at least one. */
  nextEvents(most: u32 = MOST_EVENTS): Event[] {
    assert(this.isOpen, "the query was refused");
    while (true) {
      const events = this.pollEvents(max(most, 1));
      if (events.length > 0) return events;
    }
  }

  /** Waits for windows, and takes up to `most`: at least one. */
  nextWindows(most: u32 = MOST_EVENTS): Window[] {
    assert(this.isOpen, "the query was refused");
    while (true) {
      const windows = this.pollWindows(max(most, 1));
      if (windows.length > 0) return windows;
    }
  }

  /** Ends it. */
  close(): void {
    u_free_handle(this.handle);
    this.handle = 0;
  }

  private poll(): Message | null {
    const region = u_poll_handle(this.handle);
    if (region == 0) return null;
    const at: usize = load<u32>(region), message = new Message(at, at + load<u32>(region, 8));
    deallocate(region);
    return message.isRight ? message : null;
  }

  private pollMany(most: u32): Message[] {
    const messages: Message[] = [], region = poll_events(this.handle, most);
    if (region == 0) return messages;
    let at: usize = load<u32>(region);
    const end = at + load<u32>(region, 8);
    while (at < end && load<u8>(at) != CLOSE_LIST) { // a bracket or a comma is before each
      const message = new Message(at + 1, end);
      if (!message.isRight) break;
      messages.push(message);
      at = message.at;
    }
    deallocate(region);
    return messages;
  }
}

// ---- history, points, messages ------------------------------------------------------------------------------------

/** The aggregate of `AVG:temp:[site=eu]:[1h,now]`; 0 when there are no points, or the query is refused: the log says
 * why. COUNT tells no points from a mean of 0. */
export function history(query: string): f64 {
  const filter = toRegion(query);
  const value = u_query_history(filter);
  heap.free(filter);
  return value;
}

/** An aggregate, and of how many points it is. */
export class Counted {
  constructor(public value: f64, public count: i64) {}
}

/** The same with the count, by which no points differ from a mean of 0; null when the query is refused. */
export function historyCounted(query: string): Counted | null {
  const filter = toRegion(query), result = heap.alloc(16);
  const code = query_history(filter, result);
  const counted = new Counted(load<f64>(result), load<i64>(result, 8));
  heap.free(filter);
  heap.free(result);
  return code == 0 ? counted : null;
}

/** Writes a point. False when it is refused; so is a name or a tag with a comma, which can't be said. */
export function write(series: string, tags: string[], timestamp: i64, value: f64): bool {
  let list = "";
  for (let i = 0; i <= tags.length; i++) {
    const part = i < tags.length ? tags[i] : "series=" + series;
    if (part.includes(",")) return false;
    list += (i > 0 ? "," : "") + part;
  }
  const time = toRegion(timestamp.toString()), number = toRegion(decimal(value)), region = toRegion(list);
  const code = u_write_event(time, number, region);
  heap.free(time);
  heap.free(number);
  heap.free(region);
  return code == 0;
}

const MOST_ROW_BYTES: i32 = 4 << 20;

/** Points for one call, which takes less time than many. They grow up to what the host takes at once, 4 MiB; `write`
 * makes room. */
export class Rows {
  /** Points that were added since the last `write`. */
  count: i32 = 0;
  private length: i32 = 0;
  private bytes: ArrayBuffer = new ArrayBuffer(4096);

  /** Adds a point. False when there is no room left for it, or a name or a tag has more than 65,535 bytes. */
  add(series: string, tags: string[], timestamp: i64, value: f64): bool {
    const name = String.UTF8.byteLength(series);
    let size = 20 + name, longest = max(name, tags.length);
    for (let i = 0; i < tags.length; i++) {
      const length = String.UTF8.byteLength(tags[i]);
      longest = max(longest, length);
      if (longest > 0xffff || size > MOST_ROW_BYTES) return false;
      size += 2 + length;
    }
    if (longest > 0xffff || size > MOST_ROW_BYTES - this.length) return false;
    this.makeRoom(size);
    let at = changetype<usize>(this.bytes) + this.length;
    store<i64>(at, timestamp);
    store<f64>(at, value, 8);
    store<u16>(at, <u16>name, 16);
    store<u16>(at, <u16>tags.length, 18);
    at += 20 + String.UTF8.encodeUnsafe(changetype<usize>(series), series.length, at + 20);
    for (let i = 0; i < tags.length; i++) {
      const length = String.UTF8.encodeUnsafe(changetype<usize>(tags[i]), tags[i].length, at + 2);
      store<u16>(at, <u16>length);
      at += 2 + length;
    }
    this.length += size;
    this.count++;
    return true;
  }

  /** Writes all points that were added, and begins anew. Returns how many were written; the others were refused. */
  write(): i32 {
    if (this.count == 0) return 0;
    const region = heap.alloc(12);
    store<u32>(region, <u32>changetype<usize>(this.bytes));
    store<u32>(region, this.length, 4);
    store<u32>(region, this.length, 8);
    const written = write_events(region);
    heap.free(region);
    this.count = this.length = 0;
    return max(written, 0);
  }

  private makeRoom(size: i32): void {
    let capacity = this.bytes.byteLength;
    while (capacity < this.length + size) capacity *= 2;
    if (capacity == this.bytes.byteLength) return;
    const larger = new ArrayBuffer(capacity);
    memory.copy(changetype<usize>(larger), changetype<usize>(this.bytes), this.length);
    this.bytes = larger;
  }
}

/** Sends a text message to a connection; false when it is gone. */
export function send(producer: u64, text: string): bool {
  const data = toRegion(text);
  const code = u_writeback_ws(producer, data);
  heap.free(data);
  return code == 0;
}

export enum Method { GET, POST, PUT, DELETE }

/** Calls `http://host/path`, where the workflow's configuration allows the host, and waits for the answer's body,
 * whatever its status; null when there was none. */
export function http(method: Method, url: string, body: string): string | null {
  const target = toRegion(url), data = toRegion(body);
  const answer = u_writeback_http(target, data, method);
  heap.free(target);
  heap.free(data);
  return answer == 0 ? null : toText(answer);
}

/** A number as people write it: 42, not 42.0. It reads back as the same number. */
export function decimal(value: f64): string {
  const text = value.toString();
  return text.endsWith(".0") ? text.substring(0, text.length - 2) : text;
}

/** A name or a tag as a query wants it: `"a \"quoted\" one"`. */
export function quoted(name: string): string {
  return '"' + name.replaceAll("\\", "\\\\").replaceAll('"', '\\"') + '"';
}

/** The part of a query that selects the series with these tags: `"temp":["site=eu" AND "room=1"]`. */
export function selectorOf(series: string, tags: string[]): string {
  let list = "";
  for (let i = 0; i < tags.length; i++) list += (i > 0 ? " AND " : "") + quoted(tags[i]);
  return quoted(series) + ":[" + list + "]";
}

// ---- log, clock, environment --------------------------------------------------------------------------------------

/** A line for the workflow's log. */
export function log(line: string): void {
  const region = toRegion(line + "\n");
  store<u32>(region, load<u32>(region, 8), 4); // offset and length are the one part to be written
  fd_write(1, region, 1, region + 8);
  heap.free(region);
}

/** Why the last call was refused; empty when it was not. */
export function lastError(): string {
  const why = last_error();
  return why == 0 ? "" : toText(why);
}

/** Says in the log why the last call was refused, and returns 1, a failure. */
export function refused(): i32 {
  log("refused: " + lastError());
  return 1;
}

/** Microseconds since 1970; those of the points in `slungd workflow run`. */
export function nowMicros(): i64 {
  const at = heap.alloc(8);
  clock_time_get(0, 1000, at);
  const nanoseconds = load<i64>(at);
  heap.free(at);
  return nanoseconds / 1000;
}

/** What the configuration's `env` says; the fallback when it says nothing. */
export function env(name: string, fallback: string): string {
  const sizes = heap.alloc(8);
  environ_sizes_get(sizes, sizes + 4);
  const count = load<u32>(sizes);
  const variables = heap.alloc(4 * count + load<u32>(sizes, 4) + 4);
  environ_get(variables, variables + 4 * count);
  let value = fallback;
  for (let i: u32 = 0; i < count; i++) {
    const at: usize = load<u32>(variables + 4 * i);
    let end = at;
    while (load<u8>(end) != 0) end++;
    const variable = String.UTF8.decodeUnsafe(at, end - at);
    if (variable.startsWith(name + "=")) value = variable.substring(name.length + 1);
  }
  heap.free(variables);
  heap.free(sizes);
  return value;
}

/** The same as a number. */
export function envNumber(name: string, fallback: f64): f64 {
  const number = parseFloat(env(name, ""));
  return isNaN(number) ? fallback : number;
}

// ---- what the host hands over: JSON -------------------------------------------------------------------------------

/** Of a number without sign. The host writes 1e41 as 42 digits, where parseFloat goes astray: only such a number may be
 * a last bit off. */
function numberOf(word: string): f64 {
  const point = word.indexOf("."), whole = point < 0 ? word.length : point;
  if (whole <= 20) {
    // parseFloat may be a last bit off, but the host wrote the shortest text of the number.
    const read = parseFloat(word), below = reinterpret<f64>(reinterpret<i64>(read) - 1);
    if (decimal(read) == word) return read;
    if (decimal(below) == word) return below;
    const above = reinterpret<f64>(reinterpret<i64>(read) + 1);
    return decimal(above) == word ? above : read;
  }
  return parseFloat(word.charAt(0) + "." + word.substring(1, 17)) * Math.pow(10, whole - 1);
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d, OPEN = 0x7b,
  CLOSE = 0x7d, MINUS = 0x2d, POINT = 0x2e, UNICODE = 0x75;

/** Whether so many bytes are this ASCII word. */
function is(start: usize, length: usize, word: string): bool {
  if (length != word.length) return false;
  for (let i: usize = 0; i < length; i++) if (load<u8>(start + i) != <u8>word.charCodeAt(<i32>i)) return false;
  return true;
}

/** Read where the host wrote it. */
class Message {
  event: Event = new Event();
  window: Window = new Window();
  isEvent: bool = false;
  isWindow: bool = false;
  isRight: bool = true;

  /** Afterwards `at` is behind it. */
  constructor(public at: usize, private end: usize) {
    this.expect(OPEN);
    while (this.isRight && !this.take(CLOSE)) {
      this.expect(QUOTE);
      const start = this.at;
      while (this.at < this.end && load<u8>(this.at) != QUOTE) this.at++;
      const length = this.at++ - start;
      this.expect(COLON);
      this.member(start, length);
      this.separate(CLOSE);
    }
  }

  private member(start: usize, length: usize): void {
    if (is(start, length, "timestamp")) {
      this.event.timestamp = this.integer();
      this.isEvent = true;
    } else if (is(start, length, "window")) {
      this.expect(OPEN_LIST);
      this.window.start = this.integer();
      this.expect(COMMA);
      this.window.end = this.integer();
      this.expect(CLOSE_LIST);
      this.isWindow = true;
    } else if (is(start, length, "value")) this.event.value = this.window.value = this.number();
    else if (is(start, length, "series")) this.event.series = this.text();
    else if (is(start, length, "tags")) {
      this.expect(OPEN_LIST);
      while (this.isRight && !this.take(CLOSE_LIST)) {
        this.event.tags.push(this.text());
        this.separate(CLOSE_LIST);
      }
    } else if (is(start, length, "producers")) {
      this.expect(OPEN_LIST);
      if (this.peek() != CLOSE_LIST) this.event.producer = <u64>this.integer();
      while (this.take(COMMA)) this.skip();
      this.expect(CLOSE_LIST);
    } else if (is(start, length, "count")) this.window.count = this.integer();
    else if (is(start, length, "late")) this.window.late = this.integer();
    else if (is(start, length, "by")) {
      this.expect(OPEN);
      while (this.isRight && !this.take(CLOSE)) {
        const name = this.text();
        this.expect(COLON);
        if (this.peek() == QUOTE) this.window.by.push(name + "=" + this.text());
        else this.skip();
        this.separate(CLOSE);
      }
    } else this.skip();
  }

  /** The next character, -1 at the end. */
  private peek(): i32 {
    while (this.at < this.end && load<u8>(this.at) <= 32) this.at++;
    return this.at < this.end ? load<u8>(this.at) : -1;
  }

  private take(wanted: i32): bool {
    if (this.peek() != wanted) return false;
    this.at++;
    return true;
  }

  private expect(wanted: i32): void {
    if (!this.take(wanted)) this.isRight = false;
  }

  private separate(end: i32): void {
    if (this.peek() != end) this.expect(COMMA);
  }

  /** A number, true, false or null. */
  private word(): string {
    this.peek();
    const start = this.at;
    while (this.at < this.end) {
      const code = load<u8>(this.at);
      if (code <= 32 || code == COMMA || code == CLOSE_LIST || code == CLOSE) break;
      this.at++;
    }
    return String.UTF8.decodeUnsafe(start, this.at - start);
  }

  private integer(): i64 {
    const isNegative = this.take(MINUS);
    let value: i64 = 0;
    while (this.at < this.end) {
      const digit = <i64>load<u8>(this.at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.at++;
    }
    return isNegative ? -value : value;
  }

  /** With up to 15 digits mantissa and power are exact, and so their quotient is rounded once. */
  private number(): f64 {
    const isNegative = this.take(MINUS), start = this.at;
    let mantissa: i64 = 0, power = 1.0, hasPoint = false;
    while (this.at < this.end) {
      const code = load<u8>(this.at);
      const digit = <i64>code - 0x30;
      if (code == POINT) hasPoint = true;
      else if (digit < 0 || digit > 9) break;
      else {
        mantissa = mantissa * 10 + digit;
        if (hasPoint) power *= 10;
      }
      this.at++;
    }
    const length = this.at - start;
    let value = <f64>mantissa / power;
    if (length == 0 || length > 15) {
      this.at = start;
      const word = this.word();
      value = word == "null" ? NaN : numberOf(word);
    }
    return isNegative ? -value : value;
  }

  private text(): string {
    this.expect(QUOTE);
    let text = "", start = this.at;
    while (this.at < this.end) {
      const code = load<u8>(this.at++);
      if (code != QUOTE && code != BACKSLASH) continue;
      const run = String.UTF8.decodeUnsafe(start, this.at - 1 - start);
      if (code == QUOTE) return text.length == 0 ? run : text + run;
      text += run + this.escaped();
      start = this.at;
    }
    this.isRight = false;
    return text;
  }

  private escaped(): string {
    if (this.at >= this.end) return "";
    const code = load<u8>(this.at++), index = "nrtbf".indexOf(String.fromCharCode(code));
    if (code != UNICODE) return index >= 0 ? "\n\r\t\b\f".charAt(index) : String.fromCharCode(code);
    this.at = min(this.at + 4, this.end);
    return String.fromCharCode(<i32>parseInt(String.UTF8.decodeUnsafe(this.at - 4, 4), 16));
  }

  private skip(): void {
    let depth = 0;
    do {
      const code = this.peek();
      if (code == QUOTE) this.text();
      else if (code == OPEN || code == OPEN_LIST) {
        depth++;
        this.at++;
      } else if (code == CLOSE || code == CLOSE_LIST) {
        depth--;
        this.at++;
      } else if (code == COMMA || code == COLON) this.at++;
      else if (this.word().length == 0) this.isRight = false;
    } while (this.isRight && depth > 0);
  }
}
