//! Writes the averages of a series' windows into a new series: `temp` becomes `temp_1m`.
//!
//! SERIES (temp)   what is averaged
//! WINDOW (1m)     over how long
//! BY              keys of tags, with commas between them: an average for each of their values, with these tags.
//!                 Without it one average over all series of the name
mod slung;

#[no_mangle]
pub extern "C" fn call() -> i32 {
    slung::run(downsample)
}

fn downsample() -> Result<(), slung::Refused> {
    let series = slung::env_or("SERIES", "temp".to_string());
    let window = slung::env_or("WINDOW", "1m".to_string());
    let by = slung::env("BY").filter(|keys| !keys.is_empty()).map_or(String::new(), |keys| format!(" BY {}", keys));
    let target = format!("{}_{}", series, window);
    // Points of any time since 1970.
    let query = format!("AVG:{}:[]:[0,{}]:[{}]{}", slung::quoted(&series), i64::MAX, window, by);
    let mut live = slung::windows(&query)?;
    let mut averages = slung::Rows::new();
    loop {
        let (mut count, mut late) = (0, 0);
        // Many windows close at the same time.
        for closed in live.next_batch(slung::MOST_EVENTS) {
            averages.add(&target, &closed.by, closed.start, closed.value);
            count += 1;
            late += closed.late;
        }
        tell(count - averages.write() as u64, "averages were refused");
        tell(late, "points came too late for their average");
    }
}

fn tell(count: u64, what: &str) {
    if count > 0 {
        slung::log(&format!("{} {}", count, what));
    }
}
