// Small layers, a sample in each lane: x is stored as (group, feature, lane), one group for every `lanes`
// samples, and a weight is one number that is broadcast to all lanes.
//
// Serves networks whose layers are narrow (up to about 128 units), where calls and padding would cost more
// than the arithmetic. Everything stays in the L1 and L2 caches; the products are bounded by the rate of
// fused multiply-adds. Sizes are run-time values; only the tiles, whose sums live in registers, are templates.
// W lies as (inputs, row) with row = outputs rounded up to whole registers.
#pragma once

#include <algorithm>

#include "activations.h"
#include "inputs.h"
#include "memory.h"

namespace gw {

template <class R> class Lanes {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>;
    static constexpr int max_tile = registers == 32 ? 25 : 12;  // sums at once, the rest for operands

    Lanes(const Program& program, int rows) : transposed_(buffer_size(widest(program), rows)) {}

    static long groups(long rows) { return (rows + L - 1) / L; }
    static long buffer_size(long width, long rows) { return groups(rows) * round_up<Real>(width) * L; }
    static long stretch(long width, long rows) { return groups(rows) * round_up<Real>(width) * L; }
    static long weight_size(const Step& s) { return s.inputs * round_up<Real>(s.outputs); }
    static long bias_size(const Step& s) { return round_up<Real>(s.outputs); }
    static long weight_index(const Step& s, long i, long o) { return i * round_up<Real>(s.outputs) + o; }

    // x (groups, features, lanes) = the inputs of `count` rows; the lanes of no row are zero
    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        const long width = from.features, group = round_up<Real>(width) * L;
        Real* row = transposed_.data();
        for (long n = 0; n < groups(count) * L; n++) {
            Real* lane = x + n / L * group + n % L;
            if (n < count) from.read(rows[n], row);
            for (long i = 0; i < width; i++) lane[i * L] = n < count ? row[i] : Real(0);
        }
    }

    // y = x W + b + addend
    void forward(const Step& s, const Real* w, const Real* b, const Real* x, const Real* addend, Real* y, long count) {
        const int tile = tile_size(s.outputs);
        const long row = round_up<Real>(s.outputs), in = round_up<Real>(s.inputs) * L, out = row * L;
        for (long g = 0; g < groups(count); g++)
            for (int o = 0; o < s.outputs; o += tile)
                with_tile(std::min(tile, s.outputs - o), [&](auto t) {
                    forward_tile<t.value>(s.inputs, x + g * in, w + o, row, b ? b + o : nullptr,
                                          addend ? addend + g * out + o * L : nullptr, y + g * out + o * L);
                });
    }

    // dx = dz W', or dx += dz W'
    void backward_input(const Step& s, const Real* w, const Real* dz, Real* dx, bool add, long count) {
        const int tile = tile_size(s.inputs);
        const long row = round_up<Real>(s.outputs), in = round_up<Real>(s.inputs) * L, out = row * L;
        for (long g = 0; g < groups(count); g++)
            for (int i = 0; i < s.inputs; i += tile)
                with_tile(std::min(tile, s.inputs - i), [&](auto t) {
                    backward_tile<t.value>(s.outputs, dz + g * out, w + i * row, row, add, dx + g * in + i * L);
                });
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Step& s, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight, Real keep_bias, long count) {
        const long row = round_up<Real>(s.outputs), in = round_up<Real>(s.inputs) * L;
        Real* rows = transposed_.data();  // (samples, row)
        for (long g = 0; g < groups(count); g++)
            for (long o = 0; o < row; o += L) transpose(dz + (g * row + o) * L, L, rows + g * L * row + o, row);
        for (long o = 0; o < row; o += L)
            for (long i = 0; i < s.inputs; i++) {
                Vec<Real> sum = zero<Real>();
                for (long n = 0; n < groups(count) * L; n++) sum += x[n / L * in + i * L + n % L] * load(rows + n * row + o);
                store(dw + i * row + o, renewed(dw + i * row + o, keep_weight, sum));
            }
        if (!db) return;
        for (long o = 0; o < row; o += L) {
            Vec<Real> sum = zero<Real>();
            for (long n = 0; n < groups(count) * L; n++) sum += load(rows + n * row + o);
            store(db + o, renewed(db + o, keep_bias, sum));
        }
    }

    // The output with a sample in each lane (group, feature, lane), the same for its delta, and back again.
    static long group_stride(long width) { return round_up<Real>(width) * L; }
    const Real* output_in_lanes(const Real* y, int, long) { return y; }
    Real* delta_in_lanes(Real* dy) { return dy; }
    void delta_from_lanes(Real*, int, long) {}

  private:
    Block<Real> transposed_;

    static long widest(const Program& program) { return *std::max_element(program.widths.begin(), program.widths.end()); }

    // equal tiles rather than full ones and a rest: 50 columns in two tiles of 25
    static int tile_size(int n) {
        const int tiles = (n + max_tile - 1) / max_tile;
        return (n + tiles - 1) / tiles;
    }

    template <class Body, int T = max_tile> static void with_tile(int n, Body&& body) {
        if constexpr (T > 0) {
            if (n == T) return body(std::integral_constant<int, T>());
            with_tile<Body, T - 1>(n, std::forward<Body>(body));
        }
    }

    template <int T>
    static void forward_tile(int inputs, const Real* x, const Real* w, long row, const Real* b, const Real* addend, Real* y) {
        Vec<Real> sum[T];
        GW_UNROLL for (int t = 0; t < T; t++) sum[t] = b ? broadcast(b[t]) : zero<Real>();
        for (int i = 0; i < inputs; i++) {
            const Vec<Real> a = load(x + i * L);
            GW_UNROLL for (int t = 0; t < T; t++) sum[t] += a * broadcast(w[t]);
            w += row;
        }
        if (addend) GW_UNROLL for (int t = 0; t < T; t++) sum[t] += load(addend + t * L);
        GW_UNROLL for (int t = 0; t < T; t++) store(y + t * L, sum[t]);
    }

    template <int T>
    static void backward_tile(int outputs, const Real* dz, const Real* w, long row, bool add, Real* dx) {
        Vec<Real> sum[T];
        GW_UNROLL for (int t = 0; t < T; t++) sum[t] = add ? load(dx + t * L) : zero<Real>();
        for (int o = 0; o < outputs; o++) {
            const Vec<Real> d = load(dz + o * L);
            GW_UNROLL for (int t = 0; t < T; t++) sum[t] += d * broadcast(w[t * row + o]);
        }
        GW_UNROLL for (int t = 0; t < T; t++) store(dx + t * L, sum[t]);
    }
};

}  // namespace gw
