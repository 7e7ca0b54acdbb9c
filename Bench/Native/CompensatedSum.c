// The floor for AVG and SUM: Knuth's TwoSum on four vectors of eight lanes. Built by CompensatedSum.cs with
// gcc -O3 -march=native -ffp-contract=off and no -ffast-math, so that the compensation stays what it says.
#include <stddef.h>
#include <string.h>

#define LANES 8
#define VECTORS 4

typedef double vector __attribute__((vector_size(LANES * sizeof(double))));

static inline void two_sum(double *sum, double *low, double value)
{
    double total = *sum + value;
    double added = total - *sum;
    *low += (*sum - (total - added)) + (value - added);
    *sum = total;
}

double compensated_sum(const double *values, size_t count)
{
    vector sum[VECTORS] = {0}, low[VECTORS] = {0};
    size_t i = 0;
    for (; i + LANES * VECTORS <= count; i += LANES * VECTORS) {
#pragma GCC unroll 4
        for (int k = 0; k < VECTORS; k++) {
            vector value;
            memcpy(&value, values + i + k * LANES, sizeof value);
            vector total = sum[k] + value;
            vector added = total - sum[k];
            low[k] += (sum[k] - (total - added)) + (value - added);
            sum[k] = total;
        }
    }
    double high = 0, error = 0;
    for (int k = 0; k < VECTORS; k++)
        for (int lane = 0; lane < LANES; lane++) {
            two_sum(&high, &error, sum[k][lane]);
            error += low[k][lane];
        }
    for (; i < count; i++) two_sum(&high, &error, values[i]);
    return high + error;
}
