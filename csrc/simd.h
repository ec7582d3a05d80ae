// A register of lanes, with named operations, in the compiler's own vector extension: one source for every
// instruction set. The flags of the compilation decide how wide a register is.
#pragma once

#include <cstdint>
#include <type_traits>
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
#elif defined(__aarch64__)
constexpr int register_bytes = 16, registers = 32;
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

// The lanes with the numbers I, of a and then of b.
#if defined(__clang__) || __GNUC__ >= 12
template <int... I, class V> GW_INLINE auto shuffled(V a, V b) { return __builtin_shufflevector(a, b, I...); }
#else
template <int... I, class V> GW_INLINE auto shuffled(V a, V b) {
    using Lane = std::decay_t<decltype(a[0])>;
    using Numbers = decltype(a < b);
    if constexpr (sizeof...(I) * sizeof(Lane) == sizeof(V)) {
        return __builtin_shuffle(a, b, Numbers{I...});
    } else {  // which is as wide as a: what is narrower is put together
        constexpr int whole = sizeof(V) / sizeof(Lane);
        typedef Lane Part __attribute__((vector_size(sizeof...(I) * sizeof(Lane))));
        return Part{(I < whole ? a[I % whole] : b[I % whole])...};
    }
}
#endif

namespace detail {

// v with each lane added to the one whose number differs in the bit `step`
template <class Real, int step, int... I>
GW_INLINE Vec<Real> add_neighbours(Vec<Real> v, std::integer_sequence<int, I...>) {
    return v + shuffled<(I ^ step)...>(v, v);
}

}  // namespace detail

// neighbours first, then neighbouring pairs, and so on
template <class Real, int step = 1> GW_INLINE Real sum_of_lanes(Vec<Real> v) {
    if constexpr (step == lanes<Real>)
        return v[0];
    else
        return sum_of_lanes<Real, 2 * step>(
            detail::add_neighbours<Real, step>(v, std::make_integer_sequence<int, lanes<Real>>()));
}

// keep old + sum, and the sum alone where keep is 0, whatever the old numbers were; where keep is 1, which is plain
// descent, without the multiplication, for which products would have to wait
template <class Real> GW_INLINE Vec<Real> renewed(const Real* old, Real keep, Vec<Real> sum) {
    if (keep == 0) return sum;
    return keep == 1 ? load(old) + sum : keep * load(old) + sum;
}

}  // namespace gw
