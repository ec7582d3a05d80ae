// A program of narrow layers with room to run it, a sample in each lane.
//
// What backward has to do is decided here once, by going through it: which steps the output depends on, which
// delta is the first to reach a buffer, and which the last. Linear steps of one source that follow each other are
// one layer: their columns lie side by side in one W, and both products of backward take them together.
//
// The delta of a buffer that a linear step fills is the derivative by what that step had before its activation, and
// lies among the columns of its layer.
#pragma once

#include <vector>

#include "activations.h"
#include "lanes.h"
#include "losses.h"
#include "network.h"

namespace gw {

template <class R> class LaneNetwork {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>;

    LaneNetwork(const Program& program, int rows, int /*threads*/)
        : program(program), capacity(rows), layers_(layers_of(program)), kernels_(most_columns(), rows),
          targets_(Lanes<Real>::groups(rows) * ahead(), program.widths[program.output]) {
        const long groups = Lanes<Real>::groups(rows);
        for (size_t b = 0; b < program.widths.size(); b++) {
            values_.emplace_back(groups * program.widths[b] * L * (b == 0 ? ahead() : 1));
            deltas_.push_back({});
        }
        for (Layer& layer : layers_) {
            blocks_.emplace_back(groups * layer.columns * L);
            layer.delta = blocks_.back().data();
            Real* at = layer.delta;
            for (size_t k = layer.first; k < layer.last; at += program.steps[k++].outputs * L)
                deltas_[program.steps[k].target] = {at, layer.columns * L};
            if (program.steps[layer.first].kind != StepKind::linear) continue;
            layer.weight_at = size;
            size += Lanes<Real>::weight_size(layer.inputs, layer.columns);
            if (program.steps[layer.first].bias < 0) continue;
            layer.bias_at = size;
            size += Lanes<Real>::bias_size(layer.columns);
        }
        plan_backward();
    }

    const Program& program;
    const int capacity;  // rows at most
    long size = 0;       // numbers in the parameters as they lie here, padding included

    // Calls visit(place in theta, place here) for each parameter.
    template <class Visit> void for_each_parameter(Visit&& visit) const {
        for_each_linear([&](const Layer& layer, const Step& s, int column) {
            for (long i = 0; i < s.inputs; i++)
                for (long o = 0; o < s.outputs; o++)
                    visit(s.weight + i * s.outputs + o,
                          layer.weight_at + Lanes<Real>::weight_index(layer.inputs, layer.columns, i, column + o));
            if (s.bias >= 0)
                for (long o = 0; o < s.outputs; o++) visit(s.bias + o, layer.bias_at + column + o);
        });
    }

    // Calls visit(first, count) for each weight: what a penalty acts on.
    template <class Visit> void for_each_weight(Visit&& visit) const {
        for_each_linear([&](const Layer& layer, const Step&, int column) {
            if (column == 0) visit(layer.weight_at, Lanes<Real>::weight_size(layer.inputs, layer.columns));
        });
    }

    // Batches that are best brought in together: what has just been written in parts cannot yet be read as a whole.
    long ahead() const {
        const long numbers = Lanes<Real>::groups(capacity) * L * (program.widths[0] + 1);
        return std::clamp(4096 / (numbers * long(sizeof(Real))), 1L, 16L);
    }

    // Batch number `slot` of those brought in <- the rows and, where they are wanted, their targets.
    void take(const Features<Real>& features, const Targets<Real>* targets, const int64_t* rows, long count,
              long slot) {
        const long groups = Lanes<Real>::groups(capacity);
        kernels_.gather(features, rows, count, values_[0].data() + slot * groups * program.widths[0] * L);
        if (targets) targets_.gather(*targets, rows, count, slot * groups);
    }

    void forward(const Real* parameters, long count, long slot) {
        slot_ = slot;
        for (const Layer& layer : layers_) {
            int column = 0;
            for (size_t k = layer.first; k < layer.last; k++) {
                const Step& s = program.steps[k];
                const Real *x = value(s.source), *addend = s.addend < 0 ? nullptr : value(s.addend);
                Real* y = values_[s.target].data();
                const long size = Lanes<Real>::groups(count) * s.outputs * L;
                if (s.kind == StepKind::linear) {
                    Lanes<Real>::forward(s.inputs, layer.columns, s.outputs, parameters + layer.weight_at + column,
                                         layer.bias_at < 0 ? nullptr : parameters + layer.bias_at + column, x, addend,
                                         y, count);
                    column += s.outputs;
                    x = y;
                }
                if (s.kind == StepKind::add)
                    add(x, addend, y, size);
                else if (s.activation != Activation::none)
                    activate(s.activation, s.slope, x, y, size);
            }
        }
    }

    // The sum over rows of the loss, each row's entries summed; and the delta of the output, `scale` times
    // the derivative of the mean. `right`, where it is not null, takes the number of right answers.
    double loss(long count, double scale, double* right = nullptr) {
        const int output = program.output;
        return loss_of_batch(program, value(output), program.widths[output] * L, targets_,
                             slot_ * Lanes<Real>::groups(capacity), count, scale, deltas_[output].at,
                             deltas_[output].group, right);
    }

    void backward(const Real* parameters, const Destination<Real>& d, long count) {
        if (loss_.last) settle(program.output, count);
        for (size_t i = layers_.size(); i-- > 0;) {
            const Layer& layer = layers_[i];
            if (!layer.live) continue;
            for (size_t k = layer.last; k-- > layer.first;) backward_step(program.steps[k], flows_[k], count);
            if (layer.weight_at < 0) continue;
            if (layer.source > 0) {
                const Delta dx = deltas_[layer.source];
                Lanes<Real>::backward_input(layer.inputs, layer.columns, parameters + layer.weight_at, layer.delta,
                                            !layer.arrival.first, dx.at, dx.group, count);
                if (layer.arrival.last) settle(layer.source, count);
            }
            kernels_.backward_parameters(layer.inputs, layer.columns, value(layer.source), layer.delta,
                                         d.to + layer.weight_at, layer.bias_at < 0 ? nullptr : d.to + layer.bias_at,
                                         d.keep_weight, d.keep_bias, count);
        }
    }

    // The output of the last forward, row-major.
    void output(Real* to, long count) const {
        const int width = program.widths[program.output];
        const Real* z = value(program.output);
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width; c++) to[n * width + c] = z[(n / L * width + c) * L + n % L];
    }

