// A program with room to run it: the values and deltas of its buffers, a loop over its steps, and one over its steps
// back. What backward does, and in which order, the program says (gradwright/engine/backward.py plans it).
//
// `Kernels` (Lanes, Panels, PlainProducts and those made of them) decide how numbers lie in memory and do the products;
// what is here is the same for all.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "activations.h"
#include "column_factors.h"
#include "columns.h"
#include "losses.h"
#include "memory.h"
#include "norm.h"
#include "polling.h"

namespace gw {

// Where the gradient goes: `to` <- keep to + gradient, with `to` as long as the parameters.
template <class Real> struct Destination {
    Real* to;
    Real keep_weight, keep_bias;
};

// How a forward pass is meant. Dropout leaves units out only while training, each of its steps by a key of its own.
struct Mode {
    bool training = false;
    const uint64_t* keys = nullptr;  // of the dropouts in turn, while training
    long first = 0;                  // place in its batch of the first row
};

template <class K> class Network {
  public:
    using Kernels = K;
    using Real = typename Kernels::Real;
    static constexpr int L = lanes<Real>;

    // The rows that are best taken at once, of `batch`; the moments of a batch norm are those of all.
    static int rows_at_once(const Program& program, long batch) {
        for (const Step& s : program.steps)
            if (s.kind == StepKind::batch_norm) return int(batch);
        return int(std::min(batch, Kernels::rows_in_part(program)));
    }

    // The work asks `polling` as it goes, and may be left by its Stopped.
    Network(const Program& program, int rows, int threads, Polling& polling)
        : program(program), capacity(rows), polling_(polling), kernels_(program, rows, threads, polling), ahead_(Kernels::ahead(program, rows)),
          groups_((rows + L - 1) / L), targets_(groups_ * ahead_, program.widths[program.output]) {
        for (size_t b = 0; b < program.widths.size(); b++)
            values_.emplace_back(Kernels::buffer_size(program.widths[b], rows) * (b == 0 ? ahead_ : 1));
        for (const Step& s : program.steps)
            kept_.emplace_back(s.kind == StepKind::dropout ? Kernels::buffer_size(s.outputs, rows)
                               : is_norm(s)                ? 3 * moments_in(s)
                                                           : 0);
        keys_.resize(program.steps.size());
        place_parameters();
        place_deltas();
    }

    const Program& program;
    const int capacity;  // rows at most
    long size = 0;       // numbers in the parameters as they lie here, padding included
    long trained = 0;    // those before the running statistics, which no optimizer moves

    // Calls visit(place in theta, place here, count) for parameters that lie side by side in both.
    template <class Visit> void for_each_stretch(Visit&& visit) const {
        for (size_t k = 0; k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            const Parameters& p = parameters_[k];
            const Columns &here = columns_[k], there = Columns::in_theta(s);
            for (auto array : {&Columns::gamma, &Columns::beta, &Columns::mean, &Columns::variance})
                if (there.*array >= 0) visit(there.*array, here.*array, s.outputs);
            for (const FlatArray& array : flat_[k]) visit(array.there, array.here, array.count);
            if (s.kind != StepKind::linear) continue;
            for_each_row(k, visit);
            if (s.bias >= 0) visit(s.bias, p.bias_at + p.column, s.outputs);
        }
    }

    // Calls visit(first, count, whether a penalty acts on it) for each array that is trained, whole registers long.
    template <class Visit> void for_each_array(Visit&& visit) const {
        for (size_t k = 0; k < program.steps.size(); k++) {
            for (long first : {columns_[k].gamma, columns_[k].beta})
                if (first >= 0) visit(first, round_up<Real>(program.steps[k].outputs), false);
            for (const FlatArray& array : flat_[k]) visit(array.here, round_up<Real>(array.count), array.weight);
            const Parameters& p = parameters_[k];
            if (program.steps[k].kind != StepKind::linear || p.column > 0) continue;
            visit(p.weight_at, kernels_.weight_size(p.layer), true);
            if (p.layer.bias) visit(p.bias_at, Kernels::bias_size(p.layer), false);
        }
    }

    // Calls visit(first, count, whether a penalty acts on it, factors) for what is trained and moved alike: whole arrays, and
    // the columns of each step where steps that share a W have factors of their own. `factors` are by offsets in theta.
    template <class Visit> void for_each_alike(const std::map<long, Factors>& factors, Visit&& visit) const {
        for (size_t k = 0; k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            if (s.gamma >= 0) visit(columns_[k].gamma, round_up<Real>(s.outputs), false, factors.at(s.gamma));
            if (s.beta >= 0) visit(columns_[k].beta, round_up<Real>(s.outputs), false, factors.at(s.beta));
            for (const FlatArray& array : flat_[k])
                visit(array.here, round_up<Real>(array.count), array.weight, factors.at(array.there));
            if (s.kind != StepKind::linear) continue;
            const Parameters& p = parameters_[k];
            const Factors weight = factors.at(s.weight), bias = p.layer.bias ? factors.at(s.bias) : weight;
            bool alike = true;
            for (int other = p.layer.first; other < p.layer.last; other++) {
                const Step& o = program.steps[other];
                alike = alike && factors.at(o.weight) == weight && (!p.layer.bias || factors.at(o.bias) == bias);
            }
            if (!alike) {
                for_each_row(k, [&](long, long here, long count) { visit(here, count, true, weight); });
                if (p.layer.bias) visit(p.bias_at + p.column, s.outputs, false, bias);
            } else if (p.column == 0) {
                visit(p.weight_at, kernels_.weight_size(p.layer), true, weight);
                if (p.layer.bias) visit(p.bias_at, Kernels::bias_size(p.layer), false, bias);
            }
        }
    }

    // Batches that are best brought in together.
    long ahead() const { return ahead_; }

    // Batch number `slot` of those brought in <- the rows and, where they are wanted, their targets.
    void take(const Features<Real>& features, const Targets<Real>* targets, const int64_t* rows, long count, long slot) {
        slot_ = slot;
        kernels_.gather(features, rows, count, value(0));
        if (!targets) return;
        const double each = Polling::per_number * program.widths[program.output] * L;
        polling_.in_stretches((count + L - 1) / L, each, [&](long first, long last) {
            targets_.gather(*targets, rows + first * L, std::min(count, last * L) - first * L, slot * groups_ + first);
        });
    }

    void forward(const Real* parameters, long count, long slot, Mode mode = {}) {
        slot_ = slot;
        mode_ = mode;
        for (size_t k = 0; k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            const Real *x = value(s.source), *addend = s.addend < 0 ? nullptr : value(s.addend);
            Real* y = value(s.target);
            switch (s.kind) {
                case StepKind::linear: {
                    const Parameters& p = parameters_[k];
                    const Real* bias = s.bias < 0 ? nullptr : parameters + p.bias_at + p.column;
                    kernels_.forward(p.layer, int(k), s.outputs, parameters + p.weight_at, bias, x, addend, y, count);
                    if (s.activation != Activation::none) kernels_.activate(s.activation, s.slope, y, y, s.outputs, count);
                    break;
                }
                case StepKind::activation: kernels_.activate(s.activation, s.slope, x, y, s.outputs, count); break;
                case StepKind::add: kernels_.add(x, addend, y, s.outputs, count); break;
                case StepKind::dropout:
                    if (mode.training)
                        kernels_.drop({*mode.keys++, s.rate, mode.first}, x, kept_[k].data(), y, s.outputs, count);
                    else
                        kernels_.activate(Activation::none, 0, x, y, s.outputs, count);
                    break;
                case StepKind::columns:
                    for (const ColumnPart& part : s.parts)
                        kernels_.columns(part, part_arrays(parameters, k, part), s.inputs, s.outputs, x, y, count);
                    break;
                case StepKind::scale: kernels_.scale(factors(parameters, k), x, y, count); break;
                case StepKind::mix:
                    if (mode.training && drops(s)) keys_[k] = *mode.keys++;
                    kernels_.mix(mix(parameters, k), x, y, count);
                    break;
                case StepKind::layer_norm: kernels_.layer_norm(norm(parameters, k), moments(k), x, y, count); break;
                case StepKind::batch_norm:
                    if (!mode.training) {
                        const long all = moments_in(s);
                        std::copy_n(parameters + columns_[k].mean, all, moments(k).mean);
                        std::copy_n(parameters + columns_[k].variance, all, moments(k).variance);
                    }
                    kernels_.batch_norm(norm(parameters, k), moments(k), x, y, count);
                    break;
            }
        }
    }

    // The sum over rows of the loss, each row's entries summed and the row as it counts; and the delta of the output,
    // `scale` times the derivative of that sum. `right`, where it is not null, takes the right answers as they count.
    double loss(long count, double scale, double* right = nullptr) {
        const int output = program.output, width = program.widths[output];
        const Real* z = kernels_.output_in_lanes(value(output), width, count);
        const Delta<Real> dz = kernels_.delta_in_lanes(deltas_[output], width);
        return loss_of_batch(program, z, Kernels::group_stride(width), targets_, slot_ * groups_, count, scale, dz.at,
                             dz.group, right, polling_);
    }

    void backward(const Real* parameters, const Destination<Real>& d, long count) {
        kernels_.delta_from_lanes(deltas_[program.output], program.widths[program.output], count);
        for (const BackwardStep& b : program.backward) {
            if (b.kind == BackwardKind::pass_on) {
                const Real* known = b.known < 0 ? deltas_[b.source].at : value(b.known);
                kernels_.differentiate(b.activation, b.slope, known, deltas_[b.source], deltas_[b.target],
                                       program.widths[b.target], b.accumulate, count);
                continue;
            }
            if (b.kind == BackwardKind::step_back) {
                step_back(b, parameters, d, count);
                continue;
            }
            const Parameters& p = parameters_[b.first];
            const Delta<Real> dz = deltas_[program.steps[b.first].target];
            if (b.kind == BackwardKind::input_product)
                kernels_.backward_input(p.layer, parameters + p.weight_at, dz.at, deltas_[p.layer.source], b.accumulate, count);
            else
                kernels_.backward_parameters(p.layer, value(p.layer.source), dz.at, d.to + p.weight_at,
                                             p.layer.bias ? d.to + p.bias_at : nullptr, d.keep_weight, d.keep_bias, count);
        }
    }

    // The running statistics move towards the moments of the batch, whose variance is that of all rows there might be; a
    // batch of one row has none.
    void move_statistics(Real* parameters, long count) {
        for (size_t k = 0; count > 1 && k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            if (s.kind != StepKind::batch_norm) continue;
            const Real old = Real(s.momentum), fresh = Real(1 - s.momentum), unbiased = Real(double(count) / double(count - 1));
            Real *mean = parameters + columns_[k].mean, *variance = parameters + columns_[k].variance;
            const Moments<Real> batch = moments(k);
            for (int c = 0; c < s.outputs; c++) {
                mean[c] = old * mean[c] + fresh * batch.mean[c];
                variance[c] = old * variance[c] + fresh * (batch.variance[c] * unbiased);
            }
        }
    }

    // The output of the last forward, row-major.
    void output(Real* to, long count) {
        const int width = program.widths[program.output];
        const Real* z = kernels_.output_in_lanes(value(program.output), width, count);
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width; c++) to[n * width + c] = z[n / L * Kernels::group_stride(width) + c * L + n % L];
    }

