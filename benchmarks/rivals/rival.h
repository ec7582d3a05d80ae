// What the bench asks of a rival: a network with its rows, and four C functions that train it. Each library
// makes a shared object with these functions; gradwright/bench/speed/peers/rivals.py calls them.
#pragma once

#include <cstdint>

enum class Activation : std::int32_t { none, tanh, sigmoid, relu };  // the numbers that rivals.py sends

struct Network {
    const std::int32_t* widths;  // from the inputs to the classes
    std::int32_t layers;         // one less than there are widths
    std::int32_t batch;          // rows in a batch
    std::int32_t activation;     // of the hidden layers
    std::int32_t residual;       // whether these are relu(x W2 + b2 + tanh(x W1 + b1))
    std::int32_t bf16;           // whether products take bfloat16
    std::int32_t threads;
    float rate;                  // of learning
    float l2;                    // adds l2 * sum(W^2) to the loss
    const float* x;              // (rows, widths[0]), and
    const std::int64_t* y;       // (rows,) labels: both stay the caller's and live as long as the rival
};

extern "C" {
// A rival that starts from ``parameters``: W (in, out) and b (out,) of each map, one behind the other, a
// residual block's as W2, b2, W1, b1; null, and a word on stderr, where the library cannot.
void* rival_new(const Network* network, const float* parameters);
// Descends through ``steps`` batches, whose rows ``order`` (steps, batch) names; the mean loss.
double rival_train(void* rival, const std::int64_t* order, std::int64_t steps);
void rival_parameters(const void* rival, float* parameters);
void rival_free(void* rival);
}
