// Sums of doubles, as fast as C makes them here: plain, and three compensated ones. Built by SumsReference.cs; eight
// lanes of vector extensions, so that gcc need not reorder additions.
#include <math.h>
#include <stddef.h>

typedef double lanes __attribute__((vector_size(64)));
typedef double loose __attribute__((vector_size(64), aligned(8)));

#define LOAD(p) (*(const loose *)(p))
#define TWO_SUM(s, e, x) do { lanes t_ = (s) + (x), b_ = t_ - (s); \
    (e) += ((s) - (t_ - b_)) + ((x) - b_); (s) = t_; } while (0)

static double total(const lanes *s, const lanes *e, int count, const double *rest, size_t left)
{
    double sum = 0, low = 0;
    for (int k = 0; k < count; k++)
        for (int l = 0; l < 8; l++) {
            double x = s[k][l], t = sum + x, b = t - sum;
            low += ((sum - (t - b)) + (x - b)) + e[k][l];
            sum = t;
        }
    for (size_t i = 0; i < left; i++) {
        double x = rest[i], t = sum + x, b = t - sum;
        low += (sum - (t - b)) + (x - b);
        sum = t;
    }
    return sum + low;
}

double sum_plain(const double *p, size_t n)
{
    lanes s[4] = {0}, e[4] = {0};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) s[k] += LOAD(p + i + 8 * k);
    return total(s, e, 4, p + i, n - i);
}

// The same algorithm as the kernels: a tree of four vectors, then TwoSum.
double sum_tree(const double *p, size_t n)
{
    lanes s[2] = {0}, e[2] = {0};
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
#pragma GCC unroll 2
        for (int k = 0; k < 2; k++) {
            const double *q = p + i + 32 * k;
            lanes x = (LOAD(q) + LOAD(q + 8)) + (LOAD(q + 16) + LOAD(q + 24));
            TWO_SUM(s[k], e[k], x);
        }
    return total(s, e, 2, p + i, n - i);
}

double sum_kahan(const double *p, size_t n)
{
    lanes s[4] = {0}, c[4] = {0};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            lanes y = LOAD(p + i + 8 * k) - c[k], t = s[k] + y;
            c[k] = (t - s[k]) - y;
            s[k] = t;
        }
    for (int k = 0; k < 4; k++) c[k] = -c[k];
    return total(s, c, 4, p + i, n - i);
}

// As one would write it down: no lanes.
double sum_neumaier(const double *p, size_t n)
{
    double s = 0, c = 0;
    for (size_t i = 0; i < n; i++) {
        double t = s + p[i];
        c += fabs(s) >= fabs(p[i]) ? (s - t) + p[i] : (p[i] - t) + s;
        s = t;
    }
    return s + c;
}