  private:
    // Where the delta of a buffer lies: (groups, width, lanes), the groups so many Reals apart.
    struct Delta {
        Real* at;
        long group;
    };
    // Whether what a step passes on is the first, and whether it is the last, that reaches a buffer's delta.
    struct Arrival {
        bool first, last;
    };
    struct Flow {
        bool live;  // whether the output depends on the step
        Arrival source, addend;
    };
    // Steps first .. last - 1: linear ones of one source, or a single other one.
    struct Layer {
        size_t first, last;
        int source, inputs, columns;
        long weight_at = -1, bias_at = -1;
        Real* delta = nullptr;  // (groups, columns, lanes)
        bool live = false;
        Arrival arrival{};
    };

    std::vector<Layer> layers_;
    Lanes<Real> kernels_;
    TargetGroups<Real> targets_;
    std::vector<Block<Real>> values_, blocks_;  // of the buffers; the deltas, of the layers
    std::vector<Delta> deltas_;                 // of the buffers
    std::vector<Flow> flows_;                   // of the steps
    std::vector<const Step*> filled_by_;        // of the buffers
    Arrival loss_{};
    long slot_ = 0;

    const Real* value(int buffer) const {
        const long first = buffer == 0 ? slot_ * Lanes<Real>::groups(capacity) * program.widths[0] * L : 0;
        return values_[buffer].data() + first;
    }

    static bool share_a_source(const Program& program, const Layer& layer, const Step& s) {
        const Step& first = program.steps[layer.first];
        return first.kind == StepKind::linear && s.kind == StepKind::linear && s.source == layer.source &&
               (s.bias < 0) == (first.bias < 0) && layer.columns + s.outputs <= Lanes<Real>::columns_of_a_block;
    }

