// Maps of each number by itself, over a stretch of memory: forward, and the factor that backward needs.
//
// A stretch is whole registers long; bounded by the arithmetic of exp and tanh, else by the L1 cache. All that an
// activation is stands in this file.
#pragma once

#include "program.h"
#include "vector_math.h"

namespace gw {

enum class Activation : int { none, relu, leaky_relu, tanh, sigmoid, softplus, gelu };
template <> inline constexpr std::array names<Activation>{"none", "relu", "leaky_relu", "tanh", "sigmoid", "softplus", "gelu"};

constexpr double gelu_c = 0.7978845608028654, gelu_a = 0.044715;  // sqrt(2 / pi)

template <Activation act, class Real> GW_INLINE Vec<Real> activate(Vec<Real> x, Real slope) {
    if constexpr (act == Activation::relu) return x <= 0 ? zero<Real>() : x;
    if constexpr (act == Activation::leaky_relu) return x > 0 ? x : x * slope;
    if constexpr (act == Activation::tanh) return tanh(x);
    if constexpr (act == Activation::sigmoid) return sigmoid<Real>(x);
    if constexpr (act == Activation::softplus) return softplus<Real>(x);
    if constexpr (act == Activation::gelu) {
        const Vec<Real> t = tanh(Real(gelu_c) * (x + Real(gelu_a) * x * x * x));
        return Real(0.5) * x * (Real(1) + t);
    }
    return x;
}

// dy/dx from the output y; for softplus and GELU, and only there, from the input x.
template <Activation act, class Real> GW_INLINE Vec<Real> derivative(Vec<Real> y, Real slope) {
    const Vec<Real> one = broadcast(Real(1));
    if constexpr (act == Activation::relu) return y > 0 ? one : zero<Real>();
    if constexpr (act == Activation::leaky_relu) return y > 0 ? one : broadcast(slope);
    if constexpr (act == Activation::tanh) return one - y * y;
    if constexpr (act == Activation::sigmoid) return y - y * y;
    if constexpr (act == Activation::softplus) return sigmoid<Real>(y);
    if constexpr (act == Activation::gelu) {
        const Vec<Real> t = tanh(Real(gelu_c) * (y + Real(gelu_a) * y * y * y));
        const Vec<Real> du = Real(gelu_c) * (one + Real(3 * gelu_a) * y * y);
        return Real(0.5) * (one + t) + Real(0.5) * y * (one - t * t) * du;
    }
    return one;
}

inline bool needs_input(Activation act) { return act == Activation::softplus || act == Activation::gelu; }

// Calls `body` with the activation as a constant, so that the choice is made once and not for each register.
template <class Body> GW_INLINE void with_activation(Activation act, Body&& body) {
#define GW_CASE(name) \
    case Activation::name: return body(std::integral_constant<Activation, Activation::name>());
    switch (act) {
        GW_CASE(none)
        GW_CASE(relu)
        GW_CASE(leaky_relu)
        GW_CASE(tanh)
        GW_CASE(sigmoid)
        GW_CASE(softplus)
        GW_CASE(gelu)
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

// dx = dy act', or dx += dy act'; `known` is what the derivative is made from: y, or x for softplus and GELU
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
