//! Finds temperatures unlike those of the same hour on the last 30 days. An anomaly is told to who sent it, and becomes
//! a point of `temp_anomaly` with the same tags.
//!
//! MARGIN (0.5)   how far outside of the range seen, as a part of that range, is still usual
//! MIN_DAYS (7)   days with points that are needed to judge
use std::collections::BTreeMap;

mod slung;

#[no_mangle]
pub extern "C" fn call() -> i32 {
    slung::run(watch)
}

const DAYS: i64 = 30;
const FRESH_MICROS: i64 = 600_000_000;

/// What a series looked like at this hour.
struct Baseline {
    asked_at: i64,
    lowest: f64,
    highest: f64,
    days: u32,
}

fn watch() -> Result<(), slung::Refused> {
    let margin = slung::env_or("MARGIN", 0.5);
    let min_days = slung::env_or("MIN_DAYS", 7);
    let mut baselines: BTreeMap<String, Baseline> = BTreeMap::new();
    for event in slung::events("RAW:temp:[]")? {
        let (selector, now) = (event.selector(), slung::now_micros());
        let base = baselines.entry(selector.clone()).or_insert_with(|| learn(&selector, now));
        if now - base.asked_at > FRESH_MICROS {
            *base = learn(&selector, now);
        }
        let allowed = margin * (base.highest - base.lowest);
        let is_usual = event.value >= base.lowest - allowed && event.value <= base.highest + allowed;
        if base.days < min_days || is_usual || event.value.is_nan() {
            continue;
        }
        let usual = format!("usual at this hour are {} to {}", base.lowest, base.highest);
        let text = format!("ANOMALY: {} is {}, {}", event.name(), event.value, usual);
        slung::log(&text);
        slung::send(event.producer, &text);
        slung::write("temp_anomaly", &event.tags, event.timestamp, event.value);
    }
    Ok(())
}

fn learn(selector: &str, now: i64) -> Baseline {
    let mut base = Baseline { asked_at: now, lowest: f64::INFINITY, highest: f64::NEG_INFINITY, days: 0 };
    for day in 1..=DAYS {
        let ask = |op: &str| {
            let (from, to) = (day * 1440 + 30, day * 1440 - 30);
            slung::history_counted(&format!("{}:{}:[{}m,{}m]", op, selector, from, to)).ok().flatten()
        };
        if let Some((lowest, _)) = ask("MIN") {
            base.lowest = base.lowest.min(lowest);
            base.highest = ask("MAX").map_or(base.highest, |(highest, _)| base.highest.max(highest));
            base.days += 1;
        }
    }
    base
}
