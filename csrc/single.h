// A dense layer that sees one sample at a time and learns from it at once: y = act(x W + b), then W += f_W x' dz.
//
// Serves the layers behind a blocked first one, and a first one of few inputs (SingleFirst). W lies transposed,
// (outputs, row) with a row as long as the inputs, so that few outputs leave no lane idle; a multiple of `tile`
// outputs is stored. Bounded by reading and writing W in the L1 or L2 cache. Vectors are contiguous, whole registers
// long, and zero past their last number.
#pragma once

#include <algorithm>

#include "activations.h"
#include "inputs.h"
#include "memory.h"
#include "optimizers.h"
#include "transpose.h"

namespace gw {

// x[count .. padded) = 0
template <class Real> GW_INLINE void clear_padding(Real* x, long count, long padded) {
    for (long i = count; i < padded; i++) x[i] = 0;
}

template <class Real> class SingleDense {
  public:
    static constexpr int L = lanes<Real>, tile = 5;  // rows of W at once; ten classes are two tiles

    SingleDense(const Step& step, RateFactors<Real> factors)
        : step_(step), factors_(factors), row_(round_up<Real>(step.inputs) + L),  // no power of two: rows would share cache sets
          w_((step.outputs + tile - 1) / tile * tile * row_), b_(width(step.outputs)), y_(width(step.outputs)),
          dy_(width(step.outputs)), partial_(width(step.outputs) * L) {}

    // Room for a vector of n numbers: whole registers, and whole tiles.
    static long width(long n) { return round_up<Real>((n + tile - 1) / tile * tile); }

    const Real* values() const { return y_.data(); }  // y of the last forward
    Real* delta() { return dy_.data(); }              // to be filled with dy before backward

    // Calls visit(place in theta, parameter, factor of its rate) for each parameter.
    template <class Visit> void for_each_parameter(Visit&& visit) {
        for (long i = 0; i < step_.inputs; i++)
            for (long o = 0; o < step_.outputs; o++) visit(step_.weight + i * step_.outputs + o, w_.data()[o * row_ + i], factors_.weight);
        if (step_.bias >= 0)
            for (long o = 0; o < step_.outputs; o++) visit(step_.bias + o, b_.data()[o], factors_.bias);
    }

    // y = act(x W + b)
    void forward(const Real* x) {
        Real* y = y_.data();
        for (long o = 0; o < step_.outputs; o += tile) {
            Vec<Real> sum[tile];
            GW_UNROLL for (int t = 0; t < tile; t++) sum[t] = zero<Real>();
            for (long i = 0; i < step_.inputs; i += L) {
                const Vec<Real> a = load(x + i);
                GW_UNROLL for (int t = 0; t < tile; t++) sum[t] += a * load(w_.data() + (o + t) * row_ + i);
            }
            GW_UNROLL for (int t = 0; t < tile; t++) store(partial_.data() + (o + t) * L, sum[t]);
        }
        for (long o = 0; o < step_.outputs; o += L)
            store(y + o, sums_of_lanes(partial_.data() + o * L) + load(b_.data() + o));
        activate(step_.activation, step_.slope, y, y, round_up<Real>(step_.outputs));
        clear_padding(y, step_.outputs, width(step_.outputs));
    }

    // dz = dy act';  dx = dz W';  W += f_W x' dz;  b += f_b dz        where dy holds minus the rate as a factor
    void backward(const Real* x, Real* dx) {
        Real* dz = dy_.data();
        differentiate(step_.activation, step_.slope, y_.data(), dz, dz, round_up<Real>(step_.outputs), false);
        std::fill(dx, dx + round_up<Real>(step_.inputs), Real(0));
        for (long o = 0; o < step_.outputs; o += tile) {
            Vec<Real> d[tile], step[tile];
            GW_UNROLL for (int t = 0; t < tile; t++) {
                d[t] = broadcast(dz[o + t]);
                step[t] = factors_.weight * d[t];
            }
            for (long i = 0; i < step_.inputs; i += L) {
                const Vec<Real> a = load(x + i);
                Vec<Real> sum = load(dx + i);
                GW_UNROLL for (int t = 0; t < tile; t++) {
                    Real* w = w_.data() + (o + t) * row_ + i;
                    const Vec<Real> before = load(w);
                    sum += d[t] * before;
                    store(w, before + step[t] * a);
                }
                store(dx + i, sum);
            }
        }
        if (step_.bias < 0) return;
        for (long o = 0; o < step_.outputs; o += L) store(b_.data() + o, load(b_.data() + o) + factors_.bias * load(dz + o));
    }

  private:
    const Step step_;
    const RateFactors<Real> factors_;
    const long row_;
    Block<Real> w_, b_, y_, dy_, partial_;  // partial (outputs, lanes): products whose lanes are still to be added
};

// A first layer that learns at once, by the words of BlockedDense: activation and loss are its caller's.
template <class Real> class SingleFirst {
  public:
    static constexpr int K = 24;  // rows that are brought in together

    SingleFirst(const Step& step, RateFactors<Real> factors)
        : outputs_(step.outputs), row_(round_up<Real>(step.inputs)), dense_(bare(step), factors), rows_(K * row_), dx_(row_) {}

    long padded() const { return SingleDense<Real>::width(outputs_); }

    template <class Visit> void for_each_parameter(Visit&& visit) { dense_.for_each_parameter(visit); }

    void next_block(long /*learnt*/, const Features<Real>& features, const int64_t* rows, long count) {
        for (long n = 0; n < count; n++) features.read(rows[n], rows_.data() + n * row_);
    }

    // z (padded) = x_t W + b
    void forward(long t, Real* z) {
        dense_.forward(rows_.data() + t * row_);
        std::copy(dense_.values(), dense_.values() + padded(), z);
    }

    // W += f_W x_t' delta, b += f_b delta
    void learn(long t, const Real* delta) {
        std::copy(delta, delta + padded(), dense_.delta());
        dense_.backward(rows_.data() + t * row_, dx_.data());
    }

  private:
    const long outputs_, row_;
    SingleDense<Real> dense_;
    Block<Real> rows_, dx_;  // rows past the last input are zero

    static Step bare(Step step) {
        step.activation = Activation::none;
        return step;
    }
};

}  // namespace gw
