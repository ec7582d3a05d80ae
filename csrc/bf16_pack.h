// Floats rounded to the blocks of bf16.h. Bounded by the caches: a number is read once for each product that it takes
// part in.
#pragma once

#include <utility>

#include "bf16.h"
#include "simd.h"

namespace gw {

typedef Half HalfVec __attribute__((vector_size(register_bytes)));

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

// A block of the left factor.
template <int parts> static void pack_left(const float* const* rows, long column, long count, long width, Half* to, long low) {
    for (long r = 0; r < block_rows; r++, to += block_depth) {
        Vec<float> first = zero<float>(), next = first;
        if (r < count) {
            first = load_first(rows[r] + column, width);
            next = load_first(rows[r] + column + block_rows, width - block_rows);
        }
        put<parts, false>(to, low, first, next);
    }
}

// A block of the right factor.
template <int parts> static void pack_right(const float* const* rows, long column, long count, long width, Half* to, long low) {
    for (long r = 0; r < block_depth; r += 2, to += block_depth) {
        const Vec<float> even = r < count ? load_first(rows[r] + column, width) : zero<float>();
        const Vec<float> odd = r + 1 < count ? load_first(rows[r + 1] + column, width) : zero<float>();
        put<parts, true>(to, low, even, odd);
    }
}

}  // namespace gw
