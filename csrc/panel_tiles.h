// The tiles of wide layers: products whose sums live in registers, one function for each size, found by table.
//
// Rows are samples and are given by their addresses, so that they may lie anywhere, the caller's data included.
// Bounded by the rate of fused multiply-adds: each number that is loaded takes part in several of them.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "simd.h"

namespace gw {

template <class R> struct PanelTiles {
    using Real = R;
    using Rows = const Real* const*;
    static constexpr int L = lanes<Real>;
    static constexpr int most_sums = registers == 32 ? 27 : 12;    // the rest of the registers holds operands
    static constexpr int usual_across = 3;  // registers in a row of a panel
    static constexpr int most_across = usual_across + 1;
    static constexpr int most_rows(int across) { return std::min(12, most_sums / across); }  // addresses live in registers, too
    static constexpr int most_single = std::max(2, L / 4);  // columns that are not worth a register
    static constexpr int single_tile = registers == 32 ? 6 : 4;

    using Product = void (*)(long, Rows, Rows, const Real*, const Real*, const Real*, Real*, long);
    using Update = void (*)(long, const Real*, long, const Real*, long, Real*, Real);
    using SingleProduct = void (*)(long, Rows, const Real*, long, const Real*, const Real*, Real*, long);
    using SingleUpdate = void (*)(long, const Real*, long, long, const Real*, long, Real*, long, Real);

    static Product product(int across, int rows) {
        static constexpr auto table = products(std::make_integer_sequence<int, most_across>());
        return table[across - 1][rows - 1];
    }
    static Update update(int across, int inputs) {
        static constexpr auto table = updates(std::make_integer_sequence<int, most_across>());
        return table[across - 1][inputs - 1];
    }
    static SingleProduct single_product(int columns, int rows) {
        static constexpr auto table = single_products(std::make_integer_sequence<int, most_single>());
        return table[columns - 1][rows - 1];
    }
    static SingleUpdate single_update(int columns, int registers) {
        static constexpr auto table = single_updates(std::make_integer_sequence<int, most_single>());
        return table[columns - 1][registers - 1];
    }

    // y (T, K L) = x (T, depth) w (depth, K L) + b + addend, where `next` are T rows that are needed soon, or null
    template <int K, int T>
    static void product_tile(long depth, Rows x, Rows next, const Real* w, const Real* b, const Real* addend, Real* y,
                             long y_row) {
        const Real* row[T];
        Vec<Real> sum[T][K];
        GW_UNROLL for (int t = 0; t < T; t++) {
            row[t] = x[t];
            GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] = b ? load(b + k * L) : zero<Real>();
        }
        for (long first = 0; first < depth; first += L) {
            if (next)
                for (int t = 0; t < T; t++) __builtin_prefetch(next[t] + first, 0, 2);
            const long last = std::min(first + L, depth);
            for (long i = first; i < last; i++, w += K * L) {
                Vec<Real> across[K];
                GW_UNROLL for (int k = 0; k < K; k++) across[k] = load(w + k * L);
                GW_UNROLL for (int t = 0; t < T; t++) {
                    const Vec<Real> a = broadcast(row[t][i]);
                    GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] += a * across[k];
                }
            }
        }
        GW_UNROLL for (int t = 0; t < T; t++, y += y_row) {
            GW_UNROLL for (int k = 0; k < K; k++)
                store(y + k * L, addend ? sum[t][k] + load(addend + t * y_row + k * L) : sum[t][k]);
        }
    }

    // dw (T, K L) = keep dw + sum_n x[n] (T)' dz[n] (K L)
    template <int K, int T>
    static void update_tile(long count, const Real* x, long x_row, const Real* dz, long dz_row, Real* dw, Real keep) {
        Vec<Real> sum[T][K];
        GW_UNROLL for (int t = 0; t < T; t++)
            GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] = zero<Real>();
        constexpr int line = 64 / int(sizeof(Real)), tile = T * K * L;
        GW_UNROLL for (int t = 0; t < tile; t += line) __builtin_prefetch(dw + tile + t, 1);  // what comes after this tile
        for (long n = 0; n < count; n++, x += x_row, dz += dz_row) {
            Vec<Real> across[K];
            GW_UNROLL for (int k = 0; k < K; k++) across[k] = load(dz + k * L);
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> a = broadcast(x[t]);
                GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] += a * across[k];
            }
        }
        GW_UNROLL for (int t = 0; t < T; t++)
            GW_UNROLL for (int k = 0; k < K; k++, dw += L) store(dw, renewed(dw, keep, sum[t][k]));
    }

    // y (T, C) = x (T, depth) w' + b + addend for C single columns w (C, depth), whose padding is zero; the sums run
    // along the lanes. A whole register of y is written.
    template <int C, int T>
    static void single_product_tile(long depth, Rows x, const Real* w, long w_row, const Real* b, const Real* addend,
                                    Real* y, long y_row) {
        Vec<Real> sum[T][C];
        GW_UNROLL for (int t = 0; t < T; t++)
            GW_UNROLL for (int c = 0; c < C; c++) sum[t][c] = zero<Real>();
        for (long i = 0; i < depth; i += L) {
            Vec<Real> column[C];
            GW_UNROLL for (int c = 0; c < C; c++) column[c] = load(w + c * w_row + i);
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> a = load(x[t] + i);
                GW_UNROLL for (int c = 0; c < C; c++) sum[t][c] += a * column[c];
            }
        }
        for (int t = 0; t < T; t++) {
            Vec<Real> total = b ? load(b) : zero<Real>();
            GW_UNROLL for (int c = 0; c < C; c++) total[c] += sum_of_lanes<Real>(sum[t][c]);
            store(y + t * y_row, addend ? total + load(addend + t * y_row) : total);
        }
    }

    // dw (C, T L) = keep dw + dz' x for C single columns and T L inputs; zero past `inputs` of these
    template <int C, int T>
    static void single_update_tile(long count, const Real* x, long x_row, long inputs, const Real* dz, long dz_row, Real* dw,
                                   long dw_row, Real keep) {
        Vec<Real> sum[C][T];
        GW_UNROLL for (int c = 0; c < C; c++)
            GW_UNROLL for (int t = 0; t < T; t++) sum[c][t] = zero<Real>();
        for (long n = 0; n < count; n++, x += x_row, dz += dz_row) {
            GW_UNROLL for (int t = 0; t < T; t++) {
                const Vec<Real> a = load(x + t * L);
                GW_UNROLL for (int c = 0; c < C; c++) sum[c][t] += a * broadcast(dz[c]);
            }
        }
        for (int t = 0; t < T; t++, inputs -= L, dw += L) {
            const IntVec<Real> inside = lane_numbers<Real>() < IntVec<Real>{} + int(std::min<long>(L, inputs));
            GW_UNROLL for (int c = 0; c < C; c++)
                store(dw + c * dw_row, inside ? renewed(dw + c * dw_row, keep, sum[c][t]) : zero<Real>());
        }
    }

  private:
    template <int... I> using Sizes = std::integer_sequence<int, I...>;
    static constexpr int size(int size, int most) { return std::min(size, most); }  // tables have rows of one length

    template <int K, int... T> static constexpr auto product_row(Sizes<T...>) {
        return std::array<Product, sizeof...(T)>{product_tile<K, size(T + 1, most_rows(K))>...};
    }
    template <int... K> static constexpr auto products(Sizes<K...>) {
        return std::array{product_row<K + 1>(std::make_integer_sequence<int, most_rows(1)>())...};
    }
    template <int K, int... T> static constexpr auto update_row(Sizes<T...>) {
        return std::array<Update, sizeof...(T)>{update_tile<K, size(T + 1, most_rows(K))>...};
    }
    template <int... K> static constexpr auto updates(Sizes<K...>) {
        return std::array{update_row<K + 1>(std::make_integer_sequence<int, most_rows(1)>())...};
    }
    template <int C, int... T> static constexpr auto single_product_row(Sizes<T...>) {
        return std::array<SingleProduct, sizeof...(T)>{single_product_tile<C, T + 1>...};
    }
    template <int... C> static constexpr auto single_products(Sizes<C...>) {
        return std::array{single_product_row<C + 1>(std::make_integer_sequence<int, single_tile>())...};
    }
    template <int C, int... T> static constexpr auto single_update_row(Sizes<T...>) {
        return std::array<SingleUpdate, sizeof...(T)>{single_update_tile<C, T + 1>...};
    }
    template <int... C> static constexpr auto single_updates(Sizes<C...>) {
        return std::array{single_update_row<C + 1>(std::make_integer_sequence<int, single_tile>())...};
    }
};

}  // namespace gw
