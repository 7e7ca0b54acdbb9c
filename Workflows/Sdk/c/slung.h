/* slung.h: workflows for slungd in C. One header, with or without a C library.

     #include "slung.h"

     SLUNG_MAIN {
         int64_t live = slung_live("RAW:temp:[site=eu]");
         slung_event event;
         while (slung_next_event(live, &event))
             if (event.value > 100) slung_send(event.producer, "ALERT: threshold exceeded");
         return slung_refused();
     }

   Without a C library:
     clang --target=wasm32 -O2 -nostdlib -ffreestanding -mbulk-memory -Wl,--no-entry -o guest.wasm guest.c
   With wasi-libc (printf, malloc, math.h):
     clang --target=wasm32-wasi -O2 -mexec-model=reactor -o guest.wasm guest.c

   Texts are UTF-8 and end with NUL. Times are in the store's precision: microseconds unless the operator chose another.
   docs/workflows.md says what a workflow may do, and what the host does with it. */
#ifndef SLUNG_H
#define SLUNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __wasi__
#include <stdlib.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define SLUNG_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define SLUNG_EXPORT(name) __attribute__((export_name(name)))
/* In each file that includes this, and once in the guest. */
#define SLUNG_SHARED __attribute__((weak))

/* The guest's code: `SLUNG_MAIN { ... return 0; }`. It is called once. 0 says that all is done; anything else is a
   failure, after which the workflow starts anew. */
#define SLUNG_MAIN SLUNG_EXPORT("call") int32_t slung_main(void)

/* ---- the host's functions, as they are ------------------------------------------------------------------------ */

/* How bytes pass between guest and host. */
typedef struct {
    uint32_t offset, capacity, length;
} slung_region;

typedef struct {
    const char *at;
    uint32_t length;
} slung_part;

SLUNG_IMPORT("env", "u_query_live") int64_t slung_u_query_live(const slung_region *filter);
SLUNG_IMPORT("env", "u_query_history") double slung_u_query_history(const slung_region *filter);
SLUNG_IMPORT("env", "u_poll_handle") slung_region *slung_u_poll_handle(int64_t handle);
SLUNG_IMPORT("env", "u_free_handle") int32_t slung_u_free_handle(int64_t handle);
SLUNG_IMPORT("env", "u_write_event")
int32_t slung_u_write_event(const slung_region *timestamp, const slung_region *value, const slung_region *tags);
SLUNG_IMPORT("env", "u_writeback_http")
slung_region *slung_u_writeback_http(const slung_region *url, const slung_region *data, int32_t method);
SLUNG_IMPORT("env", "u_writeback_ws") int32_t slung_u_writeback_ws(uint64_t producer, const slung_region *data);

/* An aggregate, and of how many points it is: without points 0 and 0. */
typedef struct {
    double value;
    int64_t count;
} slung_counted;

SLUNG_IMPORT("slung", "query_history")
int32_t slung_host_query_history(const slung_region *filter, slung_counted *result);
SLUNG_IMPORT("slung", "last_error") slung_region *slung_host_last_error(void);
SLUNG_IMPORT("slung", "poll_events") slung_region *slung_host_poll_events(int64_t handle, uint32_t most);
SLUNG_IMPORT("slung", "write_events") int32_t slung_host_write_events(const slung_region *rows);

SLUNG_IMPORT("wasi_snapshot_preview1", "fd_write")
int32_t slung_fd_write(int32_t file, const slung_part *parts, uint32_t count, uint32_t *written);
SLUNG_IMPORT("wasi_snapshot_preview1", "clock_time_get")
int32_t slung_clock_time_get(int32_t clock, int64_t resolution, int64_t *nanoseconds);
SLUNG_IMPORT("wasi_snapshot_preview1", "environ_sizes_get")
int32_t slung_environ_sizes_get(uint32_t *count, uint32_t *bytes);
SLUNG_IMPORT("wasi_snapshot_preview1", "environ_get") int32_t slung_environ_get(char **variables, char *bytes);

/* ---- memory --------------------------------------------------------------------------------------------------- */

#ifdef __wasi__
static inline void *slung_alloc(uint32_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    if (memory == NULL) __builtin_trap();
    return memory;
}

static inline void slung_free(void *memory) { free(memory); }
#else
/* Blocks of 32, 64, 128 ... bytes, of which the first 16 name the size; freed ones wait in a list for each size. */
typedef struct slung_block {
    uint32_t size_class;
    struct slung_block *next;
    uint64_t alignment;
} slung_block;

extern unsigned char __heap_base;
SLUNG_SHARED slung_block *slung_free_blocks[27];
SLUNG_SHARED uint32_t slung_heap_top, slung_heap_end;

/* Aligned to 16 bytes. Ends the guest with a trap when there is no memory. */
static inline void *slung_alloc(uint32_t size) {
    uint32_t size_class = 0;
    while (size_class < 27 && (32u << size_class) - 16 < size) size_class++;
    if (size_class == 27) __builtin_trap();
    slung_block *block = slung_free_blocks[size_class];
    if (block != NULL) {
        slung_free_blocks[size_class] = block->next;
        return block + 1;
    }
    if (slung_heap_top == 0) {
        slung_heap_top = ((uint32_t)(uintptr_t)&__heap_base + 15) & ~15u;
        slung_heap_end = (uint32_t)__builtin_wasm_memory_size(0) << 16;
    }
    uint32_t bytes = 32u << size_class;
    if (slung_heap_end - slung_heap_top < bytes) {
        uint32_t pages = (bytes - (slung_heap_end - slung_heap_top) + 65535) >> 16;
        if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
        slung_heap_end += pages << 16;
    }
    block = (slung_block *)(uintptr_t)slung_heap_top;
    slung_heap_top += bytes;
    block->size_class = size_class;
    return block + 1;
}

