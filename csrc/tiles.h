// The tiles of small layers: products whose sums live in registers, one function for each size, found by table.
//
// Bounded by the rate of fused multiply-adds; each sum takes part in every step of the inner loop, so about 25
// sums hide the latency. Distances within a tile are constants, so that addresses cost no instruction. With 16
// registers a tile has half as many columns of two groups: a multiply-add takes no broadcast from memory there, and
// each one that is loaded then serves two.
#pragma once

#include <array>
#include <utility>

#include "transpose.h"

namespace gw {

// The columns of dz that a tile of the update takes at once: whole registers, and a narrow one for the rest
// where a half or a quarter is enough. 50 columns of 16 lanes are three registers and a quarter.
template <class Real> struct Columns {
    static constexpr int L = lanes<Real>;
    static constexpr bool narrow = registers == 32 && L >= 8;  // narrower registers cost less only there

    int count, whole, rest;  // rest in lanes: 0, a quarter or a half of a register

    explicit Columns(int count) : count(count), whole(count / L), rest(0) {
        const int left = count % L;
        if (left == 0) return;
        if (narrow && left <= L / 2)
            rest = left <= L / 4 ? L / 4 : L / 2;
        else
            whole++;
    }

    int across() const { return whole + (rest > 0); }
    int padded() const { return across() * L; }
    int kind() const { return rest == 0 ? 0 : rest == L / 4 ? 1 : 2; }

    // rows (groups, lanes, padded) = the transposes of from (groups, count, lanes), whose groups are `group` Reals
    // apart, with zeros from `count` to the end of the rest; sums (padded) = the sum of all rows
    void transpose(long groups, const Real* from, long group, Real* rows, Real* sums) const {
        for (int c = 0; c < whole * L; c += L) transpose_bands<L>(c, groups, from, group, rows, sums);
        if constexpr (narrow) {
            if (rest == L / 4) transpose_bands<L / 4>(whole * L, groups, from, group, rows, sums);
            if (rest == L / 2) transpose_bands<L / 2>(whole * L, groups, from, group, rows, sums);
        }
    }

    // to (padded) <- keep to + sums
    void renew(Real* to, Real keep, const Real* sums) const {
        for (int c = 0; c < whole * L; c += L) store(to + c, renewed(to + c, keep, load(sums + c)));
        for (int c = whole * L; c < whole * L + rest; c++) to[c] = keep == 0 ? sums[c] : keep * to[c] + sums[c];
    }

  private:
    template <int H>
    void transpose_bands(int c, long groups, const Real* from, long group, Real* rows, Real* sums) const {
        Narrow<Real, H> sum{};
        from += c * L;
        rows += c;
        for (long g = 0; g < groups; g++, from += group, rows += L * padded())
            sum += transpose_band<Real, H>(from, count - c, rows, padded());
        store_narrow<Real, H>(sums + c, sum);
    }
};

template <class R> struct LaneTiles {
    using Real = R;
    static constexpr int L = lanes<Real>;
    static constexpr int most_sums = registers == 32 ? 25 : 12;  // the rest of the registers holds operands
    static constexpr int most_across = registers == 32 ? 4 : 3;  // registers in a row of a block of W
    static constexpr int most_rows(const Columns<Real>& c) { return most_rows(c.across()); }

    static constexpr int together = registers == 32 ? 1 : 2;  // groups in a tile, where there are so many
    static constexpr int most_columns(int groups) { return most_sums / groups; }

    using Forward = void (*)(int, const Real*, long, const Real*, long, const Real*, const Real*, Real*, long);
    using Backward = void (*)(int, const Real*, long, const Real*, bool, Real*, long);
    using Update = void (*)(long, const Real*, long, const Real*, Real*, long, Real);

    template <int G> static Forward forward(int columns) {
        static constexpr auto table = forward_table<G>(std::make_integer_sequence<int, most_columns(G)>());
        return table[columns - 1];
    }

    template <int G> static Backward backward(int across, int columns) {
        static constexpr auto table = backward_tables<G>(std::make_integer_sequence<int, most_across>());
        return table[across - 1][columns - 1];
    }

    static Update update(const Columns<Real>& columns, int rows) {
        static constexpr auto table = update_tables(std::make_integer_sequence<int, most_across + 1>());
        return table[columns.whole][columns.kind()][rows - 1];
    }

    // y (G groups, T, lanes) = x (G groups, inputs, lanes) W + b + addend, whose groups are so many Reals apart
    template <int G, int T>
    static void forward_tile(int inputs, const Real* x, long x_group, const Real* w, long row, const Real* b,
                             const Real* addend, Real* y, long y_group) {
        Vec<Real> sum[G][T];
        GW_UNROLL for (int g = 0; g < G; g++)
            GW_UNROLL for (int t = 0; t < T; t++) sum[g][t] = b ? broadcast(b[t]) : zero<Real>();
        for (int i = 0; i < inputs; i++, w += row) {
            Vec<Real> a[G];
            GW_UNROLL for (int g = 0; g < G; g++) a[g] = load(x + g * x_group + i * L);
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> column = broadcast(w[t]);
                GW_UNROLL for (int g = 0; g < G; g++) sum[g][t] += a[g] * column;
            }
        }
        GW_UNROLL for (int g = 0; g < G; g++) {
            if (addend) GW_UNROLL for (int t = 0; t < T; t++) sum[g][t] += load(addend + g * y_group + t * L);
            GW_UNROLL for (int t = 0; t < T; t++) store(y + g * y_group + t * L, sum[g][t]);
        }
    }

