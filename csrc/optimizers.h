// One update of all parameters: passes over vectors as long as theta, bounded by memory bandwidth.
//
// The formulas are those of gradwright/optim; `theta`, `g`, `m` and `v` hold `count` numbers each.
#pragma once

#include <cmath>

#include "program.h"
#include "simd.h"

namespace gw {

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

// theta <- theta - rate (its optimizer's step) along g + pull theta; t counts the updates, this one included
template <class Real>
static void update(const Optimizer& o, double rate, int64_t t, double pull, long count, Real* __restrict theta,
                   const Real* __restrict g, Real* __restrict m, Real* __restrict v) {
    const Real lr = Real(rate), l2 = Real(pull), mu = Real(o.momentum), epsilon = Real(o.epsilon);
    const Real b1 = Real(o.beta1), c1 = Real(1 - o.beta1), b2 = Real(o.beta2), c2 = Real(1 - o.beta2);
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
            const Real step = Real(rate / (1 - std::pow(o.beta1, double(t))));
            const Real root = Real(1 / std::sqrt(1 - std::pow(o.beta2, double(t))));
            const Real shrink = o.kind == OptimizerKind::adamw ? Real(rate * o.decay) : Real(0);
            for (long i = 0; i < count; i++) {
                const Real d = g[i] + l2 * theta[i];
                m[i] = b1 * m[i] + c1 * d;
                v[i] = b2 * v[i] + c2 * d * d;
                theta[i] -= step * m[i] / (std::sqrt(v[i]) * root + epsilon) + shrink * theta[i];
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

// mean <- mean + (1 - decay) / (1 - decay^steps) (theta - mean), the mean of theta over so many steps, this one included,
// each counting decay times as much as the next
template <class Real>
static void average(double decay, int64_t steps, long count, const Real* __restrict theta, Real* __restrict mean) {
    const Real share = Real((1 - decay) / (1 - std::pow(decay, double(steps))));
    for (long i = 0; i < count; i++) mean[i] += share * (theta[i] - mean[i]);
}

}  // namespace gw
