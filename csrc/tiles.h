// The tiles of small layers: products whose sums live in registers, one function for each size, found by table.
//
// Bounded by the rate of fused multiply-adds; each sum takes part in every step of the inner loop, so about 25
// sums hide the latency. Distances within a tile are constants, so that addresses cost no instruction. Where there are
// two groups, a tile has half as many columns of both: each weight that is loaded then serves two.
#pragma once

#include <array>
#include <utility>

#include "lane_weights.h"
#include "transpose.h"

namespace gw {

template <class R> struct LaneTiles {
    using Real = R;
    static constexpr int L = lanes<Real>;
    static constexpr int most_sums = registers == 32 ? 25 : 12;  // the rest of the registers holds operands
    static constexpr int C = chunk<Real>, most_across = LaneWeights<Real>::most_across;

    static constexpr int together = 2;  // groups in a tile, where there are so many
    static constexpr int most_columns(int groups) { return most_sums / groups; }
    static constexpr int most_rows(int across) { return most_sums / across; }

    using Forward = void (*)(int, const Real*, long, const Real*, long, const Real*, const Real*, Real*, long);
    using Backward = void (*)(int, int, const Real*, long, const Real*, const Real*, long, bool, Real*, long);
    using Strips = void (*)(long, int, const Real*, long, const Real*, long, Real*, long, Real*, Real, Real);
    using Update = void (*)(long, const Real*, long, const Real*, Real*, long, Real);

    template <int G> static Forward forward(int columns) {
        static constexpr auto table = forward_table<G>(std::make_integer_sequence<int, most_columns(G)>());
        return table[columns - 1];
    }

    template <int G> static Backward backward(int across, int columns) {
        static constexpr auto table = backward_tables<G>(std::make_integer_sequence<int, most_across>());
        return table[across - 1][columns - 1];
    }

    static Strips strips(int columns) {
        static constexpr auto table = strips_table(std::make_integer_sequence<int, LaneWeights<Real>::most_left_over>());
        return table[columns - 1];
    }

    static Update update(int across, int rows) {
        static constexpr auto table = update_tables(std::make_integer_sequence<int, most_across>());
        return table[across - 1][rows - 1];
    }

    // y (G groups, T, lanes) = x (G groups, inputs, lanes) W + b + addend, whose groups are so many Reals apart. A sum is
    // ready only after four cycles: where columns are few, S inputs in turn have sums of their own, as many for one group
    // as for several, so that both sum alike.
    template <int G, int T>
    static void forward_tile(int inputs, const Real* x, long x_group, const Real* w, long row, const Real* b,
                             const Real* addend, Real* y, long y_group) {
        constexpr int S = together * T * 4 <= most_sums ? 4 : together * T * 2 <= most_sums ? 2 : 1;
        Vec<Real> sum[S][G][T];
        GW_UNROLL for (int s = 0; s < S; s++) begin(sum[s], s == 0 ? b : nullptr);
        int i = 0;
        for (; i + S <= inputs; i += S)
            GW_UNROLL for (int s = 0; s < S; s++, w += row) add_product(sum[s], x + (i + s) * L, x_group, w, 1);
        if constexpr (S > 1)
            for (; i < inputs; i++, w += row) add_product(sum[0], x + i * L, x_group, w, 1);
        GW_UNROLL for (int half = S / 2; half > 0; half /= 2)
            GW_UNROLL for (int s = 0; s < half; s++)
                GW_UNROLL for (int g = 0; g < G; g++) GW_UNROLL for (int t = 0; t < T; t++) sum[s][g][t] += sum[s + half][g][t];
        finish(sum[0], addend, y, y_group);
    }

    // dx (G groups, T, lanes) = or += dz (G groups, outputs and then left over, lanes) W', where W is a block with rows of K
    // registers, and for what is left over strips
    template <int G, int K, int T>
    static void backward_tile(int outputs, int left_over, const Real* dz, long dz_group, const Real* w, const Real* strips,
                              long strip, bool add, Real* dx, long dx_group) {
        Vec<Real> sum[G][T];
        begin(sum, nullptr);
        for (int o = 0; o < outputs; o++, dz += L) add_product(sum, dz, dz_group, w + o, K * L);
        for (int o = 0; o < left_over; o++, dz += L) add_product(sum, dz, dz_group, strips + o / C * strip + o % C, C);
        finish(sum, add ? dx : nullptr, dx, dx_group);
    }

    // dw (T, K registers of a span) = keep dw + x' rows; x (groups, T of its features, lanes), rows (samples, K registers).
    // Summed from zero and added once: the rounding is less. A small tile takes S samples in turn, each with sums of its own.
    template <int K, int T>
    static void update_tile(long groups, const Real* x, long x_group, const Real* rows, Real* dw, long span, Real keep) {
        constexpr int S = T * K <= 2 && L >= 4 ? 4 : T * K <= 4 ? 2 : 1;
        Vec<Real> sum[S][T][K], d[K];
        GW_UNROLL for (int s = 0; s < S; s++)
            GW_UNROLL for (int t = 0; t < T; t++) GW_UNROLL for (int k = 0; k < K; k++) sum[s][t][k] = zero<Real>();
        for (long g = 0; g < groups; g++, x += x_group)
            for (int n = 0; n < L; n += S)
                GW_UNROLL for (int s = 0; s < S; s++, rows += K * L) {
                    GW_UNROLL for (int k = 0; k < K; k++) d[k] = load(rows + k * L);
                    GW_UNROLL for (int t = 0; t < T; t++) {
                        const Vec<Real> a = broadcast(x[t * L + n + s]);
                        GW_UNROLL for (int k = 0; k < K; k++) sum[s][t][k] += a * d[k];
                    }
                }
        GW_UNROLL for (int s = 1; s < S; s++)
            GW_UNROLL for (int t = 0; t < T; t++) GW_UNROLL for (int k = 0; k < K; k++) sum[0][t][k] += sum[s][t][k];
        GW_UNROLL for (int t = 0; t < T; t++, dw += span)
            GW_UNROLL for (int k = 0; k < K; k++) store(dw + k * L, renewed(dw + k * L, keep, sum[0][t][k]));
    }

    // The same for the T columns left over, dw in strips (inputs, C), and db (T) = keep_bias db + sum_n dz. A register has
    // a chunk of samples of as many inputs as there are chunks in it; what it sums to is as many rows of a strip.
    template <int T>
    static void strips_tile(long groups, int inputs, const Real* x, long x_group, const Real* dz, long dz_group, Real* dw,
                            long strip, Real* db, Real keep, Real keep_bias) {
        constexpr int Q = L / C, strips = (T + C - 1) / C;
        const IntVec<Real> row = lane_numbers<Real>() / C;
        auto d = [&](long g, int c, int q) { return repeated(dz + g * dz_group + c * L + q * C); };
        for (int i = 0; i < inputs; i += Q) {
            Vec<Real> sum[strips * C] = {};
            for (long g = 0; g < groups; g++)
                GW_UNROLL for (int q = 0; q < Q; q++) {
                    const Vec<Real> a = chunks<Real>([&](int j) { return x + g * x_group + (i + j) * L + q * C; });
                    GW_UNROLL for (int c = 0; c < T; c++) sum[c] += a * d(g, c, q);
                }
            GW_UNROLL for (int s = 0; s < strips; s++) {
                const Vec<Real> all = sums_of_chunks<Real>(sum + s * C);
                Real* to = dw + s * strip + i * C;
                store(to, renewed(to, keep, i + Q <= inputs ? all : row < inputs - i ? all : zero<Real>()));
            }
        }
        if (!db) return;
        Vec<Real> sum[strips * C] = {};
        for (long g = 0; g < groups; g++)
            GW_UNROLL for (int q = 0; q < Q; q++) GW_UNROLL for (int c = 0; c < T; c++) sum[c] += d(g, c, q);
        GW_UNROLL for (int s = 0; s < strips; s++) sum[s * C] = sums_of_chunks<Real>(sum + s * C);
        GW_UNROLL for (int c = 0; c < T; c++) {
            const Real all = sum[c / C * C][c % C];
            db[c] = keep_bias == 0 ? all : keep_bias * db[c] + all;
        }
    }

  private:
    template <int G, int T> GW_INLINE void begin(Vec<Real> (&sum)[G][T], const Real* b) {
        GW_UNROLL for (int g = 0; g < G; g++)
            GW_UNROLL for (int t = 0; t < T; t++) sum[g][t] = b ? broadcast(b[t]) : zero<Real>();
    }

    // sum += x w for one register of each group and T weights, `apart` from each other
    template <int G, int T>
    GW_INLINE void add_product(Vec<Real> (&sum)[G][T], const Real* x, long x_group, const Real* w, long apart) {
        Vec<Real> a[G];
        GW_UNROLL for (int g = 0; g < G; g++) a[g] = load(x + g * x_group);
        GW_UNROLL for (int t = 0; t < T; t++) {
            const Vec<Real> weight = broadcast(w[t * apart]);
            GW_UNROLL for (int g = 0; g < G; g++) sum[g][t] += a[g] * weight;
        }
    }

    // y = sum + addend
    template <int G, int T> GW_INLINE void finish(Vec<Real> (&sum)[G][T], const Real* addend, Real* y, long group) {
        GW_UNROLL for (int g = 0; g < G; g++) {
            if (addend) GW_UNROLL for (int t = 0; t < T; t++) sum[g][t] += load(addend + g * group + t * L);
            GW_UNROLL for (int t = 0; t < T; t++) store(y + g * group + t * L, sum[g][t]);
        }
    }

    template <int G, int... T> static constexpr auto forward_table(std::integer_sequence<int, T...>) {
        return std::array<Forward, sizeof...(T)>{forward_tile<G, T + 1>...};
    }
    template <int... T> static constexpr auto strips_table(std::integer_sequence<int, T...>) {
        return std::array<Strips, sizeof...(T)>{strips_tile<T + 1>...};
    }

    template <int G, int K, int... T> static constexpr auto backward_table(std::integer_sequence<int, T...>) {
        return std::array<Backward, sizeof...(T)>{backward_tile<G, K, T + 1>...};
    }
    template <int G, int... K> static constexpr auto backward_tables(std::integer_sequence<int, K...>) {
        return std::array{backward_table<G, K + 1>(std::make_integer_sequence<int, most_columns(G)>())...};
    }

    template <int K, int... T> static constexpr auto update_table(std::integer_sequence<int, T...>) {
        return std::array<Update, most_sums>{update_tile<K, T + 1>...};
    }
    template <int... K> static constexpr auto update_tables(std::integer_sequence<int, K...>) {
        return std::array{update_table<K + 1>(std::make_integer_sequence<int, most_rows(K + 1)>())...};
    }
};

}  // namespace gw
