//! Tells whoever sends temperatures that one is too high, once, and once when it is well again.
//!
//! HIGH (100)   a value above is an alarm, until one of the same series is
//! LOW (HIGH)   below this
use std::collections::BTreeSet;

mod slung;

#[no_mangle]
pub extern "C" fn call() -> i32 {
    slung::run(watch)
}

fn watch() -> Result<(), slung::Refused> {
    let high = slung::env_or("HIGH", 100.0);
    let low = slung::env_or("LOW", high);
    let mut alarms = BTreeSet::new(); // the series that are too high
    for event in slung::events("RAW:temp:[]")? {
        let name = event.name();
        if event.value > high && alarms.insert(name.clone()) {
            tell(&event, &format!("ALERT: {} is {}", name, event.value));
        } else if event.value < low && alarms.remove(&name) {
            tell(&event, &format!("OK: {} is {}", name, event.value));
        }
    }
    Ok(())
}

fn tell(event: &slung::Event, text: &str) {
    if !slung::send(event.producer, text) {
        slung::log("the producer is gone");
    }
}
