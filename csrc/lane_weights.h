// Where the weights of a small layer lie: columns in blocks, and those that are left over in strips.
//
// A block is (inputs, span) with a span of 1 to 4 registers: the distance from one row to the next is then a constant
// that a tile's instructions hold. A few columns past the last whole register would cost as much as a register of them
// where W learns; they lie in strips (inputs, chunk) of 16 bytes a row instead, which learn by products along the lanes:
// 50 columns of 16 lanes are a block of three registers and a strip.
#pragma once

#include <algorithm>

#include "program.h"
#include "transpose.h"

namespace gw {

template <class Real> struct LaneWeights {
    static constexpr int L = lanes<Real>, C = chunk<Real>;
    static constexpr int most_across = registers == 32 ? 4 : 3;   // registers in a row of a block
    static constexpr int most_left_over = L / 3;                 // more cost as much as a register of them

    int inputs, in_blocks, left_over;  // the columns that lie so
    int span, blocks;                  // of a block, in Reals; how many there are
    long strip;                        // Reals in one

    explicit LaneWeights(const Layer& layer)
        : inputs(layer.inputs), in_blocks(layer.outputs), left_over(0), span(L), strip(round_up<Real>(inputs * C)) {
        if (in_blocks % L <= most_left_over) left_over = in_blocks % L;
        in_blocks -= left_over;
        const int across = (in_blocks + L - 1) / L;
        blocks = (across + most_across - 1) / most_across;
        if (blocks > 0) span = (across + blocks - 1) / blocks * L;
    }

    long block() const { return long(inputs) * span; }

    long weight_size() const { return strips() + (left_over + C - 1) / C * strip; }
    long bias_size() const { return round_up<Real>(blocks * span + left_over); }

    // Where column o begins, how far its rows are apart, and how many columns from o on lie side by side.
    long column(int o) const {
        const int past = o - in_blocks;
        return past < 0 ? o / span * block() + o % span : strips() + past / C * strip + past % C;
    }
    int row(int o) const { return o < in_blocks ? span : C; }
    int together(int o) const {
        const int past = o - in_blocks;
        return past < 0 ? std::min(span - o % span, -past) : std::min(C - past % C, left_over - past);
    }
    long strips() const { return blocks * block(); }  // where they begin
};

}  // namespace gw
