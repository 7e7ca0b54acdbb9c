// Writes the averages of a series' windows into a new series: `temp` becomes `temp_1m`.
//
// SERIES (temp)   what is averaged
// WINDOW (1m)     over how long
// BY              keys of tags, with commas between them: an average for each of their values, with these tags. Without
//                 it one average over all series of the name
import { Live, env, log, quoted, refused, write } from "./slung";
export { allocate, deallocate } from "./slung";

export function call(): i32 {
  const series = env("SERIES", "temp"), window = env("WINDOW", "1m"), by = env("BY", "");
  const target = series + "_" + window;
  // Points of any time since 1970.
  let query = `AVG:${quoted(series)}:[]:[0,${i64.MAX_VALUE}]:[${window}]`;
  if (by != "") query += " BY " + by;
  const live = new Live(query);
  while (live.isOpen) {
    const closed = live.nextWindow();
    if (!write(target, closed.by, closed.start, closed.value)) log("an average was refused");
    if (closed.late > 0) log(`${closed.late} points came too late for their average`);
  }
  return refused();
}
