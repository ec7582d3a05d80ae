// A register of lanes, with named operations, in the compiler's own vector extension: one source for every
// instruction set. The flags of the compilation decide how wide a register is.
#pragma once

#include <cstdint>
#include <utility>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define GW_INLINE static inline __attribute__((always_inline))
#define GW_UNROLL _Pragma("GCC unroll 32")

namespace gw {

#if defined(__AVX512F__)
constexpr int register_bytes = 64, registers = 32;
#elif defined(__AVX2__)
constexpr int register_bytes = 32, registers = 16;
#else
constexpr int register_bytes = 16, registers = 16;
#endif

template <class Real> struct Register;
template <> struct Register<float> {
    typedef float Vec __attribute__((vector_size(register_bytes)));
    typedef int32_t Int __attribute__((vector_size(register_bytes)));
};
template <> struct Register<double> {
    typedef double Vec __attribute__((vector_size(register_bytes)));
    typedef int64_t Int __attribute__((vector_size(register_bytes)));
};

template <class Real> using Vec = typename Register<Real>::Vec;
template <class Real> using IntVec = typename Register<Real>::Int;  // as many lanes, each as wide as a Real
template <class Real> constexpr int lanes = register_bytes / int(sizeof(Real));

template <class Real> constexpr long round_up(long n) { return (n + lanes<Real> - 1) / lanes<Real> * lanes<Real>; }

template <class Real> GW_INLINE Vec<Real> zero() { return Vec<Real>{}; }
template <class Real> GW_INLINE Vec<Real> broadcast(Real x) { return x - Vec<Real>{}; }

template <class Real> GW_INLINE Vec<Real> load(const Real* from) {
    Vec<Real> v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

template <class Real> GW_INLINE void store(Real* to, Vec<Real> v) { __builtin_memcpy(to, &v, sizeof v); }

// larger, smaller: of two numbers, lane by lane; b where one of them is NaN.
// ratio: a / b to a unit or two in the last place, for a b whose reciprocal is a normal number.
#if defined(__AVX512F__)
GW_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return _mm512_maskz_max_ps(-1, a, b); }
GW_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return _mm512_maskz_min_ps(-1, a, b); }
GW_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return _mm512_maskz_max_pd(-1, a, b); }
GW_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return _mm512_maskz_min_pd(-1, a, b); }

// an estimate of 1 / b to 14 bits, and Newton's r <- r (2 - b r), which doubles them
GW_INLINE Vec<float> ratio(Vec<float> a, Vec<float> b) {
    Vec<float> r = _mm512_maskz_rcp14_ps(-1, b);
    r = r * (2.0f - b * r);
    return a * r;
}
GW_INLINE Vec<double> ratio(Vec<double> a, Vec<double> b) {
    Vec<double> r = _mm512_maskz_rcp14_pd(-1, b);
    r = r * (2.0 - b * r);
    r = r * (2.0 - b * r);
    return a * r;
}
#else
#if defined(__AVX2__)
GW_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return _mm256_max_ps(a, b); }
GW_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return _mm256_min_ps(a, b); }
GW_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return _mm256_max_pd(a, b); }
GW_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return _mm256_min_pd(a, b); }
#else
GW_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return a > b ? a : b; }
GW_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return a < b ? a : b; }
GW_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return a > b ? a : b; }
GW_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return a < b ? a : b; }
#endif
GW_INLINE Vec<float> ratio(Vec<float> a, Vec<float> b) { return a / b; }
GW_INLINE Vec<double> ratio(Vec<double> a, Vec<double> b) { return a / b; }
#endif

// The lanes of a whole number: 0, 1, 2, ...
template <class Real> GW_INLINE IntVec<Real> lane_numbers() {
    IntVec<Real> v;
    for (int i = 0; i < lanes<Real>; i++) v[i] = i;
    return v;
}

// neighbours first, then neighbouring pairs, and so on
template <class Real> GW_INLINE Real sum_of_lanes(Vec<Real> v) {
    Real sum[lanes<Real>];
    __builtin_memcpy(sum, &v, sizeof v);
    GW_UNROLL for (int step = 1; step < lanes<Real>; step *= 2)
        GW_UNROLL for (int i = 0; i < lanes<Real>; i += 2 * step) sum[i] += sum[i + step];
    return sum[0];
}

// keep old + sum, and the sum alone where keep is 0, whatever the old numbers were
template <class Real> GW_INLINE Vec<Real> renewed(const Real* old, Real keep, Vec<Real> sum) {
    return keep == 0 ? sum : keep * load(old) + sum;
}

namespace detail {

// Two rows of a matrix exchange their off-diagonal blocks of H lanes.
template <class Real, int H, int... I>
GW_INLINE void exchange(Vec<Real>& a, Vec<Real>& b, std::integer_sequence<int, I...>) {
    constexpr int L = lanes<Real>;
    Vec<Real> upper = __builtin_shufflevector(a, b, ((I & H) ? L + I - H : I)...);
    Vec<Real> lower = __builtin_shufflevector(a, b, ((I & H) ? L + I : I + H)...);
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
        return __builtin_shufflevector(v, v, (first + I)...);
}

template <class Real, int H, int... Q>
GW_INLINE void store_parts(Vec<Real> v, Real* to, long stride, std::integer_sequence<int, Q...>) {
    (store_narrow<Real, H>(to + Q * H * stride, part<Real, Q * H>(v, std::make_integer_sequence<int, H>())), ...);
}

}  // namespace detail

template <class Real, int H> GW_INLINE Narrow<Real, H> first_lanes(Vec<Real> v) {
    return detail::part<Real, 0>(v, std::make_integer_sequence<int, H>());
}

// to[j][i] = from[i][j] for a band of H rows of lanes, of which only the first `used` are read and the others
// are zero; H is a power of two, rows of `to` are `stride` Reals apart. Squares of H lanes are transposed in
// place, and each part of a register is then a row of `to`.
template <class Real, int H> GW_INLINE void transpose_band(const Real* from, int used, Real* to, long stride) {
    constexpr int L = lanes<Real>;
    Vec<Real> rows[H];
    GW_UNROLL for (int i = 0; i < H; i++) rows[i] = i < used ? load(from + i * L) : zero<Real>();
    if constexpr (H > 8) detail::transpose_stage<Real, 8, H>(rows);
    if constexpr (H > 4) detail::transpose_stage<Real, 4, H>(rows);
    if constexpr (H > 2) detail::transpose_stage<Real, 2, H>(rows);
    if constexpr (H > 1) detail::transpose_stage<Real, 1, H>(rows);
    GW_UNROLL for (int i = 0; i < H; i++)
        detail::store_parts<Real, H>(rows[i], to + i * stride, stride, std::make_integer_sequence<int, L / H>());
}

// to[j][i] = from[i][j] for one square of lanes x lanes, rows `from_stride` and `to_stride` Reals apart.
template <class Real> GW_INLINE void transpose(const Real* from, long from_stride, Real* to, long to_stride) {
    constexpr int L = lanes<Real>;
    Vec<Real> rows[L];
    GW_UNROLL for (int i = 0; i < L; i++) rows[i] = load(from + i * from_stride);
    if constexpr (L > 8) detail::transpose_stage<Real, 8>(rows);
    if constexpr (L > 4) detail::transpose_stage<Real, 4>(rows);
    if constexpr (L > 2) detail::transpose_stage<Real, 2>(rows);
    detail::transpose_stage<Real, 1>(rows);
    GW_UNROLL for (int i = 0; i < L; i++) store(to + i * to_stride, rows[i]);
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
