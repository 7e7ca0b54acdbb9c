// Sums of doubles, as fast as C makes them here: plain, and three compensated ones. Built by SumsReference.cs; eight
// lanes of vector extensions, so that gcc need not reorder additions.
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef double lanes __attribute__((vector_size(64)));

static inline lanes load(const double *p)
{
    lanes x;
    memcpy(&x, p, sizeof x);
    return x;
}

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
        for (int k = 0; k < 4; k++) s[k] += load(p + i + 8 * k);
    return total(s, e, 4, p + i, n - i);
}

static inline lanes tree(const double *p)
{
    return (load(p) + load(p + 8)) + (load(p + 16) + load(p + 24));
}

// The same algorithm as the kernels: a tree of four vectors, then TwoSum.
double sum_tree(const double *p, size_t n)
{
    lanes s0 = {0}, s1 = {0}, e0 = {0}, e1 = {0};
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        lanes x0 = tree(p + i), x1 = tree(p + i + 32);
        TWO_SUM(s0, e0, x0);
        TWO_SUM(s1, e1, x1);
    }
    lanes s[2] = {s0, s1}, e[2] = {e0, e1};
    return total(s, e, 2, p + i, n - i);
}

double sum_kahan(const double *p, size_t n)
{
    lanes s[4] = {0}, c[4] = {0};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            lanes y = load(p + i + 8 * k) - c[k], t = s[k] + y;
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