    // dx (G groups, T, lanes) = or += dz (G groups, outputs, lanes) W', where W has rows of K registers
    template <int G, int K, int T>
    static void backward_tile(int outputs, const Real* dz, long dz_group, const Real* w, bool add, Real* dx, long dx_group) {
        Vec<Real> sum[G][T];
        GW_UNROLL for (int g = 0; g < G; g++)
            GW_UNROLL for (int t = 0; t < T; t++) sum[g][t] = add ? load(dx + g * dx_group + t * L) : zero<Real>();
        for (int o = 0; o < outputs; o++, w++) {
            Vec<Real> d[G];
            GW_UNROLL for (int g = 0; g < G; g++) d[g] = load(dz + g * dz_group + o * L);
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> input = broadcast(w[t * K * L]);
                GW_UNROLL for (int g = 0; g < G; g++) sum[g][t] += d[g] * input;
            }
        }
        GW_UNROLL for (int g = 0; g < G; g++)
            GW_UNROLL for (int t = 0; t < T; t++) store(dx + g * dx_group + t * L, sum[g][t]);
    }

    // dw (T, columns) = keep dw + x' rows; x (groups, T of its features, lanes), rows (samples, columns), where the
    // columns are N registers and, for H > 0, H lanes more. Summed from zero and added once: the rounding is less.
    // A small tile takes S samples in turn, each with sums of its own, since a sum is ready only after four cycles.
    template <int N, int H, int T>
    static void update_tile(long groups, const Real* x, long x_group, const Real* rows, Real* dw, long span,
                            Real keep) {
        constexpr int across = N + (H > 0), row = across * L;
        constexpr int S = T * across <= 2 && L >= 4 ? 4 : T * across <= 4 ? 2 : 1;
        Vec<Real> sum[S][T][N > 0 ? N : 1], d[N > 0 ? N : 1];
        Narrow<Real, H> rest[S][T];
        GW_UNROLL for (int s = 0; s < S; s++)
            GW_UNROLL for (int t = 0; t < T; t++) {
                GW_UNROLL for (int k = 0; k < N; k++) sum[s][t][k] = zero<Real>();
                rest[s][t] = Narrow<Real, H>{};
            }
        for (long g = 0; g < groups; g++, x += x_group)
            for (int n = 0; n < L; n += S)
                GW_UNROLL for (int s = 0; s < S; s++, rows += row) {
                    GW_UNROLL for (int k = 0; k < N; k++) d[k] = load(rows + k * L);
                    const auto d_rest = load_narrow<Real, H>(rows + N * L);
                    GW_UNROLL for (int t = 0; t < T; t++) {
                        const Vec<Real> a = broadcast(x[t * L + n + s]);
                        GW_UNROLL for (int k = 0; k < N; k++) sum[s][t][k] += a * d[k];
                        if constexpr (H > 0) rest[s][t] += first_lanes<Real, H>(a) * d_rest;
                    }
                }
        GW_UNROLL for (int s = 1; s < S; s++)
            GW_UNROLL for (int t = 0; t < T; t++) {
                GW_UNROLL for (int k = 0; k < N; k++) sum[0][t][k] += sum[s][t][k];
                if constexpr (H > 0) rest[0][t] += rest[s][t];
            }
        GW_UNROLL for (int t = 0; t < T; t++) renew<N, H>(dw + t * span, keep, sum[0][t], rest[0][t]);
    }

  private:
    // to <- keep to + sum, for N registers and H lanes more
    template <int N, int H>
    GW_INLINE void renew(Real* to, Real keep, const Vec<Real>* sum, Narrow<Real, H> rest) {
        GW_UNROLL for (int k = 0; k < N; k++) store(to + k * L, renewed(to + k * L, keep, sum[k]));
        if constexpr (H > 0) {
            const Narrow<Real, H> old = load_narrow<Real, H>(to + N * L);
            store_narrow<Real, H>(to + N * L, keep == 0 ? rest : keep == 1 ? old + rest : keep * old + rest);
        }
    }

    static constexpr int most_rows(int across) { return most_sums / (across > 0 ? across : 1); }

    template <int G, int... T> static constexpr auto forward_table(std::integer_sequence<int, T...>) {
        return std::array<Forward, sizeof...(T)>{forward_tile<G, T + 1>...};
    }

    template <int G, int K, int... T> static constexpr auto backward_table(std::integer_sequence<int, T...>) {
        return std::array<Backward, sizeof...(T)>{backward_tile<G, K, T + 1>...};
    }
    template <int G, int... K> static constexpr auto backward_tables(std::integer_sequence<int, K...>) {
        return std::array{backward_table<G, K + 1>(std::make_integer_sequence<int, most_columns(G)>())...};
    }

    // [whole registers][none, a quarter, a half][rows]
    template <int N, int H, int... T> static constexpr auto update_table(std::integer_sequence<int, T...>) {
        return std::array<Update, most_sums>{update_tile<N, H, T + 1>...};
    }
    template <int N, int H> static constexpr auto update_table() {
        constexpr int across = N + (H > 0);
        constexpr bool used = across > 0 && across <= most_across && (H == 0 || Columns<Real>::narrow);
        return update_table<N, H>(std::make_integer_sequence<int, used ? most_rows(across) : 0>());
    }
    template <int... N> static constexpr auto update_tables(std::integer_sequence<int, N...>) {
        return std::array{std::array{update_table<N, 0>(), update_table<N, L / 4>(), update_table<N, L / 2>()}...};
    }
};

}  // namespace gw
