//! Writes as many points of `bulk` as fit into one call, then copies each point of `temp` to `copy`, in batches.
mod slung;

#[no_mangle]
pub extern "C" fn call() -> i32 {
    slung::run(copy)
}

fn copy() -> Result<(), slung::Refused> {
    let mut live = slung::events("RAW:temp:[]")?;
    let mut rows = slung::Rows::new();
    let tags = ["x".repeat(1000)];
    let mut timestamp = 0;
    while rows.add("bulk", &tags, timestamp, 0.5) {
        timestamp += 1;
    }
    slung::log(&format!("{} points fit", rows.len()));
    slung::log(&format!("{} points written", rows.write()));
    slung::log(&format!("{} points left", rows.write()));
    let is_long = rows.add(&"x".repeat(65535), &[], 0, 0.0) as i32;
    slung::log(&format!("{} is long enough", is_long + 2 * rows.add(&"x".repeat(65536), &[], 0, 0.0) as i32));
    rows = slung::Rows::new();
    rows.add("listed", &["site=eu".to_string(), "room=1".to_string()], 7, 1.5);
    slung::log(&format!("{} point listed", rows.write()));

    loop {
        for event in live.next_batch(100) {
            rows.add("copy", &event.tags, event.timestamp, event.value);
        }
        let count = rows.len();
        if rows.write() != count {
            return Err(slung::Refused(slung::last_error()));
        }
    }
}
