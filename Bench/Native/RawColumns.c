// The floor for a memtable: rows of (series, timestamp, value) appended to raw columns of 1,024 points that wrap around,
// with no order check, no growth, no lock. Built by RawColumns.cs with gcc -O3 -march=native.
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t timestamp;
    uint64_t bits;
    uint32_t series;
    uint32_t family;
} row;

typedef struct {
    int64_t *timestamps;
    uint64_t *values;
    uint32_t count;
    uint32_t padding;
} columns;

void append_rows(const row *rows, size_t count, columns *all)
{
    for (size_t i = 0; i < count; i++) {
        columns *c = all + rows[i].series;
        uint32_t k = c->count;
        c->timestamps[k] = rows[i].timestamp;
        c->values[k] = rows[i].bits;
        c->count = (k + 1) & 1023;
    }
}
