// A factor that is learnt for each column: a scale, y = x s, and a mix of an activation with what goes into it,
// y = x + s (f(x) - x).
//
// Serves both layouts: a sample in each lane, where s is broadcast and sums end across lanes; and a row for each sample,
// where s lies like the row and sums run down the rows, some registers of columns at a time. Bounded by the caches, but for
// f: so a mix makes its derivatives in forward, where f(x) is at hand, and keeps them:
//
//     dx = dy y_x,  ds = sum_n dy y_s        y_x = s, y_s = x of a scale;  y_x = 1 + s (f'(x) - 1), y_s = f(x) - x of a mix
#pragma once

#include "activations.h"
#include "memory.h"
#include "norm.h"

namespace gw {

// s of `width` columns, whole registers long; the numbers past the last column are 0.
template <class Real> struct ColumnFactors {
    const Real* s;
    int width;
};

// s <- keep s + ds: the gradient, or s itself
template <class Real> struct FactorGradient {
    Real *s, keep;
};

// The derivatives of y by x and by s, as large as y; by_x is null where it is s in every row.
template <class Real> struct Slopes {
    const Real *by_x, *by_s;
};

// A mix of one register: returns y, and leaves its derivatives.
template <Activation act, class Real>
GW_INLINE Vec<Real> mixed(Vec<Real> x, Vec<Real> s, Real slope, Real* by_x, Real* by_s) {
    const Vec<Real> one = broadcast(Real(1)), f = activate<act, Real>(x, slope);
    store(by_x, one + s * (derivative<act, Real>(needs_input(act) ? x : f, slope) - one));
    store(by_s, f - x);
    return x + s * (f - x);
}

// A sample in each lane: x, y and what is kept of one group, (width, lanes).
template <class Real> struct ColumnFactorLanes {
    static constexpr int L = lanes<Real>;

    static void scale(const ColumnFactors<Real>& of, const Real* x, Real* y) {
        for (long c = 0; c < of.width; c++) store(y + c * L, load(x + c * L) * of.s[c]);
    }

    template <Activation act>
    static void mix(const ColumnFactors<Real>& of, Real slope, const Real* x, Real* by_x, Real* by_s, Real* y) {
        for (long i = 0, c = 0; c < of.width; c++, i += L)
            store(y + i, mixed<act, Real>(load(x + i), broadcast(of.s[c]), slope, by_x + i, by_s + i));
    }

    // dx, or dx += where it is added to
    static void backward(const ColumnFactors<Real>& of, const Real* by_x, const Real* dy, Real* dx, bool add) {
        for (long i = 0, c = 0; c < of.width; c++, i += L) {
            const Vec<Real> d = load(dy + i) * (by_x ? load(by_x + i) : broadcast(of.s[c]));
            store(dx + i, add ? load(dx + i) + d : d);
        }
    }
};

// A row for each sample, whole registers long.
template <class Real> struct ColumnFactorRows {
    static constexpr int L = lanes<Real>;

    static void scale(const ColumnFactors<Real>& of, const Real* x, Real* y) {
        for (long c = 0; c < of.width; c += L) store(y + c, load(x + c) * load(of.s + c));
    }

    template <Activation act>
    static void mix(const ColumnFactors<Real>& of, Real slope, const Real* x, Real* by_x, Real* by_s, Real* y) {
        for (long c = 0; c < of.width; c += L)
            store(y + c, mixed<act, Real>(load(x + c), load(of.s + c), slope, by_x + c, by_s + c));
    }

    // The columns of K registers from c on, in rows `row` Reals apart; `dx` is null where nobody needs it.
    template <int K>
    static void backward(const ColumnFactors<Real>& of, Slopes<Real> y, const FactorGradient<Real>& to, long c, const Real* dy,
                         Real* dx, bool add, long row, long count) {
        Vec<Real> s[K], sum[K];
        GW_UNROLL for (int k = 0; k < K; k++) {
            s[k] = load(of.s + c + k * L);
            sum[k] = zero<Real>();
        }
        for (long n = 0; n < count; n++)
            GW_UNROLL for (int k = 0; k < K; k++) {
                const long at = n * row + c + k * L;
                const Vec<Real> d = load(dy + at);
                sum[k] += d * load(y.by_s + at);
                if (!dx) continue;
                const Vec<Real> d_x = d * (y.by_x ? load(y.by_x + at) : s[k]);
                store(dx + at, add ? load(dx + at) + d_x : d_x);
            }
        GW_UNROLL for (int k = 0; k < K; k++) store(to.s + c + k * L, renewed(to.s + c + k * L, to.keep, sum[k]));
    }
};

}  // namespace gw
