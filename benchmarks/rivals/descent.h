// Plain stochastic gradient descent, the same for every library: an epoch is one call, and nothing is
// allocated on the way. A library brings the class ``Map``, y = f(x W + b + addend), with
//
//     Map(shape, W, b)
//     forward(x, addend, y)     y are floats where the map is the last, else Values; the addend may be null
//     backward(d, dx, add)      dx = d W', or dx += d W'
//     descend(x, d)             W <- keep W + x' d, b <- b + sum d
//     parameters(W, b)          as they are now
//     Value                     what activations and deltas are made of
//     samples_inside            whether these lie [feature][sample]; else they lie [block][sample][feature]
//     block(features)           how many features are in a block
//
// Deltas are scaled by -rate from the logits on, which makes a gradient a step: no gradient is ever stored.
// What is done entry by entry need not know how the entries lie.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "bfloat16.h"
#include "rival.h"
#include "softmax.h"

template <class T>
class Buffer {  // on a cache line, zeros
public:
    explicit Buffer(std::size_t size) : memory(allocate(size)) {}
    operator T*() const { return memory.get(); }
    T* data() const { return memory.get(); }

private:
    struct Free {
        void operator()(T* memory) const { std::free(memory); }
    };
    static T* allocate(std::size_t size) {
        const std::size_t bytes = (size * sizeof(T) + 64) / 64 * 64;
        void* memory = std::aligned_alloc(64, bytes);
        if (!memory) throw std::bad_alloc();
        return static_cast<T*>(std::memset(memory, 0, bytes));
    }
    std::unique_ptr<T, Free> memory;
};

struct Shape {
    int inputs, outputs, batch;
    Activation after;
    bool addend;  // whether forward is given one
    float keep;   // 1 - 2 l2 rate
    int threads;
};

template <class Map>
class Descent {
    using Value = typename Map::Value;

public:
    Descent(const Network& network, const float* parameters)
        : network(network), widths(network.widths, network.widths + network.layers + 1),
          labels(network.batch), softmax(network.batch, widths.back()), batch(network.batch * widths[0]),
          logits(network.batch * widths.back()),
          inner_delta(network.batch * *std::max_element(widths.begin(), widths.end())) {
        const int last = network.layers - 1;
        for (int k = 0; k <= last; ++k) {
            const Activation hidden = network.residual ? Activation::relu : Activation(network.activation);
            add(maps, k, k == last ? Activation::none : hidden, network.residual && k < last, parameters);
            if (network.residual && k < last) add(inner, k, Activation::tanh, false, parameters);
            outputs.emplace_back(network.batch * widths[k + 1]);
            inners.emplace_back(network.batch * widths[k + 1]);
            deltas.emplace_back(network.batch * widths[k + 1]);
        }
    }

    double train(const std::int64_t* order, std::int64_t steps) {
        double total = 0;
        for (std::int64_t step = 0; step < steps; ++step) {
            gather(order + step * network.batch);
            forward();
            const float scale = -network.rate / network.batch;
            total += softmax.template operator()<Map::samples_inside>(logits, labels.data(), scale);
            convert(logits.data(), deltas.back().data(), network.batch * widths.back());
            backward();
        }
        return total / steps;
    }

    void read(float* parameters) const {
        for (std::size_t k = 0; k < maps.size(); ++k) {
            parameters = read(*maps[k], k, parameters);
            if (k < inner.size()) parameters = read(*inner[k], k, parameters);
        }
    }

private:
    using Maps = std::vector<std::unique_ptr<Map>>;

    void add(Maps& to, int k, Activation after, bool addend, const float*& parameters) {
        const int inputs = widths[k], outputs = widths[k + 1];
        const float keep = 1 - 2 * network.l2 * network.rate;
        const Shape shape{inputs, outputs, network.batch, after, addend, keep, network.threads};
        to.push_back(std::make_unique<Map>(shape, parameters, parameters + inputs * outputs));
        parameters += (inputs + 1) * outputs;
    }

    float* read(const Map& map, std::size_t k, float* parameters) const {
        map.parameters(parameters, parameters + widths[k] * widths[k + 1]);
        return parameters + (widths[k] + 1) * widths[k + 1];
    }

    // The rows of a batch, side by side in the layout of the activations.
    void gather(const std::int64_t* rows) {
        const int features = widths[0], samples = network.batch, width = Map::block(features);
        for (int s = 0; s < samples; ++s) {
            const float* row = network.x + rows[s] * features;
            labels[s] = static_cast<std::int32_t>(network.y[rows[s]]);
            if (Map::samples_inside)
                for (int f = 0; f < features; ++f) batch[f * samples + s] = row[f];
            else
                for (int f = 0; f < features; f += width)
                    convert(row + f, batch.data() + f * samples + s * width, width);
        }
    }

    void forward() {
        const std::size_t last = maps.size() - 1;
        const Value* x = batch;
        for (std::size_t k = 0; k < last; ++k) {
            if (network.residual) inner[k]->forward(x, nullptr, inners[k].data());
            maps[k]->forward(x, network.residual ? inners[k].data() : nullptr, outputs[k].data());
            x = outputs[k];
        }
        maps[last]->forward(x, nullptr, logits.data());
    }

    void backward() {
        const int last = maps.size() - 1;
        for (int k = last; k >= 0; --k) {
            const Value* x = k ? outputs[k - 1] : batch;
            Value* d = deltas[k];
            const bool block = network.residual && k < last;
            const int size = network.batch * widths[k + 1];
            if (block) {
                through(Activation::relu, d, outputs[k], d, size);
                through(Activation::tanh, d, inners[k], inner_delta, size);
            } else if (k < last) {
                through(Activation(network.activation), d, outputs[k], d, size);
            }
            if (k) maps[k]->backward(d, deltas[k - 1], false);
            if (k && block) inner[k]->backward(inner_delta, deltas[k - 1], true);
            maps[k]->descend(x, d);
            if (block) inner[k]->descend(x, inner_delta);
        }
    }

    // dz = dy f'(z), where f' is a function of y = f(z).
    static void through(Activation f, const Value* dy, const Value* y, Value* dz, int size) {
        switch (f) {
            case Activation::tanh: return each(dy, y, dz, size, [](float y) { return 1 - y * y; });
            case Activation::sigmoid: return each(dy, y, dz, size, [](float y) { return y * (1 - y); });
            default: return each(dy, y, dz, size, [](float y) { return y > 0 ? 1.0f : 0.0f; });
        }
    }

    template <class Slope>
    static void each(const Value* dy, const Value* y, Value* dz, int size, Slope slope) {
#pragma GCC ivdep
        for (int i = 0; i < size; ++i) dz[i] = float(dy[i]) * slope(float(y[i]));
    }

    Network network;
    std::vector<int> widths;
    std::vector<std::int32_t> labels;
    Softmax softmax;
    Buffer<Value> batch;
    Buffer<float> logits;
    Maps maps, inner;
    Buffer<Value> inner_delta;
    std::vector<Buffer<Value>> outputs, inners, deltas;  // of each layer
};