  private:
    // Of a linear step: its layer, where that begins in the parameters as they lie here, and its first column there.
    struct Parameters {
        Layer layer;
        long weight_at, bias_at;
        int column;
    };

    // Of a step that learns by column: where its arrays begin, in the parameters as they lie here or in theta; -1 where there
    // is none.
    struct Columns {
        long gamma, beta, mean, variance;
        static Columns in_theta(const Step& s) { return {s.gamma, s.beta, s.mean, s.variance}; }
    };

    // An array that lies here as it does in theta.
    struct FlatArray {
        long there, here, count;
        bool weight;  // on which a penalty acts
    };

    // Calls visit(place in theta, place here, count) for the rows of a linear step's W.
    template <class Visit> void for_each_row(size_t k, Visit&& visit) const {
        const Step& s = program.steps[k];
        const Parameters& p = parameters_[k];
        for (long i = 0; i < s.inputs; i++)
            for (long o = 0, count; o < s.outputs; o += count) {
                count = std::min<long>(s.outputs - o, kernels_.columns_together(p.layer, p.column + o));
                visit(s.weight + i * s.outputs + o, p.weight_at + kernels_.weight_index(p.layer, i, p.column + o), count);
            }
    }

    Polling& polling_;
    Kernels kernels_;
    const long ahead_, groups_;
    TargetGroups<Real> targets_;
    std::vector<Block<Real>> values_, blocks_;  // of the buffers; of deltas
    std::vector<Delta<Real>> deltas_;           // of the buffers
    std::vector<Parameters> parameters_;        // of the steps
    std::vector<Columns> columns_;              // of the steps
    std::vector<std::vector<FlatArray>> flat_;  // of the steps: of their parts, in turn
    std::vector<Block<Real>> kept_;             // of the steps: what forward keeps for backward
    std::vector<uint64_t> keys_;                // of the steps: of what a mix leaves out
    Mode mode_;                                 // of the last forward
    long slot_ = 0;

