// Softmax regression by plain gradient descent: a step in one pass over its batch.
//
// Serves a single linear layer of few inputs and classes, of which a whole step takes less time than the passes of the
// general family over its buffers. A sample is in each lane (lanes.h brings them in); the outputs of a group of samples
// stay in registers from z = x W + b to dz, whose products with x are then summed over all lanes at once. theta lies as W
// (inputs, classes) with b (classes) behind it, so that these sums are its change, a register at a time. Bounded by the
// chain that leads from one theta to the next: product, maximum, exponential, quotient, product, sum.
//
// A few steps are made before their losses are looked at. theta before each of them is kept, and where a loss is not
// finite it is the one to go back to. Evaluation is the first half of a step. Every other request is passed on to the
// general family.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "lanes.h"
#include "run.h"
#include "targets.h"
#include "transpose.h"
#include "vector_math.h"

namespace gw {

template <class Real> class SoftmaxRegression final : public Special<Real> {
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
        : Special<Real>(std::move(general)), program_(program), kernels_(program, int(batch_size), 1, polling_),
          kernel_(kernel_for(classes_, std::make_integer_sequence<int, most_classes - 1>())), batch_size_(batch_size),
          groups_(Lanes<Real>::groups(batch_size)), together_(Lanes<Real>::ahead(program, batch_size)), x_(together_ * groups_ * L * inputs_),
          targets_(together_ * groups_, classes_), theta_((together_ + 1) * stride_), dz_(groups_ * L * classes_),
          gradient_(stride_ * L), losses_(together_ * L) {}

    long train(const EpochRequest<Real>& request, Position<Real>& at, Watcher& watcher) override {
        if (!is_plain(request) || !request.at_one_rate() || !request.targets.labels)
            return Special<Real>::train(request, at, watcher);
        read_in(at.theta);
        polling_.begin(watcher);
        const long steps = (request.order.count() + batch_size_ - 1) / batch_size_;
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

    double evaluate(const Real* theta, const Features<Real>& features, const Targets<Real>& targets, double* right,
                    Watcher& watcher) override {
        if (!targets.labels || targets.weights) return Special<Real>::evaluate(theta, features, targets, right, watcher);
        read_in(theta);
        polling_.begin(watcher);
        double total = 0;
        *right = 0;
        std::vector<int64_t> rows(batch_size_);
        for (long first = 0; first < features.rows; first += batch_size_) {
            const long count = std::min(batch_size_, features.rows - first);
            std::iota(rows.begin(), rows.begin() + count, first);
            bring_in(features, targets, rows.data(), count, 0);
            (this->*kernel_.evaluate)({x_.data(), 0, Lanes<Real>::groups(count), theta_.data(), losses_.data()}, *right);
            total += sum_of_lanes<Real>(load(losses_.data()));
        }
        return total;
    }

  private:
    static constexpr int most_inputs = 8, most_classes = 10;  // beyond, the products outweigh all else
    static constexpr long most_together = 1024;                // rows of a batch: beyond, it leaves the L1 cache
    static constexpr int groups_in_product = 32;               // of sums of at most ten terms: below 10^38

    // A batch in lanes, the theta that it meets, and where the losses of the samples in each lane go, summed.
    struct Batch {
        const Real* x;  // (groups, inputs, lanes)
        long first_target, groups;
        const Real* theta;
        Real* losses;
    };
    // What follows from it: `weight` is minus the rate for each row, `keep` what is kept of a weight.
    struct Update {
        Real weight, keep;
        Real* theta;
    };
    struct Kernel {  // for a number of classes
        void (SoftmaxRegression::*learn)(const Batch&, const Update&);
        void (SoftmaxRegression::*evaluate)(const Batch&, double& right) const;
    };

    const Program program_;
    Polling polling_;
    Lanes<Real> kernels_;
    const int inputs_ = program_.steps[0].inputs, classes_ = program_.steps[0].outputs;
    const bool bias_ = program_.steps[0].bias >= 0;
    const int size_ = (inputs_ + bias_) * classes_, stride_ = int(round_up<Real>((inputs_ + 1) * classes_));
    const Kernel kernel_;
    const long batch_size_, groups_, together_;  // rows and groups of a batch; batches
    Block<Real> x_;
    TargetGroups<Real> targets_;
    Block<Real> theta_;     // (together + 1, stride): before each step, and after the last; zeros where there is no bias
    Block<Real> dz_;        // (groups, classes, lanes)
    Block<Real> gradient_;  // (stride, lanes): the samples of each lane summed
    Block<Real> losses_;    // (together, lanes)

    template <int... C> static Kernel kernel_for(int classes, std::integer_sequence<int, C...>) {
        static constexpr Kernel table[] = {{&SoftmaxRegression::learn<C + 2>, &SoftmaxRegression::evaluate<C + 2>}...};
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

    // Batch number `slot` of those brought in, and as many after it as there are rows <- these rows with their labels.
    void bring_in(const Features<Real>& features, const Targets<Real>& targets, const int64_t* rows, long count, long slot) {
        kernels_.gather(features, rows, count, x_.data() + slot * groups_ * L * inputs_);
        targets_.gather(targets, rows, count, slot * groups_);
    }

    // The `wanted` steps after the `made` that there have been, or those before the first objective that is not finite;
    // how many. theta is then what it is after them.
    long few_steps(const EpochRequest<Real>& request, long made, long wanted) {
        const long left = request.order.count() - made * batch_size_;
        const auto rows_in = [&](long k) { return std::min(batch_size_, left - k * batch_size_); };
        const auto rate = [&](long k) { return request.rates[request.one_rate ? 0 : made + k]; };
        const auto theta = [&](long k) { return theta_.data() + k * stride_; };
        const Polling::Patience until_they_are_done(polling_);
        const long at_once = batch_size_ % L == 0 ? wanted : 1;  // batches: those of whole groups come in as one
        for (long k = 0; k < wanted; k += at_once) {
            const long count = std::min(at_once * batch_size_, left - k * batch_size_);
            bring_in(request.features, request.targets, request.order.next(count), count, k);
        }
        for (long k = 0; k < wanted; k++)
            (this->*kernel_.learn)({x_.data() + k * groups_ * L * inputs_, k * groups_, Lanes<Real>::groups(rows_in(k)),
                                    theta(k), losses_.data() + k * L},
                                   {Real(-rate(k) / double(rows_in(k))), Real(1 - shrink(rate(k))), theta(k + 1)});
        long k = 0;
        for (; k < wanted; k++) {
            double& objective = request.objectives[made + k];
            objective = sum_of_lanes<Real>(load(losses_.data() + k * L)) / double(rows_in(k)) + penalty(theta(k));
            if (!std::isfinite(objective)) break;
        }
        std::copy_n(theta(k), stride_, theta(0));
        return k;
    }

    // p = softmax(z), z = x W + b, of one group: p_c = e_c / sum, and -log p_label = log(sum) - chosen. Each lane is
    // shifted by its own maximum, as in losses.h.
    template <int C> struct Forward {
        Vec<Real> e[C], sum = zero<Real>(), chosen = zero<Real>();
        IntVec<Real> answer = {};  // the first of the highest outputs
    };
    template <int C> GW_INLINE Forward<C> forward(const Real* x, const Real* theta, int inputs, IntVec<Real> labels) {
        Forward<C> f;
        Vec<Real>* z = f.e;
        GW_UNROLL for (int c = 0; c < C; c++) z[c] = broadcast(theta[inputs * C + c]);
        for (int i = 0; i < inputs; i++) {
            const Vec<Real> from = load(x + i * L);
            GW_UNROLL for (int c = 0; c < C; c++) z[c] += from * broadcast(theta[i * C + c]);
        }
        Vec<Real> highest = z[0];
        GW_UNROLL for (int c = 1; c < C; c++) highest = larger(highest, z[c]);
        GW_UNROLL for (int c = C - 1; c >= 0; c--) f.answer = z[c] == highest ? IntVec<Real>{} + c : f.answer;
        GW_UNROLL for (int c = 0; c < C; c++) {
            const Vec<Real> d = z[c] - highest;
            f.chosen = labels == c ? d : f.chosen;
            f.e[c] = exp(d);
            f.sum += f.e[c];
        }
        return f;
    }

    // The losses of the samples in each lane, summed: logarithms of products, each of a few sums. A lane of no row counts
    // nothing.
    class Losses {
      public:
        void add(Vec<Real> sum, Vec<Real> chosen, IntVec<Real> counts) {
            total_ -= counts ? chosen : zero<Real>();
            product_ *= counts ? sum : one_;
            if (++factors_ < groups_in_product) return;
            total_ = so_far();
            product_ = one_;
            factors_ = 0;
        }
        Vec<Real> so_far() const { return total_ + log(product_); }

      private:
        const Vec<Real> one_ = broadcast(Real(1));
        Vec<Real> total_ = zero<Real>(), product_ = one_;
        int factors_ = 0;
    };

    template <int C> void evaluate(const Batch& batch, double& right) const {
        Losses losses;
        Vec<Real> found = zero<Real>();
        for (long g = 0; g < batch.groups; g++) {
            const TargetGroup<Real> target = targets_[batch.first_target + g];
            const auto f = forward<C>(batch.x + g * inputs_ * L, batch.theta, inputs_, target.labels);
            losses.add(f.sum, f.chosen, target.weights > 0);
            found += f.answer == target.labels ? target.weights : zero<Real>();
        }
        store(batch.losses, losses.so_far());
        right += sum_of_lanes<Real>(found);
    }

    // dz = weight (p - onehot)        W <- keep W + x' dz,  b <- b + sum_n dz
    template <int C> void learn(const Batch& batch, const Update& update) {
        const int inputs = inputs_;
        const Vec<Real> one = broadcast(Real(1));
        Losses losses;
        for (long g = 0; g < batch.groups; g++) {
            const TargetGroup<Real> target = targets_[batch.first_target + g];
            const auto f = forward<C>(batch.x + g * inputs * L, batch.theta, inputs, target.labels);
            const Vec<Real> weight = target.weights * update.weight, share = ratio(weight, f.sum);
            GW_UNROLL for (int c = 0; c < C; c++) {
                const Vec<Real> d = f.e[c] * share;
                store(dz_.data() + (g * C + c) * L, target.labels == c ? d - weight : d);
            }
            losses.add(f.sum, f.chosen, target.weights > 0);
        }
        store(batch.losses, losses.so_far());
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
            const Vec<Real> keep = lane_numbers<Real>() + k < inputs * C ? broadcast(update.keep) : one;
            store(update.theta + k, keep * load(batch.theta + k) + sums_of_lanes(gradient_.data() + k * L));
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
