// A factor that is learnt for each column: a scale, y = x s, and a mix of an activation with what goes into it,
// y = x + s (f(x) - x), units of which may be left out at once, as dropout.h does it.
//
// Serves both layouts: a sample in each lane, where s is broadcast and sums end across lanes; and a row for each sample,
// where s lies like the row and sums run down the rows, some registers of columns at a time. Bounded by the caches: so
// nothing is kept for the way back of a mix, where f and a mask are made again, which takes less than to store and load them:
//
//     dx = dy y_x,  ds = sum_n dy y_s        y_x = s, y_s = x of a scale;  y_x = 1 + s (f'(x) - 1), y_s = f(x) - x of a mix
#pragma once

#include <optional>

#include "activations.h"
#include "dropout.h"
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

// f, the shares s of it, and what is left out behind.
template <class Real> struct Mix {
    Activation activation;
    Real slope;
    ColumnFactors<Real> factors;
    std::optional<Dropout<Real>> dropout;
};

// y and its derivatives, before anything is left out
template <Activation act, class Real> GW_INLINE Vec<Real> mixed(Vec<Real> x, Vec<Real> s, Real slope) {
    return x + s * (activate<act, Real>(x, slope) - x);
}
template <class Real> struct MixSlopes {
    Vec<Real> by_x, by_s;
};
template <Activation act, class Real> GW_INLINE MixSlopes<Real> mix_slopes(Vec<Real> x, Vec<Real> s, Real slope) {
    const Vec<Real> one = broadcast(Real(1)), f = activate<act, Real>(x, slope);
    return {one + s * (derivative<act, Real>(needs_input(act) ? x : f, slope) - one), f - x};
}

// A sample in each lane: x, y, dy, dx (groups, width, lanes).
template <class Real> struct ColumnFactorLanes {
    static constexpr int L = lanes<Real>;

    // one group; its rows are those from number `row` on
    template <Activation act> static void mix(const Mix<Real>& of, long row, const Real* x, Real* y) {
        std::optional<typename Dropout<Real>::Factors> kept;
        if (of.dropout) kept = of.dropout->of_rows(word_numbers<Real>() + uint32_t(row));
        for (long c = 0; c < of.factors.width; c++) {
            const Vec<Real> all = mixed<act, Real>(load(x + c * L), broadcast(of.factors.s[c]), of.slope);
            store(y + c * L, kept ? all * kept->at(broadcast_word<Real>(uint32_t(c) * golden)) : all);
        }
    }

    // The units c .. c + units - 1 of all groups; `dx.at` is null where nobody needs it.
    template <Activation act>
    static void mix_back(const Mix<Real>& of, const FactorGradient<Real>& to, long c, int units, const Real* x, Delta<Real> dy,
                         Delta<Real> dx, bool add, long rows) {
        const long width = of.factors.width;
        Real partial[L * L] = {};
        for (long g = 0; g < (rows + L - 1) / L; g++) {
            std::optional<typename Dropout<Real>::Factors> kept;
            if (of.dropout) kept = of.dropout->of_rows(word_numbers<Real>() + uint32_t(g * L));
            for (int u = 0; u < units; u++) {
                const MixSlopes<Real> y = mix_slopes<act, Real>(load(x + (g * width + c + u) * L), broadcast(of.factors.s[c + u]), of.slope);
                Vec<Real> d = load(dy.at + g * dy.group + (c + u) * L);
                if (kept) d *= kept->at(broadcast_word<Real>(uint32_t(c + u) * golden));
                store(partial + u * L, load(partial + u * L) + only_first<Real>(d * y.by_s, rows - g * L));
                if (!dx.at) continue;
                Real* here = dx.at + g * dx.group + (c + u) * L;
                store(here, add ? load(here) + d * y.by_x : d * y.by_x);
            }
        }
        store(to.s + c, renewed(to.s + c, to.keep, sums_of_lanes(partial)));
    }

    static void scale(const ColumnFactors<Real>& of, const Real* x, Real* y) {
        for (long c = 0; c < of.width; c++) store(y + c * L, load(x + c * L) * of.s[c]);
    }

    // dx, or dx += where it is added to
    static void scale_back(const ColumnFactors<Real>& of, const Real* dy, Real* dx, bool add) {
        for (long c = 0; c < of.width; c++) {
            const Vec<Real> d = load(dy + c * L) * of.s[c];
            store(dx + c * L, add ? load(dx + c * L) + d : d);
        }
    }
};

// A row for each sample, whole registers long, rows `row` Reals apart.
template <class Real> struct ColumnFactorRows {
    static constexpr int L = lanes<Real>;

    // row number n
    template <Activation act> static void mix(const Mix<Real>& of, long n, const Real* x, Real* y) {
        std::optional<typename Dropout<Real>::Factors> kept;
        if (of.dropout) kept = of.dropout->of_rows(broadcast_word<Real>(uint32_t(n)));
        Words<Real> columns = word_numbers<Real>() * golden;
        for (long c = 0; c < of.factors.width; c += L, columns += uint32_t(L) * golden) {
            const Vec<Real> all = mixed<act, Real>(load(x + c), load(of.factors.s + c), of.slope);
            store(y + c, kept ? all * kept->at(columns) : all);
        }
    }

    // The columns of up to `most` registers from c on; `dx` is null where nobody needs it.
    static constexpr int most = 4;
    // Not inlined, since strips of two widths ask for it.
    template <Activation act>
    static __attribute__((noinline)) void mix_back(const Mix<Real>& of, const FactorGradient<Real>& to, long c, int across, const Real* x, const Real* dy,
                         Real* dx, bool add, long row, long count) {
        Vec<Real> sum[most] = {};
        for (long n = 0; n < count; n++) {
            std::optional<typename Dropout<Real>::Factors> kept;
            if (of.dropout) kept = of.dropout->of_rows(broadcast_word<Real>(uint32_t(n)));
            for (int k = 0; k < across; k++) {
                const long column = c + k * L, at = n * row + column;
                const MixSlopes<Real> y = mix_slopes<act, Real>(load(x + at), load(of.factors.s + column), of.slope);
                Vec<Real> d = load(dy + at);
                if (kept) d *= kept->at((word_numbers<Real>() + uint32_t(column)) * golden);
                sum[k] += d * y.by_s;
                if (dx) store(dx + at, add ? load(dx + at) + d * y.by_x : d * y.by_x);
            }
        }
        for (int k = 0; k < across; k++) store(to.s + c + k * L, renewed(to.s + c + k * L, to.keep, sum[k]));
    }

    static void scale(const ColumnFactors<Real>& of, const Real* x, Real* y) {
        for (long c = 0; c < of.width; c += L) store(y + c, load(x + c) * load(of.s + c));
    }

    // The columns of K registers from c on; `dx` is null where nobody needs it.
    template <int K>
    static void scale_back(const ColumnFactors<Real>& of, const FactorGradient<Real>& to, long c, const Real* x, const Real* dy,
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
                sum[k] += d * load(x + at);
                if (dx) store(dx + at, add ? load(dx + at) + d * s[k] : d * s[k]);
            }
        GW_UNROLL for (int k = 0; k < K; k++) store(to.s + c + k * L, renewed(to.s + c + k * L, to.keep, sum[k]));
    }
};

}  // namespace gw
