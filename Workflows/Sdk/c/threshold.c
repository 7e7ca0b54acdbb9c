/* Tells whoever sends temperatures that one is too high, once, and once when it is well again.

   HIGH (100)   a value above is an alarm, until one of the same series is
   LOW (HIGH)   below this */
#include "slung.h"

enum { SERIES = 16384 };

typedef struct {
    uint64_t key;
    bool is_high;
} state;

static state states[SERIES]; /* by key, the next free place where it is taken */

/* NULL when there are too many series. */
static state *state_of(const slung_event *event) {
    slung_text selector = {0};
    slung_add_selector(&selector, event->series, event->tags);
    uint64_t key = slung_hash(selector.bytes) | 1;
    uint32_t at = (uint32_t)(key >> 32) % SERIES, probes = 0;
    while (states[at].key != 0 && states[at].key != key) {
        if (++probes == SERIES) return NULL;
        at = (at + 1) % SERIES;
    }
    states[at].key = key;
    return &states[at];
}

static void tell(const slung_event *event, const char *state) {
    slung_text text = {0};
    slung_add(&text, state);
    slung_add(&text, ": ");
    slung_add_series(&text, event->series, event->tags);
    slung_add(&text, " is ");
    slung_add_number(&text, event->value);
    if (!slung_send(event->producer, text.bytes)) slung_log("the producer is gone");
}

SLUNG_MAIN {
    double high = slung_env_number("HIGH", 100), low = slung_env_number("LOW", high);
    int64_t live = slung_live("RAW:temp:[]");
    slung_event event;
    while (slung_next_event(live, &event)) {
        state *series = state_of(&event);
        if (series == NULL) slung_log("more series than this workflow can watch");
        else if (!series->is_high && event.value > high) {
            series->is_high = true;
            tell(&event, "ALERT");
        }
        else if (series->is_high && event.value < low) {
            series->is_high = false;
            tell(&event, "OK");
        }
    }
    return slung_refused();
}