static inline void slung_free(void *memory) {
    if (memory == NULL) return;
    slung_block *block = (slung_block *)memory - 1;
    block->next = slung_free_blocks[block->size_class];
    slung_free_blocks[block->size_class] = block;
}

/* What the compiler calls for copies of structures. */
SLUNG_SHARED __attribute__((no_builtin)) void *memcpy(void *to, const void *from, size_t count) {
    for (size_t i = 0; i < count; i++) ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

SLUNG_SHARED __attribute__((no_builtin)) void *memset(void *to, int value, size_t count) {
    for (size_t i = 0; i < count; i++) ((char *)to)[i] = (char)value;
    return to;
}
#endif

/* The host allocates here what it hands over. */
SLUNG_SHARED SLUNG_EXPORT("allocate") void *slung_allocate(uint32_t size) { return slung_alloc(size); }

SLUNG_SHARED SLUNG_EXPORT("deallocate") void slung_deallocate(slung_region *region) {
    if (region == NULL) return;
    slung_free((void *)(uintptr_t)region->offset);
    slung_free(region);
}

/* ---- texts ---------------------------------------------------------------------------------------------------- */

static inline uint32_t slung_length(const char *text) {
    uint32_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

static inline bool slung_same(const char *a, const char *b) {
    while (*a != 0 && *a == *b) a++, b++;
    return *a == *b;
}

static inline slung_region slung_region_of(const char *text) {
    uint32_t length = slung_length(text);
    slung_region region = {(uint32_t)(uintptr_t)text, length, length};
    return region;
}

#ifndef SLUNG_TEXT_BYTES
#define SLUNG_TEXT_BYTES 2048
#endif

/* A text that is put together: begin with `slung_text text = {0};` or slung_clear. What does not fit is cut off. */
typedef struct {
    uint32_t length;
    bool is_cut;
    char bytes[SLUNG_TEXT_BYTES];
} slung_text;

static inline void slung_clear(slung_text *text) {
    text->length = 0;
    text->is_cut = false;
    text->bytes[0] = 0;
}

static inline void slung_add_char(slung_text *text, char c) {
    if (text->length + 1 >= SLUNG_TEXT_BYTES) {
        text->is_cut = true;
        return;
    }
    text->bytes[text->length++] = c;
    text->bytes[text->length] = 0;
}

static inline void slung_add(slung_text *text, const char *more) {
    while (*more != 0) slung_add_char(text, *more++);
}

static inline void slung_add_integer(slung_text *text, int64_t value) {
    char digits[20];
    int count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do digits[count++] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0) slung_add_char(text, '-');
    while (count > 0) slung_add_char(text, digits[--count]);
}

/* As a name or a tag in a query: "a \"quoted\" one". */
static inline void slung_add_quoted(slung_text *text, const char *name) {
    slung_add_char(text, '"');
    for (; *name != 0; name++) {
        if (*name == '"' || *name == '\\') slung_add_char(text, '\\');
        slung_add_char(text, *name);
    }
    slung_add_char(text, '"');
}

/* ---- numbers -------------------------------------------------------------------------------------------------- */

/* A whole number of any double's size, in limbs of nine decimal digits, the last ones first. */
typedef struct {
    int count;
    uint32_t limbs[92];
} slung_big;

/* The factor is less than 1e9. */
static inline void slung_big_multiply(slung_big *big, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < big->count; i++) {
        carry += (uint64_t)big->limbs[i] * factor;
        big->limbs[i] = (uint32_t)(carry % 1000000000);
        carry /= 1000000000;
    }
    if (carry > 0) big->limbs[big->count++] = (uint32_t)carry;
}

/* Decimal digits: 0.d1d2d3... times ten to the power of `point`. */
typedef struct {
    int count, point;
    char digits[832];
} slung_decimal;

/* mantissa * 2^exponent, exactly. The mantissa has at most 54 bits and is not 0. */
SLUNG_SHARED void slung_decimal_of(uint64_t mantissa, int exponent, slung_decimal *decimal) {
    slung_big big = {0};
    for (; mantissa > 0; mantissa /= 1000000000) big.limbs[big.count++] = (uint32_t)(mantissa % 1000000000);
    int places = exponent < 0 ? -exponent : 0; /* x / 2^n is x * 5^n with n places */
    for (; exponent >= 29; exponent -= 29) slung_big_multiply(&big, 1u << 29);
    for (; exponent <= -12; exponent += 12) slung_big_multiply(&big, 244140625);
    for (; exponent > 0; exponent--) slung_big_multiply(&big, 2);
    for (; exponent < 0; exponent++) slung_big_multiply(&big, 5);
    decimal->count = 0;
    for (int i = big.count; i-- > 0;) {
        for (uint32_t unit = 100000000; unit > 0; unit /= 10) {
            char digit = (char)(big.limbs[i] / unit % 10);
            if (decimal->count > 0 || digit > 0) decimal->digits[decimal->count++] = digit;
        }
    }
    decimal->point = decimal->count - places;
    while (decimal->digits[decimal->count - 1] == 0) decimal->count--;
}

