// Plain gradient descent, one sample a step, on a chain of dense layers.
//
// A first layer that is wide in inputs works in blocks of samples (blocked_dense.h), identical to single steps but
// for rounding; a narrow one, and the layers behind it, learn from each sample at once (single.h). Every other request
// is passed on to the general family.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "blocked_dense.h"
#include "losses.h"
#include "polling.h"
#include "run.h"
#include "single.h"

namespace gw {

template <class Real> class Stepwise final : public Special<Real> {
  public:
    // A chain input -> dense -> ... -> dense -> output without a penalty, each derivative known from the output.
    static bool serves(const Program& program, long batch_size) {
        if (batch_size != 1 || program.penalty != PenaltyKind::none || program.steps.empty()) return false;
        int last = 0;
        for (const Step& s : program.steps) {
            if (s.kind != StepKind::linear || s.source != last || s.addend >= 0 || needs_input(s.activation)) return false;
            last = s.target;
        }
        return last == program.output && goes_back_in_turn(program);
    }

    Stepwise(const Program& program, std::unique_ptr<Run<Real>> general) : Special<Real>(std::move(general)), program_(program) {}

    long rows_at_once() const override { return 1; }

    long train(const EpochRequest<Real>& request, Position<Real>& at, Watcher& watcher) override {
        if (!is_plain(request)) return Special<Real>::train(request, at, watcher);
        if (program_.widths[0] < fewest_inputs) return Epoch<SingleFirst<Real>>(program_, request).train(at, watcher);
        return Epoch<BlockedDense<Real>>(program_, request).train(at, watcher);
    }

  private:
    // For each step of the chain, the last one first: dx = dz W', then dx = dx act', then dW = x' dz.
    static bool goes_back_in_turn(const Program& program) {
        size_t i = 0;
        auto is_next = [&](BackwardKind kind, int step) {
            return i < program.backward.size() && program.backward[i].kind == kind && program.backward[i++].first == step;
        };
        auto through_activation = [&](const Step& s) {
            if (s.activation == Activation::none) return true;
            if (!is_next(BackwardKind::pass_on, -1)) return false;
            const BackwardStep& b = program.backward[i - 1];
            return b.source == s.target && b.target == s.target && b.known == s.target && b.activation == s.activation &&
                   b.slope == s.slope;
        };
        if (!through_activation(program.steps.back())) return false;
        for (int k = int(program.steps.size()) - 1; k >= 0; k--) {
            if (k > 0 && !(is_next(BackwardKind::input_product, k) && through_activation(program.steps[k - 1]))) return false;
            if (!is_next(BackwardKind::parameter_product, k)) return false;
        }
        return i == program.backward.size();
    }

    static constexpr int fewest_inputs = 64;  // of a block: below, its products are too short to pay for themselves

    const Program program_;

    template <class First> class Epoch {
      public:
        static constexpr int L = lanes<Real>, K = First::K;

        Epoch(const Program& program, const EpochRequest<Real>& request)
            : program_(program), request_(request), first_(program.steps[0], factors(program.steps[0])), hidden_(first_.padded()),
              delta_(first_.padded()), output_(program.widths[program.output] * L), d_output_(output_.count()),
              target_(output_.count()) {
            for (size_t k = 1; k < program.steps.size(); k++) rest_.emplace_back(program.steps[k], factors(program.steps[k]));
        }

        long train(Position<Real>& at, Watcher& watcher) {
            for_each_parameter([&](long place, Real& here, Real) { here = at.theta[place]; });
            Polling polling;
            polling.begin(watcher);
            long step = 0, block = 0;  // samples learnt from, and those of them in this block
            for (bool more = true; more;) {
                const long count = std::min<long>(K, request_.order.count() - step);
                rows_ = request_.order.next(count);
                first_.next_block(block, request_.features, rows_, count);
                for (block = 0; block < count && one_step(block, step); block++) step++;
                if (step > 0) polling.at_step(step, request_.objectives[step - 1]);
                more = count > 0 && block == count && !(polling.due() && !polling.go_on());
            }
            first_.next_block(block, request_.features, nullptr, 0);
            for_each_parameter([&](long place, const Real& here, Real factor) {
                if (factor > 0) at.theta[place] = here;  // what is frozen keeps its bits, a zero its sign
            });
            at.t += step;
            return step;
        }

      private:
        const Program& program_;
        const EpochRequest<Real>& request_;
        First first_;
        std::vector<SingleDense<Real>> rest_;
        const int64_t* rows_ = nullptr;           // of this block
        Block<Real> hidden_, delta_;              // of the first layer
        Block<Real> output_, d_output_, target_;  // (width, lanes), the same in each lane

        RateFactors<Real> factors(const Step& s) const {
            return {Real(request_.factors.at(s.weight).rate), s.bias < 0 ? Real(0) : Real(request_.factors.at(s.bias).rate)};
        }

        template <class Visit> void for_each_parameter(Visit&& visit) {
            first_.for_each_parameter(visit);
            for (SingleDense<Real>& layer : rest_) layer.for_each_parameter(visit);
        }

        // The update by the sample of one step, the t-th of its block; false, and no update, where the objective
        // is not finite.
        bool one_step(long t, long step) {
            const Step& s = program_.steps[0];
            Real *hidden = hidden_.data(), *delta = delta_.data();
            first_.forward(t, hidden);
            activate(s.activation, s.slope, hidden, hidden, first_.padded());
            clear_padding(hidden, s.outputs, first_.padded());
            const Real* x = hidden;
            for (SingleDense<Real>& layer : rest_) {
                layer.forward(x);
                x = layer.values();
            }
            const double rate = request_.rates[request_.one_rate ? 0 : step];
            request_.objectives[step] = loss(x, rows_[t], rate, delta_after(rest_.size()));
            if (!std::isfinite(request_.objectives[step])) return false;
            for (size_t k = rest_.size(); k-- > 0;)
                rest_[k].backward(k > 0 ? rest_[k - 1].values() : hidden, delta_after(k));
            differentiate(s.activation, s.slope, hidden, delta, delta, first_.padded(), false);
            first_.learn(t, delta);
            return true;
        }

        // the delta of the layer with k - 1 layers between it and the input
        Real* delta_after(size_t k) { return k > 0 ? rest_[k - 1].delta() : delta_.data(); }

        // The loss of one row, and its derivative by the output times minus the rate.
        double loss(const Real* y, int64_t row, double rate, Real* dy) {
            const int width = program_.widths[program_.output], entries = entries_per_row(program_);
            const Targets<Real>& from = request_.targets;
            TargetGroup<Real> target{};
            for (int c = 0; c < width; c++) store(output_.data() + c * L, broadcast(y[c]));
            if (from.labels) {
                target.labels += int(from.labels[row]);
            } else {
                for (int c = 0; c < width; c++) store(target_.data() + c * L, broadcast(from.values[row * width + c]));
                target.values = target_.data();
            }
            const Vec<Real> weight = broadcast(Real(-rate / entries));
            const Vec<Real> value = loss_of_group(program_, output_.data(), width, target, weight, d_output_.data());
            for (int c = 0; c < width; c++) dy[c] = d_output_.data()[c * L];
            return value[0] / double(entries);
        }
    };
};

}  // namespace gw
