// What a program must be before any kernel trusts it. All that comes from outside passes here and in valid_backward.h,
// so that no kernel asks again: every buffer is filled once and read only then, and every number of theta belongs to
// one array.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "activations.h"
#include "program.h"

namespace gw {

constexpr long too_wide = 1 << 24;  // products of two widths and a count of rows stay far within 64 bits
constexpr long most_rows = 1 << 24;  // of a batch, as MOST_ROWS in gradwright/engine/native.py

inline void require(bool met, const std::string& message) {
    if (!met) throw std::invalid_argument(message);
}

inline std::string found(long expected, long count) {
    return "expected " + std::to_string(expected) + ", found " + std::to_string(count);
}

// Step k fills buffer k + 1 from earlier ones; every buffer is read, the last one by the loss.
inline void check_buffers(const Program& program) {
    const long buffers = long(program.widths.size());
    for (int width : program.widths)
        require(1 <= width && width < too_wide, "widths: expected 1 to 2^24 - 1, found " + std::to_string(width));
    require(buffers == long(program.steps.size()) + 1,
            "widths: the input and one for each step: " + found(program.steps.size() + 1, buffers));
    require(program.output == buffers - 1 && buffers > 1, "output: the buffer that the last step fills: " +
                                                              found(buffers - 1, program.output));
    std::vector<char> read(buffers, 0);
    for (long k = 0; k < buffers - 1; k++) {
        const Step& s = program.steps[k];
        const std::string step = "step " + std::to_string(k) + ": ";
        require(s.target == k + 1, step + "target: " + found(k + 1, s.target));
        auto reads = [&](const std::string& field, int buffer) {
            require(0 <= buffer && buffer <= k, step + field + ": expected a buffer that is filled by then, 0 to " +
                                                    std::to_string(k) + ", found " + std::to_string(buffer));
            read[buffer] = 1;
        };
        reads("source", s.source);
        if (s.addend != -1) reads("addend", s.addend);
    }
    for (long b = 0; b < buffers - 1; b++)
        require(read[b], "buffer " + std::to_string(b) + ": expected a later step that reads it, found none");
}

inline std::string bad_slope(double slope) {
    return "slope: expected 0 <= slope < 1, or a finite one of an ELU, found " + std::to_string(slope);
}

// A step that learns by column has its numbers and arrays, whose places check_parameters looks at; no other step has any.
inline void check_columns(const Step& s, const std::string& step) {
    const bool batch = s.kind == StepKind::batch_norm;
    require(is_norm(s) ? 0 < s.epsilon && std::isfinite(s.epsilon) : s.epsilon == 0,
            step + "epsilon: expected a finite one > 0 of a norm, and else 0");
    require(batch ? 0 <= s.momentum && s.momentum < 1 : s.momentum == 0,
            step + "momentum: expected 0 <= momentum < 1 of a batch norm, and else 0");
    require(learns_by_column(s) == (s.gamma != -1), step + "expected gamma of norms, scales and mixes, and of these alone");
    require(is_norm(s) == (s.beta != -1), step + "expected beta of norms, and of these alone");
    require(batch == (s.mean != -1) && batch == (s.variance != -1),
            step + "expected running statistics of batch norms, and of these alone");
}

// Parts lie side by side and are of columns of the input, whose sizes leave products far within 64 bits; check_parameters looks
// at their places.
inline void check_parts(const Step& s, const std::string& step) {
    require((s.kind == StepKind::columns) == !s.parts.empty(), step + "expected parts of columns, and of these alone");
    require(s.parts.empty() || s.source == 0, step + "expected columns of the input");
    long end = 0;
    for (const ColumnPart& part : s.parts) {
        const bool copy = part.kind == PartKind::copy, waves = part.kind == PartKind::waves;
        require(!part.columns.empty() && long(part.columns.size()) < too_wide, step + "expected a part of columns");
        for (int column : part.columns)
            require(0 <= column && column < s.inputs, step + "expected columns of 0 to " + std::to_string(s.inputs - 1) + ", found " +
                                                          std::to_string(column));
        require(part.first == end, step + "a part's first column: " + found(end, part.first));
        require((copy ? part.each == 1 : waves ? part.each > 1 : part.each > 0) && part.each < too_wide,
                step + "expected so many columns for each as a part of its kind has, found " + std::to_string(part.each));
        require((copy ? part.size == 0 : part.size > 0) && part.size < too_wide,
                step + "expected a table or frequencies of a part of its kind, found " + std::to_string(part.size));
        require(copy == (part.weight == -1) && waves == (part.frequency != -1) && waves == (part.phase != -1) &&
                    waves == (part.bias != -1),
                step + "expected the arrays of a part of its kind, and of no other");
        end += long(part.columns.size()) * part.each;
        require(end < too_wide, step + "expected fewer than 2^24 columns");
        require(double(part.columns.size()) * part.size * part.each < 1e15, step + "expected a smaller part");
    }
    require(s.parts.empty() || end == s.outputs, step + "outputs: " + found(end, s.outputs));
}

// Each step has what its kind needs, and nothing else.
inline void check_step(const Program& program, size_t k) {
    const Step& s = program.steps[k];
    const std::string step = "step " + std::to_string(k) + ": ";
    require(s.inputs == program.widths[s.source], step + "inputs: " + found(program.widths[s.source], s.inputs));
    require(s.outputs == program.widths[s.target], step + "outputs: " + found(program.widths[s.target], s.outputs));
    require(s.addend < 0 || program.widths[s.addend] == s.outputs, step + "expected an addend as wide as the target");
    require(fits(s.activation, s.slope), step + bad_slope(s.slope));
    const bool bare = s.activation == Activation::none;
    require(s.kind == StepKind::dropout || s.kind == StepKind::mix ? 0 <= s.rate && s.rate < 1 : s.rate == 0,
            step + "rate: expected 0 <= rate < 1 of a dropout or a mix, and else 0, found " + std::to_string(s.rate));
    check_columns(s, step);
    check_parts(s, step);
    switch (s.kind) {
        case StepKind::linear:  // its sum is overwritten, so the derivative has to come from the output
            require(!needs_input(s.activation),
                    step + "expected a step of its own for an activation whose derivative needs its input");
            return;
        case StepKind::activation:
        case StepKind::mix:
            require(!bare && s.addend == -1, step + "expected an activation of one buffer");
            break;
        case StepKind::add: require(bare && s.addend >= 0, step + "expected a sum of two buffers"); break;
        case StepKind::dropout:
        case StepKind::layer_norm:
        case StepKind::batch_norm:
        case StepKind::columns:
        case StepKind::scale: require(bare && s.addend == -1, step + "expected one buffer and no activation"); break;
    }
    require(s.inputs == s.outputs || s.kind == StepKind::columns, step + "expected a width that stays, found " + std::to_string(s.inputs) + " to " +
                                       std::to_string(s.outputs));
    require(s.weight == 0 && s.bias == -1, step + "expected parameters of linear steps alone");
}

// The weights and biases lie in theta side by side: no number is left out, and none belongs to two.
inline void check_parameters(const Program& program) {
    std::vector<std::pair<long, long>> arrays;  // offset and count
    for (const Step& s : program.steps) {
        if (s.kind == StepKind::linear) arrays.emplace_back(s.weight, long(s.inputs) * s.outputs);
        for (long offset : {s.bias, s.gamma, s.beta, s.mean, s.variance})
            if (offset != -1) arrays.emplace_back(offset, s.outputs);
        for (const ColumnPart& part : s.parts)
            part.for_each_array([&](long offset, long count) { arrays.emplace_back(offset, count); });
    }
    std::sort(arrays.begin(), arrays.end());
    long end = 0;
    for (const auto& [offset, count] : arrays) {
        require(offset == end, "theta: an array's offset: " + found(end, offset));
        require(count <= program.size - end, "theta: expected a size of all arrays, found " + std::to_string(program.size));
        end += count;
    }
    require(end == program.size, "theta: the size of all arrays: " + found(end, program.size));
}

inline void check_loss(LossKind loss, double parameter) {
    switch (loss) {
        case LossKind::softmax_cross_entropy:
            return require(0 <= parameter && parameter < 1, "loss: expected a smoothing in [0, 1)");
        case LossKind::focal:
            return require(0 <= parameter && std::isfinite(parameter), "loss: expected a finite gamma >= 0");
        case LossKind::huber: return require(parameter > 0, "loss: expected Huber's delta > 0");
        case LossKind::hinge: return require(parameter == 1 || parameter == 2, "loss: expected hinge's power 1 or 2");
        case LossKind::quantile: return require(0 < parameter && parameter < 1, "loss: expected a quantile in (0, 1)");
        default: return require(parameter == 0, "loss: expected no parameter");
    }
}

// The factors of the trained arrays by their offsets in theta, from those in their order there.
inline std::map<long, Factors> by_offset(const Program& program, const std::vector<Factors>& factors) {
    const std::vector<long> offsets = trained_arrays(program);
    require(factors.size() == offsets.size(), "factors: those of each array that is trained: " + found(offsets.size(), factors.size()));
    std::map<long, Factors> placed;
    for (size_t k = 0; k < offsets.size(); k++) {
        for (double factor : {factors[k].rate, factors[k].decay})
            require(0 <= factor && std::isfinite(factor), "factors: expected finite ones >= 0, found " + std::to_string(factor));
        placed.emplace(offsets[k], factors[k]);
    }
    return placed;
}

inline void check_forward(const Program& program) {
    check_buffers(program);
    for (size_t k = 0; k < program.steps.size(); k++) check_step(program, k);
    check_parameters(program);
    check_loss(program.loss, program.loss_parameter);
    require(0 <= program.penalty_factor && std::isfinite(program.penalty_factor),
            "penalty: expected a finite factor >= 0");
}

}  // namespace gw
