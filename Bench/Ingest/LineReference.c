// The floor for line protocol: keys and names are skipped to their delimiters, digits become numbers, timestamps are
// read; no escapes, no series, nothing is kept but a sum. Built by LineReference.cs with gcc -O3 -march=native.
#include <stddef.h>
#include <stdint.h>

static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};

double read_lines(const char *at, size_t length)
{
    const char *end = at + length;
    double sum = 0;
    while (at < end) {
        while (*at != ' ') at++;
        do {
            at++;
            while (*at != '=') at++;
            at++;
            uint64_t digits = 0;
            int fraction = 0;
            while ((unsigned char)(*at - '0') < 10) digits = digits * 10 + (*at++ - '0');
            if (*at == '.') {
                const char *point = ++at;
                while ((unsigned char)(*at - '0') < 10) digits = digits * 10 + (*at++ - '0');
                fraction = (int)(at - point);
            }
            sum += digits / tens[fraction];
        } while (*at == ',');
        uint64_t time = 0;
        at++;
        while ((unsigned char)(*at - '0') < 10) time = time * 10 + (*at++ - '0');
        sum += time & 1;
        at++;
    }
    return sum;
}
