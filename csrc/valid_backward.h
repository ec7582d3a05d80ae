// What the steps back must be before any kernel trusts them, in a program whose forward steps have passed valid.h: a
// delta is set once, added to and read only after that, and lies where no other does; each array of the gradient is
// written once, and by then its weights have served, since they may be written in its place.
#pragma once

#include "valid.h"

namespace gw {

class BackwardCheck {
  public:
    explicit BackwardCheck(const Program& program)
        : program_(program), layer_of_(program.steps.size(), -1), set_(program.widths.size()), learnt_(program.steps.size()) {}

    void all() {
        find_layers();
        check_places();
        set_[program_.output] = 1;  // by the loss
        for (size_t i = 0; i < program_.backward.size(); i++) {
            where_ = "backward step " + std::to_string(i) + ": ";
            check_step(program_.backward[i]);
        }
        for (size_t k = 0; k < program_.steps.size(); k++)
            require((program_.steps[k].kind != StepKind::linear && !learns_by_itself(program_.steps[k])) || learnt_[k],
                    "step " + std::to_string(k) + ": expected a product of its parameters, found none");
    }

  private:
    const Program& program_;
    std::vector<int> layer_of_;       // of each step: the first step of its layer, or -1
    std::vector<char> set_, learnt_;  // of each buffer, whether its delta is set; of each step, whether it has learnt
    std::string where_;

    void find_layers() {
        const int steps = int(program_.steps.size());
        for (const BackwardStep& b : program_.backward) {
            if (b.kind != BackwardKind::parameter_product) continue;
            require(0 <= b.first && b.first < b.last && b.last <= steps, "layer: expected steps first to last - 1 of " +
                                                                             std::to_string(steps) + ", found " +
                                                                             std::to_string(b.first) + " to " + std::to_string(b.last));
            const Step& first = program_.steps[b.first];
            for (int k = b.first; k < b.last; k++) {
                const Step& s = program_.steps[k];
                const std::string step = "step " + std::to_string(k) + ": ";
                require(layer_of_[k] == -1, step + "expected one product of its parameters, found two");
                require(s.kind == StepKind::linear && s.source == first.source && (s.bias < 0) == (first.bias < 0),
                        step + "expected a layer of linear steps of one source, all with a bias or none");
                layer_of_[k] = b.first;
            }
        }
    }

    // A block holds the deltas of one layer side by side, or one other.
    void check_places() const {
        const long buffers = long(program_.widths.size());
        require(long(program_.deltas.size()) == buffers, "deltas: " + found(buffers, program_.deltas.size()));
        require(program_.deltas[0].block == -1, "deltas: expected none of the input");
        require(program_.deltas[program_.output].block >= 0, "deltas: expected one of the output");
        std::vector<int> owner(buffers, -1);  // of each block: the last buffer that lies in it
        for (int b = 1; b < buffers; b++) {
            const auto [block, column] = program_.deltas[b];
            const std::string delta = "delta " + std::to_string(b) + ": ";
            require(-1 <= block && block < buffers, delta + "expected a block of 0 to " + std::to_string(buffers - 1) +
                                                        ", found " + std::to_string(block));
            if (block < 0) continue;
            const int before = owner[block];
            const bool beside = before == b - 1 && before > 0 && layer_of_[b - 1] >= 0 && layer_of_[b - 1] == layer_of_[b - 2];
            require(before == -1 || beside, delta + "expected a block of its own or of its layer");
            const int end = before == -1 ? 0 : program_.deltas[before].column + program_.widths[before];
            require(column == end, delta + "column: " + found(end, column));
            require(end + program_.widths[b] < too_wide, delta + "expected a block of fewer than 2^24 columns");
            owner[block] = b;
        }
        for (size_t k = 1; k < program_.steps.size(); k++)
            require(layer_of_[k] == -1 || layer_of_[k] != layer_of_[k - 1] ||
                        program_.deltas[k].block == program_.deltas[k + 1].block,
                    "step " + std::to_string(k) + ": expected its delta beside those of its layer");
    }

