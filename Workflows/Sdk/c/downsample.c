/* Writes the averages of a series' windows into a new series: `temp` becomes `temp_1m`.

   SERIES (temp)   what is averaged
   WINDOW (1m)     over how long
   BY              keys of tags, with commas between them: an average for each of their values, with these tags. Without
                   it one average over all series of the name */
#include "slung.h"

static void tell(int64_t count, const char *what) {
    if (count == 0) return;
    slung_text line = {0};
    slung_add_integer(&line, count);
    slung_add(&line, what);
    slung_log(line.bytes);
}

SLUNG_MAIN {
    const char *series = slung_env("SERIES", "temp"), *window = slung_env("WINDOW", "1m"), *by = slung_env("BY", "");
    slung_text target = {0}, query = {0};
    slung_add(&target, series);
    slung_add(&target, "_");
    slung_add(&target, window);

    slung_add(&query, "AVG:");
    slung_add_quoted(&query, series);
    slung_add(&query, ":[]:[0,9223372036854775807]:["); /* points of any time since 1970 */
    slung_add(&query, window);
    slung_add(&query, "]");
    if (*by != 0) {
        slung_add(&query, " BY ");
        slung_add(&query, by);
    }

    int64_t live = slung_live(query.bytes);
    slung_batch batch; /* many windows close at the same time */
    slung_rows averages = {0};
    while (slung_next_batch(live, SLUNG_MOST_EVENTS, &batch)) {
        slung_window closed;
        int64_t count = 0, late = 0;
        for (; slung_batch_window(&batch, &closed); count++) {
            slung_add_row_tagged(&averages, target.bytes, closed.by, closed.start, closed.value);
            late += closed.late;
        }
        tell(count - slung_write_rows(&averages), " averages were refused");
        tell(late, " points came too late for their average");
    }
    return slung_refused();
}
