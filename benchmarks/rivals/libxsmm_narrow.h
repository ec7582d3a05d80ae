// Narrow maps, and batches of whole registers: activations lie [feature][sample], so that a column of a
// product is a batch, whatever the layer's width. W stays (in, out), as it came.
#pragma once

#include "descent.h"
#include "libxsmm_kernels.h"

class NarrowMap {
public:
    using Value = float;
    static constexpr bool samples_inside = true;
    static int block(int) { return 1; }

    NarrowMap(const Shape& shape, const float* weight, const float* bias)
        : shape(shape), W(weight, weight + shape.inputs * shape.outputs), b(bias, bias + shape.outputs),
          product(shape.batch, shape.outputs, shape.inputs, shape.batch, shape.outputs, shape.batch,
                  LIBXSMM_GEMM_FLAG_TRANS_B),
          to_input(shape.batch, shape.inputs, shape.outputs, shape.batch, shape.outputs, shape.batch,
                   LIBXSMM_GEMM_FLAG_BETA_0),
          more_to_input(shape.batch, shape.inputs, shape.outputs, shape.batch, shape.outputs, shape.batch),
          to_weight(shape.outputs, shape.inputs, shape.batch, shape.batch, shape.batch, shape.outputs,
                    LIBXSMM_GEMM_FLAG_TRANS_A),
          activation(operation(shape.after), shape.batch, shape.outputs) {}

    // y (B, o) = f(b + addend + x W)
    void forward(const float* x, const float* addend, float* y) const {
        const int batch = shape.batch;
        for (int c = 0; c < shape.outputs; ++c)
#pragma GCC ivdep
            for (int s = 0; s < batch; ++s) y[c * batch + s] = addend ? addend[c * batch + s] + b[c] : b[c];
        product(x, W.data(), y);
        if (shape.after != Activation::none) activation(y, y);
    }

    // dx (B, i) = d (B, o) W'
    void backward(const float* d, float* dx, bool add) const {
        (add ? more_to_input : to_input)(d, W.data(), dx);
    }

    // W' (o, i) += d' (o, B) x (B, i)
    void descend(const float* x, const float* d) {
        if (shape.keep != 1)
            for (float& w : W) w *= shape.keep;
        to_weight(d, x, W.data());
        for (int c = 0; c < shape.outputs; ++c) {
            float sum = 0;
            for (int s = 0; s < shape.batch; ++s) sum += d[c * shape.batch + s];
            b[c] += sum;
        }
    }

    void parameters(float* weight, float* bias) const {
        std::copy(W.begin(), W.end(), weight);
        std::copy(b.begin(), b.end(), bias);
    }

private:
    Shape shape;
    std::vector<float> W, b;
    Gemm<float> product, to_input, more_to_input, to_weight;
    Unary<float> activation;
};
