// bfloat16: the upper half of a float, which keeps its range and eight bits of its precision; and matrices of it in
// the blocks that the products of bf16_tile.h take.
//
// A number is one part, or two: high = x rounded, low = x - high rounded, together sixteen bits. A block is 1 KB:
// as left factor 16 rows of 32 numbers, (row, depth), as right factor 32 rows of 16 numbers with neighbouring rows
// interleaved, (depth / 2, column, 2). Taken as 16 x 16 pairs, a left block of M is the transpose of a right block of M'.
// Packing is bounded by the caches: a number is read once for each product that it takes part in.
#pragma once

#include <algorithm>
#include <utility>

#include "transpose.h"

namespace gw {

using Half = uint16_t;
typedef Half HalfVec __attribute__((vector_size(register_bytes)));

constexpr int block_rows = 16, block_depth = 32, block_size = block_rows * block_depth;

// 16 rows of a left factor, or 16 columns of a right one, make a group: its blocks one after the other in depth.
struct Blocks {
    Half* at;
    long group;  // from one group to the next
    long low;    // from the high parts to the low ones

    Half* block(long group_number, long depth) const { return at + group_number * group + depth / block_depth * block_size; }
};

// the first `count` numbers, which may be none or more than a register has, and zeros
GW_INLINE Vec<float> load_first(const float* from, long count) {
    if (count >= lanes<float>) return load(from);
    return count <= 0 ? zero<float>() : Vec<float>(_mm512_maskz_loadu_ps(__mmask16((1u << count) - 1), from));
}

// the numbers of a, then those of b, each to the nearest
GW_INLINE HalfVec rounded(Vec<float> a, Vec<float> b) { return (HalfVec)_mm512_cvtne2ps_pbh(b, a); }

template <int... I> GW_INLINE HalfVec interleaved(HalfVec v, std::integer_sequence<int, I...>) {
    return shuffled<(I / 2 + I % 2 * (block_depth / 2))...>(v, v);
}

// the numbers from `first` on as floats, whose lower halves are zero
template <int first, int... I> GW_INLINE Vec<float> widened(HalfVec v, std::integer_sequence<int, I...>) {
    return (Vec<float>)shuffled<(I % 2 ? first + I / 2 : block_depth)...>(v, HalfVec{});
}

// One register of a block from its numbers: a then b, or a and b in turn.
template <int parts, bool in_turn> GW_INLINE void put(Half* to, long low, Vec<float> a, Vec<float> b) {
    constexpr auto each = std::make_integer_sequence<int, block_depth>();
    auto write = [&](Half* at, HalfVec v) {
        if constexpr (in_turn) v = interleaved(v, each);
        __builtin_memcpy(at, &v, sizeof v);
    };
    const HalfVec high = rounded(a, b);
    write(to, high);
    if constexpr (parts == 2)
        write(to + low, rounded(a - widened<0>(high, each), b - widened<block_depth / 2>(high, each)));
}

// A block of the left factor: row(r) for r < rows, of which the first `width` numbers count; zeros elsewhere.
template <int parts, class Row> GW_INLINE void pack_left(const Row& row, long rows, long width, Half* to, long low) {
    for (long r = 0; r < block_rows; r++, to += block_depth) {
        if (r < rows)
            put<parts, false>(to, low, load_first(row(r), width), load_first(row(r) + block_rows, width - block_rows));
        else
            put<parts, false>(to, low, zero<float>(), zero<float>());
    }
}

// A block of the right factor, likewise.
template <int parts, class Row> GW_INLINE void pack_right(const Row& row, long rows, long width, Half* to, long low) {
    for (long r = 0; r < block_depth; r += 2, to += block_depth) {
        const Vec<float> even = r < rows ? load_first(row(r), width) : zero<float>();
        const Vec<float> odd = r + 1 < rows ? load_first(row(r + 1), width) : zero<float>();
        put<parts, true>(to, low, even, odd);
    }
}

// A left block of M becomes a right block of M', and the other way round.
template <int parts> GW_INLINE void transpose_pairs(Half* block, long low) {
    for (int part = 0; part < parts; part++, block += low) {
        float turned[block_rows * block_rows];  // pairs, only moved, never read as numbers
        transpose<float>(reinterpret_cast<float*>(block), block_rows, turned, block_rows);
        __builtin_memcpy(block, turned, sizeof turned);
    }
}

}  // namespace gw