static inline int slung_decimal_compare(const slung_decimal *a, const slung_decimal *b) {
    if (a->point != b->point) return a->point < b->point ? -1 : 1;
    for (int i = 0; i < a->count || i < b->count; i++) {
        int x = i < a->count ? a->digits[i] : 0, y = i < b->count ? b->digits[i] : 0;
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

typedef union {
    double value;
    uint64_t bits;
} slung_double;

/* The mantissa and the exponent of a finite double that is not negative. */
static inline uint64_t slung_mantissa_of(uint64_t bits, int *exponent) {
    int biased = (int)(bits >> 52);
    *exponent = (biased > 0 ? biased : 1) - 1075;
    return (bits & 0xfffffffffffffull) | (biased > 0 ? 1ull << 52 : 0);
}

static inline double slung_scale(double value, int power) {
    for (; power >= 16; power -= 16) value *= 1e16;
    for (; power <= -16; power += 16) value /= 1e16;
    for (; power > 0; power--) value *= 10;
    for (; power < 0; power++) value /= 10;
    return value;
}

/* n / d, rounded once. Neither is 0. */
SLUNG_SHARED double slung_divide(uint64_t n, uint64_t d) {
    int n_shift = __builtin_clzll(n), d_shift = __builtin_clzll(d);
    uint64_t rest = n << n_shift, quotient = 0;
    d <<= d_shift;
    bool has_carry = false;
    for (int bit = 0; bit <= 55; bit++) { /* one bit before the point, 55 behind it */
        quotient <<= 1;
        if (has_carry || rest >= d) {
            rest -= d;
            quotient |= 1;
        }
        has_carry = rest >> 63 != 0;
        rest <<= 1;
    }
    slung_double scale; /* 2^(d_shift - n_shift - 55) */
    scale.bits = (uint64_t)(1023 + d_shift - n_shift - 55) << 52;
    /* The last bit stands for all that follow; the conversion rounds. */
    return (double)(quotient | (has_carry || rest != 0)) * scale.value;
}

/* The double nearest to a decimal, ties to even. */
SLUNG_SHARED double slung_nearest(const slung_decimal *decimal) {
    if (decimal->count == 0 || decimal->point < -330) return 0;
    if (decimal->point > 310) return __builtin_inf();
    uint64_t leading = 0;
    int taken = decimal->count < 19 ? decimal->count : 19, power = decimal->point - taken;
    for (int i = 0; i < taken; i++) leading = leading * 10 + (uint64_t)decimal->digits[i];
    /* Both are exact: rounded once. */
    if (decimal->count < 16 && power >= -22 && power <= 22)
        return power < 0 ? (double)leading / slung_scale(1, -power) : (double)leading * slung_scale(1, power);
    if (decimal->count <= 19 && power <= 0 && power >= -19) {
        uint64_t ten = 1;
        for (int i = power; i < 0; i++) ten *= 10;
        return power == 0 ? (double)leading : slung_divide(leading, ten);
    }
    slung_double near;
    near.value = slung_scale((double)leading, power);
    if (near.bits >= 0x7ff0000000000000ull) near.bits = 0x7fefffffffffffffull;
    /* Now it is some last bits off at most: walk until the decimal is between the two middles. */
    for (;;) {
        slung_decimal middle;
        int exponent, above;
        uint64_t mantissa = slung_mantissa_of(near.bits, &exponent);
        slung_decimal_of(2 * mantissa + 1, exponent - 1, &middle);
        above = slung_decimal_compare(decimal, &middle);
        if (above > 0 || (above == 0 && (near.bits & 1) != 0)) {
            if (++near.bits == 0x7ff0000000000000ull) return near.value;
            continue;
        }
        if (near.bits == 0) return 0;
        mantissa = slung_mantissa_of(near.bits - 1, &exponent);
        slung_decimal_of(2 * mantissa + 1, exponent - 1, &middle);
        above = slung_decimal_compare(decimal, &middle);
        if (above > 0 || (above == 0 && (near.bits & 1) == 0)) return near.value;
        near.bits--;
    }
}

/* Reads digits, a point, an exponent. Returns what follows; `from` itself when there is no number. */
SLUNG_SHARED const char *slung_read_number(const char *from, const char *end, double *value) {
    const char *at = from;
    bool is_negative = at < end && *at == '-', has_point = false, has_digits = false;
    slung_decimal decimal;
    decimal.count = decimal.point = 0;
    if (at < end && (*at == '-' || *at == '+')) at++;
    for (; at < end && ((*at >= '0' && *at <= '9') || (*at == '.' && !has_point)); at++) {
        if (*at == '.') {
            has_point = true;
            continue;
        }
        has_digits = true;
        if (decimal.count == 0 && *at == '0') {
            if (has_point) decimal.point--;
            continue;
        }
        if (decimal.count < 800) decimal.digits[decimal.count++] = (char)(*at - '0');
        else if (*at > '0') decimal.digits[799] |= 1; /* only says on which side of a middle it is */
        if (!has_point) decimal.point++;
    }
    if (!has_digits) return from;
    if (at < end && (*at == 'e' || *at == 'E')) {
        const char *digits = at + 1;
        int exponent = 0;
        bool is_small = digits < end && *digits == '-';
        if (digits < end && (*digits == '-' || *digits == '+')) digits++;
        if (digits < end && *digits >= '0' && *digits <= '9') {
            for (; digits < end && *digits >= '0' && *digits <= '9'; digits++)
                if (exponent < 10000) exponent = exponent * 10 + (*digits - '0');
            decimal.point += is_small ? -exponent : exponent;
            at = digits;
        }
    }
    while (decimal.count > 0 && decimal.digits[decimal.count - 1] == 0) decimal.count--;
    *value = is_negative ? -slung_nearest(&decimal) : slung_nearest(&decimal);
    return at;
}

SLUNG_SHARED void slung_add_fraction(slung_text *text, slung_double number) {
    slung_decimal exact, rounded;
    int exponent;
    uint64_t mantissa = slung_mantissa_of(number.bits, &exponent);
    slung_decimal_of(mantissa, exponent, &exact);
    for (int digits = 15; digits <= 17; digits++) {
        rounded.point = exact.point;
        rounded.count = exact.count < digits ? exact.count : digits;
        for (int i = 0; i < rounded.count; i++) rounded.digits[i] = exact.digits[i];
        if (exact.count > digits && exact.digits[digits] >= 5) {
            while (rounded.count > 0 && rounded.digits[rounded.count - 1] == 9) rounded.count--;
            if (rounded.count > 0) rounded.digits[rounded.count - 1]++;
            else {
                rounded.digits[rounded.count++] = 1;
                rounded.point++;
            }
        }
        while (rounded.digits[rounded.count - 1] == 0) rounded.count--;
        slung_double back;
        back.value = slung_nearest(&rounded);
        if (back.bits == number.bits) break;
    }
    bool is_plain = rounded.point > -6 && rounded.point <= 21;
    int point = is_plain ? rounded.point : 1, first = point < 1 ? point - 1 : 0;
    for (int i = first; i < rounded.count || i < point; i++) {
        if (i == point) slung_add_char(text, '.');
        slung_add_char(text, (char)('0' + (i >= 0 && i < rounded.count ? rounded.digits[i] : 0)));
    }
    if (is_plain) return;
    slung_add_char(text, 'e');
    slung_add_integer(text, rounded.point - 1);
}

/* Appends the shortest decimal that reads back as the same double, of those with 15 to 17 digits. */
SLUNG_SHARED void slung_add_number(slung_text *text, double value) {
    slung_double number;
    number.value = value;
    if (number.bits >> 63 && value == value) slung_add_char(text, '-');
    number.bits &= ~(1ull << 63);
    if (value != value) slung_add(text, "NaN");
    else if (number.bits == 0x7ff0000000000000ull) slung_add(text, "inf");
    else if (number.value < 1e15 && number.value == (double)(int64_t)number.value)
        slung_add_integer(text, (int64_t)number.value);
    else slung_add_fraction(text, number);
}

/* ---- what the host hands over: JSON, read in place ------------------------------------------------------------ */

/* `count` texts one behind the other: for (i = 0; i < tags.count; i++) { slung_tag_at(tags, i) } */
typedef struct {
    const char *texts;
    uint32_t count;
} slung_tags;

/* A point that matched. Its texts live until the next poll. */
typedef struct {
    int64_t timestamp;
    double value; /* NaN for NaN and the infinities */
    const char *series;
    slung_tags tags;
    uint64_t producer; /* the connection that sent it; 0 for a workflow */
} slung_event;

/* A window that has closed. Its texts live until the next poll. */
typedef struct {
    int64_t start, end; /* the end is the start of the next window */
    double value;
    int64_t count; /* points that took part */
    int64_t late;  /* points since the last message that came after their window had closed */
    slung_tags by; /* `key=value` for each key of BY that the group has: tags, ready to be written */
} slung_window;

typedef struct {
    char *at, *end;
    bool is_wrong;
} slung_json;

SLUNG_SHARED slung_region *slung_message; /* of the last poll */

static inline char slung_json_peek(slung_json *json) {
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
    return (char)(json->at < json->end ? *json->at : 0);
}

static inline bool slung_json_take(slung_json *json, char wanted) {
    if (slung_json_peek(json) != wanted) return false;
    json->at++;
    return true;
}

static inline void slung_json_expect(slung_json *json, char wanted) {
    if (slung_json_take(json, wanted)) return;
    json->is_wrong = true;
    json->at = json->end;
}

static inline uint32_t slung_json_hex(slung_json *json) {
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        char c = (char)(json->at < json->end ? *json->at++ : 0);
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) json->is_wrong = true;
        code = code << 4 | (uint32_t)(digit & 15);
    }
    return code;
}

