// Wide maps in float32: products of blocks. W is turned for the way back block by block, in passing.
#pragma once

#include "blocks.h"
#include "libxsmm_kernels.h"
#include "parallel.h"

class BlockedMap {
public:
    using Value = float;
    static constexpr bool samples_inside = false;
    static int block(int features) { return block_of(features); }

    BlockedMap(const Shape& shape, const float* weight, const float* bias)
        : shape(shape), on(shape), rows(shape.batch / on.parts), W(shape.inputs * shape.outputs),
          b(bias, bias + shape.outputs), product(on.w, rows, on.v, on.w, on.v, on.w),
          to_input(on.v, shape.batch, on.w, on.v, on.w, on.v),
          to_weight(on.w, on.v, shape.batch, on.w, on.v, on.w, LIBXSMM_GEMM_FLAG_TRANS_B),
          activation(operation(shape.after), on.w, rows),
          turn(LIBXSMM_MELTW_TYPE_UNARY_TRANSFORM_NORM_TO_NORMT, on.w, on.v, on.v) {
        on.each([&](int blocked, int plain) { W[blocked] = weight[plain]; });
    }

    // y' (w, B) = f(b + addend + W' (w, i) x' (i, B)) for each block of outputs
    void forward(const float* x, const float* addend, float* y) const {
        parallel(shape.threads, on.outs * on.parts, [&](int task) {
            const int o = task / on.parts, part = task % on.parts;
            const int place = (o * shape.batch + part * rows) * on.w;
            const float* bias = b.data() + o * on.w;
            for (int s = 0, at = place; s < rows; ++s, at += on.w)
#pragma GCC ivdep
                for (int c = 0; c < on.w; ++c) y[at + c] = addend ? addend[at + c] + bias[c] : bias[c];
            for (int i = 0; i < on.ins; ++i)
                product(W + on.at(o, i), x + (i * shape.batch + part * rows) * on.v, y + place);
            if (shape.after != Activation::none) activation(y + place, y + place);
        });
    }

    // dx' (v, B) = W (v, o) d' (o, B) for each block of inputs
    void backward(const float* d, float* dx, bool add) const {
        parallel(shape.threads, on.ins, [&](int i) {
            alignas(64) float turned[WIDEST * WIDEST];
            float* to = dx + i * shape.batch * on.v;
            if (!add) std::fill_n(to, shape.batch * on.v, 0.0f);
            for (int o = 0; o < on.outs; ++o) {
                turn(W + on.at(o, i), turned);
                to_input(turned, d + o * shape.batch * on.w, to);
            }
        });
    }

    // W' (w, v) = keep W' + d' (w, B) x (B, v) for each block
    void descend(const float* x, const float* d) {
        parallel(shape.threads, on.outs * on.ins, [&](int task) {
            const int o = task / on.ins, i = task % on.ins;
            float* block = W + on.at(o, i);
            if (shape.keep != 1)
                for (int k = 0; k < on.v * on.w; ++k) block[k] *= shape.keep;
            to_weight(d + o * shape.batch * on.w, x + i * shape.batch * on.v, block);
        });
        for (int o = 0; o < on.outs; ++o)
            for (int s = 0; s < shape.batch; ++s)
                for (int c = 0; c < on.w; ++c) b[o * on.w + c] += d[(o * shape.batch + s) * on.w + c];
    }

    void parameters(float* weight, float* bias) const {
        on.each([&](int blocked, int plain) { weight[plain] = W[blocked]; });
        std::copy(b.begin(), b.end(), bias);
    }

private:
    Shape shape;
    Blocks on;
    int rows;  // in a part of a batch
    Buffer<float> W;
    std::vector<float> b;
    Gemm<float> product, to_input, to_weight;
    Unary<float> activation, turn;
};
