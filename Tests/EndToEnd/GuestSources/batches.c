/* Writes as many points of `bulk` as fit into one call, then copies each point of `temp` to `copy`, in batches. */
#include "slung.h"

static char long_text[65537];

static void tell(int64_t count, const char *what) {
    slung_text line = {0};
    slung_add_integer(&line, count);
    slung_add(&line, what);
    slung_log(line.bytes);
}

static const char *letters(uint32_t count) {
    for (uint32_t i = 0; i <= count; i++) long_text[i] = i < count ? 'x' : 0;
    return long_text;
}

SLUNG_MAIN {
    int64_t live = slung_live("RAW:temp:[]");
    slung_rows rows = {0};
    slung_tags none = {"", 0}, one = {letters(1000), 1};
    for (int64_t i = 0; slung_add_row_tagged(&rows, "bulk", one, i, 0.5); i++) { }
    tell(rows.count, " points fit");
    tell(slung_write_rows(&rows), " points written");
    tell(slung_write_rows(&rows), " points left");
    bool is_long = slung_add_row_tagged(&rows, letters(65535), none, 0, 0);
    tell(is_long + 2 * slung_add_row_tagged(&rows, letters(65536), none, 0, 0), " is long enough");
    slung_free_rows(&rows);
    slung_add_row(&rows, "listed", "site=eu,room=1", 7, 1.5);
    tell(slung_write_rows(&rows), " point listed");

    slung_batch batch;
    while (slung_next_batch(live, 100, &batch)) {
        slung_event event;
        while (slung_batch_event(&batch, &event))
            slung_add_row_tagged(&rows, "copy", event.tags, event.timestamp, event.value);
        uint32_t count = rows.count;
        if (slung_write_rows(&rows) != count) return slung_refused();
    }
    return slung_refused();
}