static inline char *slung_put_utf8(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) *to++ = (char)(0xc0 | code >> 6);
    else {
        if (code < 0x10000) *to++ = (char)(0xe0 | code >> 12);
        else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 63));
        }
        *to++ = (char)(0x80 | (code >> 6 & 63));
    }
    *to++ = (char)(0x80 | (code & 63));
    return to;
}

/* Puts a string's text at `to`, which is not behind its first quote. Returns the end, where a NUL has room. */
SLUNG_SHARED char *slung_json_text(slung_json *json, char *to) {
    slung_json_expect(json, '"');
    for (;;) {
        char *at = json->at, *end = json->end; /* for all the compiler knows, what is written could be json->at */
        while (at < end && *at != '"' && *at != '\\') *to++ = *at++;
        json->at = at;
        if (at == end || *at == '"' || ++json->at == end) break;
        char c = *json->at++;
        if (c == 'u') {
            uint32_t code = slung_json_hex(json);
            if (code >= 0xd800 && code < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\'
                && json->at[1] == 'u') {
                json->at += 2;
                code = 0x10000 + ((code & 0x3ff) << 10) + (slung_json_hex(json) & 0x3ff);
            }
            to = slung_put_utf8(to, code);
        }
        else if (c == 'n') *to++ = '\n';
        else if (c == 't') *to++ = '\t';
        else if (c == 'r') *to++ = '\r';
        else if (c == 'b') *to++ = '\b';
        else *to++ = (char)(c == 'f' ? '\f' : c);
    }
    slung_json_expect(json, '"');
    return to;
}

