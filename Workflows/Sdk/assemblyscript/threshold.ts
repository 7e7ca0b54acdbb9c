// Tells whoever sends temperatures that one is too high, once, and once when it is well again.
//
// HIGH (100)   a value above is an alarm, until one of the same series is
// LOW (HIGH)   below this
import { Event, Live, decimal, envNumber, log, refused, send } from "./slung";
export { allocate, deallocate } from "./slung";

export function call(): i32 {
  const high = envNumber("HIGH", 100), low = envNumber("LOW", high);
  const alarms = new Set<string>(); // the series that are too high
  const live = new Live("RAW:temp:[]");
  while (live.isOpen) {
    const event = live.nextEvent();
    const name = event.name;
    if (event.value > high && !alarms.has(name)) {
      alarms.add(name);
      tell(event, "ALERT");
    } else if (event.value < low && alarms.delete(name)) tell(event, "OK");
  }
  return refused();
}

function tell(event: Event, state: string): void {
  if (!send(event.producer, `${state}: ${event.name} is ${decimal(event.value)}`)) log("the producer is gone");
}
