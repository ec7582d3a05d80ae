// The flat program that the engine runs: steps on numbered buffers, and where their parameters lie in theta.
// It mirrors gradwright/engine/plan.py; nothing here knows of Python, of lanes or of memory layouts.
#pragma once

#include <cstdint>
#include <vector>

namespace gw {

enum class Activation : int { none, relu, leaky_relu, tanh, sigmoid, softplus, gelu };
enum class StepKind : int { linear, activation, add };
enum class LossKind : int { softmax_cross_entropy, binary_cross_entropy, mean_squared_error, huber };
enum class PenaltyKind : int { none, l2, l1 };
enum class OptimizerKind : int { sgd, momentum, nesterov, adam, adamw, rmsprop };

// linear:      target = act(source W + b + addend)     W (inputs, outputs) at theta[weight], b at theta[bias]
// activation:  target = act(source)
// add:         target = source + addend
struct Step {
    StepKind kind;
    int source, addend, target;  // buffers; addend is -1 where there is none
    int inputs, outputs;         // widths of source and target
    Activation activation;
    double slope;       // of a leaky ReLU
    long weight, bias;  // offsets in theta; bias is -1 where there is none
};

struct Program {
    std::vector<int> widths;  // of each buffer; buffer 0 is the input
    std::vector<Step> steps;
    int output;
    long size;  // of theta
    LossKind loss;
    double loss_parameter;
    PenaltyKind penalty;
    double penalty_factor;
};

// The numbers that the factors of a product are made of: floats; two bfloat16 parts of each; one.
enum class Precision : int { float32, bf16x3, bf16 };

struct Optimizer {
    OptimizerKind kind;
    double momentum, beta1, beta2, epsilon, decay;  // decay: of RMSProp's mean, or AdamW's weight decay
    double clip_norm;                               // 0: no clipping

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