static inline int64_t slung_json_integer(slung_json *json) {
    bool is_negative = slung_json_take(json, '-');
    uint64_t value = 0;
    const char *at = json->at, *end = json->end;
    for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (uint64_t)(*at - '0');
    if (at == json->at) json->is_wrong = true;
    json->at += at - json->at;
    return (int64_t)(is_negative ? 0 - value : value);
}

/* Passes over a value of any kind. */
SLUNG_SHARED void slung_json_skip(slung_json *json) {
    int depth = 0;
    do {
        char c = slung_json_peek(json);
        if (c == '"') slung_json_text(json, json->at);
        else {
            if (c == '{' || c == '[') depth++;
            if (c == '}' || c == ']') depth--;
            json->at++;
        }
        c = slung_json_peek(json);
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) return;
    } while (json->at < json->end);
}

/* A number; null and what is no number are NaN. */
static inline double slung_json_number(slung_json *json) {
    double value = __builtin_nan(""), power = 1;
    bool is_negative = slung_json_take(json, '-'), has_point = false;
    const char *first = json->at, *at = first, *end = json->end;
    uint64_t mantissa = 0;
    for (; at < end && at - first <= 15; at++) {
        if (*at == '.' && !has_point) has_point = true;
        else if (*at < '0' || *at > '9') break;
        else {
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
            if (has_point) power *= 10;
        }
    }
    bool is_short = at > first && at - first <= 15 && (at == end || (*at | 32) != 'e');
    if (is_short) value = (double)mantissa / power; /* both are exact: rounded once */
    else at = slung_read_number(first, end, &value);
    json->at += at - first;
    if (at == first) slung_json_skip(json);
    return is_negative ? -value : value;
}

/* ["a","b"]: the texts in place, each with its NUL. */
static inline slung_tags slung_json_tags(slung_json *json) {
    slung_tags tags = {json->at, 0};
    char *to = json->at;
    slung_json_expect(json, '[');
    if (slung_json_take(json, ']')) return tags;
    do {
        slung_json_peek(json);
        to = slung_json_text(json, to);
        *to++ = 0;
        tags.count++;
    } while (slung_json_take(json, ','));
    slung_json_expect(json, ']');
    return tags;
}

/* {"a":"b","c":null}: the same as tags. */
static inline slung_tags slung_json_by(slung_json *json) {
    slung_tags tags = {json->at, 0};
    char *to = json->at;
    slung_json_expect(json, '{');
    do {
        slung_json_peek(json);
        char *behind = slung_json_text(json, to);
        slung_json_expect(json, ':');
        if (slung_json_peek(json) != '"') {
            slung_json_skip(json);
            continue;
        }
        *behind++ = '=';
        to = slung_json_text(json, behind);
        *to++ = 0;
        tags.count++;
    } while (slung_json_take(json, ','));
    slung_json_expect(json, '}');
    return tags;
}

typedef struct {
    slung_event event;
    slung_window window;
    bool is_event, is_window;
} slung_both;

static inline void slung_json_member(slung_json *json, const char *key, slung_both *both) {
    if (slung_same(key, "timestamp")) {
        both->event.timestamp = slung_json_integer(json);
        both->is_event = true;
    }
    else if (slung_same(key, "value")) both->event.value = both->window.value = slung_json_number(json);
    else if (slung_same(key, "series")) {
        slung_json_peek(json);
        char *text = json->at;
        both->event.series = text;
        *slung_json_text(json, text) = 0;
    }
    else if (slung_same(key, "tags")) both->event.tags = slung_json_tags(json);
    else if (slung_same(key, "producers")) {
        slung_json_expect(json, '[');
        if (slung_json_peek(json) != ']') both->event.producer = (uint64_t)slung_json_integer(json);
        while (slung_json_take(json, ',')) slung_json_skip(json);
        slung_json_expect(json, ']');
    }
    else if (slung_same(key, "window")) {
        slung_json_expect(json, '[');
        both->window.start = slung_json_integer(json);
        slung_json_expect(json, ',');
        both->window.end = slung_json_integer(json);
        slung_json_expect(json, ']');
        both->is_window = true;
    }
    else if (slung_same(key, "count")) both->window.count = slung_json_integer(json);
    else if (slung_same(key, "late")) both->window.late = slung_json_integer(json);
    else if (slung_same(key, "by")) both->window.by = slung_json_by(json);
    else slung_json_skip(json);
}