    Real* value(int buffer) {
        return values_[buffer].data() + (buffer == 0 ? slot_ * Kernels::buffer_size(program.widths[0], capacity) : 0);
    }

    Norm<Real> norm(const Real* parameters, size_t k) const {
        const Step& s = program.steps[k];
        return {parameters + columns_[k].gamma, parameters + columns_[k].beta, Real(s.epsilon), s.outputs};
    }

    // Where the arrays of a part of step k begin in the parameters or in their gradient; null where it has none.
    template <class T> PartArrays<T> part_arrays(T* parameters, size_t k, const ColumnPart& part) const {
        auto at = [&](long there) -> T* {
            for (const FlatArray& array : flat_[k])
                if (array.there == there) return parameters + array.here;
            return nullptr;
        };
        return {at(part.weight), at(part.frequency), at(part.phase), at(part.bias)};
    }

    ColumnFactors<Real> factors(const Real* parameters, size_t k) const {
        return {parameters + columns_[k].gamma, program.steps[k].outputs};
    }

    Mix<Real> mix(const Real* parameters, size_t k) const {
        const Step& s = program.steps[k];
        Mix<Real> made{s.activation, Real(s.slope), factors(parameters, k), {}};
        if (mode_.training && drops(s)) made.dropout.emplace(keys_[k], s.rate, mode_.first);
        return made;
    }

