// Writes the averages of a series' windows into a new series: `temp` becomes `temp_1m`.
//
// SERIES (temp)   what is averaged
// WINDOW (1m)     over how long
// BY              keys of tags, with commas between them: an average for each of their values, with these tags. Without
//                 it one average over all series of the name
import { Live, Rows, env, log, quoted, refused } from "./slung";
export { allocate, deallocate } from "./slung";

export function call(): i32 {
  const series = env("SERIES", "temp"), window = env("WINDOW", "1m"), by = env("BY", "");
  const target = series + "_" + window;
  // Points of any time since 1970.
  let query = `AVG:${quoted(series)}:[]:[0,${i64.MAX_VALUE}]:[${window}]`;
  if (by != "") query += " BY " + by;
  const live = new Live(query), averages = new Rows();
  while (live.isOpen) {
    const closed = live.nextWindows(); // many close at the same time
    let late: i64 = 0;
    for (let i = 0; i < closed.length; i++) {
      averages.add(target, closed[i].by, closed[i].start, closed[i].value);
      late += closed[i].late;
    }
    tell(closed.length - averages.write(), "averages were refused");
    tell(late, "points came too late for their average");
  }
  return refused();
}

function tell(count: i64, what: string): void {
  if (count > 0) log(`${count} ${what}`);
}