SLUNG_SHARED bool slung_json_message(slung_json *json, slung_both *both) {
    slung_both none = {0};
    *both = none;
    both->event.series = both->event.tags.texts = both->window.by.texts = "";
    slung_json_expect(json, '{');
    while (slung_json_peek(json) == '"') {
        char *key = json->at;
        *slung_json_text(json, key) = 0;
        slung_json_expect(json, ':');
        slung_json_member(json, key, both);
        if (!slung_json_take(json, ',')) break;
    }
    slung_json_expect(json, '}');
    return !json->is_wrong;
}

/* What the last poll brought; empty when that was nothing. */
static inline slung_json slung_json_of_message(void) {
    slung_json json = {NULL, NULL, false};
    if (slung_message == NULL) return json;
    json.at = (char *)(uintptr_t)slung_message->offset;
    json.end = json.at + slung_message->length;
    return json;
}

/* Takes the next message of a handle. */
SLUNG_SHARED bool slung_poll(int64_t handle, slung_both *both) {
    slung_deallocate(slung_message);
    slung_message = slung_u_poll_handle(handle);
    slung_json json = slung_json_of_message();
    return slung_json_message(&json, both);
}

/* ---- live queries --------------------------------------------------------------------------------------------- */

/* Begins a live query, `AVG:temp:[site=eu]`, and returns its handle; 0 when it is refused: see slung_refused.
   Without a window each matching point is an event, whatever the operation. */
static inline int64_t slung_live(const char *query) {
    slung_region filter = slung_region_of(query);
    return slung_u_query_live(&filter);
}

/* Ends a live query; false when there is none of this handle. */
static inline bool slung_end(int64_t handle) { return slung_u_free_handle(handle) == 0; }

/* The next event, if there is one: false after a few milliseconds without. */
static inline bool slung_poll_event(int64_t handle, slung_event *event) {
    slung_both both;
    bool is_there = slung_poll(handle, &both) && both.is_event;
    if (is_there) *event = both.event;
    return is_there;
}

/* The next window of a query that has them, if one has closed. */
static inline bool slung_poll_window(int64_t handle, slung_window *window) {
    slung_both both;
    bool is_there = slung_poll(handle, &both) && both.is_window;
    if (is_there) *window = both.window;
    return is_there;
}

/* Waits for the next event. False for a query that was refused. A workflow that is to end ends in here. */
static inline bool slung_next_event(int64_t handle, slung_event *event) {
    if (handle == 0) return false;
    while (!slung_poll_event(handle, event)) { }
    return true;
}

/* Waits for the next window. */
static inline bool slung_next_window(int64_t handle, slung_window *window) {
    if (handle == 0) return false;
    while (!slung_poll_window(handle, window)) { }
    return true;
}

/* The same with many at once, which takes less time: slung_batch_event or slung_batch_window takes one after the other.
   All their texts live until the next poll.

     slung_batch batch;
     slung_event event;
     while (slung_next_batch(live, SLUNG_MOST_EVENTS, &batch))
         while (slung_batch_event(&batch, &event)) ... */
typedef struct {
    slung_json json;
} slung_batch;

enum { SLUNG_MOST_EVENTS = 1024 };

/* Up to `most` messages, if there is one: false after a few milliseconds without. */
static inline bool slung_poll_batch(int64_t handle, uint32_t most, slung_batch *batch) {
    slung_deallocate(slung_message);
    slung_message = slung_host_poll_events(handle, most);
    batch->json = slung_json_of_message();
    return slung_message != NULL;
}

/* Waits for messages, and takes up to `most`. False for a query that was refused. */
static inline bool slung_next_batch(int64_t handle, uint32_t most, slung_batch *batch) {
    if (handle == 0 || most == 0) return false;
    while (!slung_poll_batch(handle, most, batch)) { }
    return true;
}

static inline bool slung_batch_next(slung_batch *batch, slung_both *both) {
    bool is_there = slung_json_take(&batch->json, '[') || slung_json_take(&batch->json, ',');
    return is_there && slung_json_message(&batch->json, both);
}

/* The next event of a batch; false behind the last one. */
static inline bool slung_batch_event(slung_batch *batch, slung_event *event) {
    slung_both both;
    bool is_there = slung_batch_next(batch, &both) && both.is_event;
    if (is_there) *event = both.event;
    return is_there;
}

/* The next window of a batch; false behind the last one. */
static inline bool slung_batch_window(slung_batch *batch, slung_window *window) {
    slung_both both;
    bool is_there = slung_batch_next(batch, &both) && both.is_window;
    if (is_there) *window = both.window;
    return is_there;
}

/* ---- tags ----------------------------------------------------------------------------------------------------- */

static inline const char *slung_tag_at(slung_tags tags, uint32_t index) {
    const char *tag = tags.texts;
    while (index-- > 0) tag += slung_length(tag) + 1;
    return tag;
}

