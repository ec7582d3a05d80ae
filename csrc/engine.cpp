// Which family of kernels serves a network.
#include "blocked.h"
#include "lanes.h"
#include "panels.h"
#include "trainer.h"

namespace gw {

constexpr int widest_for_lanes = 128;

template <class Real> static std::unique_ptr<Run<Real>> make_general(const Program& program, long batch_size, int threads) {
    const int rows = int(batch_size);
    const int widest = *std::max_element(program.widths.begin(), program.widths.end());
    if (widest <= widest_for_lanes) return std::make_unique<Trainer<Lanes<Real>>>(program, rows, threads);
    return std::make_unique<Trainer<Panels<Real>>>(program, rows, threads);
}

template <class Real> std::unique_ptr<Run<Real>> make_run(const Program& program, long batch_size, int threads) {
    std::unique_ptr<Run<Real>> general = make_general<Real>(program, batch_size, threads);
    if (!Blocked<Real>::serves(program, batch_size)) return general;
    return std::make_unique<Blocked<Real>>(program, std::move(general));
}

template std::unique_ptr<Run<float>> make_run(const Program&, long, int);
template std::unique_ptr<Run<double>> make_run(const Program&, long, int);

}  // namespace gw