    void check_step(const BackwardStep& b) {
        if (b.kind == BackwardKind::pass_on) return check_pass_on(b);
        require(b.source == -1 && b.target == -1 && b.known == -1 && b.activation == Activation::none && b.slope == 0,
                where_ + "expected a product of steps alone");
        const int steps = int(program_.steps.size());
        if (b.kind == BackwardKind::step_back) return check_step_back(b, steps);
        require(0 <= b.first && b.first < b.last && b.last <= steps && layer_of_[b.first] == b.first &&
                    layer_of_[b.last - 1] == b.first && (b.last == steps || layer_of_[b.last] != b.first),
                where_ + "expected the steps of one layer");
        for (int k = b.first; k < b.last; k++) {
            reads(program_.steps[k].target);
            require(!learnt_[k], where_ + "expected weights that are still those of forward");
        }
        if (b.kind == BackwardKind::input_product) return writes(program_.steps[b.first].source, b.accumulate);
        require(!b.accumulate, where_ + "expected a gradient that is set");
        for (int k = b.first; k < b.last; k++) learnt_[k] = 1;
    }

    void check_step_back(const BackwardStep& b, int steps) {
        require(0 <= b.first && b.first < steps && b.last == -1, where_ + "expected one step");
        const Step& s = program_.steps[b.first];
        require(s.kind == StepKind::dropout || learns_by_itself(s), where_ + "expected a step that keeps what its backward needs");
        reads(s.target);
        if (learns_by_itself(s)) {
            require(!learnt_[b.first], where_ + "expected gamma and beta that are still those of forward");
            learnt_[b.first] = 1;
            if (program_.deltas[s.source].block < 0) return require(!b.accumulate, where_ + "expected nothing to add to");
        }
        writes(s.source, b.accumulate);
    }

    void check_pass_on(const BackwardStep& b) {
        require(b.first == -1 && b.last == -1, where_ + "expected buffers alone");
        require(fits(b.activation, b.slope), where_ + bad_slope(b.slope));
        require((b.known == -1) == (b.activation == Activation::none), where_ + "expected known values for an activation");
        reads(b.source);
        if (b.source == b.target)
            require(!b.accumulate, where_ + "expected a delta that is not added to itself");
        else
            writes(b.target, b.accumulate);
        require(program_.widths[b.source] == program_.widths[b.target], where_ + "expected deltas of one width");
        if (b.known == -1) return;
        require(is_buffer(b.known), where_ + "known: expected a buffer, found " + std::to_string(b.known));
        require(program_.widths[b.known] == program_.widths[b.target], where_ + "expected values as wide as the delta");
    }

    bool is_buffer(int buffer) const { return 0 <= buffer && buffer < int(program_.widths.size()); }

    void reads(int buffer) const {
        require(is_buffer(buffer) && set_[buffer], where_ + "expected a delta that is set by then, found that of buffer " +
                                                       std::to_string(buffer));
    }

    void writes(int buffer, bool accumulate) {
        require(is_buffer(buffer) && program_.deltas[buffer].block >= 0,
                where_ + "expected a buffer with a delta, found " + std::to_string(buffer));
        require(bool(set_[buffer]) == accumulate, where_ + "expected to " + (accumulate ? "set" : "add to") +
                                                      " the delta of buffer " + std::to_string(buffer));
        set_[buffer] = 1;
    }
};

inline void check_program(const Program& program) {
    check_forward(program);
    BackwardCheck(program).all();
}

// The steps of a layer share a W, as wide as the kernels can take it.
inline void check_shared_columns(const Program& program, int most) {
    for (const Layer& layer : layers_of(program))
        require(layer.last - layer.first == 1 || layer.outputs <= most,
                "layer: expected one step or at most " + std::to_string(most) + " columns in all, found " +
                    std::to_string(layer.outputs));
}

}  // namespace gw
