// exp, log, tanh and their relatives on a register of lanes; NaN stays NaN.
//
// float: polynomials and one rational function; double: the rational functions of S. Moshier's Cephes library.
// At most a few units in the last place off; bounded by the rate of multiply-adds, so there is one division at most.
#pragma once

#include <cmath>

#include "simd.h"

namespace gw {

template <class Real> GW_INLINE Vec<Real> clamp(Vec<Real> x, Real low, Real high) {
    return smaller(broadcast(high), larger(broadcast(low), x));
}

template <class Real> GW_INLINE Vec<Real> absolute(Vec<Real> x) { return x < 0 ? -x : x; }

// exp goes up to here, and stays where it is beyond
template <class Real> constexpr Real highest_exponent = sizeof(Real) == 4 ? 88 : 708;

// Adding 1.5 2^23 (2^52) drops a number's fraction, and leaves the whole part in the lowest bits.
constexpr float round_float = 12582912.0f;
constexpr double round_double = 6755399441055744.0;

// 2^n from n + round_float (round_double), within the normal numbers: n goes where the exponent lies
GW_INLINE Vec<float> power_of_two(Vec<float> rounded) { return (Vec<float>)(((IntVec<float>)rounded + 127) << 23); }
GW_INLINE Vec<double> power_of_two(Vec<double> rounded) {
    return (Vec<double>)(((IntVec<double>)rounded + 1023) << 52);
}

// e^x = 2^n (1 + p), p = e^r - 1, |r| <= ln 2 / 2, with n the nearest whole number to x / ln 2. For x up to 88 (708);
// below -87 (-708), where the result would no longer be a normal number, it stays at the smallest one.
template <class Real> struct ExpParts;
template <> struct ExpParts<float> {
    Vec<float> power, p;
};
GW_INLINE ExpParts<float> exp_parts(Vec<float> x) {
    x = clamp<float>(x, -87.0f, highest_exponent<float>);
    const Vec<float> rounded = x * 1.44269504f + round_float, n = rounded - round_float;
    Vec<float> r = x - n * 0.693359375f + n * 2.12194440e-4f;
    Vec<float> p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 0.5f;
    return {power_of_two(rounded), p * (r * r) + r};
}

GW_INLINE Vec<float> exp(Vec<float> x) {
    const ExpParts<float> e = exp_parts(x);
    return (e.p + 1.0f) * e.power;
}

// e^x = 2^n (1 + p / q)
template <> struct ExpParts<double> {
    Vec<double> power, p, q;
};
GW_INLINE ExpParts<double> exp_parts(Vec<double> x) {
    const Vec<double> rounded = x * 1.4426950408889634 + round_double, n = rounded - round_double;
    const Vec<double> r = x - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6, r2 = r * r;
    Vec<double> p = (r2 * 1.26177193074810590878e-4 + 3.02994407707441961300e-2) * r2 + 9.99999999999999999910e-1;
    Vec<double> q = (r2 * 3.00198505138664455042e-6 + 2.52448340349684104192e-3) * r2 + 2.27265548208155028766e-1;
    q = q * r2 + 2.0;
    p = p * r;
    return {power_of_two(rounded), 2.0 * p, q - p};
}

GW_INLINE Vec<double> exp(Vec<double> x) {
    const ExpParts<double> e = exp_parts(clamp<double>(x, -708.0, highest_exponent<double>));
    return (ratio(e.p, e.q) + 1.0) * e.power;
}

// e^x - 1: with n = 0, near 0, nothing is taken away, and so nothing is lost. For x <= 0, as all that ask have it.
GW_INLINE Vec<float> expm1(Vec<float> x) {
    const ExpParts<float> e = exp_parts(x);
    return e.p * e.power + (e.power - 1.0f);
}
GW_INLINE Vec<double> expm1(Vec<double> x) {
    const ExpParts<double> e = exp_parts(clamp<double>(x, -708.0, highest_exponent<double>));
    return ratio(e.p, e.q) * e.power + (e.power - 1.0);
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
    const IntVec<double> bits = (IntVec<double>)x, exponent = (bits - 0x3fe6a09e667f3bcd) >> 52;
    const Vec<double> e = __builtin_convertvector(exponent, Vec<double>);
    const Vec<double> f = (Vec<double>)(bits - (exponent << 52)) - 1.0, f2 = f * f;
    Vec<double> p = f * 1.01875663804580931796e-4 + 4.97494994976747001425e-1;
    p = p * f + 4.70579119878881725854;
    p = p * f + 1.44989225341610930846e1;
    p = p * f + 1.79368678507819816313e1;
    p = p * f + 7.70838733755885391666;
    Vec<double> q = f + 1.12873587189167450590e1;
    q = q * f + 4.52279145837532221105e1;
    q = q * f + 8.29875266912776603211e1;
    q = q * f + 7.11544750618563894466e1;
    q = q * f + 2.31251620126765340583e1;
    const Vec<double> y = f * (f2 * ratio(p, q)) - e * 2.121944400546905827679e-4 - 0.5 * f2;
    const Vec<double> result = e * 0.693359375 + (f + y);
    return x == x ? result : x;
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
    return ratio(x * p, q);
}

// double: (e^2x - 1) / (e^2x + 1) with e^2x = 2^n (1 + p / q), multiplied by q; with n = 0, near 0, the numerator
// is p and loses nothing. It is 1 from 20 on.
GW_INLINE Vec<double> tanh(Vec<double> x) {
    const ExpParts<double> e = exp_parts(clamp<double>(x, -20.0, 20.0) * 2.0);
    const Vec<double> shared = e.power * e.p;
    return ratio(shared + (e.power - 1.0) * e.q, shared + (e.power + 1.0) * e.q);
}

// cos(2 pi t) and sin(2 pi t). t less the nearest whole number is exact, and both are sines of at most a quarter of a turn,
// by Taylor's series, whose next term is less than a unit in the last place there.
template <class Real> struct Turned {
    Vec<Real> cos, sin;
};
template <class Real> GW_INLINE Vec<Real> sine_of_quarter_turn(Vec<Real> t) {
    constexpr double series[] = {6.283185307179586,  -41.341702240399755, 81.60524927607504,   -76.70585975306136,
                                 42.058693944897634, -15.094642576822984, 3.8199525848482803, -0.7181223017785001,
                                 0.1042291622081397, -0.01203158594212061, 0.001136237076166};
    constexpr int terms = sizeof(Real) == 4 ? 7 : 11;
    const Vec<Real> t2 = t * t;
    Vec<Real> sum = broadcast(Real(series[terms - 1]));
    GW_UNROLL for (int k = terms - 2; k >= 0; k--) sum = sum * t2 + Real(series[k]);
    return sum * t;
}
template <class Real> GW_INLINE Turned<Real> of_turns(Vec<Real> t) {
    const Real shift = sizeof(Real) == 4 ? Real(round_float) : Real(round_double);
    const Real quarter = Real(0.25), half = Real(0.5);
    const Vec<Real> r = clamp<Real>(t - ((t + shift) - shift), -half, half);
    const Vec<Real> upper = larger(-half - r, smaller(r, half - r));  // as far from the turn's ends as from its middle
    return {sine_of_quarter_turn<Real>(quarter - absolute<Real>(r)), sine_of_quarter_turn<Real>(upper)};
}

template <class Real> GW_INLINE Vec<Real> sigmoid(Vec<Real> x) { return tanh(x * Real(0.5)) * Real(0.5) + Real(0.5); }

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
template <class Real> GW_INLINE Vec<Real> softplus(Vec<Real> x) {
    return (x <= 0 ? zero<Real>() : x) + log1p<Real>(exp(-absolute<Real>(x)));
}

}  // namespace gw
