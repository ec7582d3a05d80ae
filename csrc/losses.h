// Losses on one group of samples, a sample in each lane: output (width, lanes) -> a loss in each lane, and the
// derivative of their mean. Bounded by exp; a group never leaves the L1 cache.
#pragma once

#include <limits>

#include "polling.h"
#include "program.h"
#include "targets.h"
#include "vector_math.h"

namespace gw {

// l = -log p_label, p = softmax(z)        dz = weight (p - onehot)
// Each lane is shifted by its own maximum, so that no exponential overflows. A NaN may miss the maximum, but not its
// own exponential, and so it is seen in the sum.
template <class Real>
static Vec<Real> softmax_with_labels(const Real* z, int width, IntVec<Real> labels, Vec<Real> weight, Real* dz) {
    constexpr int L = lanes<Real>;
    Vec<Real> highest = load(z);
    for (int c = 1; c < width; c++) highest = larger(highest, load(z + c * L));
    Vec<Real> sum = zero<Real>(), chosen = zero<Real>();
    for (int c = 0; c < width; c++) {
        Vec<Real> x = load(z + c * L) - highest;
        chosen = labels == c ? x : chosen;
        Vec<Real> e = exp(x);
        sum += e;
        store(dz + c * L, e);
    }
    const Vec<Real> share = weight / sum;
    for (int c = 0; c < width; c++) {
        Vec<Real> d = load(dz + c * L) * share;
        store(dz + c * L, labels == c ? d - weight : d);
    }
    return log(sum) - chosen;
}

// l = -sum_c t_c log p_c        dz = weight (p sum_c t_c - t)
template <class Real>
static Vec<Real> softmax_with_values(const Real* z, int width, const Real* t, Vec<Real> weight, Real* dz) {
    constexpr int L = lanes<Real>;
    Vec<Real> highest = load(z);
    for (int c = 1; c < width; c++) highest = larger(highest, load(z + c * L));
    Vec<Real> sum = zero<Real>(), picked = zero<Real>(), total = zero<Real>();
    for (int c = 0; c < width; c++) {
        Vec<Real> x = load(z + c * L) - highest, target = load(t + c * L);
        picked += target * x;
        total += target;
        Vec<Real> e = exp(x);
        sum += e;
        store(dz + c * L, e);
    }
    for (int c = 0; c < width; c++)
        store(dz + c * L, weight * (load(dz + c * L) * (total / sum) - load(t + c * L)));
    return total * log(sum) - picked;
}

// The loss and its dz with targets t' = (1 - smoothing) t + smoothing (sum_c t_c) / width, from those with t, which is
// `share(c)`: l + smoothing sum_c (t_c - mean t) z_c        dz + weight smoothing (t - mean t)
template <class Real, class Share>
static Vec<Real> smoothed(Vec<Real> value, Real smoothing, const Real* z, int width, Share&& share, Vec<Real> weight,
                          Real* dz) {
    constexpr int L = lanes<Real>;
    Vec<Real> total = zero<Real>();
    for (int c = 0; c < width; c++) total += share(c);
    const Vec<Real> mean = total / Real(width);
    for (int c = 0; c < width; c++) {
        const Vec<Real> off = smoothing * (share(c) - mean);
        value += off * load(z + c * L);
        store(dz + c * L, load(dz + c * L) + weight * off);
    }
    return value;
}

// l = -(1 - p)^gamma log p, p = p_label = e^-value, from softmax cross-entropy's `value` and dz:
// dz (1 - p)^gamma (1 - gamma p log p / (1 - p))        (1 - p)^gamma = e^(gamma log(1 - p)), and log p / (1 - p) is -1
// where p is 1.
template <class Real> static Vec<Real> focused(Vec<Real> value, Real gamma, int width, Real* dz) {
    constexpr int L = lanes<Real>;
    const Vec<Real> one = broadcast(Real(1)), log_p = -value, rest = -expm1(smaller(zero<Real>(), log_p));
    const Vec<Real> sure = broadcast(std::numeric_limits<Real>::min()), q = rest > sure ? rest : sure;
    const Vec<Real> power = rest > 0 ? exp(gamma * log(q)) : zero<Real>(), share = gamma == 0 ? one : power;
    const Vec<Real> quotient = rest > 0 ? log_p / q : -one, factor = share * (one - gamma * (one - rest) * quotient);
    for (int c = 0; c < width; c++) store(dz + c * L, load(dz + c * L) * factor);
    return value == value ? share * value : value;
}

// l = h^power, h = max(0, 1 + max_{c != label} z_c - z_label)        dz = weight power h^(power - 1) (onehot of the rival's
// c - onehot of the label) where h > 0; the rival is the first of the highest. A NaN may miss all comparisons, and so it
// is looked for.
template <class Real>
static Vec<Real> hinged(const Real* z, int width, IntVec<Real> labels, bool squared, Vec<Real> weight, Real* dz) {
    constexpr int L = lanes<Real>;
    const Vec<Real> one = broadcast(Real(1));
    Vec<Real> rival = broadcast(-std::numeric_limits<Real>::infinity()), own = zero<Real>(), strange = zero<Real>();
    IntVec<Real> who = IntVec<Real>{} - 1;
    for (int c = 0; c < width; c++) {
        const Vec<Real> x = load(z + c * L);
        const IntVec<Real> nearer = (labels != c) & (x > rival);
        own = labels == c ? x : own;
        strange = x == x ? strange : x;
        rival = nearer ? x : rival;
        who = nearer ? IntVec<Real>{} + c : who;
    }
    const Vec<Real> gap = one + rival - own, h = gap > 0 ? gap : zero<Real>();
    const Vec<Real> steepness = squared ? Real(2) * h : one, slope = gap > 0 ? weight * steepness : zero<Real>();
    for (int c = 0; c < width; c++) store(dz + c * L, who == c ? slope : labels == c ? -slope : zero<Real>());
    return (squared ? h * h : h) + strange;
}

// The slope `above` where the error is positive, -`below` where it is negative, 0 at 0; NaN stays NaN.
template <class Real> GW_INLINE Vec<Real> pinball(Vec<Real> error, Real above, Real below) {
    return error > 0 ? broadcast(above) : error < 0 ? broadcast(-below) : error;
}

// l = sum_c h(z_c, t_c)        dz = weight h'        for the losses of one entry at a time
template <class Real>
static Vec<Real> entrywise(LossKind kind, Real parameter, const Real* z, int width, const Real* t, Vec<Real> weight,
                           Real* dz) {
    constexpr int L = lanes<Real>;
    Vec<Real> sum = zero<Real>();
    for (int c = 0; c < width; c++) {
        const Vec<Real> x = load(z + c * L), target = load(t + c * L), error = x - target;
        Vec<Real> value, slope;
        if (kind == LossKind::binary_cross_entropy) {
            value = softplus<Real>(x) - target * x;
            slope = sigmoid<Real>(x) - target;
        } else if (kind == LossKind::mean_squared_error) {
            value = error * error;
            slope = Real(2) * error;
        } else if (kind == LossKind::mean_absolute_error) {
            value = absolute<Real>(error);
            slope = pinball<Real>(error, 1, 1);
        } else if (kind == LossKind::quantile) {
            slope = pinball<Real>(error, 1 - parameter, parameter);
            value = slope * error;
        } else if (kind == LossKind::poisson) {
            const Vec<Real> rate = exp(x), beyond = broadcast(std::numeric_limits<Real>::infinity());
            value = x > highest_exponent<Real> ? beyond : rate - target * x;
            slope = rate - target;  // finite, for a lane that does not count
        } else {
            slope = clamp<Real>(error, -parameter, parameter);
            value = slope * (error - Real(0.5) * slope);
        }
        sum += value;
        store(dz + c * L, weight * slope);
    }
    return sum;
}

// The loss of each lane, summed over its entries, and dz = weight times its derivative; dz may not be z.
template <class Real>
static Vec<Real> loss_of_group(const Program& program, const Real* z, int width, const TargetGroup<Real>& target,
                               Vec<Real> weight, Real* dz) {
    if (!of_classes(program.loss))
        return entrywise(program.loss, Real(program.loss_parameter), z, width, target.values, weight, dz);
    constexpr int L = lanes<Real>;
    const Real smoothing = Real(program.loss_parameter);
    if (target.values) {
        const Vec<Real> value = softmax_with_values(z, width, target.values, weight, dz);
        if (smoothing == 0) return value;
        return smoothed(value, smoothing, z, width, [&](int c) { return load(target.values + c * L); }, weight, dz);
    }
    if (program.loss == LossKind::hinge) return hinged(z, width, target.labels, program.loss_parameter == 2, weight, dz);
    const Vec<Real> value = softmax_with_labels(z, width, target.labels, weight, dz), one = broadcast(Real(1));
    if (program.loss == LossKind::focal) return focused(value, Real(program.loss_parameter), width, dz);
    if (smoothing == 0) return value;
    return smoothed(value, smoothing, z, width, [&](int c) { return target.labels == c ? one : zero<Real>(); }, weight, dz);
}

// The entries that the mean of the loss is taken over, for each row.
inline int entries_per_row(const Program& program) {
    return of_classes(program.loss) ? 1 : program.widths[program.output];
}

template <class Real> static IntVec<Real> argmax(const Real* z, int width) {
    constexpr int L = lanes<Real>;
    Vec<Real> highest = load(z);
    IntVec<Real> where = {};
    for (int c = 1; c < width; c++) {
        Vec<Real> x = load(z + c * L);
        where = x > highest ? IntVec<Real>{} + c : where;
        highest = x > highest ? x : highest;
    }
    return where;
}

// Per lane: 1 where a classifier is right, the share of right answers for several yes-or-no outputs, else 0.
template <class Real>
static Vec<Real> right_answers(const Program& program, const Real* z, int width, const TargetGroup<Real>& target) {
    const Vec<Real> one = broadcast(Real(1));
    if (of_classes(program.loss)) {
        const IntVec<Real> wanted = target.values ? argmax(target.values, width) : target.labels;
        return argmax(z, width) == wanted ? one : zero<Real>();
    }
    Vec<Real> right = zero<Real>();
    if (program.loss == LossKind::binary_cross_entropy)
        for (int c = 0; c < width; c++) {
            const IntVec<Real> yes = load(z + c * lanes<Real>) > 0;
            const IntVec<Real> truth = load(target.values + c * lanes<Real>) > Real(0.5);
            right += yes == truth ? one : zero<Real>();
        }
    return right / Real(width);
}

// The sum over `count` rows of the loss, each row's entries summed and the row as it counts; dz <- `scale` times the
// derivative of that sum.
// z and dz are (groups, width, lanes), the groups `z_stride` and `dz_stride` Reals apart; group g is held against
// targets[first_target + g]. `right`, where it is not null, takes the number of right answers.
template <class Real>
static double loss_of_batch(const Program& program, const Real* z, long z_stride, const TargetGroups<Real>& targets,
                            long first_target, long count, double scale, Real* dz, long dz_stride, double* right,
                            Polling& polling) {
    constexpr int L = lanes<Real>;
    const int width = program.widths[program.output];
    Vec<Real> total = zero<Real>(), total_right = zero<Real>();
    polling.in_stretches((count + L - 1) / L, Polling::per_number * width * L, [&](long first, long last) {
        for (long g = first; g < last; g++, z += z_stride, dz += dz_stride) {
            const TargetGroup<Real> target = targets[first_target + g];
            const IntVec<Real> counts = target.weights > zero<Real>();  // no NaN of a lane that does not
            const Vec<Real> value = loss_of_group(program, z, width, target, target.weights * Real(scale), dz);
            total += counts ? target.weights * value : zero<Real>();
            if (right) total_right += target.weights * right_answers(program, z, width, target);
        }
    });
    if (right) *right += sum_of_lanes<Real>(total_right);
    return sum_of_lanes<Real>(total);
}

}  // namespace gw
