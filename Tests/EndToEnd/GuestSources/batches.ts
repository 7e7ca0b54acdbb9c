// Writes as many points of `bulk` as fit into one call, then copies each point of `temp` to `copy`, in batches.
import { Live, Rows, log, refused } from "./slung";
export { allocate, deallocate } from "./slung";

export function call(): i32 {
  const live = new Live("RAW:temp:[]");
  let rows = new Rows();
  const tags = ["x".repeat(1000)];
  let timestamp: i64 = 0;
  while (rows.add("bulk", tags, timestamp, 0.5)) timestamp++;
  log(`${rows.count} points fit`);
  log(`${rows.write()} points written`);
  log(`${rows.write()} points left`);
  const isLong = <i32>rows.add("x".repeat(65535), [], 0, 0);
  log(`${isLong + 2 * <i32>rows.add("x".repeat(65536), [], 0, 0)} is long enough`);
  rows = new Rows();
  rows.add("listed", ["site=eu", "room=1"], 7, 1.5);
  log(`${rows.write()} point listed`);

  while (live.isOpen) {
    const events = live.nextEvents(100);
    for (let i = 0; i < events.length; i++) rows.add("copy", events[i].tags, events[i].timestamp, events[i].value);
    if (rows.write() != events.length) return refused();
  }
  return refused();
}