    static std::vector<Layer> layers_of(const Program& program) {
        std::vector<Layer> layers;
        for (size_t k = 0; k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            if (!layers.empty() && share_a_source(program, layers.back(), s)) {
                layers.back().last++;
                layers.back().columns += s.outputs;
            } else {
                layers.push_back({k, k + 1, s.source, s.inputs, s.outputs});
            }
        }
        return layers;
    }

    int most_columns() const {
        int most = program.widths[0];
        for (const Layer& layer : layers_) most = std::max(most, layer.columns);
        return most;
    }

    // Goes through backward as `backward` will, and notes who reaches which delta.
    void plan_backward() {
        flows_.resize(program.steps.size());
        filled_by_.resize(program.widths.size());
        for (const Step& s : program.steps) filled_by_[s.target] = &s;
        std::vector<Arrival*> latest(program.widths.size());
        auto arrives = [&](Arrival& arrival, int buffer) {
            arrival = {!latest[buffer], true};
            if (latest[buffer]) latest[buffer]->last = false;
            latest[buffer] = &arrival;
        };
        arrives(loss_, program.output);
        for (size_t i = layers_.size(); i-- > 0;) {
            Layer& layer = layers_[i];
            for (size_t k = layer.last; k-- > layer.first;) {
                const Step& s = program.steps[k];
                if (!latest[s.target]) continue;
                layer.live = flows_[k].live = true;
                if (s.addend > 0) arrives(flows_[k].addend, s.addend);
                if (s.kind != StepKind::linear && s.source > 0) arrives(flows_[k].source, s.source);
            }
            if (layer.live && layer.weight_at >= 0 && layer.source > 0) arrives(layer.arrival, layer.source);
        }
    }

    void backward_step(const Step& s, const Flow& flow, long count) {
        if (!flow.live) return;
        const Delta dy = deltas_[s.target];
        if (s.addend > 0) pass_on(Activation::none, 0, nullptr, dy, s.addend, flow.addend, count);
        if (s.kind == StepKind::linear || s.source == 0) return;
        const Activation act = s.kind == StepKind::add ? Activation::none : s.activation;
        pass_on(act, s.slope, value(needs_input(act) ? s.source : s.target), dy, s.source, flow.source, count);
    }

    // delta of a buffer <- dy act', or delta + dy act', and settled where nothing else will come
    void pass_on(Activation act, double slope, const Real* known, Delta dy, int buffer, Arrival arrival, long count) {
        const int width = program.widths[buffer];
        const Step* filler = filled_by_[buffer];
        const bool alone = act == Activation::none && arrival.first && arrival.last && filler->kind == StepKind::linear;
        if (alone) act = filler->activation, slope = filler->slope, known = value(buffer);
        for (long g = 0; g < Lanes<Real>::groups(count); g++)
            differentiate(act, slope, known ? known + g * width * L : dy.at + g * dy.group, dy.at + g * dy.group,
                          deltas_[buffer].at + g * deltas_[buffer].group, width * L, !arrival.first);
        if (arrival.last && !alone) settle(buffer, count);
    }

    // delta <- delta act', where it is a linear step that fills the buffer
    void settle(int buffer, long count) {
        const Step* filler = filled_by_[buffer];
        if (filler->kind != StepKind::linear || filler->activation == Activation::none) return;
        const int width = program.widths[buffer];
        const Delta d = deltas_[buffer];
        for (long g = 0; g < Lanes<Real>::groups(count); g++)
            differentiate(filler->activation, filler->slope, value(buffer) + g * width * L, d.at + g * d.group,
                          d.at + g * d.group, width * L, false);
    }

    template <class Visit> void for_each_linear(Visit&& visit) const {
        for (const Layer& layer : layers_) {
            int column = 0;
            if (layer.weight_at < 0) continue;
            for (size_t k = layer.first; k < layer.last; column += program.steps[k++].outputs)
                visit(layer, program.steps[k], column);
        }
    }
};

}  // namespace gw
