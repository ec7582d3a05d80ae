// The flat program that the engine runs: steps that fill numbered buffers, steps back through them, and where their
// parameters lie in theta. It mirrors gradwright/engine/plan.py; nothing here knows of Python, of lanes or of memory
// layouts. Each enum is followed by its names, which Python reads (and a test compares with its own words).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace gw {

template <class Enum> inline constexpr std::array<const char*, 0> names{};  // of its values, in order

enum class Activation : int;  // activations.h

enum class StepKind : int { linear, activation, add, dropout, layer_norm, batch_norm, scale, mix, columns };
template <> inline constexpr std::array names<StepKind>{"linear",     "activation", "add",   "dropout",
                                                           "layer_norm", "batch_norm", "scale", "mix", "columns"};

// What becomes of some columns: they stay; a whole number is a row of a table; a number has cosines of it beside.
enum class PartKind : int { copy, embedding, waves };
template <> inline constexpr std::array names<PartKind>{"copy", "embedding", "waves"};

enum class BackwardKind : int { pass_on, input_product, parameter_product, step_back };
template <> inline constexpr std::array names<BackwardKind>{"pass_on", "input_product", "parameter_product",
                                                               "step_back"};

enum class LossKind : int {
    softmax_cross_entropy,
    focal,
    binary_cross_entropy,
    mean_squared_error,
    mean_absolute_error,
    huber,
    quantile,
    poisson,
    hinge
};
template <> inline constexpr std::array names<LossKind>{
    "softmax_cross_entropy", "focal", "binary_cross_entropy", "mean_squared_error", "mean_absolute_error", "huber", "quantile",
    "poisson", "hinge"};

// Whether the outputs are one score for each class, and a row has one loss.
inline bool of_classes(LossKind loss) {
    return loss == LossKind::softmax_cross_entropy || loss == LossKind::focal || loss == LossKind::hinge;
}

// Whether a row is held against a label alone, and not against a number for each output.
inline bool of_labels(LossKind loss) { return loss == LossKind::focal || loss == LossKind::hinge; }

enum class PenaltyKind : int { none, l2, l1 };
template <> inline constexpr std::array names<PenaltyKind>{"none", "l2", "l1"};

enum class OptimizerKind : int { sgd, momentum, nesterov, adam, adamw, rmsprop };
template <> inline constexpr std::array names<OptimizerKind>{"sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop"};

// The numbers that the factors of a product are made of: floats; two bfloat16 parts of each; one.
enum class Precision : int { float32, bf16x3, bf16 };
template <> inline constexpr std::array names<Precision>{"float32", "bf16x3", "bf16"};

// The kernels that do the products: for narrow layers, for wide ones, and the plain ones that the others are held against.
enum class Family : int { lanes, panels, plain };
template <> inline constexpr std::array names<Family>{"lanes", "panels", "plain"};

// linear:      target = act(source W + b + addend)     W (inputs, outputs) at theta[weight], b at theta[bias]
// activation:  target = act(source)
// add:         target = source + addend
// dropout:     target = source m / (1 - rate) while training, else source
// layer_norm:  target = gamma z + beta, z = (source - mean) / sqrt(variance + epsilon), the moments of each row
// batch_norm:  likewise with the moments of each column: while training those of the batch, to which the running ones at
//              theta[mean] and theta[variance] then move, else these
// scale:       target = gamma source
// mix:         target = source + gamma (act(source) - source), behind which is a dropout where rate is not 0
// columns:     target = the parts side by side, each made of some columns of the input
struct ColumnPart {
    PartKind kind;
    std::vector<int> columns;  // of the source
    int first, each;           // columns of the target: where the part begins, and how many a column of the source has
    int size;                  // rows of the table (size, each); frequencies of a number; of a copy 0
    long weight, frequency, phase, bias;  // offsets in theta; -1 where there is none

    // Calls visit(offset, how many) for the arrays, the weight first.
    template <class Visit> void for_each_array(Visit&& visit) const {
        const long d = long(columns.size()), h = size, m = each - 1;
        if (kind == PartKind::embedding) visit(weight, h * each);
        if (kind != PartKind::waves) return;
        visit(weight, d * h * m);
        visit(frequency, d * h);
        visit(phase, d * h);
        visit(bias, d * m);
    }
};

struct Step {
    StepKind kind;
    int source, addend, target;  // buffers; addend is -1 where there is none
    int inputs, outputs;         // widths of source and target
    Activation activation;
    double slope;       // of a leaky ReLU below 0, of an ELU at 0 from below
    long weight, bias;  // offsets in theta; bias is -1 where there is none
    double rate = 0;    // of dropout: the share that is left out
    long gamma = -1, beta = -1, mean = -1, variance = -1;  // offsets in theta of arrays (outputs,); -1 where there is none
    double epsilon = 0, momentum = 0;                       // of a norm; of a running mean, the share that it keeps
    std::vector<ColumnPart> parts = {};                     // of columns
};

