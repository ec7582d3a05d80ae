// Softmax regression by plain gradient descent: a step in one pass over its batch.
//
// Serves a single linear layer of few inputs and classes, of which a whole step takes less time than the passes of the
// general family over its buffers. A sample is in each lane (lanes.h brings them in); the outputs of a group of samples
// stay in registers from z = x W + b to dz, whose products with x are then summed over all lanes at once. theta lies as W
// (inputs, classes) with b (classes) behind it, so that these sums are its change, a register at a time. Bounded by the
// chain that leads from one theta to the next: product, maximum, exponential, quotient, product, sum.
//
// A few steps are made before their losses are looked at. theta before each of them is kept, and where a loss is not
// finite it is the one to go back to. Every other request is passed on to the general family.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "lanes.h"
#include "run.h"
#include "targets.h"
#include "transpose.h"
#include "vector_math.h"

namespace gw {

template <class Real> class SoftmaxRegression final : public Run<Real> {
  public:
    static constexpr int L = lanes<Real>;

    // A layer input -> linear -> output with a loss of labels; a penalty acts on its weights.
    static bool serves(const Program& program, long batch_size) {
        if (program.steps.size() != 1 || program.loss != LossKind::softmax_cross_entropy || program.loss_parameter != 0 ||
            program.penalty == PenaltyKind::l1)
            return false;
        const Step& s = program.steps[0];
        return s.kind == StepKind::linear && s.activation == Activation::none && s.addend < 0 && s.target == program.output &&
               s.inputs <= most_inputs && s.outputs >= 2 && s.outputs <= most_classes && batch_size <= most_together;
    }

    SoftmaxRegression(const Program& program, long batch_size, std::unique_ptr<Run<Real>> general)
        : program_(program), general_(std::move(general)), kernels_(program, int(batch_size), 1, polling_),
          step_(step_for(classes_, std::make_integer_sequence<int, most_classes - 1>())), groups_(Lanes<Real>::groups(batch_size)),
          together_(Lanes<Real>::ahead(program, batch_size)), x_(together_ * groups_ * L * inputs_),
          targets_(together_ * groups_, classes_), theta_((together_ + 1) * stride_), dz_(groups_ * L * classes_),
          gradient_(stride_ * L), losses_(together_ * L) {}

    long train(const EpochRequest<Real>& request, Position<Real>& at, Watcher& watcher) override {
        if (!is_plain(request) || !request.targets.labels) return general_->train(request, at, watcher);
        read_in(at.theta);
        polling_.begin(watcher);
        const long steps = (request.order.count() + request.batch_size - 1) / request.batch_size;
        long made = 0;
        for (bool more = true; more && made < steps;) {
            const long wanted = std::min(together_, steps - made), here = few_steps(request, made, wanted);
            made += here;
            if (here > 0) polling_.at_step(made, request.objectives[made - 1]);
            more = here == wanted && !(polling_.due() && !polling_.go_on());
        }
        write_out(at.theta);
        at.t += made;
        at.step += made;
        return made;
    }

    double value_and_grad(const Real* theta, const Features<Real>& features, const Targets<Real>& targets, Real* grad,
                          Watcher& watcher) override {
        return general_->value_and_grad(theta, features, targets, grad, watcher);
    }

    void predict(const Real* theta, const Features<Real>& features, Real* output, Watcher& watcher) override {
        general_->predict(theta, features, output, watcher);
    }

    double evaluate(const Real* theta, const Features<Real>& features, const Targets<Real>& targets, double* right,
                    Watcher& watcher) override {
        return general_->evaluate(theta, features, targets, right, watcher);
    }

  private:
    static constexpr int most_inputs = 8, most_classes = 10;  // beyond, the products outweigh all else
    static constexpr long most_together = 1024;                // rows of a batch: beyond, it leaves the L1 cache
    static constexpr int groups_in_product = 32;               // of sums of at most ten terms: below 10^38

    // A batch in lanes, and what becomes of it: `weight` is minus the rate for each row, `keep` what is kept of a weight.
    struct Batch {
        const Real* x;  // (groups, inputs, lanes)
        long first_target, groups;
        Real weight, keep;
        const Real* theta;  // before the step, and
        Real* next;         // after it
        Real* losses;       // of the samples in each lane, summed
    };
    using OneStep = void (SoftmaxRegression::*)(const Batch&);

    const Program program_;
    std::unique_ptr<Run<Real>> general_;
    Polling polling_;
    Lanes<Real> kernels_;
    const int inputs_ = program_.steps[0].inputs, classes_ = program_.steps[0].outputs;
    const bool bias_ = program_.steps[0].bias >= 0;
    const int size_ = (inputs_ + bias_) * classes_, stride_ = int(round_up<Real>((inputs_ + 1) * classes_));
    const OneStep step_;
    const long groups_, together_;  // of a batch; batches
    Block<Real> x_;
    TargetGroups<Real> targets_;
    Block<Real> theta_;     // (together + 1, stride): before each step, and after the last; zeros where there is no bias
    Block<Real> dz_;        // (groups, classes, lanes)
    Block<Real> gradient_;  // (stride, lanes): the samples of each lane summed
    Block<Real> losses_;    // (together, lanes)

    template <int... C> static OneStep step_for(int classes, std::integer_sequence<int, C...>) {
        static constexpr OneStep table[] = {&SoftmaxRegression::one_step<C + 2>...};
        return table[classes - 2];
    }

    void read_in(const Real* theta) {
        const Step& s = program_.steps[0];
        std::copy_n(theta + s.weight, inputs_ * classes_, theta_.data());
        if (bias_) std::copy_n(theta + s.bias, classes_, theta_.data() + inputs_ * classes_);
    }

    void write_out(Real* theta) const {
        const Step& s = program_.steps[0];
        std::copy_n(theta_.data(), inputs_ * classes_, theta + s.weight);
        if (bias_) std::copy_n(theta_.data() + inputs_ * classes_, classes_, theta + s.bias);
    }

    // The `wanted` steps after the `made` that there have been, or those before the first objective that is not finite;
    // how many. theta is then what it is after them.
    long few_steps(const EpochRequest<Real>& request, long made, long wanted) {
        const long batch = request.batch_size, left = request.order.count() - made * batch, x_stride = groups_ * L * inputs_;
        const auto rows_in = [&](long k) { return std::min(batch, left - k * batch); };
        const auto rate = [&](long k) { return request.rates[request.one_rate ? 0 : made + k]; };
        const auto theta = [&](long k) { return theta_.data() + k * stride_; };
        const Polling::Patience until_they_are_done(polling_);
        const long at_once = batch % L == 0 ? wanted : 1;  // batches: whole groups are brought in as one
        for (long k = 0; k < wanted; k += at_once) {
            const long count = std::min(at_once * batch, left - k * batch);
            const int64_t* rows = request.order.next(count);
            kernels_.gather(request.features, rows, count, x_.data() + k * x_stride);
            targets_.gather(request.targets, rows, count, k * groups_);
        }
        for (long k = 0; k < wanted; k++)
            (this->*step_)({x_.data() + k * x_stride, k * groups_, Lanes<Real>::groups(rows_in(k)),
                            Real(-rate(k) / double(rows_in(k))), Real(1 - shrink(rate(k))), theta(k), theta(k + 1),
                            losses_.data() + k * L});
        long k = 0;
        for (; k < wanted; k++) {
            double& objective = request.objectives[made + k];
            objective = sum_of_lanes<Real>(load(losses_.data() + k * L)) / double(rows_in(k)) + penalty(theta(k));
            if (!std::isfinite(objective)) break;
        }
        std::copy_n(theta(k), stride_, theta(0));
        return k;
    }

    // dz = weight (p - onehot), p = softmax(x W + b)        W <- keep W + x' dz,  b <- b + sum_n dz
    // Each lane is shifted by its own maximum, as in losses.h. A lane of no row weighs 0.
    template <int C> void one_step(const Batch& batch) {
        const int inputs = inputs_;
        const Real *w = batch.theta, *b = w + inputs * C;
        const Vec<Real> one = broadcast(Real(1));
        Vec<Real> product = one, loss = zero<Real>();  // of the sums of exponentials, whose logarithms add up
        for (long g = 0; g < batch.groups; g++) {
            const TargetGroup<Real> target = targets_[batch.first_target + g];
            Vec<Real> z[C];
            GW_UNROLL for (int c = 0; c < C; c++) z[c] = broadcast(b[c]);
            for (int i = 0; i < inputs; i++) {
                const Vec<Real> x = load(batch.x + (g * inputs + i) * L);
                GW_UNROLL for (int c = 0; c < C; c++) z[c] += x * broadcast(w[i * C + c]);
            }
            Vec<Real> highest = z[0], sum = zero<Real>(), chosen = zero<Real>();
            GW_UNROLL for (int c = 1; c < C; c++) highest = larger(highest, z[c]);
            GW_UNROLL for (int c = 0; c < C; c++) {
                const Vec<Real> d = z[c] - highest;
                chosen = target.labels == c ? d : chosen;
                z[c] = exp(d);
                sum += z[c];
            }
            const Vec<Real> weight = target.weights * batch.weight, share = ratio(weight, sum);
            GW_UNROLL for (int c = 0; c < C; c++) {
                const Vec<Real> d = z[c] * share;
                store(dz_.data() + (g * C + c) * L, target.labels == c ? d - weight : d);
            }
            const IntVec<Real> counts = target.weights > 0;
            loss -= counts ? chosen : zero<Real>();
            product *= counts ? sum : one;
            if (g % groups_in_product == groups_in_product - 1) loss += log(std::exchange(product, one));
        }
        store(batch.losses, loss + log(product));
        const auto sum_over_groups = [&](int row, auto&& x) {  // of the gradient, from the inputs x of each group
            Vec<Real> sum[C];
            GW_UNROLL for (int c = 0; c < C; c++) sum[c] = zero<Real>();
            for (long g = 0; g < batch.groups; g++)
                GW_UNROLL for (int c = 0; c < C; c++) sum[c] += x(g) * load(dz_.data() + (g * C + c) * L);
            GW_UNROLL for (int c = 0; c < C; c++) store(gradient_.data() + (row * C + c) * L, sum[c]);
        };
        for (int i = 0; i < inputs; i++) sum_over_groups(i, [&](long g) { return load(batch.x + (g * inputs + i) * L); });
        if (bias_) sum_over_groups(inputs, [&](long) { return one; });
        for (int k = 0; k < size_; k += L) {
            const Vec<Real> keep = lane_numbers<Real>() + k < inputs * C ? broadcast(batch.keep) : one;
            store(batch.next + k, keep * load(batch.theta + k) + sums_of_lanes(gradient_.data() + k * L));
        }
    }

    // What an update takes from each weight, as a share of it.
    double shrink(double rate) const { return program_.penalty == PenaltyKind::l2 ? 2 * rate * program_.penalty_factor : 0; }

    // factor sum w^2
    double penalty(const Real* theta) const {
        if (program_.penalty == PenaltyKind::none) return 0;
        double sum = 0;
        for (int i = 0; i < inputs_ * classes_; i++) sum += double(theta[i]) * theta[i];
        return program_.penalty_factor * sum;
    }
};

}  // namespace gw
