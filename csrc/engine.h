// Which family of kernels serves a network. Included by float32.cpp and float64.cpp, which are compiled side by
// side: all kernels together take most of a minute.
#pragma once

#include <stdexcept>
#include <string>

#include "lane_network.h"
#include "panels.h"
#include "stepwise.h"
#include "trainer.h"
#if defined(__AVX512BF16__)
#include "halves.h"
#endif

namespace gw {

constexpr int widest_for_lanes = 128;

inline int widest(const Program& program) { return *std::max_element(program.widths.begin(), program.widths.end()); }

template <class Real> static std::unique_ptr<Run<Real>> make_general(const Program& program, long batch_size, int threads) {
    const int rows = int(batch_size);
    if (widest(program) <= widest_for_lanes) return std::make_unique<Trainer<LaneNetwork<Real>>>(program, rows, threads);
    return std::make_unique<Trainer<Network<Panels<Real>>>>(program, rows, threads);
}

// Products in bfloat16, for what would otherwise be served by panels.
template <class Real>
static std::unique_ptr<Run<Real>> make_halves(const Program& program, long batch_size, int threads, Precision precision) {
    const std::string name = precision == Precision::bf16 ? "bf16" : "bf16x3";
    auto expect = [&](bool met, const std::string& what) {
        if (!met) throw std::invalid_argument("precision: expected " + what);
    };
    expect(has_bf16(), "float32 on this processor, found " + name + ", which needs AVX512_BF16 or AMX");
    expect(sizeof(Real) == sizeof(float), "dtype float32 with " + name + ", found float64");
    expect(widest(program) > widest_for_lanes, "a layer wider than " + std::to_string(widest_for_lanes) + " with " + name +
                                                   ", found " + std::to_string(widest(program)) + " at most");
    expect(batch_size > 1, "a batch of at least 2 with " + name + ", found 1");
#if defined(__AVX512BF16__)
    if constexpr (sizeof(Real) == sizeof(float)) {
        const int rows = int(batch_size);
        if (precision == Precision::bf16) return std::make_unique<Trainer<Network<Halves<1>>>>(program, rows, threads);
        return std::make_unique<Trainer<Network<Halves<2>>>>(program, rows, threads);
    }
#endif
    return make_general<Real>(program, batch_size, threads);
}

template <class Real>
std::unique_ptr<Run<Real>> make_run(const Program& program, long batch_size, int threads, Precision precision) {
    if (precision != Precision::float32) return make_halves<Real>(program, batch_size, threads, precision);
    std::unique_ptr<Run<Real>> general = make_general<Real>(program, batch_size, threads);
    if (!Stepwise<Real>::serves(program, batch_size)) return general;
    return std::make_unique<Stepwise<Real>>(program, std::move(general));
}

}  // namespace gw
