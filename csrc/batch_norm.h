// Batch norm: each column to mean 0 and variance 1 over the rows of the batch, then y = gamma z + beta; in evaluation by
// running statistics in the place of the batch's own.
//
// Serves both layouts, a register of columns at a time, so that what is read for the moments is still in the L1 cache
// for y, which bounds it: with a sample in each lane, sums end across lanes, and those of a register of units are turned
// together; with a row for each sample, they run down the rows. The variance is the mean of squares about the mean, as
// in layer_norm.h and as exact. Mean, variance and 1 / s of each column are kept for the way back and for the running
// statistics:
//
//     dx = (dz - mean dz - z mean(dz z)) / s,  dz = gamma dy        in evaluation, where mean and s are constants, dx = dz / s
#pragma once

#include "norm.h"

namespace gw {

// A sample in each lane: x, y, dy, dx (groups, width, lanes), groups so many Reals apart; the units c .. c + units - 1.
template <class Real> struct BatchNormLanes {
    static constexpr int L = lanes<Real>;

    static void forward(const Norm<Real>& norm, const Moments<Real>& of, long c, int units, const Real* x, Real* y, long rows) {
        const long group = long(norm.width) * L, groups = (rows + L - 1) / L;
        x += c * L;
        y += c * L;
        auto at = [&](long g, int u) { return load(x + g * group + u * L); };
        if (of.own) {
            const Real share = Real(1) / Real(rows);
            store(of.mean + c, sums_over_rows<Real>(rows, units, at) * share);
            store(of.variance + c, sums_over_rows<Real>(rows, units, [&](long g, int u) {
                                       const Vec<Real> centred = at(g, u) - of.mean[c + u];
                                       return centred * centred;
                                   }) * share);
        }
        store(of.inverse + c, inverse_deviation<Real>(load(of.variance + c), norm.epsilon));
        for (int u = 0; u < units; u++) {
            const Real mean = of.mean[c + u], factor = norm.gamma[c + u] * of.inverse[c + u];
            for (long g = 0; g < groups; g++)
                store(y + g * group + u * L, (at(g, u) - mean) * factor + broadcast(norm.beta[c + u]));
        }
    }

    // `dx.at` is null where nobody needs it
    static void backward(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, long c, int units,
                         const Real* x, Delta<Real> dy, Delta<Real> dx, bool add, long rows) {
        const long group = long(norm.width) * L, groups = (rows + L - 1) / L;
        auto z = [&](long g, int u) { return (load(x + g * group + (c + u) * L) - of.mean[c + u]) * of.inverse[c + u]; };
        auto d = [&](long g, int u) { return load(dy.at + g * dy.group + (c + u) * L); };
        const Vec<Real> beta = sums_over_rows<Real>(rows, units, d);
        const Vec<Real> gamma = sums_over_rows<Real>(rows, units, [&](long g, int u) { return d(g, u) * z(g, u); });
        const Real share = of.own ? Real(1) / Real(rows) : Real(0);
        Real means[L], products[L];
        store(means, beta * share);
        store(products, gamma * share);
        for (int u = 0; dx.at && u < units; u++) {
            const Real factor = norm.gamma[c + u] * of.inverse[c + u];
            for (long g = 0; g < groups; g++) {
                Real* here = dx.at + g * dx.group + (c + u) * L;
                const Vec<Real> new_one = (d(g, u) - means[u] - z(g, u) * products[u]) * factor;
                const Vec<Real> of_rows = g + 1 < groups ? new_one : only_first<Real>(new_one, rows - g * L);
                store(here, add ? load(here) + of_rows : of_rows);
            }
        }
        store(to.gamma + c, renewed(to.gamma + c, to.keep, gamma));
        store(to.beta + c, renewed(to.beta + c, to.keep, beta));
    }
};

// A row for each sample, rows `row` Reals apart: the columns of K registers from c on.
template <class Real> struct BatchNormRows {
    static constexpr int L = lanes<Real>;

    template <int K>
    static void forward(const Norm<Real>& norm, const Moments<Real>& of, long c, const Real* x, Real* y, long row, long count) {
        Vec<Real> mean[K], factor[K], offset[K];
        x += c;
        y += c;
        if (of.own) {
            const Real share = Real(1) / Real(count);
            Vec<Real> squares[K];
            GW_UNROLL for (int k = 0; k < K; k++) mean[k] = squares[k] = zero<Real>();
            for (long n = 0; n < count; n++) GW_UNROLL for (int k = 0; k < K; k++) mean[k] += load(x + n * row + k * L);
            GW_UNROLL for (int k = 0; k < K; k++) mean[k] *= share;
            for (long n = 0; n < count; n++)
                GW_UNROLL for (int k = 0; k < K; k++) {
                    const Vec<Real> centred = load(x + n * row + k * L) - mean[k];
                    squares[k] += centred * centred;
                }
            GW_UNROLL for (int k = 0; k < K; k++) {
                store(of.mean + c + k * L, mean[k]);
                store(of.variance + c + k * L, squares[k] * share);
            }
        }
        GW_UNROLL for (int k = 0; k < K; k++) {
            mean[k] = load(of.mean + c + k * L);
            const Vec<Real> inverse = inverse_deviation<Real>(load(of.variance + c + k * L), norm.epsilon);
            store(of.inverse + c + k * L, inverse);
            factor[k] = load(norm.gamma + c + k * L) * inverse;
            offset[k] = load(norm.beta + c + k * L);
        }
        for (long n = 0; n < count; n++)
            GW_UNROLL for (int k = 0; k < K; k++)
                store(y + n * row + k * L, (load(x + n * row + k * L) - mean[k]) * factor[k] + offset[k]);
    }

    // `dx` is null where nobody needs it
    template <int K>
    static void backward(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, long c, const Real* x,
                         const Real* dy, Real* dx, bool add, long row, long count) {
        Vec<Real> mean[K], inverse[K], gamma[K], beta[K], factor[K];
        GW_UNROLL for (int k = 0; k < K; k++) {
            mean[k] = load(of.mean + c + k * L);
            inverse[k] = load(of.inverse + c + k * L);
            factor[k] = load(norm.gamma + c + k * L) * inverse[k];
            gamma[k] = beta[k] = zero<Real>();
        }
        for (long n = 0; n < count; n++)
            GW_UNROLL for (int k = 0; k < K; k++) {
                const Vec<Real> d = load(dy + n * row + c + k * L);
                gamma[k] += d * ((load(x + n * row + c + k * L) - mean[k]) * inverse[k]);
                beta[k] += d;
            }
        GW_UNROLL for (int k = 0; k < K; k++) {
            store(to.gamma + c + k * L, renewed(to.gamma + c + k * L, to.keep, gamma[k]));
            store(to.beta + c + k * L, renewed(to.beta + c + k * L, to.keep, beta[k]));
        }
        if (!dx) return;
        const Real share = of.own ? Real(1) / Real(count) : Real(0);
        GW_UNROLL for (int k = 0; k < K; k++) {
            gamma[k] *= share * inverse[k];
            beta[k] *= share;
        }
        for (long n = 0; n < count; n++)
            GW_UNROLL for (int k = 0; k < K; k++) {
                const long at = n * row + c + k * L;
                const Vec<Real> d = (load(dy + at) - beta[k] - (load(x + at) - mean[k]) * gamma[k]) * factor[k];
                store(dx + at, add ? load(dx + at) + d : d);
            }
    }
};

}  // namespace gw
