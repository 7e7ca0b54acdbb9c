// The floor for decoding a decimal page: blocks of 512 numbers, 8 lanes of 64 at a width known to the compiler, unpacked
// and divided by a power of ten. Built by UnpackReference.cs.
#include <stddef.h>
#include <stdint.h>

#define BLOCK 512
#define UNPACK(width) \
void unpack_##width(const uint64_t *packed, size_t blocks, int64_t origin, double divisor, double *into) \
{ \
    for (; blocks > 0; blocks--, packed += 8 * width, into += BLOCK) \
        for (int row = 0; row < 64; row++) { \
            int bit = row * width, word = bit >> 6, shift = bit & 63; \
            for (int lane = 0; lane < 8; lane++) { \
                uint64_t bits = packed[word * 8 + lane] >> shift; \
                if (shift + width > 64) bits |= packed[(word + 1) * 8 + lane] << (64 - shift); \
                into[row * 8 + lane] = (double)(origin + (int64_t)(bits & ((1ull << width) - 1))) / divisor; \
            } \
        } \
}

#pragma GCC optimize("unroll-loops")
UNPACK(9)
