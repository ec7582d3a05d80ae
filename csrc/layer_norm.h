// Layer norm: each row to mean 0 and variance 1, then y = gamma z + beta.
//
// Serves both layouts: a sample in each lane, where a register holds one column of many rows and sums run down the
// columns; and a row for each sample, where a sum ends across the lanes of a register. A row is read twice for its
// moments and once more for y, from the L1 cache, which bounds it. The variance is the mean of squares about the mean:
// it is right to some units in the last place and (u mean)^2, u the unit of rounding, where mean(x^2) - mean^2 would
// lose u mean^2. Mean and 1 / s of each row are kept for the way back:
//
//     dx = (dz - mean dz - z mean(dz z)) / s,  dz = gamma dy
#pragma once

#include "norm.h"

namespace gw {

// A sample in each lane; mean and inverse (lanes) are those of one group.
template <class Real> struct LayerNormLanes {
    static constexpr int L = lanes<Real>;

    static void forward(const Norm<Real>& norm, const Real* x, Real* mean, Real* inverse, Real* y) {
        const Real share = Real(1) / Real(norm.width);
        Vec<Real> sum = zero<Real>(), squares = zero<Real>();
        for (long c = 0; c < norm.width; c++) sum += load(x + c * L);
        const Vec<Real> m = sum * share;
        for (long c = 0; c < norm.width; c++) {
            const Vec<Real> centred = load(x + c * L) - m;
            squares += centred * centred;
        }
        const Vec<Real> r = inverse_deviation<Real>(squares * share, norm.epsilon);
        for (long c = 0; c < norm.width; c++)
            store(y + c * L, (load(x + c * L) - m) * r * broadcast(norm.gamma[c]) + broadcast(norm.beta[c]));
        store(mean, m);
        store(inverse, r);
    }

    // dx, or dx += where it is added to
    static void backward(const Norm<Real>& norm, const Real* x, const Real* mean, const Real* inverse, const Real* dy, Real* dx,
                         bool add) {
        const Real share = Real(1) / Real(norm.width);
        const Vec<Real> m = load(mean), r = load(inverse);
        Vec<Real> sum = zero<Real>(), product = zero<Real>();
        for (long c = 0; c < norm.width; c++) {
            const Vec<Real> dz = load(dy + c * L) * broadcast(norm.gamma[c]);
            sum += dz;
            product += dz * ((load(x + c * L) - m) * r);
        }
        sum *= share;
        product *= share;
        for (long c = 0; c < norm.width; c++) {
            const Vec<Real> dz = load(dy + c * L) * broadcast(norm.gamma[c]), z = (load(x + c * L) - m) * r;
            const Vec<Real> d = (dz - sum - z * product) * r;
            store(dx + c * L, add ? load(dx + c * L) + d : d);
        }
    }
};

// A row for each sample, whole registers long.
template <class Real> struct LayerNormRows {
    static constexpr int L = lanes<Real>;

    static void forward(const Norm<Real>& norm, const Real* x, Real* mean, Real* inverse, Real* y) {
        const Real share = Real(1) / Real(norm.width);
        Vec<Real> sum = zero<Real>(), squares = zero<Real>();
        for (long c = 0; c < norm.width; c += L) sum += only_first<Real>(load(x + c), norm.width - c);
        const Real m = *mean = sum_of_lanes<Real>(sum) * share;
        for (long c = 0; c < norm.width; c += L) {
            const Vec<Real> centred = only_first<Real>(load(x + c) - m, norm.width - c);
            squares += centred * centred;
        }
        const Real r = *inverse = Real(1) / std::sqrt(sum_of_lanes<Real>(squares) * share + norm.epsilon);
        for (long c = 0; c < norm.width; c += L)
            store(y + c, (load(x + c) - m) * r * load(norm.gamma + c) + load(norm.beta + c));
    }

    static void backward(const Norm<Real>& norm, const Real* x, Real m, Real r, const Real* dy, Real* dx, bool add) {
        const Real share = Real(1) / Real(norm.width);
        Vec<Real> sums = zero<Real>(), products = zero<Real>();  // gamma is 0 past the last column
        for (long c = 0; c < norm.width; c += L) {
            const Vec<Real> dz = load(dy + c) * load(norm.gamma + c);
            sums += dz;
            products += dz * ((load(x + c) - m) * r);
        }
        const Real sum = sum_of_lanes<Real>(sums) * share, product = sum_of_lanes<Real>(products) * share;
        for (long c = 0; c < norm.width; c += L) {
            const Vec<Real> dz = load(dy + c) * load(norm.gamma + c), z = (load(x + c) - m) * r;
            const Vec<Real> d = only_first<Real>((dz - sum - z * product) * r, norm.width - c);
            store(dx + c, add ? load(dx + c) + d : d);
        }
    }

    // dgamma = sum_n dy z,  dbeta = sum_n dy        for the columns of K registers from c on, in rows `row` Reals apart
    template <int K>
    static void learn(const NormGradient<Real>& to, long c, const Real* x, const Real* mean, const Real* inverse, const Real* dy,
                      long row, long count) {
        Vec<Real> gamma[K], beta[K];
        GW_UNROLL for (int k = 0; k < K; k++) gamma[k] = beta[k] = zero<Real>();
        for (long n = 0; n < count; n++)
            GW_UNROLL for (int k = 0; k < K; k++) {
                const Vec<Real> d = load(dy + n * row + c + k * L);
                gamma[k] += d * ((load(x + n * row + c + k * L) - mean[n]) * inverse[n]);
                beta[k] += d;
            }
        GW_UNROLL for (int k = 0; k < K; k++) {
            store(to.gamma + c + k * L, renewed(to.gamma + c + k * L, to.keep, gamma[k]));
            store(to.beta + c + k * L, renewed(to.beta + c + k * L, to.keep, beta[k]));
        }
    }
};

}  // namespace gw
