// What is asked of the engine, behind one interface for every family of kernels: train an epoch, differentiate,
// predict, evaluate. Only plain pointers cross it.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "inputs.h"
#include "order.h"
#include "polling.h"
#include "program.h"

namespace gw {

// theta and the optimizer's vectors, in the caller's order; read at the start of an epoch and written at its end.
template <class Real> struct Position {
    Real* theta;
    Real *m, *v;  // null where the optimizer keeps none
    int64_t t;    // updates so far, as the optimizer counts them
    Real* mean;   // of theta over the steps; null where none is kept
    int64_t step;  // steps so far, all in that mean

    // The vectors (size) as they lie behind those of the epoch before: begins with what these hold.
    void begin_after(long size) {
        for (Real* vector : {theta, m, v, mean})
            if (vector) std::copy_n(vector - size, size, vector);
    }
};

template <class Real> struct EpochRequest {
    Features<Real> features;
    Targets<Real> targets;
    Order& order;  // row numbers, checked by the caller to be within the features
    long batch_size;
    const double* rates;  // one for each step, or a single one for all
    bool one_rate;
    Optimizer optimizer;
    std::map<long, Factors> factors;  // of the trained arrays, by their offsets in theta
    double* objectives;               // one for each step
    const uint64_t* noise = nullptr;  // the keys of the dropouts in each step; null where there are none

    // Whether every array moves at the rate itself.
    bool at_one_rate() const {
        return std::all_of(factors.begin(), factors.end(), [](const auto& array) { return array.second.rate == 1; });
    }
};

// Whether it asks for plain descent, theta <- theta - rate gradient, on rows that all count the same, and for nothing more.
template <class Real> bool is_plain(const EpochRequest<Real>& request) {
    const Optimizer& o = request.optimizer;
    return o.kind == OptimizerKind::sgd && o.clip_norm == 0 && o.average == 0 && !request.targets.weights;
}

template <class Real> struct Run {
    virtual ~Run() = default;
    // Larger batches are taken in parts of so many rows.
    virtual long rows_at_once() const = 0;
    // The steps that were made. It ends before a step whose objective is not finite, which is then the entry
    // after the last one; and where the watcher says so, if need be in a step, which then was not made. What takes
    // no steps throws Stopped where the watcher says so.
    virtual long train(const EpochRequest<Real>& request, Position<Real>& position, Watcher& watcher) = 0;
    virtual double value_and_grad(const Real* theta, const Features<Real>&, const Targets<Real>&, Real* grad, Watcher&) = 0;
    virtual void predict(const Real* theta, const Features<Real>&, Real* output, Watcher&) = 0;
    // The sum of the losses of all rows, and the number of right answers.
    virtual double evaluate(const Real* theta, const Features<Real>&, const Targets<Real>&, double* right, Watcher&) = 0;
};

// A family for requests of one kind; the general one serves what it does not.
template <class Real> class Special : public Run<Real> {
  public:
    explicit Special(std::unique_ptr<Run<Real>> general) : general_(std::move(general)) {}

    long rows_at_once() const override { return general_->rows_at_once(); }
    long train(const EpochRequest<Real>& request, Position<Real>& position, Watcher& watcher) override {
        return general_->train(request, position, watcher);
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
    std::unique_ptr<Run<Real>> general_;
};

constexpr int widest_for_lanes = 128;  // columns of a buffer: beyond, the panels are faster

// The columns that the steps of one layer may have together where the lanes serve.
template <class Real> int columns_for_lanes();

// Throws std::invalid_argument for a precision that cannot serve, with the reason.
// Only products in bfloat16 differ between the variants that a module holds.
template <class Real>
std::unique_ptr<Run<Real>> make_run(const Program& program, Family family, long batch_size, int threads, Precision precision,
                                    const std::string& variant = "");

// A run with products in bfloat16 in place of the panels.
std::unique_ptr<Run<float>> make_bf16_run(Program program, const Bf16Unit& unit, long batch_size, int threads);

}  // namespace gw
