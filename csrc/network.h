// A program with room to run it: the values and deltas of its buffers, forward, loss and backward.
//
// `Kernels` (Panels) decide how numbers lie in memory and do the products; what is here is the same for all.
// After a step's backward, the delta of a buffer is the derivative by what its producer had before activation.
#pragma once

#include <vector>

#include "losses.h"
#include "activations.h"
#include "memory.h"

namespace gw {

// Where the gradient goes: `to` <- keep to + gradient, with `to` as long as the parameters.
template <class Real> struct Destination {
    Real* to;
    Real keep_weight, keep_bias;
};

template <class Kernels> class Network {
  public:
    using Real = typename Kernels::Real;
    static constexpr int L = lanes<Real>;

    Network(const Program& program, int rows, int threads)
        : program(program), capacity(rows), kernels_(program, rows, threads),
          targets_((rows + L - 1) / L, program.widths[program.output]) {
        for (int width : program.widths) {
            values_.emplace_back(Kernels::buffer_size(width, rows));
            deltas_.emplace_back(Kernels::buffer_size(width, rows));
        }
        for (const Step& s : program.steps) {
            weight_at_.push_back(size);
            if (s.kind != StepKind::linear) continue;
            size += Kernels::weight_size(s);
            if (s.bias >= 0) size += Kernels::bias_size(s);
        }
    }

    const Program& program;
    const int capacity;  // rows at most
    long size = 0;       // numbers in the parameters as they lie here, padding included

    // Calls visit(place in theta, place here) for each parameter.
    template <class Visit> void for_each_parameter(Visit&& visit) const {
        for (size_t k = 0; k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            if (s.kind != StepKind::linear) continue;
            for (long i = 0; i < s.inputs; i++)
                for (long o = 0; o < s.outputs; o++)
                    visit(s.weight + i * s.outputs + o, weight_at_[k] + Kernels::weight_index(s, i, o));
            if (s.bias >= 0)
                for (long o = 0; o < s.outputs; o++) visit(s.bias + o, bias_at(k) + o);
        }
    }

    // Calls visit(first, count) for each weight: what a penalty acts on.
    template <class Visit> void for_each_weight(Visit&& visit) const {
        for (size_t k = 0; k < program.steps.size(); k++)
            if (program.steps[k].kind == StepKind::linear) visit(weight_at_[k], Kernels::weight_size(program.steps[k]));
    }

    // Batches that are best brought in together.
    long ahead() const { return 1; }

    // The batch <- the rows and, where they are wanted, their targets.
    void take(const Features<Real>& features, const Targets<Real>* targets, const int64_t* rows, long count, long) {
        kernels_.gather(features, rows, count, values_[0].data());
        if (targets) targets_.gather(*targets, rows, count, 0);
    }

    void forward(const Real* parameters, long count, long) {
        for (size_t k = 0; k < program.steps.size(); k++) {
            const Step& s = program.steps[k];
            const Real* x = values_[s.source].data();
            Real* y = values_[s.target].data();
            const Real* addend = s.addend < 0 ? nullptr : values_[s.addend].data();
            if (s.kind == StepKind::linear)
                kernels_.forward(s, weight(parameters, k), bias(parameters, k), x, addend, y, count);
            kernels_.for_each_stretch(s.outputs, count, [&](long at, long size) {
                if (s.kind == StepKind::add)
                    add(x + at, addend + at, y + at, size);
                else if (s.activation != Activation::none)
                    activate(s.activation, s.slope, (s.kind == StepKind::linear ? y : x) + at, y + at, size);
            });
        }
    }

    // The sum over rows of the loss, each row's entries summed; and the delta of the output, `scale` times
    // the derivative of the mean. `right`, where it is not null, takes the number of right answers.
    double loss(long count, double scale, double* right = nullptr) {
        const int width = program.widths[program.output];
        const long stride = Kernels::group_stride(width);
        const Real* z = kernels_.output_in_lanes(values_[program.output].data(), width, count);
        Real* dz = kernels_.delta_in_lanes(deltas_[program.output].data());
        return loss_of_batch(program, z, stride, targets_, 0, count, scale, dz, stride, right);
    }

    void backward(const Real* parameters, const Destination<Real>& destination, long count) {
        kernels_.delta_from_lanes(deltas_[program.output].data(), program.widths[program.output], count);
        std::vector<char>& reached = reached_;
        reached.assign(program.widths.size(), 0);
        reached[program.output] = 1;
        for (size_t k = program.steps.size(); k-- > 0;) {
            const Step& s = program.steps[k];
            if (!reached[s.target]) continue;
            backward_step(k, s, parameters, destination, count);
        }
    }

    // The output of the last forward, row-major.
    void output(Real* to, long count) {
        const int width = program.widths[program.output];
        const Real* z = kernels_.output_in_lanes(values_[program.output].data(), width, count);
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width; c++) to[n * width + c] = z[n / L * Kernels::group_stride(width) + c * L + n % L];
    }

  private:
    Kernels kernels_;
    std::vector<Block<Real>> values_, deltas_;
    std::vector<long> weight_at_;
    TargetGroups<Real> targets_;
    std::vector<char> reached_;

    long bias_at(size_t k) const { return weight_at_[k] + Kernels::weight_size(program.steps[k]); }
    const Real* weight(const Real* parameters, size_t k) const { return parameters + weight_at_[k]; }
    const Real* bias(const Real* parameters, size_t k) const {
        return program.steps[k].bias < 0 ? nullptr : parameters + bias_at(k);
    }

    void backward_step(size_t k, const Step& s, const Real* parameters, const Destination<Real>& d, long count) {
        const Real *x = values_[s.source].data(), *y = values_[s.target].data();
        Real *dy = deltas_[s.target].data(), *dx = deltas_[s.source].data();
        switch (s.kind) {
            case StepKind::linear:
                if (s.activation != Activation::none) differentiate_buffer(s, y, dy, dy, false, count);
                if (s.addend > 0) contribute(s.addend, dy, count);
                if (s.source > 0) {
                    kernels_.backward_input(s, weight(parameters, k), dy, dx, reached_[s.source], count);
                    reached_[s.source] = 1;
                }
                kernels_.backward_parameters(s, x, dy, d.to + weight_at_[k], s.bias < 0 ? nullptr : d.to + bias_at(k),
                                             d.keep_weight, d.keep_bias, count);
                break;
            case StepKind::activation:
                if (s.source == 0) break;
                differentiate_buffer(s, needs_input(s.activation) ? x : y, dy, dx, reached_[s.source], count);
                reached_[s.source] = 1;
                break;
            case StepKind::add:
                if (s.source > 0) contribute(s.source, dy, count);
                if (s.addend > 0) contribute(s.addend, dy, count);
                break;
        }
    }

    void differentiate_buffer(const Step& s, const Real* known, const Real* dy, Real* dx, bool add, long count) {
        kernels_.for_each_stretch(s.outputs, count, [&](long at, long size) {
            differentiate(s.activation, s.slope, known + at, dy + at, dx + at, size, add);
        });
    }

    // delta of a buffer <- delta + dy, or dy where nothing has reached it yet
    void contribute(int buffer, const Real* dy, long count) {
        Real* to = deltas_[buffer].data();
        kernels_.for_each_stretch(program.widths[buffer], count, [&](long at, long size) {
            if (reached_[buffer])
                add(to + at, dy + at, to + at, size);
            else
                std::copy(dy + at, dy + at + size, to + at);
        });
        reached_[buffer] = 1;
    }
};

}  // namespace gw