/* What stands behind `key=`; NULL when there is no such tag. */
static inline const char *slung_tag(slung_tags tags, const char *key) {
    const char *tag = tags.texts;
    for (uint32_t i = 0; i < tags.count; i++, tag += slung_length(tag) + 1) {
        uint32_t at = 0;
        while (key[at] != 0 && tag[at] == key[at]) at++;
        if (key[at] == 0 && tag[at] == '=') return tag + at + 1;
    }
    return NULL;
}

/* Appends the part of a query that selects a series with these tags: "temp":["site=eu" AND "room=1"]. A series with
   more tags matches too. */
static inline void slung_add_selector(slung_text *text, const char *series, slung_tags tags) {
    slung_add_quoted(text, series);
    slung_add(text, ":[");
    for (uint32_t i = 0; i < tags.count; i++) {
        if (i > 0) slung_add(text, " AND ");
        slung_add_quoted(text, slung_tag_at(tags, i));
    }
    slung_add(text, "]");
}

/* Appends a series as people read it: temp site=eu room=1 */
static inline void slung_add_series(slung_text *text, const char *series, slung_tags tags) {
    slung_add(text, series);
    for (uint32_t i = 0; i < tags.count; i++) {
        slung_add(text, " ");
        slung_add(text, slung_tag_at(tags, i));
    }
}

/* A number for a text: the same series have the same (FNV-1a). */
static inline uint64_t slung_hash(const char *text) {
    uint64_t hash = 14695981039346656037ull;
    for (; *text != 0; text++) hash = (hash ^ (uint8_t)*text) * 1099511628211ull;
    return hash;
}

/* ---- history, points, messages -------------------------------------------------------------------------------- */

/* The aggregate of `AVG:temp:[site=eu]:[1h,now]`; 0 when there are no points, or the query is refused: the log says
   why. COUNT tells no points from a mean of 0. */
static inline double slung_history(const char *query) {
    slung_region filter = slung_region_of(query);
    return slung_u_query_history(&filter);
}

/* The same with the count, by which no points differ from a mean of 0; false when the query is refused. */
static inline bool slung_history_counted(const char *query, slung_counted *result) {
    slung_region filter = slung_region_of(query);
    return slung_host_query_history(&filter, result) == 0;
}

SLUNG_SHARED bool slung_write_list(const char *list, int64_t timestamp, double value) {
    slung_text time, number;
    slung_clear(&time);
    slung_clear(&number);
    slung_add_integer(&time, timestamp);
    slung_add_number(&number, value);
    slung_region regions[3] = {slung_region_of(time.bytes), slung_region_of(number.bytes), slung_region_of(list)};
    return slung_u_write_event(&regions[0], &regions[1], &regions[2]) == 0;
}

/* Writes a point. `tags` has commas between them: "site=eu,room=1", or "". False when it is refused. */
static inline bool slung_write(const char *series, const char *tags, int64_t timestamp, double value) {
    slung_text list;
    slung_clear(&list);
    slung_add(&list, tags);
    slung_add(&list, ",series=");
    slung_add(&list, series);
    return !list.is_cut && slung_write_list(list.bytes, timestamp, value);
}

/* Writes a point with the tags of an event or a window. A name or a tag with a comma is refused: it can't be said. */
static inline bool slung_write_tagged(const char *series, slung_tags tags, int64_t timestamp, double value) {
    slung_text list;
    slung_clear(&list);
    for (uint32_t i = 0; i <= tags.count; i++) {
        const char *tag = i < tags.count ? slung_tag_at(tags, i) : series;
        if (i < tags.count) slung_add(&list, i > 0 ? "," : "");
        else slung_add(&list, ",series=");
        for (const char *c = tag; *c != 0; c++)
            if (*c == ',') return false;
        slung_add(&list, tag);
    }
    return !list.is_cut && slung_write_list(list.bytes, timestamp, value);
}

/* Points for one call, which takes less time than many: begin with `slung_rows rows = {0};`. They grow up to
   SLUNG_ROWS_BYTES, about what the host takes at once; slung_write_rows makes room. */
typedef struct {
    char *bytes;
    uint32_t length, capacity, count;
} slung_rows;

enum { SLUNG_ROWS_BYTES = (4 << 20) - 16 };

/* Room for so many bytes more; NULL when that is too much. */
SLUNG_SHARED char *slung_rows_room(slung_rows *rows, uint32_t more) {
    if (more > SLUNG_ROWS_BYTES - rows->length) return NULL;
    uint32_t wanted = rows->length + more, capacity = rows->capacity;
    if (wanted > capacity) {
        for (capacity = 4096 - 16; capacity < wanted;) capacity = 2 * capacity + 16;
        char *bytes = (char *)slung_alloc(capacity);
        if (rows->length > 0) __builtin_memcpy(bytes, rows->bytes, rows->length);
        slung_free(rows->bytes);
        rows->bytes = bytes;
        rows->capacity = capacity;
    }
    char *room = rows->bytes + rows->length;
    rows->length = wanted;
    return room;
}

static inline char *slung_put_u16(char *to, uint32_t value) {
    *to++ = (char)value;
    *to++ = (char)(value >> 8);
    return to;
}

/* Adds a point with the tags of an event or a window. False when there is no room left for it, or a name or a tag has
   more than 65,535 bytes. */
