/* Finds temperatures unlike those of the same hour on the last 30 days. An anomaly is told to who sent it, and becomes
   a point of `temp_anomaly` with the same tags.

   MARGIN (0.5)   how far outside of the range seen, as a part of that range, is still usual
   MIN_DAYS (7)   days with points that are needed to judge */
#include "slung.h"

enum { DAYS = 30, SERIES = 4096, FRESH_MICROS = 600000000 };

/* What a series looked like at this hour. */
typedef struct {
    uint64_t key;
    int64_t asked_at;
    double lowest, highest;
    int days;
} baseline;

static baseline baselines[SERIES]; /* by key, the next free place where it is taken */

/* False when the hour has no points. */
static bool ask(const char *op, const char *selector, int day, double *value) {
    slung_text query = {0};
    slung_add(&query, op);
    slung_add(&query, selector);
    slung_add(&query, ":[");
    slung_add_integer(&query, day * 1440 + 30);
    slung_add(&query, "m,");
    slung_add_integer(&query, day * 1440 - 30);
    slung_add(&query, "m]");
    slung_counted answer;
    bool is_there = slung_history_counted(query.bytes, &answer) && answer.count > 0;
    if (is_there) *value = answer.value;
    return is_there;
}

static void learn(baseline *base, const char *selector) {
    base->days = 0;
    for (int day = 1; day <= DAYS; day++) {
        double lowest, highest;
        if (!ask("MIN:", selector, day, &lowest) || !ask("MAX:", selector, day, &highest)) continue;
        if (base->days == 0 || lowest < base->lowest) base->lowest = lowest;
        if (base->days == 0 || highest > base->highest) base->highest = highest;
        base->days++;
    }
}

/* Not older than ten minutes; NULL when there are too many series. */
static const baseline *baseline_of(const slung_event *event) {
    slung_text selector = {0};
    slung_add_selector(&selector, event->series, event->tags);
    uint64_t key = slung_hash(selector.bytes) | 1;
    uint32_t at = (uint32_t)(key >> 32) % SERIES, probes = 0;
    while (baselines[at].key != 0 && baselines[at].key != key) {
        if (++probes == SERIES) return NULL;
        at = (at + 1) % SERIES;
    }
    baseline *base = &baselines[at];
    int64_t now = slung_now_micros();
    if (base->key == 0 || now - base->asked_at > FRESH_MICROS) {
        base->key = key;
        base->asked_at = now;
        learn(base, selector.bytes);
    }
    return base;
}

static void tell(const slung_event *event, const baseline *base) {
    slung_text text = {0};
    slung_add(&text, "ANOMALY: ");
    slung_add_series(&text, event->series, event->tags);
    slung_add(&text, " is ");
    slung_add_number(&text, event->value);
    slung_add(&text, ", usual at this hour are ");
    slung_add_number(&text, base->lowest);
    slung_add(&text, " to ");
    slung_add_number(&text, base->highest);
    slung_log(text.bytes);
    slung_send(event->producer, text.bytes);
    slung_write_tagged("temp_anomaly", event->tags, event->timestamp, event->value);
}

SLUNG_MAIN {
    double margin = slung_env_number("MARGIN", 0.5), min_days = slung_env_number("MIN_DAYS", 7);
    int64_t live = slung_live("RAW:temp:[]");
    slung_event event;
    while (slung_next_event(live, &event)) {
        const baseline *base = baseline_of(&event);
        if (base == NULL || base->days < min_days) continue;
        double allowed = margin * (base->highest - base->lowest);
        if (event.value < base->lowest - allowed || event.value > base->highest + allowed) tell(&event, base);
    }
    return slung_refused();
}
