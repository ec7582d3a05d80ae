// Registers narrower than the others, and matrices of lanes turned over in registers.
#pragma once

#include <utility>

#include "simd.h"

namespace gw {

namespace detail {

// Two rows of a matrix exchange their off-diagonal blocks of H lanes.
template <class Real, int H, int... I>
GW_INLINE void exchange(Vec<Real>& a, Vec<Real>& b, std::integer_sequence<int, I...>) {
    constexpr int L = lanes<Real>;
    Vec<Real> upper = shuffled<((I & H) ? L + I - H : I)...>(a, b);
    Vec<Real> lower = shuffled<((I & H) ? L + I : I + H)...>(a, b);
    a = upper;
    b = lower;
}

template <class Real, int H, int rows_at_all = lanes<Real>> GW_INLINE void transpose_stage(Vec<Real>* rows) {
    GW_UNROLL for (int r = 0; r < rows_at_all; r++)
        if (!(r & H)) exchange<Real, H>(rows[r], rows[r + H], std::make_integer_sequence<int, lanes<Real>>());
}

// Rows r and r + H become one, for r < H: blocks of H lanes that were neighbours are added.
template <class Real, int H> GW_INLINE void fold_stage(Vec<Real>* rows) {
    GW_UNROLL for (int r = 0; r < H; r++) {
        exchange<Real, H>(rows[r], rows[r + H], std::make_integer_sequence<int, lanes<Real>>());
        rows[r] += rows[r + H];
    }
}

}  // namespace detail

// A register of H lanes, narrower than the others; none where H is 0.
template <class Real, int H> struct NarrowRegister {
    typedef Real Vec __attribute__((vector_size(H * sizeof(Real))));
};
template <class Real> struct NarrowRegister<Real, 0> {
    struct Vec {};
};
template <class Real, int H> using Narrow = typename NarrowRegister<Real, H>::Vec;

template <class Real, int H> GW_INLINE Narrow<Real, H> load_narrow(const Real* from) {
    Narrow<Real, H> v{};
    if constexpr (H > 0) __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class Real, int H> GW_INLINE void store_narrow(Real* to, Narrow<Real, H> v) {
    __builtin_memcpy(to, &v, sizeof v);
}

namespace detail {

// H lanes of v, from lane `first` on
template <class Real, int first, int... I>
GW_INLINE auto part(Vec<Real> v, std::integer_sequence<int, I...>) {
    if constexpr (sizeof...(I) == lanes<Real>)
        return v;
    else
        return shuffled<(first + I)...>(v, v);
}

template <class Real, int H, int... Q>
GW_INLINE void store_parts(Vec<Real> v, Real* to, long stride, std::integer_sequence<int, Q...>) {
    (store_narrow<Real, H>(to + Q * H * stride, part<Real, Q * H>(v, std::make_integer_sequence<int, H>())), ...);
}

template <class Real, int H, int... Q>
GW_INLINE Narrow<Real, H> sum_of_parts(Vec<Real> v, std::integer_sequence<int, Q...>) {
    return (part<Real, Q * H>(v, std::make_integer_sequence<int, H>()) + ...);
}

}  // namespace detail

template <class Real, int H> GW_INLINE Narrow<Real, H> first_lanes(Vec<Real> v) {
    return detail::part<Real, 0>(v, std::make_integer_sequence<int, H>());
}

// to[j][i] = from[i][j] for a band of H rows of lanes, of which only the first `used` are read and the others
// are zero; H is a power of two, rows of `to` are `stride` Reals apart. Squares of H lanes are transposed in
// place, and each part of a register is then a row of `to`. Returns the sum of the rows of `to`.
template <class Real, int H>
GW_INLINE Narrow<Real, H> transpose_band(const Real* from, int used, Real* to, long stride) {
    constexpr int L = lanes<Real>;
    Vec<Real> rows[H];
    if (used >= H) {
        GW_UNROLL for (int i = 0; i < H; i++) rows[i] = load(from + i * L);
    } else {
        GW_UNROLL for (int i = 0; i < H; i++) rows[i] = i < used ? load(from + i * L) : zero<Real>();
    }
    if constexpr (H > 8) detail::transpose_stage<Real, 8, H>(rows);
    if constexpr (H > 4) detail::transpose_stage<Real, 4, H>(rows);
    if constexpr (H > 2) detail::transpose_stage<Real, 2, H>(rows);
    if constexpr (H > 1) detail::transpose_stage<Real, 1, H>(rows);
    GW_UNROLL for (int i = 0; i < H; i++)
        detail::store_parts<Real, H>(rows[i], to + i * stride, stride, std::make_integer_sequence<int, L / H>());
    GW_UNROLL for (int step = 1; step < H; step *= 2)
        GW_UNROLL for (int i = 0; i < H; i += 2 * step) rows[i] += rows[i + step];
    return detail::sum_of_parts<Real, H>(rows[0], std::make_integer_sequence<int, L / H>());
}

namespace detail {

template <class Real> GW_INLINE void transpose_square(Vec<Real>* rows) {
    constexpr int L = lanes<Real>;
    if constexpr (L > 8) transpose_stage<Real, 8>(rows);
    if constexpr (L > 4) transpose_stage<Real, 4>(rows);
    if constexpr (L > 2) transpose_stage<Real, 2>(rows);
    transpose_stage<Real, 1>(rows);
}

}  // namespace detail

// to[j][i] = from[i][j] for one square of lanes x lanes, rows `from_stride` and `to_stride` Reals apart.
template <class Real> GW_INLINE void transpose(const Real* from, long from_stride, Real* to, long to_stride) {
    constexpr int L = lanes<Real>;
    Vec<Real> rows[L];
    GW_UNROLL for (int i = 0; i < L; i++) rows[i] = load(from + i * from_stride);
    detail::transpose_square<Real>(rows);
    GW_UNROLL for (int i = 0; i < L; i++) store(to + i * to_stride, rows[i]);
}

// to[j][i] = from[i][at + j] for one square of lanes x lanes, whose rows may begin anywhere.
template <class Real> GW_INLINE void transpose(const Real* const* from, long at, Real* to) {
    constexpr int L = lanes<Real>;
    Vec<Real> rows[L];
    GW_UNROLL for (int i = 0; i < L; i++) rows[i] = load(from[i] + at);
    detail::transpose_square<Real>(rows);
    GW_UNROLL for (int i = 0; i < L; i++) store(to + i * L, rows[i]);
}

// Lane j of the result = the sum of the lanes of row j, for the rows of one square of lanes x lanes.
template <class Real> GW_INLINE Vec<Real> sums_of_lanes(const Real* from) {
    constexpr int L = lanes<Real>;
    Vec<Real> rows[L];
    GW_UNROLL for (int i = 0; i < L; i++) rows[i] = load(from + i * L);
    if constexpr (L > 8) detail::fold_stage<Real, 8>(rows);
    if constexpr (L > 4) detail::fold_stage<Real, 4>(rows);
    if constexpr (L > 2) detail::fold_stage<Real, 2>(rows);
    detail::fold_stage<Real, 1>(rows);
    return rows[0];
}

}  // namespace gw
