/* Tells whoever sends temperatures that one is too high, once, and once when it is well again.

   HIGH (100)   a value above is an alarm, until one of the same series is
   LOW (HIGH)   below this */
#include "slung.h"

enum { ALARMS = 1024 };

static uint64_t alarms[ALARMS]; /* the series that are too high */
static uint32_t alarm_count;

static uint32_t find_alarm(uint64_t series) {
    uint32_t at = 0;
    while (at < alarm_count && alarms[at] != series) at++;
    return at;
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
        slung_text series = {0};
        slung_add_selector(&series, event.series, event.tags);
        uint64_t key = slung_hash(series.bytes);
        uint32_t alarm = find_alarm(key);
        if (alarm == alarm_count && event.value > high && alarm_count < ALARMS) {
            alarms[alarm_count++] = key;
            tell(&event, "ALERT");
        }
        else if (alarm < alarm_count && event.value < low) {
            alarms[alarm] = alarms[--alarm_count];
            tell(&event, "OK");
        }
    }
    return 1; /* the query was refused */
}
