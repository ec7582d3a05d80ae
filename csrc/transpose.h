// Matrices of lanes turned over in registers.
#pragma once

#include <utility>

#include "simd.h"

namespace gw {

// A register is made of chunks, the parts within which instructions move lanes.
constexpr int chunk_bytes = 16;
template <class Real> constexpr int chunk = chunk_bytes / int(sizeof(Real));

namespace detail {

// Within each chunk, the lower (upper) halves of a and b, `unit` lanes of one and the other in turn.
template <class Real, int unit, int upper, int... I>
GW_INLINE Vec<Real> interleaved(Vec<Real> a, Vec<Real> b, std::integer_sequence<int, I...>) {
    constexpr int C = chunk<Real>, L = lanes<Real>;
    return shuffled<(I / C * C + upper * C / 2 + I % C / (2 * unit) * unit + I % unit + I % (2 * unit) / unit * L)...>(a, b);
}
template <class Real, int unit> GW_INLINE void interleave(Vec<Real>& a, Vec<Real>& b) {
    constexpr auto all = std::make_integer_sequence<int, lanes<Real>>();
    const Vec<Real> lower = interleaved<Real, unit, 0>(a, b, all), upper = interleaved<Real, unit, 1>(a, b, all);
    a = lower;
    b = upper;
}

// Two neighbouring numbers, which are moved as one that is twice as wide, from each of these rows.
template <class Row, int... I> GW_INLINE Vec<double> pairs(Row&& row, std::integer_sequence<int, I...>) {
    auto pair = [&](int i) {
        double both;
        __builtin_memcpy(&both, row(i), sizeof both);
        return both;
    };
    return Vec<double>{pair(I)...};
}

// to[j][i] = row(i)[j] for j < 2 and a row for each lane
template <class Row, int... I> GW_INLINE void transpose_pairs(Row&& row, float* to, std::integer_sequence<int, I...>) {
    constexpr int L = lanes<float>;
    constexpr auto half = std::make_integer_sequence<int, L / 2>();
    const auto first = (Vec<float>)pairs(row, half), second = (Vec<float>)pairs([&](int i) { return row(L / 2 + i); }, half);
    store(to, shuffled<(2 * I)...>(first, second));
    store(to + L, shuffled<(2 * I + 1)...>(first, second));
}

}  // namespace detail

// chunks: a register of them, number j from place(j). repeated: a register of one. Each is loaded into its place, which
// asks nothing of the port that moves lanes between registers.
#if defined(__AVX512F__)
template <class Real, class Place> GW_INLINE Vec<Real> chunks(Place&& place) {
    auto at = [&](int j) { return _mm_loadu_ps(reinterpret_cast<const float*>(place(j))); };
    __m512 v = _mm512_zextps128_ps512(at(0));
    v = _mm512_insertf32x4(v, at(1), 1);
    v = _mm512_insertf32x4(v, at(2), 2);
    return (Vec<Real>)_mm512_insertf32x4(v, at(3), 3);
}
template <class Real> GW_INLINE Vec<Real> repeated(const Real* from) {
    return (Vec<Real>)_mm512_maskz_broadcast_f32x4(-1, _mm_loadu_ps(reinterpret_cast<const float*>(from)));
}
#elif defined(__AVX2__)
template <class Real, class Place> GW_INLINE Vec<Real> chunks(Place&& place) {
    auto at = [&](int j) { return _mm_loadu_ps(reinterpret_cast<const float*>(place(j))); };
    return (Vec<Real>)_mm256_insertf128_ps(_mm256_zextps128_ps256(at(0)), at(1), 1);
}
template <class Real> GW_INLINE Vec<Real> repeated(const Real* from) {
    return (Vec<Real>)_mm256_broadcast_ps(reinterpret_cast<const __m128*>(from));
}
#else
template <class Real, class Place> GW_INLINE Vec<Real> chunks(Place&& place) { return load(place(0)); }
template <class Real> GW_INLINE Vec<Real> repeated(const Real* from) { return load(from); }
#endif

// Lane c of each chunk of the result = the sum of that chunk of rows[c]; the `chunk` rows are not kept.
template <class Real> GW_INLINE Vec<Real> sums_of_chunks(Vec<Real>* rows) {
    constexpr int C = chunk<Real>;
    GW_UNROLL for (int c = 0; c < C; c += 2) {
        detail::interleave<Real, 1>(rows[c], rows[c + 1]);
        rows[c] += rows[c + 1];
    }
    if constexpr (C == 4) {
        detail::interleave<Real, 2>(rows[0], rows[2]);
        rows[0] += rows[2];
    }
    return rows[0];
}

// part[j][i] = row(i)[j] for j < chunk and a row for each lane. Chunks of C rows come together as they are read, and what is
// left is to transpose squares of C x C.
template <class Real, class Row> GW_INLINE void transpose_chunks(Row&& row, Vec<Real>* part) {
    constexpr int C = chunk<Real>;
    GW_UNROLL for (int c = 0; c < C; c++) part[c] = chunks<Real>([&](int j) { return row(j * C + c); });
    GW_UNROLL for (int c = 0; c < C; c += 2) detail::interleave<Real, 1>(part[c], part[c + 1]);
    if constexpr (C == 4) {
        detail::interleave<Real, 2>(part[0], part[2]);
        detail::interleave<Real, 2>(part[1], part[3]);
        std::swap(part[1], part[2]);
    }
}

// to[j][i] = row(i)[j] for one square of lanes x lanes, rows of `to` `stride` Reals apart. Returns their sum. With
// `partly`, the rows from `used` on are read as well, whatever they are, and are zero in `to`.
template <class Real, bool partly = false, class Row>
GW_INLINE Vec<Real> transpose_rows(Row&& row, Real* to, long stride, int used = lanes<Real>) {
    constexpr int L = lanes<Real>, C = chunk<Real>;
    const IntVec<Real> kept = lane_numbers<Real>() < IntVec<Real>{} + used;
    Vec<Real> sum = zero<Real>();
    GW_UNROLL for (int at = 0; at < L; at += C) {
        Vec<Real> part[C];
        transpose_chunks<Real>([&](int i) { return row(i) + at; }, part);
        GW_UNROLL for (int c = 0; c < C; c++) {
            if constexpr (partly) part[c] = kept ? part[c] : zero<Real>();
            store(to + (at + c) * stride, part[c]);
        }
        GW_UNROLL for (int step = 1; step < C; step *= 2)
            GW_UNROLL for (int c = 0; c < C; c += 2 * step) part[c] += part[c + step];
        sum += part[0];
    }
    return sum;
}

// to[j][i] = row(i)[j] for the `width` columns of a row for each lane, of which nothing else is read: as many columns at a
// time as there are left.
template <class Real, class Row> GW_INLINE void gather_columns(Row&& row, long width, Real* to) {
    constexpr int L = lanes<Real>, C = chunk<Real>;
    long i = 0;
    for (; i + C <= width; i += C) {
        Vec<Real> part[C];
        transpose_chunks<Real>([&](int n) { return row(n) + i; }, part);
        GW_UNROLL for (int c = 0; c < C; c++) store(to + (i + c) * L, part[c]);
    }
    if constexpr (C == 4)
        for (; i + 2 <= width; i += 2) 
            detail::transpose_pairs([&](int n) { return row(n) + i; }, to + i * L, std::make_integer_sequence<int, L>());
    for (; i < width; i++) GW_UNROLL for (int n = 0; n < L; n++) to[i * L + n] = row(n)[i];
}

// The same with rows `from_stride` Reals apart.
template <class Real> GW_INLINE void transpose(const Real* from, long from_stride, Real* to, long to_stride) {
    transpose_rows<Real>([&](int i) { return from + i * from_stride; }, to, to_stride);
}

// Lane j of the result = the sum of the lanes of row j, for the rows of one square of lanes x lanes.
template <class Real> GW_INLINE Vec<Real> sums_of_lanes(const Real* from) {
    constexpr int L = lanes<Real>, C = chunk<Real>;
    Vec<Real> part[C] = {};
    GW_UNROLL for (int at = 0; at < L; at += C)
        GW_UNROLL for (int c = 0; c < C; c++) part[c] += chunks<Real>([&](int j) { return from + (j * C + c) * L + at; });
    return sums_of_chunks<Real>(part);
}

}  // namespace gw