    // Rows or columns of a norm that have moments, whole registers.
    long moments_in(const Step& s) const { return s.kind == StepKind::layer_norm ? groups_ * L : round_up<Real>(s.outputs); }
    Moments<Real> moments(size_t k) {
        Real* at = kept_[k].data();
        const long all = moments_in(program.steps[k]);
        return {at, at + all, at + 2 * all, mode_.training};
    }

    // dx = or += J' dy of a dropout, which in evaluation is the identity, or of what learns by column with its gradient
    void step_back(const BackwardStep& b, const Real* parameters, const Destination<Real>& d, long count) {
        const Step& s = program.steps[b.first];
        const Delta<Real> dy = deltas_[s.target], dx = deltas_[s.source];
        if (is_norm(s)) {
            const Columns& at = columns_[b.first];
            const Norm<Real> of = norm(parameters, b.first);
            const NormGradient<Real> to{d.to + at.gamma, d.to + at.beta, d.keep_bias};
            if (s.kind == StepKind::layer_norm)
                return kernels_.layer_norm_back(of, moments(b.first), to, value(s.source), dy, dx, b.accumulate, count);
            kernels_.batch_norm_back(of, moments(b.first), to, value(s.source), dy, dx, b.accumulate, count);
            if (!mode_.training) statistics_back(of, moments(b.first), to, d.to + at.mean, d.to + at.variance);
            return;
        }
        if (s.kind == StepKind::columns) {
            for (const ColumnPart& part : s.parts) {
                const PartGradient<Real> to{part_arrays(d.to, b.first, part), d.keep_weight, d.keep_bias};
                kernels_.columns_back(part, part_arrays(parameters, b.first, part), to, s.inputs, s.outputs, value(s.source), dy, count);
            }
            return;
        }
        if (learns_by_column(s)) {
            const FactorGradient<Real> to{d.to + columns_[b.first].gamma, d.keep_bias};
            if (s.kind == StepKind::mix)
                return kernels_.mix_back(mix(parameters, b.first), to, value(s.source), dy, dx, b.accumulate, count);
            return kernels_.scale_back(factors(parameters, b.first), to, value(s.source), dy, dx, b.accumulate, count);
        }
        if (mode_.training)
            kernels_.multiply(kept_[b.first].data(), dy, dx, s.outputs, b.accumulate, count);
        else
            kernels_.differentiate(Activation::none, 0, dy.at, dy, dx, s.outputs, b.accumulate, count);
    }

