// Epochs of minibatch descent on one network. A batch of many rows is taken in parts (parts.h), of which the gradient is
// the sum. Of a batch that is one part, plain gradient descent is done inside the products of backward,
// W <- keep W + x' dz, with the rate folded into the loss; everything else gets a gradient of its own.
#pragma once

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "network.h"
#include "optimizers.h"
#include "parts.h"
#include "polling.h"
#include "run.h"

namespace gw {

template <class Net> class Trainer final : public Run<typename Net::Real> {
  public:
    using Real = typename Net::Real;

    Trainer(const Program& program, long batch_size, int threads)
        : program_(program), network_(program_, Net::rows_at_once(program, batch_size), threads, polling_),
          parts_(network_, threads), parameters_(network_.size), gradient_(network_.size), m_(network_.size), v_(network_.size),
          mean_(network_.size), weights_(network_.ahead()) {}

    long rows_at_once() const override { return network_.capacity; }

    long train(const EpochRequest<Real>& request, Position<Real>& at, Watcher& watcher) override {
        read_in(at.theta, parameters_);
        if (at.m) read_in(at.m, m_);
        if (at.v) read_in(at.v, v_);
        if (at.mean) read_in(at.mean, mean_);
        moves_.clear();
        network_.for_each_alike(request.factors, [&](long first, long count, bool penalized, Factors of) {
            if (of.rate > 0) moves_.push_back({first, count, penalized, of});
        });
        const Optimizer& o = request.optimizer;
        fused_ = o.kind == OptimizerKind::sgd && o.clip_norm == 0 && o.average == 0 && request.at_one_rate() &&
                 program_.penalty != PenaltyKind::l1;  // and nobody asks for theta after each step
        polling_.begin(watcher);
        long step = 0;
        const long total = request.order.count();
        const bool in_parts = std::min(request.batch_size, total) > network_.capacity;
        try {
            for (long first = 0; first < total; first += request.batch_size) {
                const double rate = request.rates[request.one_rate ? 0 : step];
                Batch batch{std::min(request.batch_size, total - first), nullptr, step % network_.ahead()};
                if (in_parts)
                    batch.rows = request.order.next(batch.count);
                else if (batch.slot == 0)
                    take_batches(request, first);
                const Mode mode{true, request.noise ? request.noise + step * dropouts_ : nullptr};
                if (!one_step(request, batch, mode, rate, at.t + 1, &request.objectives[step])) break;
                at.t++;
                at.step++;
                if (at.mean) average(request.optimizer.average, at.step, network_.size, parameters_.data(), mean_.data());
                polling_.at_step(step + 1, request.objectives[step]);
                step++;
                if (polling_.due() && !polling_.go_on()) break;
            }
        } catch (const Stopped&) {  // in the middle of a step, of which nothing is left
        }
        write_out(parameters_, at.theta);
        if (at.m) write_out(m_, at.m);
        if (at.v) write_out(v_, at.v);
        if (at.mean) write_out(mean_, at.mean);
        return step;
    }

    double value_and_grad(const Real* theta, const Features<Real>& features, const Targets<Real>& targets,
                          Real* grad, Watcher& watcher) override {
        polling_.begin(watcher);
        read_in(theta, parameters_);
        const double mean = mean_of(targets.total(nullptr, features.rows));
        const double value = differentiate(features, targets, nullptr, features.rows, mean, Mode{}) * mean + penalty();
        add_penalty_gradient();
        write_out(gradient_, grad);
        return value;
    }

    void predict(const Real* theta, const Features<Real>& features, Real* output, Watcher& watcher) override {
        polling_.begin(watcher);
        read_in(theta, parameters_);
        const long all = features.rows, width = program_.widths[program_.output];
        parts_.for_each(nullptr, all, all * work_forward(), [&](Net& network, long, const int64_t* rows, long first, long count) {
            network.take(features, nullptr, rows, count, 0);
            network.forward(parameters_.data(), count, 0);
            network.output(output + first * width, count);
        });
    }

    double evaluate(const Real* theta, const Features<Real>& features, const Targets<Real>& targets,
                    double* right, Watcher& watcher) override {
        polling_.begin(watcher);
        read_in(theta, parameters_);
        const long all = features.rows;
        std::array<double, most_shares> losses{}, rights{};
        parts_.for_each(nullptr, all, all * work_forward(), [&](Net& network, long share, const int64_t* rows, long, long count) {
            network.take(features, &targets, rows, count, 0);
            network.forward(parameters_.data(), count, 0);
            losses[share] += network.loss(count, 1, &rights[share]);
        });
        *right = sum_of(rights);
        return sum_of(losses) / entries_per_row(program_);
    }

  private:
    static constexpr long rows_worth_a_copy = 128;  // of the parameters: beside the products of so many it costs nothing

    struct Batch {
        long count;
        const int64_t* rows;  // to be taken in parts; null where the network has the batch already, in `slot`
        long slot;
    };

    const Program program_;
    const long dropouts_ = dropouts(program_);
    Polling polling_;
    Net network_;
    Parts<Net> parts_;
    Block<Real> parameters_, gradient_, m_, v_, mean_;
    std::vector<Block<Real>> gradients_;  // of the shares after the first, whose gradient is gradient_
    std::vector<double> weights_;         // what the rows of the batch in each slot count together

    // What a sum is multiplied with to be the mean over entries of rows that count so much.
    double mean_of(double weight) const { return weight > 0 ? 1 / (weight * entries_per_row(program_)) : 0; }

    double work_forward() const { return work_of_row(program_) / 3; }

    static double sum_of(const std::array<double, most_shares>& numbers) {
        return std::accumulate(numbers.begin(), numbers.end(), 0.0);
    }

    // Parameters that lie side by side and move at one rate.
    struct Move {
        long first, count;
        bool penalized;
        Factors factors;
    };
    std::vector<Move> moves_;  // of this epoch; what is frozen has none
    bool fused_ = false;       // whether a batch that is one part learns inside the products, in this epoch

    // The batches from row number `first` of the order on, as many as the network takes at once.
    void take_batches(const EpochRequest<Real>& request, long first) {
        const long total = request.order.count();
        for (long slot = 0; slot < network_.ahead() && first < total; slot++, first += request.batch_size) {
            const long count = std::min(request.batch_size, total - first);
            const int64_t* rows = request.order.next(count);
            weights_[slot] = request.targets.total(rows, count);
            network_.take(request.features, &request.targets, rows, count, slot);
        }
    }

    // gradient_ <- `scale` times the derivative of the sum of the losses of `count` rows, the ones of these numbers, or
    // the first ones where `rows` is null. Returns that sum.
    double differentiate(const Features<Real>& features, const Targets<Real>& targets, const int64_t* rows, long count,
                         double scale, const Mode& mode) {
        const Shares shares = parts_.shares(count);
        const double work = count * work_of_row(program_);
        while (long(gradients_.size()) + 1 < shares.count()) gradients_.emplace_back(network_.size);
        std::array<double, most_shares> losses{};
        parts_.for_each(rows, count, work, [&](Net& network, long share, const int64_t* numbers, long first, long here) {
            network.take(features, &targets, numbers, here, 0);
            network.forward(parameters_.data(), here, 0, {mode.training, mode.keys, first});
            losses[share] += network.loss(here, scale);
            const Real keep = first > shares.begin(share);
            network.backward(parameters_.data(), {(share > 0 ? gradients_[share - 1] : gradient_).data(), keep, keep}, here);
        });
        parts_.add_up(gradient_.data(), gradients_, shares.count() - 1, network_.size, work);
        return sum_of(losses);
    }

    // One update from a batch; false, and no update, where the objective is not finite.
    bool one_step(const EpochRequest<Real>& request, const Batch& batch, const Mode& mode, double rate, int64_t t,
                  double* objective) {
        const Optimizer& o = request.optimizer;
        const long count = batch.count;
        const bool fused = fused_ && !batch.rows;
        Real* parameters = parameters_.data();
        const double mean = mean_of(batch.rows ? request.targets.total(batch.rows, count) : weights_[batch.slot]);
        double sum;
        if (batch.rows) {
            sum = differentiate(request.features, request.targets, batch.rows, count, mean, mode);
        } else {
            network_.forward(parameters, count, batch.slot, mode);
            sum = network_.loss(count, fused ? -rate * mean : mean);
        }
        *objective = sum * mean + penalty();
        if (!std::isfinite(*objective)) return false;
        if (fused) {
            const double shrink = program_.penalty == PenaltyKind::l2 ? 2 * rate * program_.penalty_factor : 0;
            learn_in_place(Real(1 - shrink), count);
            network_.move_statistics(parameters, count);
            return true;
        }
        if (!batch.rows) network_.backward(parameters, {gradient_.data(), 0, 0}, count);
        const bool l2_in_update = o.clip_norm == 0 && program_.penalty == PenaltyKind::l2;
        if (!l2_in_update) add_penalty_gradient();
        if (o.clip_norm > 0) clip(gradient_.data(), network_.trained, o.clip_norm);
        const Update update(o, rate, t);
        for (const Move& move : moves_) {
            const long at = move.first;
            const double pull = l2_in_update && move.penalized ? 2 * program_.penalty_factor : 0;
            update(move.factors, pull, move.count, parameters + at, gradient_.data() + at, m_.data() + at, v_.data() + at);
        }
        network_.move_statistics(parameters, count);
        return true;
    }

    // W <- keep W + x' dz inside the products of backward. A step that may be left in its middle begins with a copy, in
    // the room of a slot that plain descent does not need; one of few rows is not left.
    void learn_in_place(Real keep, long count) {
        Real *parameters = parameters_.data(), *before = m_.data();
        if (count < rows_worth_a_copy || 3.0 * network_.size * count <= Polling::most_work) {
            const Polling::Patience until_it_is_done(polling_);
            return network_.backward(parameters, {parameters, keep, Real(1)}, count);
        }
        std::copy(parameters, parameters + network_.size, before);
        try {
            network_.backward(parameters, {parameters, keep, Real(1)}, count);
        } catch (const Stopped&) {
            std::copy(before, before + network_.size, parameters);
            throw;
        }
    }

    // factor sum w^2, or factor sum |w|, over the weights
    double penalty() const {
        if (program_.penalty == PenaltyKind::none) return 0;
        double total = 0;
        network_.for_each_array([&](long first, long count, bool penalized) {
            if (!penalized) return;
            constexpr int together = 4;  // sums in turn: each is ready for the next term only after some cycles
            Vec<Real> sum[together] = {};
            for (long i = first; i < first + count; i += together * lanes<Real>)
                GW_UNROLL for (int k = 0; k < together; k++) {
                    if (i + k * lanes<Real> >= first + count) break;
                    const Vec<Real> w = load(parameters_.data() + i + k * lanes<Real>);
                    sum[k] += program_.penalty == PenaltyKind::l2 ? w * w : absolute<Real>(w);
                }
            total += sum_of_lanes<Real>((sum[0] + sum[1]) + (sum[2] + sum[3]));
        });
        return program_.penalty_factor * total;
    }

    void add_penalty_gradient() {
        if (program_.penalty == PenaltyKind::none) return;
        const Real factor = Real(program_.penalty_factor);
        const Real* w = parameters_.data();
        Real* g = gradient_.data();
        network_.for_each_array([&](long first, long count, bool penalized) {
            if (!penalized) return;
            for (long i = first; i < first + count; i++)
                g[i] += program_.penalty == PenaltyKind::l2 ? 2 * factor * w[i]
                                                            : factor * Real((w[i] > 0) - (w[i] < 0));
        });
    }

    void read_in(const Real* theta, Block<Real>& to) const {
        network_.for_each_stretch([&](long there, long here, long count) { std::copy_n(theta + there, count, to.data() + here); });
    }

    void write_out(const Block<Real>& from, Real* theta) const {
        network_.for_each_stretch([&](long there, long here, long count) { std::copy_n(from.data() + here, count, theta + there); });
    }
};

}  // namespace gw
