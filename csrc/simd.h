// A register of lanes, with named operations, in the compiler's own vector extension: one source for every
// instruction set. The flags of the compilation decide how wide a register is.
#pragma once

#include <cstdint>
#include <utility>

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

// The lanes of a whole number: 0, 1, 2, ...
template <class Real> GW_INLINE IntVec<Real> lane_numbers() {
    IntVec<Real> v;
    for (int i = 0; i < lanes<Real>; i++) v[i] = i;
    return v;
}

template <class Real> GW_INLINE Real sum_of_lanes(Vec<Real> v) {
    Real sum = 0;
    for (int i = 0; i < lanes<Real>; i++) sum += v[i];
    return sum;
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

template <class Real, int H> GW_INLINE void transpose_stage(Vec<Real>* rows) {
    GW_UNROLL for (int r = 0; r < lanes<Real>; r++)
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
