// Wide layers, as products of matrices whose rows are samples: x is stored as (sample, row).
//
// Serves any width and any batch, and is meant for layers too wide for registers. W lies in panels of two
// registers, (panel, inputs, 2 lanes), so that a product reads it in one stream while T x 2 sums live in
// registers; bounded by the rate of fused multiply-adds while a panel fits in the L2 cache.
#pragma once

#include <algorithm>

#include "activations.h"
#include "inputs.h"
#include "memory.h"

namespace gw {

template <class R> class Panels {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>, P = 2 * L;
    static constexpr int max_tile = registers == 32 ? 13 : 6;

    Panels(const Program& program, int rows) : turned_(largest_weight(program)), lanes_(2 * lane_size(program, rows)) {}

    static long padded(long width) { return (width + P - 1) / P * P; }
    static long row(long width) { return padded(width) + L; }  // no power of two: rows would share cache sets
    static long buffer_size(long width, long rows) { return rows * row(width); }
    static long stretch(long width, long rows) { return rows * row(width); }
    static long weight_size(const Step& s) { return s.inputs * padded(s.outputs); }
    static long bias_size(const Step& s) { return padded(s.outputs); }
    static long weight_index(const Step& s, long i, long o) { return (o / P * s.inputs + i) * P + o % P; }

    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        for (long n = 0; n < count; n++) from.read(rows[n], x + n * row(from.features));
    }

    // y = x W + b + addend
    void forward(const Step& s, const Real* w, const Real* b, const Real* x, const Real* addend, Real* y, long count) {
        const long in = row(s.inputs), out = row(s.outputs);
        for (long p = 0; p < padded(s.outputs); p += P)
            for (long n = 0; n < count; n += max_tile)
                with_tile(int(std::min<long>(max_tile, count - n)), [&](auto t) {
                    product_tile<t.value>(s.inputs, x + n * in, in, w + p * s.inputs, b ? b + p : nullptr,
                                          addend ? addend + n * out + p : nullptr, y + n * out + p, out);
                });
    }

    // dx = dz W', or dx += dz W'
    void backward_input(const Step& s, const Real* w, const Real* dz, Real* dx, bool add, long count) {
        const long in = row(s.inputs), out = row(s.outputs);
        Real* turned = turned_.data();  // W' in panels: (panel of inputs, outputs, P)
        for (long i = 0; i < s.inputs; i++)
            for (long o = 0; o < s.outputs; o++)
                turned[(i / P * s.outputs + o) * P + i % P] = w[weight_index(s, i, o)];
        for (long i = s.inputs; i < padded(s.inputs); i++)
            for (long o = 0; o < s.outputs; o++) turned[(i / P * s.outputs + o) * P + i % P] = 0;
        for (long p = 0; p < padded(s.inputs); p += P)
            for (long n = 0; n < count; n += max_tile)
                with_tile(int(std::min<long>(max_tile, count - n)), [&](auto t) {
                    product_tile<t.value>(s.outputs, dz + n * out, out, turned + p * s.outputs, nullptr,
                                          add ? dx + n * in + p : nullptr, dx + n * in + p, in);
                });
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Step& s, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight, Real keep_bias, long count) {
        const long in = row(s.inputs), out = row(s.outputs);
        for (long p = 0; p < padded(s.outputs); p += P)
            for (long i = 0; i < s.inputs; i += max_tile)
                with_tile(int(std::min<long>(max_tile, s.inputs - i)), [&](auto t) {
                    update_tile<t.value>(count, x + i, in, dz + p, out, dw + (p / P * s.inputs + i) * P, keep_weight);
                });
        if (!db) return;
        for (long o = 0; o < padded(s.outputs); o += L) {
            Vec<Real> sum = zero<Real>();
            for (long n = 0; n < count; n++) sum += load(dz + n * out + o);
            store(db + o, renewed(db + o, keep_bias, sum));
        }
    }

    // The output with a sample in each lane (group, feature, lane), the same for its delta, and back again.
    static long group_stride(long width) { return padded(width) * L; }
    const Real* output_in_lanes(const Real* y, int width, long count) {
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width; c++) lanes_.data()[n / L * group_stride(width) + c * L + n % L] = y[n * row(width) + c];
        return lanes_.data();
    }
    Real* delta_in_lanes(Real*) { return lanes_.data() + lanes_.count() / 2; }
    void delta_from_lanes(Real* dy, int width, long count) {
        const Real* from = lanes_.data() + lanes_.count() / 2;
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width; c++) dy[n * row(width) + c] = from[n / L * group_stride(width) + c * L + n % L];
    }

  private:
    Block<Real> turned_, lanes_;

    static long largest_weight(const Program& program) {
        long largest = 0;
        for (const Step& s : program.steps) largest = std::max(largest, s.outputs * padded(s.inputs));
        return largest;
    }
    static long lane_size(const Program& program, long rows) {
        return (rows + L - 1) / L * group_stride(program.widths[program.output]);
    }

    template <class Body, int T = max_tile> static void with_tile(int n, Body&& body) {
        if constexpr (T > 0) {
            if (n == T) return body(std::integral_constant<int, T>());
            with_tile<Body, T - 1>(n, std::forward<Body>(body));
        }
    }

    // y (T, P) = a (T, depth) w (depth, P) + b + addend
    template <int T>
    static void product_tile(long depth, const Real* a, long a_row, const Real* w, const Real* b, const Real* addend,
                             Real* y, long y_row) {
        Vec<Real> left[T], right[T];
        GW_UNROLL for (int t = 0; t < T; t++) {
            left[t] = b ? load(b) : zero<Real>();
            right[t] = b ? load(b + L) : zero<Real>();
        }
        for (long k = 0; k < depth; k++) {
            const Vec<Real> w0 = load(w), w1 = load(w + L);
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> s = broadcast(a[t * a_row + k]);
                left[t] += s * w0;
                right[t] += s * w1;
            }
            w += P;
        }
        GW_UNROLL for (int t = 0; t < T; t++) {
            if (addend) {
                left[t] += load(addend + t * y_row);
                right[t] += load(addend + t * y_row + L);
            }
            store(y + t * y_row, left[t]);
            store(y + t * y_row + L, right[t]);
        }
    }

    // dw (T, P) = keep dw + sum_n x[n] (T)' dz[n] (P)
    template <int T>
    static void update_tile(long count, const Real* x, long x_row, const Real* dz, long dz_row, Real* dw, Real keep) {
        Vec<Real> left[T], right[T];
        GW_UNROLL for (int t = 0; t < T; t++) left[t] = right[t] = zero<Real>();
        for (long n = 0; n < count; n++) {
            const Vec<Real> d0 = load(dz + n * dz_row), d1 = load(dz + n * dz_row + L);
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> s = broadcast(x[n * x_row + t]);
                left[t] += s * d0;
                right[t] += s * d1;
            }
        }
        GW_UNROLL for (int t = 0; t < T; t++) {
            store(dw + t * P, renewed(dw + t * P, keep, left[t]));
            store(dw + t * P + L, renewed(dw + t * P + L, keep, right[t]));
        }
    }
};

}  // namespace gw
