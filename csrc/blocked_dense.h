// A wide dense layer on the input that learns from one sample at a time, and touches W once for a whole block.
//
// For the samples x_0 .. x_{K-1} of a block and the W, b that it begins with, sample t must see what the samples
// before it have taught. With d_s = -rate_s dl_s/dz_s, the update by one sample is W += f_W x_s' d_s, b += f_b d_s, so
//
//     z_t = x_t W + b + sum_{s<t} (f_W x_t x_s' + f_b) d_s        f: what W and b have of the rate; of no bias 0
//
// and after the block W += f_W X' D, b += f_b sum_s d_s: the same numbers as one step after the other, but for rounding.
// X W, X X' and X' D are products of matrices, bounded by the rate of fused multiply-adds. One pass over W applies
// the updates of a block and multiplies by the samples of the next one, so W is read and written once for each.
//
// W lies in panels of two registers, (panel, inputs, P); X transposed, (inputs, K), so that every product reads it
// in one stream; Z and D as (panel, K, P). Tiles are whole: rows and columns past the last are zero.
#pragma once

#include <algorithm>

#include "inputs.h"
#include "memory.h"
#include "optimizers.h"
#include "transpose.h"

namespace gw {

template <class Real> class BlockedDense {
  public:
    static constexpr int L = lanes<Real>, P = 2 * L;
    static constexpr int tile = registers == 32 ? 12 : 6;  // rows of sums in registers, two columns each
    static constexpr int K = 24;  // samples in a block: more cost a longer X X', fewer more passes over W
    static constexpr long samples_row = round_up<Real>(K);
    static_assert(K % tile == 0, "a block is whole tiles");

    BlockedDense(const Step& step, RateFactors<Real> factors)
        : step_(step), factors_(factors), depth_((step.inputs + tile - 1) / tile * tile), w_(padded() * depth_), b_(padded()),
          z_(K * padded()), d_(K * padded()), gram_(K * samples_row), rows_(samples_row * row()),
          samples_(2 * samples_size()), x_(samples_.data()), x_before_(x_ + samples_size()) {}

    long padded() const { return (step_.outputs + P - 1) / P * P; }

    // Calls visit(place in theta, parameter, factor of its rate) for each parameter.
    template <class Visit> void for_each_parameter(Visit&& visit) {
        for (long i = 0; i < step_.inputs; i++)
            for (long o = 0; o < step_.outputs; o++)
                visit(step_.weight + i * step_.outputs + o, w_.data()[(o / P * depth_ + i) * P + o % P], factors_.weight);
        if (step_.bias >= 0)
            for (long o = 0; o < step_.outputs; o++) visit(step_.bias + o, b_.data()[o], factors_.bias);
    }

    // Applies what the first `learnt` samples of the block have taught, and begins a block of the samples in `rows`,
    // of which there may be none.
    void next_block(long learnt, const Features<Real>& features, const int64_t* rows, long count) {
        std::swap(x_, x_before_);
        gather(features, rows, count);
        for (long p = 0; p < padded(); p += P) {
            if (p + L < step_.outputs)
                pass_over_panel<2>(p, learnt, count);
            else
                pass_over_panel<1>(p, learnt, count);
        }
        Real* gram = gram_.data();  // of each sample and those before it, rounded up to whole registers
        for (long n = 0; n < count; n += tile)
            for (long m = 0; m < n + tile; m += L)
                product_tile<1>(step_.inputs, x_ + n, x_ + m, samples_row, zero_, gram + n * samples_row + m, samples_row);
    }

    // z_t (padded) = x_t W + b as it stands after the samples before t
    void forward(long t, Real* z) const {
        const Real *gram = gram_.data() + t * samples_row;
        for (long p = 0; p < padded(); p += P) {
            const Real *first = z_.data() + (p / P * K + t) * P, *d = d_.data() + p / P * K * P;
            Vec<Real> left = load(first), right = load(first + L);
            for (long s = 0; s < t; s++) {
                const Vec<Real> g = broadcast(factors_.weight * gram[s] + factors_.bias);
                left += g * load(d + s * P);
                right += g * load(d + s * P + L);
            }
            store(z + p, left);
            store(z + p + L, right);
        }
    }

    // Remembers d_t (padded), minus the rate times the derivative by z_t, until the end of the block.
    void learn(long t, const Real* delta) {
        for (long p = 0; p < padded(); p += P)
            std::copy(delta + p, delta + p + P, d_.data() + (p / P * K + t) * P);
    }

  private:
    const Step step_;
    const RateFactors<Real> factors_;
    const long depth_;  // the inputs, rounded up to whole tiles
    Block<Real> w_, b_, z_, d_, gram_, rows_, samples_;
    Real *x_, *x_before_;  // (inputs, K) of this block and of the one before, in `samples_`

    static constexpr Real zero_[L] = {};

    long samples_size() const { return std::max(round_up<Real>(step_.inputs), depth_) * samples_row; }
    long row() const { return round_up<Real>(step_.inputs) + L; }

    void gather(const Features<Real>& from, const int64_t* rows, long count) {
        for (long n = 0; n < count; n++) {
            Real* to = rows_.data() + n * row();
            from.read(rows[n], to);
            std::fill(to + step_.inputs, to + row(), Real(0));
        }
        for (long n = 0; n < count; n += L)
            for (long i = 0; i < step_.inputs; i += L)
                transpose(rows_.data() + n * row() + i, row(), x_ + i * samples_row + n, samples_row);
    }

    // W += f_W X' D and b += f_b sum D, then Z = X W + b, for the columns p .. p + C L
    template <int C> void pass_over_panel(long p, long learnt, long count) {
        Real *w = w_.data() + p * depth_, *b = b_.data() + p, *d = d_.data() + p * K, *z = z_.data() + p * K;
        if (learnt > 0)
            for (long i = 0; i < step_.inputs; i += tile)
                update_tile<C>(learnt, x_before_ + i * samples_row, d, factors_.weight, w + i * P);
        if (step_.bias >= 0)
            for (long s = 0; s < learnt; s++)
                for (int c = 0; c < C * L; c += L) store(b + c, load(b + c) + factors_.bias * load(d + s * P + c));
        for (long n = 0; n < count; n += tile)
            product_tile<C>(step_.inputs, x_ + n, w, P, b, z + n * P, P);
    }

    // y (tile, C L) = a (depth, tile)' w (depth, C L) + b
    template <int C>
    static void product_tile(long depth, const Real* a, const Real* w, long w_row, const Real* b, Real* y, long y_row) {
        Vec<Real> sum[tile][C];
        GW_UNROLL for (int t = 0; t < tile; t++)
            GW_UNROLL for (int c = 0; c < C; c++) sum[t][c] = load(b + c * L);
        for (long i = 0; i < depth; i++) {
            Vec<Real> right[C];
            GW_UNROLL for (int c = 0; c < C; c++) right[c] = load(w + c * L);
            GW_UNROLL for (int t = 0; t < tile; t++) {
                const Vec<Real> left = broadcast(a[t]);
                GW_UNROLL for (int c = 0; c < C; c++) sum[t][c] += left * right[c];
            }
            a += samples_row;
            w += w_row;
        }
        GW_UNROLL for (int t = 0; t < tile; t++)
            GW_UNROLL for (int c = 0; c < C; c++) store(y + t * y_row + c * L, sum[t][c]);
    }

    // w (tile, C L) += factor x (tile, count) d (count, C L), summed from zero and added once: fewer roundings
    template <int C> static void update_tile(long count, const Real* x, const Real* d, Real factor, Real* w) {
        Vec<Real> sum[tile][C];
        GW_UNROLL for (int t = 0; t < tile; t++)
            GW_UNROLL for (int c = 0; c < C; c++) sum[t][c] = zero<Real>();
        for (long s = 0; s < count; s++) {
            Vec<Real> right[C];
            GW_UNROLL for (int c = 0; c < C; c++) right[c] = load(d + s * P + c * L);
            GW_UNROLL for (int t = 0; t < tile; t++) {
                const Vec<Real> left = broadcast(x[t * samples_row + s]);
                GW_UNROLL for (int c = 0; c < C; c++) sum[t][c] += left * right[c];
            }
        }
        GW_UNROLL for (int t = 0; t < tile; t++)
            GW_UNROLL for (int c = 0; c < C; c++) {
                Real* to = w + t * P + c * L;
                store(to, load(to) + factor * sum[t][c]);
            }
    }
};

}  // namespace gw
