/* Writes the averages of a series' windows into a new series: `temp` becomes `temp_1m`.

   SERIES (temp)   what is averaged
   WINDOW (1m)     over how long
   BY              keys of tags, with commas between them: an average for each of their values, with these tags. Without
                   it one average over all series of the name */
#include "slung.h"

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
    slung_window closed;
    while (slung_next_window(live, &closed)) {
        if (!slung_write_tagged(target.bytes, closed.by, closed.start, closed.value))
            slung_log("an average was refused");
        if (closed.late > 0) {
            slung_text line = {0};
            slung_add_integer(&line, closed.late);
            slung_add(&line, " points came too late for their average");
            slung_log(line.bytes);
        }
    }
    return slung_refused();
}
