// Maps of each number by itself, over a stretch of memory: forward, and the factor that backward needs.
//
// A stretch is whole registers long; bounded by the arithmetic of exp and tanh, else by the L1 cache. All that an
// activation is stands in this file.
#pragma once

#include "program.h"
#include "vector_math.h"

namespace gw {

enum class Activation : int { none, relu, leaky_relu, elu, selu, tanh, sigmoid, softplus, gelu, silu, mish };
template <> inline constexpr std::array names<Activation>{"none",    "relu",     "leaky_relu", "elu",  "selu", "tanh",
                                                          "sigmoid", "softplus", "gelu",       "silu", "mish"};

constexpr double gelu_c = 0.7978845608028654, gelu_a = 0.044715;  // sqrt(2 / pi)
constexpr double selu_scale = 1.0507009873554805, selu_slope = selu_scale * 1.6732632423543772;  // below 0, at 0

// Mish is x t, t = tanh(log(1 + e)) = n / (n + 2), n = e (e + 2), e = e^x; t is 1 from x = 20 on.
template <class Real> struct MishParts {
    Vec<Real> e, n, share;  // share = 1 / (n + 2)
};
template <class Real> GW_INLINE MishParts<Real> mish_parts(Vec<Real> x) {
    const Vec<Real> e = exp(smaller(broadcast(Real(20)), x)), n = e * (e + Real(2));
    return {e, n, ratio(broadcast(Real(1)), n + Real(2))};
}

template <Activation act, class Real> GW_INLINE Vec<Real> activate(Vec<Real> x, Real slope) {
    if constexpr (act == Activation::relu) return x <= 0 ? zero<Real>() : x;
    if constexpr (act == Activation::leaky_relu) return x > 0 ? x : x * slope;
    if constexpr (act == Activation::elu) return x > 0 ? x : slope * expm1(smaller(zero<Real>(), x));
    if constexpr (act == Activation::selu)
        return x > 0 ? x * Real(selu_scale) : Real(selu_slope) * expm1(smaller(zero<Real>(), x));
    if constexpr (act == Activation::tanh) return tanh(x);
    if constexpr (act == Activation::sigmoid) return sigmoid<Real>(x);
    if constexpr (act == Activation::softplus) return softplus<Real>(x);
    if constexpr (act == Activation::gelu) {
        const Vec<Real> t = tanh(Real(gelu_c) * (x + Real(gelu_a) * x * x * x));
        return Real(0.5) * x * (Real(1) + t);
    }
    if constexpr (act == Activation::silu) return x * sigmoid<Real>(x);
    if constexpr (act == Activation::mish) {
        const MishParts<Real> m = mish_parts<Real>(x);
        return x * (m.n * m.share);
    }
    return x;
}

// dy/dx from the output y; from the input x for those, and only those, that need it.
template <Activation act, class Real> GW_INLINE Vec<Real> derivative(Vec<Real> y, Real slope) {
    const Vec<Real> one = broadcast(Real(1));
    if constexpr (act == Activation::relu) return y > 0 ? one : zero<Real>();
    if constexpr (act == Activation::leaky_relu) return y > 0 ? one : broadcast(slope);
    if constexpr (act == Activation::elu) return y > 0 ? one : y + slope;
    if constexpr (act == Activation::selu) return y > 0 ? broadcast(Real(selu_scale)) : y + Real(selu_slope);
    if constexpr (act == Activation::tanh) return one - y * y;
    if constexpr (act == Activation::sigmoid) return y - y * y;
    if constexpr (act == Activation::softplus) return sigmoid<Real>(y);
    if constexpr (act == Activation::gelu) {
        const Vec<Real> t = tanh(Real(gelu_c) * (y + Real(gelu_a) * y * y * y));
        const Vec<Real> du = Real(gelu_c) * (one + Real(3 * gelu_a) * y * y);
        return Real(0.5) * (one + t) + Real(0.5) * y * (one - t * t) * du;
    }
    if constexpr (act == Activation::silu) {
        const Vec<Real> s = sigmoid<Real>(y);
        return s * (one + y * (one - s));
    }
    if constexpr (act == Activation::mish) {  // t + x (1 - t^2) e / (1 + e), where 1 - t^2 = 4 (1 + e)^2 / (n + 2)^2
        const MishParts<Real> m = mish_parts<Real>(y);
        return m.n * m.share + y * (Real(4) * m.e * (one + m.e) * m.share * m.share);
    }
    return one;
}

constexpr bool needs_input(Activation act) {
    return act == Activation::softplus || act == Activation::gelu || act == Activation::silu || act == Activation::mish;
}

// The slope that an activation may have: a leaky ReLU's below 0, an ELU's at 0 from below.
inline bool fits(Activation act, double slope) {
    return 0 <= slope && (act == Activation::elu ? std::isfinite(slope) : slope < 1);
}

// Calls `body` with the activation as a constant, so that the choice is made once and not for each register.
template <class Body> GW_INLINE void with_activation(Activation act, Body&& body) {
#define GW_CASE(name) \
    case Activation::name: return body(std::integral_constant<Activation, Activation::name>());
    switch (act) {
        GW_CASE(none)
        GW_CASE(relu)
        GW_CASE(leaky_relu)
        GW_CASE(elu)
        GW_CASE(selu)
        GW_CASE(tanh)
        GW_CASE(sigmoid)
        GW_CASE(softplus)
        GW_CASE(gelu)
        GW_CASE(silu)
        GW_CASE(mish)
    }
#undef GW_CASE
}

// y = act(x), count numbers; y may be x
template <class Real> static void activate(Activation act, double slope, const Real* x, Real* y, long count) {
    with_activation(act, [&](auto a) {
        for (long i = 0; i < count; i += lanes<Real>)
            store(y + i, activate<a.value, Real>(load(x + i), Real(slope)));
    });
}

// dx = dy act', or dx += dy act'; `known` is what the derivative is made from: y, or x where it needs the input
template <class Real>
static void differentiate(Activation act, double slope, const Real* known, const Real* dy, Real* dx, long count,
                          bool add) {
    with_activation(act, [&](auto a) {
        for (long i = 0; i < count; i += lanes<Real>) {
            Vec<Real> d = load(dy + i) * derivative<a.value, Real>(load(known + i), Real(slope));
            store(dx + i, add ? load(dx + i) + d : d);
        }
    });
}

// y = a + b
template <class Real> static void add(const Real* a, const Real* b, Real* y, long count) {
    for (long i = 0; i < count; i += lanes<Real>) store(y + i, load(a + i) + load(b + i));
}

}  // namespace gw