    // dmean = - sum dx,  dvariance = - sum(dx z) / 2 s        of a batch norm in evaluation, where dx = gamma dy / s
    static void statistics_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, Real* mean,
                                Real* variance) {
        for (int c = 0; c < norm.width; c++) {
            const Real factor = norm.gamma[c] * of.inverse[c];
            mean[c] = -factor * to.beta[c];
            variance[c] = Real(-0.5) * factor * of.inverse[c] * to.gamma[c];
        }
    }

    void place_parameters() {
        parameters_.resize(program.steps.size());
        for (const Layer& layer : layers_of(program)) {
            const long weight_at = size, bias_at = weight_at + kernels_.weight_size(layer);
            size = bias_at + (layer.bias ? Kernels::bias_size(layer) : 0);
            for (int k = layer.first, column = 0; k < layer.last; column += program.steps[k++].outputs)
                parameters_[k] = {layer, weight_at, bias_at, column};
        }
        auto take = [&](const Step& s) { return std::exchange(size, size + round_up<Real>(s.outputs)); };
        for (const Step& s : program.steps) columns_.push_back({s.gamma < 0 ? -1 : take(s), s.beta < 0 ? -1 : take(s), -1, -1});
        for (const Step& s : program.steps) {
            flat_.emplace_back();
            for (const ColumnPart& part : s.parts)
                part.for_each_array([&](long there, long count) {
                    flat_.back().push_back({there, std::exchange(size, size + round_up<Real>(count)), count, there == part.weight});
                });
        }
        trained = size;
        for (size_t k = 0; k < program.steps.size(); k++)
            if (program.steps[k].kind == StepKind::batch_norm) {
                columns_[k].mean = take(program.steps[k]);
                columns_[k].variance = take(program.steps[k]);
            }
    }

    void place_deltas() {
        std::vector<long> widths;  // of the blocks
        for (size_t b = 0; b < program.widths.size(); b++) {
            const DeltaPlace place = program.deltas[b];
            if (place.block < 0) continue;
            widths.resize(std::max<size_t>(widths.size(), place.block + 1));
            widths[place.block] = std::max<long>(widths[place.block], place.column + program.widths[b]);
        }
        for (long width : widths) blocks_.emplace_back(Kernels::buffer_size(width, capacity));
        for (const DeltaPlace& place : program.deltas)
            if (place.block < 0)
                deltas_.push_back({});
            else
                deltas_.push_back({blocks_[place.block].data() + place.column * L, Kernels::group_stride(widths[place.block])});
    }
};

}  // namespace gw