// pass_on:            delta[target] = or += delta[source] act'     act' made from the values of `known`
// input_product:      delta[source of the steps] = or += dz W'     dz, W: of the linear steps first .. last - 1
// parameter_product:  dW = x' dz, db = sum_n dz                    of the same
// step_back:          delta[source] = or += J' delta[target]       of the step `first`, a dropout or one that learns by
//                     column, and its dgamma, dbeta; the source of such a one may be without a delta
struct BackwardStep {
    BackwardKind kind;
    bool accumulate;            // or else the delta is set
    int source, target, known;  // buffers; of pass_on, else -1; known is -1 without an activation
    Activation activation;
    double slope;
    int first, last;  // steps; of the products, else -1; of step_back the first alone
};

// Where the delta of a buffer lies: from a column on in a block, which may hold others beside it. No delta: block -1.
struct DeltaPlace {
    int block, column;
};

struct Bf16Unit;  // bf16.h

struct Program {
    std::vector<int> widths;  // of each buffer; buffer 0 is the input
    std::vector<Step> steps;
    std::vector<BackwardStep> backward;
    std::vector<DeltaPlace> deltas;  // of each buffer
    int output;
    long size;  // of theta
    LossKind loss;
    double loss_parameter;  // softmax cross-entropy's smoothing, focal's gamma, Huber's delta, a quantile's q, hinge's power; else 0
    PenaltyKind penalty;
    double penalty_factor;
    const Bf16Unit* unit = nullptr;  // what multiplies, where factors are in bfloat16
};

// Linear steps first .. last - 1 of one source, whose columns lie side by side in one W (inputs, outputs), as their
// deltas do in one block: what one product of backward takes.
struct Layer {
    int first, last, source, inputs, outputs;
    bool bias;
};

// The layers of a program that has passed valid.h.
inline std::vector<Layer> layers_of(const Program& program) {
    std::vector<Layer> layers;
    for (const BackwardStep& b : program.backward) {
        if (b.kind != BackwardKind::parameter_product) continue;
        const Step& s = program.steps[b.first];
        layers.push_back({b.first, b.last, s.source, s.inputs, 0, s.bias >= 0});
        for (int k = b.first; k < b.last; k++) layers.back().outputs += program.steps[k].outputs;
    }
    std::reverse(layers.begin(), layers.end());
    return layers;
}

inline bool is_norm(const Step& s) { return s.kind == StepKind::layer_norm || s.kind == StepKind::batch_norm; }

// Whether a step learns a number for each of its columns, or two: a norm, a scale, a mix.
inline bool learns_by_column(const Step& s) { return is_norm(s) || s.kind == StepKind::scale || s.kind == StepKind::mix; }

// Whether units are left out in a step.
inline bool drops(const Step& s) { return s.kind == StepKind::dropout || (s.kind == StepKind::mix && s.rate > 0); }

// Whether a step learns something that no product does; its gradient comes with the step back.
inline bool learns_by_itself(const Step& s) { return learns_by_column(s) || s.kind == StepKind::columns; }

// The dropouts of a program, each of which takes a key in every batch.
inline long dropouts(const Program& program) {
    return std::count_if(program.steps.begin(), program.steps.end(), drops);
}

// The arrays of theta that an optimizer moves, by their offsets in ascending order.
inline std::vector<long> trained_arrays(const Program& program) {
    std::vector<long> offsets;
    for (const Step& s : program.steps) {
        if (s.kind == StepKind::linear) offsets.push_back(s.weight);
        for (long offset : {s.bias, s.gamma, s.beta})
            if (offset >= 0) offsets.push_back(offset);
        for (const ColumnPart& part : s.parts) part.for_each_array([&](long offset, long) { offsets.push_back(offset); });
    }
    std::sort(offsets.begin(), offsets.end());
    return offsets;
}

// What an array has of the rate and of the weight decay. At rate 0 nothing of it moves, its optimizer's vectors neither.
struct Factors {
    double rate, decay;
    bool operator==(const Factors& other) const { return rate == other.rate && decay == other.decay; }
};

struct Optimizer {
    OptimizerKind kind;
    double momentum, beta1, beta2, epsilon, decay;  // decay: of RMSProp's mean, or AdamW's weight decay
    double clip_norm;                               // 0: no clipping
    double average;                                 // the decay of the mean of theta over the steps; 0: no mean

    int slots() const {  // vectors as long as theta that it keeps beside it
        switch (kind) {
            case OptimizerKind::sgd: return 0;
            case OptimizerKind::adam:
            case OptimizerKind::adamw: return 2;
            default: return 1;
        }
    }
};

}  // namespace gw
