// Products of matrices in bfloat16 with sums in float, 32 x 32 numbers of the result at a time.
//
// One layout of the factors (bf16.h) and two ways to multiply them: the tiles of AMX, or the pairwise products of
// AVX512_BF16, where 16 sums live in registers and each step of two in depth multiplies a pair that is broadcast by
// 16 pairs. Bounded by the rate of those products.
//
// With two parts, x y = low high + high low + high high; the fourth product is below the rounding of a float's sum.
#pragma once

#include <algorithm>

#include "bf16_pack.h"

namespace gw {

#if defined(__AMX_BF16__)

// Eight tiles of 16 rows of 64 bytes, for the calling thread.
static void begin() {
    struct {
        uint8_t palette = 1, start_row = 0, reserved[14] = {};
        uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } shape;
    static_assert(sizeof shape == 64, "the layout that the processor reads");
    asm volatile("" : : "r"(&shape) : "memory");  // all of it is read, where GCC 12's header names the first eight bytes
    _tile_loadconfig(&shape);
}
static void end() { _tile_release(); }

// the four tiles of sums, 0 to 3, += (left groups 0 and 1) (right groups 0 and 1); tiles have literal numbers
GW_INLINE void multiply_tiles(const Half* a, const Half* a_next, const Half* b, const Half* b_next) {
    constexpr int row_bytes = 2 * block_depth;
    _tile_loadd(4, a, row_bytes);
    _tile_loadd(6, b, row_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, b_next, row_bytes);
    _tile_dpbf16ps(1, 4, 7);
    _tile_loadd(5, a_next, row_bytes);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

// c (32, 32) = a b, from the left groups `row_group` and the next, and the first two right groups
template <int parts>
static void product(const Blocks& a, long row_group, const Blocks& b, long depth, int /*rows*/, int /*columns*/, float* c) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (long k = 0; k < depth; k += block_depth) {
        const Half *left = a.block(row_group, k), *right = b.block(0, k);
        if constexpr (parts == 2) {
            multiply_tiles(left + a.low, left + a.low + a.group, right, right + b.group);
            multiply_tiles(left, left + a.group, right + b.low, right + b.low + b.group);
        }
        multiply_tiles(left, left + a.group, right, right + b.group);
    }
    constexpr int row_bytes = product_size * int(sizeof(float));
    _tile_stored(0, c, row_bytes);
    _tile_stored(1, c + block_rows, row_bytes);
    _tile_stored(2, c + block_rows * product_size, row_bytes);
    _tile_stored(3, c + block_rows * product_size + block_rows, row_bytes);
}

#else

static void begin() {}  // there is nothing to prepare
static void end() {}

GW_INLINE HalfVec load_halves(const Half* from) {
    HalfVec v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

// two neighbours to all lanes
GW_INLINE HalfVec broadcast_pair(const Half* from) {
    int32_t pair;
    __builtin_memcpy(&pair, from, sizeof pair);
    return (HalfVec)_mm512_set1_epi32(pair);
}

// sum + a0 b0 + a1 b1 in each lane
GW_INLINE Vec<float> add_pairs(Vec<float> sum, HalfVec a, HalfVec b) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

// c (T, 16 K) = T rows of a left group times K right groups
template <int parts, int T, int K>
static void sums_tile(const Half* a, long a_low, const Half* b, long b_group, long b_low, long depth, float* c) {
    Vec<float> sum[T][K];
    GW_UNROLL for (int t = 0; t < T; t++)
        GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] = zero<float>();
    for (long first = 0; first < depth; first += block_depth, a += block_size, b += block_size) {
        const long pairs = std::min<long>(block_depth, depth - first + 1) / 2;
        const Half *x = a, *y = b;
        for (long p = 0; p < pairs; p++, x += 2, y += block_depth) {
            HalfVec high[K], low[K];
            GW_UNROLL for (int k = 0; k < K; k++) {
                high[k] = load_halves(y + k * b_group);
                if constexpr (parts == 2) low[k] = load_halves(y + k * b_group + b_low);
            }
            GW_UNROLL for (int t = 0; t < T; t++) {
                const HalfVec pair = broadcast_pair(x + t * block_depth);
                if constexpr (parts == 2) {
                    const HalfVec rest = broadcast_pair(x + t * block_depth + a_low);
                    GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] = add_pairs(sum[t][k], rest, high[k]);
                    GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] = add_pairs(sum[t][k], pair, low[k]);
                }
                GW_UNROLL for (int k = 0; k < K; k++) sum[t][k] = add_pairs(sum[t][k], pair, high[k]);
            }
        }
    }
    GW_UNROLL for (int t = 0; t < T; t++)
        GW_UNROLL for (int k = 0; k < K; k++) store(c + t * product_size + k * block_rows, sum[t][k]);
}

template <int parts, int K, int... T>
GW_INLINE void sums(int rows, std::integer_sequence<int, T...>, const Half* a, long a_low, const Blocks& b, long depth, float* c) {
    using Tile = void (*)(const Half*, long, const Half*, long, long, long, float*);
    static constexpr Tile table[] = {sums_tile<parts, T + 1, K>...};
    table[rows - 1](a, a_low, b.at, b.group, b.low, depth, c);
}

// c (rows, columns) = a b, from the left groups `row_group` and the next, and the first two right groups
template <int parts>
static void product(const Blocks& a, long row_group, const Blocks& b, long depth, int rows, int columns, float* c) {
    constexpr int most = 8;  // rows of a tile; 16 sums hide the latency of a product
    for (int n = 0; n < rows; n += most) {
        const Half* left = a.block(row_group + n / block_rows, 0) + n % block_rows * block_depth;
        const int used = std::min(most, rows - n);
        float* to = c + n * product_size;
        if (columns > block_rows)
            sums<parts, 2>(used, std::make_integer_sequence<int, most>(), left, a.low, b, depth, to);
        else
            sums<parts, 1>(used, std::make_integer_sequence<int, most>(), left, a.low, b, depth, to);
    }
}

#endif

}  // namespace gw
