// One update of all parameters: passes over vectors as long as theta, bounded by memory bandwidth.
//
// The formulas are those of gradwright/optim; `theta`, `g`, `m` and `v` hold `count` numbers each, of one array.
#pragma once

#include <cmath>

#include "program.h"
#include "simd.h"

namespace gw {

// What the W and the b of a layer have of the rate; that of no b is 0.
template <class Real> struct RateFactors {
    Real weight, bias;
};

// ||g||, scaled by its largest entry so that no square overflows
template <class Real> static double norm(const Real* g, long count) {
    double largest = 0;
    for (long i = 0; i < count; i++) largest = std::fmax(largest, std::fabs(double(g[i])));
    if (largest == 0 || !std::isfinite(largest)) return largest;
    double sum = 0;
    for (long i = 0; i < count; i++) sum += (g[i] / largest) * (g[i] / largest);
    return largest * std::sqrt(sum);
}

// g <- g min(1, bound / ||g||); a gradient with an infinity or a NaN stays as it is
template <class Real> static void clip(Real* g, long count, double bound) {
    const double length = norm(g, count);
    if (!(length > bound) || !std::isfinite(length)) return;
    const Real factor = Real(bound / length);
    for (long i = 0; i < count; i++) g[i] *= factor;
}

// The t-th update of an optimizer, whose numbers are the same for all arrays: theta <- theta - rate (its step) along
// g + pull theta. An array's factors act on the rate, and on the weight decay beside it.
struct Update {
    const Optimizer& optimizer;
    double rate, unbiased, root;  // of Adam: 1 - beta1^t, and 1 / sqrt(1 - beta2^t)

    Update(const Optimizer& o, double rate, int64_t t)
        : optimizer(o), rate(rate), unbiased(1 - std::pow(o.beta1, double(t))), root(1 / std::sqrt(1 - std::pow(o.beta2, double(t)))) {}

    template <class Real>
    void operator()(Factors of, double pull, long count, Real* __restrict theta, const Real* __restrict g, Real* __restrict m,
                    Real* __restrict v) const {
        const Optimizer& o = optimizer;
        const Real lr = Real(rate * of.rate), l2 = Real(pull), mu = Real(o.momentum), epsilon = Real(o.epsilon);
        switch (o.kind) {
            case OptimizerKind::sgd:
                for (long i = 0; i < count; i++) theta[i] -= lr * (g[i] + l2 * theta[i]);
                return;
            case OptimizerKind::momentum:
                for (long i = 0; i < count; i++) {
                    m[i] = mu * m[i] + (g[i] + l2 * theta[i]);
                    theta[i] -= lr * m[i];
                }
                return;
            case OptimizerKind::nesterov:
                for (long i = 0; i < count; i++) {
                    const Real d = g[i] + l2 * theta[i];
                    m[i] = mu * m[i] + d;
                    theta[i] -= lr * (d + mu * m[i]);
                }
                return;
            case OptimizerKind::adam:
            case OptimizerKind::adamw: {
                const Real b1 = Real(o.beta1), c1 = Real(1 - o.beta1), b2 = Real(o.beta2), c2 = Real(1 - o.beta2);
                const Real step = Real(rate * of.rate / unbiased), up = Real(root);
                const Real shrink = o.kind == OptimizerKind::adamw ? Real(rate * of.rate * o.decay * of.decay) : Real(0);
                for (long i = 0; i < count; i++) {
                    const Real d = g[i] + l2 * theta[i];
                    m[i] = b1 * m[i] + c1 * d;
                    v[i] = b2 * v[i] + c2 * d * d;
                    theta[i] -= step * m[i] / (std::sqrt(v[i]) * up + epsilon) + shrink * theta[i];
                }
                return;
            }
            case OptimizerKind::rmsprop: {
                const Real decay = Real(o.decay), rest = Real(1 - o.decay);
                for (long i = 0; i < count; i++) {
                    const Real d = g[i] + l2 * theta[i];
                    m[i] = decay * m[i] + rest * d * d;
                    theta[i] -= lr * d / (std::sqrt(m[i]) + epsilon);
                }
                return;
            }
        }
    }
};

// mean <- mean + (1 - decay) / (1 - decay^steps) (theta - mean), the mean of theta over so many steps, this one included,
// each counting decay times as much as the next
template <class Real>
static void average(double decay, int64_t steps, long count, const Real* __restrict theta, Real* __restrict mean) {
    const Real share = Real((1 - decay) / (1 - std::pow(decay, double(steps))));
    for (long i = 0; i < count; i++) mean[i] += share * (theta[i] - mean[i]);
}

}  // namespace gw
