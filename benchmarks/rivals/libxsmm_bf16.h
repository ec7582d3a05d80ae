// Wide maps in bfloat16: W is kept in float32 and in two copies for the matrix units, in pairs of rows and
// turned, which are made anew as soon as a block has changed. Sums are float32.
#pragma once

#include "blocks.h"
#include "libxsmm_kernels.h"
#include "parallel.h"

class HalfMap {
public:
    using Value = bfloat16;
    static constexpr bool samples_inside = false;
    static int block(int features) { return block_of(features); }

    HalfMap(const Shape& shape, const float* weight, const float* bias)
        : shape(shape), on(shape), rows(shape.batch / on.parts), W(shape.inputs * shape.outputs),
          b(bias, bias + shape.outputs), ahead(shape.inputs * shape.outputs),
          back(shape.inputs * shape.outputs),
          x_turned(shape.batch * shape.inputs), d_paired(shape.batch * shape.outputs),
          sums(shape.batch * std::max(shape.inputs, shape.outputs)),
          product(on.w, rows, on.v, on.w, on.v, on.w), to_input(on.v, shape.batch, on.w, on.v, on.w, on.v),
          to_weight(on.w, on.v, shape.batch, on.w, shape.batch, on.w),
          activation(operation(shape.after), on.w, rows),
          round_delta(LIBXSMM_MELTW_TYPE_UNARY_IDENTITY, on.v, shape.batch),
          round_weight(LIBXSMM_MELTW_TYPE_UNARY_IDENTITY, on.w, on.v),
          pair_weight(LIBXSMM_MELTW_TYPE_UNARY_TRANSFORM_NORM_TO_VNNI2, on.w, on.v),
          turn_weight(LIBXSMM_MELTW_TYPE_UNARY_TRANSFORM_NORM_TO_NORMT, on.w / 2, on.v, on.v),
          pair_delta(LIBXSMM_MELTW_TYPE_UNARY_TRANSFORM_NORM_TO_VNNI2, on.w, shape.batch),
          turn_input(LIBXSMM_MELTW_TYPE_UNARY_TRANSFORM_NORM_TO_NORMT, on.v, shape.batch, shape.batch) {
        if (on.v % 2 || on.w % 2 || shape.batch % 2) throw std::runtime_error("bfloat16 comes in pairs");
        on.each([&](int blocked, int plain) { W[blocked] = weight[plain]; });
        for (int o = 0; o < on.outs; ++o)
            for (int i = 0; i < on.ins; ++i) copy(o, i);
    }

    // y' (w, B) = f(b + W' (w, i) x' (i, B)) for each block of outputs
    template <class Out>
    void forward(const bfloat16* x, const bfloat16*, Out* y) {
        parallel(shape.threads, on.outs * on.parts, [&](int task) {
            const int o = task / on.parts, part = task % on.parts;
            const int place = (o * shape.batch + part * rows) * on.w;
            float* sum = sums_of(y) + place;
            for (int s = 0; s < rows; ++s) std::copy_n(b.data() + o * on.w, on.w, sum + s * on.w);
            for (int i = 0; i < on.ins; ++i)
                product(ahead + on.at(o, i), x + (i * shape.batch + part * rows) * on.v, sum);
            if constexpr (sizeof(Out) == 2) activation(sum, y + place);
        });
    }

    // dx' (v, B) = W (v, o) d' (o, B) for each block of inputs
    void backward(const bfloat16* d, bfloat16* dx, bool) {
        parallel(shape.threads, on.ins, [&](int i) {
            const int place = i * shape.batch * on.v;
            std::fill_n(sums + place, shape.batch * on.v, 0.0f);
            for (int o = 0; o < on.outs; ++o)
                to_input(back + on.at(o, i), d + o * shape.batch * on.w, sums + place);
            round_delta(sums + place, dx + place);
        });
    }

    // W' (w, v) = keep W' + d' (w, B) x (B, v) for each block
    void descend(const bfloat16* x, const bfloat16* d) {
        parallel(shape.threads, on.outs, [&](int o) {
            pair_delta(d + o * shape.batch * on.w, d_paired + o * shape.batch * on.w);
        });
        parallel(shape.threads, on.ins, [&](int i) {
            turn_input(x + i * shape.batch * on.v, x_turned + i * shape.batch * on.v);
            for (int o = 0; o < on.outs; ++o) {
                float* block = W + on.at(o, i);
                if (shape.keep != 1)
                    for (int k = 0; k < on.v * on.w; ++k) block[k] *= shape.keep;
                to_weight(d_paired + o * shape.batch * on.w, x_turned + i * shape.batch * on.v, block);
                copy(o, i);
            }
        });
        for (int o = 0; o < on.outs; ++o)
            for (int s = 0; s < shape.batch; ++s)
                for (int c = 0; c < on.w; ++c) b[o * on.w + c] += float(d[(o * shape.batch + s) * on.w + c]);
    }

    void parameters(float* weight, float* bias) const {
        on.each([&](int blocked, int plain) { weight[plain] = W[blocked]; });
        std::copy(b.begin(), b.end(), bias);
    }

private:
    // A block of W for the way ahead, [i/2][o][2], and for the way back, [o/2][i][2]: a pair is turned as a
    // float is.
    void copy(int o, int i) {
        alignas(64) bfloat16 rounded[WIDEST * WIDEST];
        round_weight(W + on.at(o, i), rounded);
        pair_weight(rounded, ahead + on.at(o, i));
        turn_weight(reinterpret_cast<const float*>(rounded), reinterpret_cast<float*>(back + on.at(o, i)));
    }

    float* sums_of(bfloat16*) { return sums; }
    float* sums_of(float* y) { return y; }

    Shape shape;
    Blocks on;
    int rows;  // in a part of a batch
    Buffer<float> W;
    std::vector<float> b;
    Buffer<bfloat16> ahead, back, x_turned, d_paired;
    Buffer<float> sums;
    Gemm<bfloat16> product, to_input, to_weight;
    Unary<float, bfloat16> activation, round_delta, round_weight;
    Unary<bfloat16> pair_weight;
    Unary<float> turn_weight;
    Unary<bfloat16> pair_delta, turn_input;
};
