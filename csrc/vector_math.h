// exp, log, tanh and their relatives on a register of lanes; NaN stays NaN.
//
// float: polynomials and one rational function, at most a few units in the last place off. double: the
// rational functions of S. Moshier's Cephes library; its logarithm is taken lane by lane, once per sample.
#pragma once

#include <cmath>

#include "simd.h"

namespace gw {

template <class Real> GW_INLINE Vec<Real> clamp(Vec<Real> x, Real low, Real high) {
    const Vec<Real> lowest = broadcast(low), highest = broadcast(high);
    x = x < lowest ? lowest : x;
    return x > highest ? highest : x;
}

template <class Real> GW_INLINE Vec<Real> absolute(Vec<Real> x) { return x < 0 ? -x : x; }

// 2^n for whole n within the normal numbers: n goes where the exponent lies
GW_INLINE Vec<float> power_of_two(Vec<float> n) {
    return (Vec<float>)((__builtin_convertvector(n, IntVec<float>) + 127) << 23);
}
GW_INLINE Vec<double> power_of_two(Vec<double> n) {
    return (Vec<double>)((__builtin_convertvector(n, IntVec<double>) + 1023) << 52);
}

// e^x = 2^n e^r, |r| <= ln 2 / 2, with n the nearest whole number to x / ln 2. For x up to 88 (708); below
// -87 (-708), where the result would no longer be a normal number, it stays at the smallest one.
GW_INLINE Vec<float> exp(Vec<float> x) {
    x = clamp<float>(x, -87.0f, 88.0f);
    const Vec<float> round = broadcast(12582912.0f);  // 1.5 2^23: adding it drops the fraction
    Vec<float> n = (x * 1.44269504f + round) - round;
    Vec<float> r = x - n * 0.693359375f + n * 2.12194440e-4f;
    Vec<float> p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 0.5f;
    p = p * (r * r) + r + 1.0f;
    return p * power_of_two(n);
}

GW_INLINE Vec<double> exp(Vec<double> x) {
    x = clamp<double>(x, -708.0, 708.0);
    const Vec<double> round = broadcast(6755399441055744.0);  // 1.5 2^52
    Vec<double> n = (x * 1.4426950408889634 + round) - round;
    Vec<double> r = x - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6;
    Vec<double> r2 = r * r;
    Vec<double> p = (r2 * 1.26177193074810590878e-4 + 3.02994407707441961300e-2) * r2 + 9.99999999999999999910e-1;
    Vec<double> q = (r2 * 3.00198505138664455042e-6 + 2.52448340349684104192e-3) * r2 + 2.27265548208155028766e-1;
    q = q * r2 + 2.0;
    p = p * r;
    return (2.0 * p / (q - p) + 1.0) * power_of_two(n);
}

// log x for positive normal x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2)
GW_INLINE Vec<float> log(Vec<float> x) {
    IntVec<float> bits = (IntVec<float>)x;
    IntVec<float> exponent = (bits - 0x3f3504f3) >> 23;
    Vec<float> e = __builtin_convertvector(exponent, Vec<float>);
    Vec<float> f = (Vec<float>)(bits - (exponent << 23)) - 1.0f;
    Vec<float> p = f * 7.0376836292e-2f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    Vec<float> f2 = f * f;
    Vec<float> y = p * f * f2 - e * 2.12194440e-4f - 0.5f * f2;
    Vec<float> result = e * 0.693359375f + (f + y);
    return x == x ? result : x;
}

GW_INLINE Vec<double> log(Vec<double> x) {
    for (int i = 0; i < lanes<double>; i++) x[i] = __builtin_log(x[i]);
    return x;
}

// log(1 + x) for 0 <= x <= 1: what 1 + x rounds away is given back by the factor x / ((1 + x) - 1)
template <class Real> GW_INLINE Vec<Real> log1p(Vec<Real> x) {
    Vec<Real> y = x + Real(1), rounded = y - Real(1);
    Vec<Real> safe = rounded == 0 ? broadcast(Real(1)) : rounded;
    return rounded == 0 ? x : log(y) * (x / safe);
}

// float: x P(x^2) / Q(x^2), the coefficients as in Eigen's generic_fast_tanh_float; it is 1 from 7.9 on
GW_INLINE Vec<float> tanh(Vec<float> x) {
    x = clamp<float>(x, -7.90531110763549805f, 7.90531110763549805f);
    Vec<float> x2 = x * x;
    Vec<float> p = x2 * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * x2 - 8.60467152213735e-11f;
    p = p * x2 + 5.12229709037114e-08f;
    p = p * x2 + 1.48572235717979e-05f;
    p = p * x2 + 6.37261928875436e-04f;
    p = p * x2 + 4.89352455891786e-03f;
    Vec<float> q = x2 * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * x2 + 2.26843463243900e-03f;
    q = q * x2 + 4.89352518554385e-03f;
    return x * p / q;
}

// double: x + x^3 P(x^2) / Q(x^2) below 0.625, and 1 - 2 / (e^2|x| + 1) with x's sign above
GW_INLINE Vec<double> tanh(Vec<double> x) {
    Vec<double> a = absolute<double>(x), x2 = x * x;
    Vec<double> p = (x2 * -9.64399179425052238628e-1 - 9.92877231001918586564e1) * x2 - 1.61468768441708447952e3;
    Vec<double> q = ((x2 + 1.12811678491632931402e2) * x2 + 2.23548839060100448583e3) * x2 + 4.84406305325125486048e3;
    Vec<double> near = x + x * x2 * (p / q);
    Vec<double> far = 1.0 - 2.0 / (exp(a * 2.0) + 1.0);
    return a < 0.625 ? near : (x < 0 ? -far : far);
}

template <class Real> GW_INLINE Vec<Real> sigmoid(Vec<Real> x) { return tanh(x * Real(0.5)) * Real(0.5) + Real(0.5); }

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
template <class Real> GW_INLINE Vec<Real> softplus(Vec<Real> x) {
    return (x <= 0 ? zero<Real>() : x) + log1p<Real>(exp(-absolute<Real>(x)));
}

}  // namespace gw
