// Which family of kernels serves a network. Included by float32.cpp, float64.cpp and bfloat16.cpp, which are compiled
// side by side: all kernels together take most of a minute.
#pragma once

#include <stdexcept>
#include <string>

#include "bf16.h"
#include "lanes.h"
#include "network.h"
#include "panels.h"
#include "plain_products.h"
#include "softmax_regression.h"
#include "stepwise.h"
#include "trainer.h"
#include "valid_backward.h"

namespace gw {

template <class Kernels>
static std::unique_ptr<Run<typename Kernels::Real>> make_trainer(const Program& program, long batch_size, int threads) {
    check_shared_columns(program, Kernels::most_shared_columns);
    return std::make_unique<Trainer<Network<Kernels>>>(program, batch_size, threads);
}

// What products in bfloat16 can serve; throws std::invalid_argument for the rest.
template <class Real>
static void check_bf16(const Program& program, Family family, long batch_size, Precision precision, const Bf16Unit* unit) {
    const std::string name = names<Precision>[int(precision)];
    auto expect = [&](bool met, const std::string& what) {
        if (!met) throw std::invalid_argument("precision: expected " + what);
    };
    expect(unit, "float32 on this processor, found " + name + ", which needs AVX512_BF16 or AMX");
    expect(sizeof(Real) == sizeof(float), "dtype float32 with " + name + ", found float64");
    const int widest = *std::max_element(program.widths.begin(), program.widths.end());
    expect(family == Family::panels, "a layer wider than " + std::to_string(widest_for_lanes) + " with " + name + ", found " +
                                         std::to_string(widest) + " at most");
    expect(batch_size > 1, "a batch of at least 2 with " + name + ", found 1");
}

template <class Real> int columns_for_lanes() { return Lanes<Real>::most_shared_columns; }

template <class Real>
std::unique_ptr<Run<Real>> make_run(const Program& program, Family family, long batch_size, int threads, Precision precision,
                                    const std::string& variant) {
    if (precision != Precision::float32) {
        const Bf16Unit* unit = bf16_unit(variant, precision);
        check_bf16<Real>(program, family, batch_size, precision, unit);
        if constexpr (sizeof(Real) == sizeof(float)) return make_bf16_run(program, *unit, batch_size, threads);
    }
    if (family == Family::plain) return make_trainer<PlainProducts<Real>>(program, batch_size, threads);
    auto general = family == Family::lanes ? make_trainer<Lanes<Real>>(program, batch_size, threads)
                                           : make_trainer<Panels<Real>>(program, batch_size, threads);
    if (Stepwise<Real>::serves(program, batch_size)) return std::make_unique<Stepwise<Real>>(program, std::move(general));
    if (family == Family::lanes && SoftmaxRegression<Real>::serves(program, batch_size))
        return std::make_unique<SoftmaxRegression<Real>>(program, batch_size, std::move(general));
    return general;
}

}  // namespace gw