SLUNG_SHARED bool slung_add_row_tagged(slung_rows *rows, const char *series, slung_tags tags, int64_t timestamp,
    double value) {
    uint32_t name = slung_length(series), bytes = 20 + name;
    const char *tag = tags.texts;
    bool is_short = name <= 65535 && tags.count <= 65535;
    for (uint32_t i = 0; i < tags.count && is_short; i++) {
        uint32_t length = slung_length(tag);
        is_short = length <= 65535 && bytes <= SLUNG_ROWS_BYTES;
        bytes += 2 + length;
        tag += length + 1;
    }
    char *to = is_short ? slung_rows_room(rows, bytes) : NULL;
    if (to == NULL) return false;
    __builtin_memcpy(to, &timestamp, 8);
    __builtin_memcpy(to + 8, &value, 8);
    to = slung_put_u16(slung_put_u16(to + 16, name), tags.count);
    __builtin_memcpy(to, series, name);
    to += name;
    tag = tags.texts;
    for (uint32_t i = 0; i < tags.count; i++) {
        uint32_t length = slung_length(tag);
        to = slung_put_u16(to, length);
        __builtin_memcpy(to, tag, length);
        to += length;
        tag += length + 1;
    }
    rows->count++;
    return true;
}

/* Adds a point. `tags` has commas between them: "site=eu,room=1", or "". */
static inline bool slung_add_row(slung_rows *rows, const char *series, const char *tags, int64_t timestamp,
    double value) {
    slung_text list;
    slung_clear(&list);
    slung_add(&list, tags);
    slung_tags each = {list.bytes, list.length > 0};
    for (char *c = list.bytes; *c != 0; c++) {
        if (*c != ',') continue;
        *c = 0;
        each.count++;
    }
    return !list.is_cut && slung_add_row_tagged(rows, series, each, timestamp, value);
}

/* Writes all points that were added, and begins anew. Returns how many were written; the others were refused. */
static inline uint32_t slung_write_rows(slung_rows *rows) {
    if (rows->count == 0) return 0;
    slung_region region = {(uint32_t)(uintptr_t)rows->bytes, rows->length, rows->length};
    int32_t written = slung_host_write_events(&region);
    rows->length = rows->count = 0;
    return written > 0 ? (uint32_t)written : 0;
}

/* Frees their memory. */
static inline void slung_free_rows(slung_rows *rows) {
    slung_rows none = {NULL, 0, 0, 0};
    slung_free(rows->bytes);
    *rows = none;
}

/* Sends a text message to a connection; false when it is gone. */
static inline bool slung_send(uint64_t producer, const char *text) {
    slung_region data = slung_region_of(text);
    return slung_u_writeback_ws(producer, &data) == 0;
}

typedef enum { SLUNG_GET, SLUNG_POST, SLUNG_PUT, SLUNG_DELETE } slung_method;

/* Calls `http://host/path`, where the workflow's configuration allows the host, and waits. Returns the answer's body,
   whatever its status, for slung_deallocate; NULL when there was none. */
static inline slung_region *slung_http(slung_method method, const char *url, const char *body) {
    slung_region target = slung_region_of(url), data = slung_region_of(body);
    return slung_u_writeback_http(&target, &data, (int32_t)method);
}

/* ---- log, clock, environment ---------------------------------------------------------------------------------- */

/* A line for the workflow's log. */
static inline void slung_log(const char *line) {
    slung_part parts[2] = {{line, slung_length(line)}, {"\n", 1}};
    uint32_t written;
    slung_fd_write(1, parts, 2, &written);
}

/* Says in the log why the last call was refused, and returns 1, a failure. */
static inline int32_t slung_refused(void) {
    slung_region *why = slung_host_last_error();
    slung_part parts[3] = {{"refused: ", 9}, {"", 0}, {"\n", 1}};
    uint32_t written;
    if (why != NULL) {
        parts[1].at = (const char *)(uintptr_t)why->offset;
        parts[1].length = why->length;
    }
    slung_fd_write(1, parts, 3, &written);
    slung_deallocate(why);
    return 1;
}

/* Microseconds since 1970; those of the points in `slungd workflow run`. */
static inline int64_t slung_now_micros(void) {
    int64_t nanoseconds = 0;
    slung_clock_time_get(0, 1000, &nanoseconds);
    return nanoseconds / 1000;
}

SLUNG_SHARED char **slung_environment;
SLUNG_SHARED uint32_t slung_environment_count;

/* What the configuration's `env` says; the fallback when it says nothing. */
static inline const char *slung_env(const char *name, const char *fallback) {
    if (slung_environment == NULL) {
        uint32_t bytes = 0;
        slung_environ_sizes_get(&slung_environment_count, &bytes);
        slung_environment = (char **)slung_alloc((uint32_t)sizeof(char *) * (slung_environment_count + 1));
        slung_environ_get(slung_environment, (char *)slung_alloc(bytes + 1));
    }
    for (uint32_t i = 0; i < slung_environment_count; i++) {
        const char *variable = slung_environment[i];
        uint32_t at = 0;
        while (name[at] != 0 && variable[at] == name[at]) at++;
        if (name[at] == 0 && variable[at] == '=') return variable + at + 1;
    }
    return fallback;
}

/* The same as a number. */
static inline double slung_env_number(const char *name, double fallback) {
    const char *text = slung_env(name, "");
    double value = fallback;
    slung_read_number(text, text + slung_length(text), &value);
    return value;
}

#ifdef __cplusplus
}
#endif
#endif
