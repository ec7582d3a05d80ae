// Which tiles do the products of a small layer. They are chosen once: a layer takes less than a microsecond, of which
// finding them anew for each batch would be a tenth.
#pragma once

#include <vector>

#include "tiles.h"

namespace gw {

template <class Real> struct LaneSchedule {
    using Tiles = LaneTiles<Real>;
    static constexpr int L = lanes<Real>;

    // A tile and what it makes: columns `first` and following of y of a step, whose weights begin at `weights`.
    struct Forward {
        typename Tiles::Forward tile;
        int first, row;
        long weights;
    };

    // Inputs `input` and following of dx, from the columns of a block, which begin at `first`, and those left over.
    struct Backward {
        typename Tiles::Backward tile;
        int input, first, outputs, left_over;
        long weights, strips;
    };

    // Rows `input` and following of a block of W; and a block.
    struct Update {
        typename Tiles::Update tile;
        int input;
    };
    struct Block {
        int first, columns, across;
        long weights;
        std::vector<Update> updates;
    };

    LaneWeights<Real> weights;
    std::vector<std::vector<Forward>> forward[Tiles::together];  // of each step; for one group, for two
    std::vector<Backward> backward[Tiles::together];
    std::vector<Block> blocks;
    typename Tiles::Strips strips = nullptr;  // what learns the columns left over, if there are

    // `outputs`: of the steps of the layer
    LaneSchedule(const Layer& layer, const std::vector<int>& outputs) : weights(layer) {
        plan<1>(outputs);
        plan<2>(outputs);
        for (int first = 0; first < weights.in_blocks; first += weights.span) {
            const int columns = std::min(weights.span, weights.in_blocks - first), across = (columns + L - 1) / L;
            blocks.push_back({first, columns, across, weights.column(first), {}});
            in_even_parts(weights.inputs, Tiles::most_rows(across), [&](int i, int inputs) {
                blocks.back().updates.push_back({Tiles::update(across, inputs), i});
            });
        }
        if (weights.left_over > 0) strips = Tiles::strips(weights.left_over);
    }

  private:
    template <int G> void plan(const std::vector<int>& outputs) {
        int column = 0;
        for (int width : outputs) {
            forward[G - 1].emplace_back();
            for (int first = 0, here; first < width; first += here, column += here) {
                here = std::min(weights.together(column), width - first);
                in_even_parts(here, Tiles::most_columns(G), [&](int c, int columns) {
                    forward[G - 1].back().push_back(
                        {Tiles::template forward<G>(columns), first + c, weights.row(column), weights.column(column) + c});
                });
            }
        }
        for (int first = 0, last; first < column; first = last) {
            const int in_block = std::min(weights.span, weights.in_blocks - first);
            const int left_over = first + in_block == weights.in_blocks ? weights.left_over : 0;  // with the last block
            last = first + in_block + left_over;
            in_even_parts(weights.inputs, Tiles::most_columns(G), [&](int i, int inputs) {
                backward[G - 1].push_back({Tiles::template backward<G>(weights.span / L, inputs), i, first, in_block, left_over,
                                           weights.column(first) + i * weights.span, weights.strips() + i * chunk<Real>});
            });
        }
    }

    // Calls body(first, count) for the fewest parts of 0 .. n - 1 that are no larger than `most`, as equal as they can be:
    // 50 in parts of 8 are 8 + 6 x 7.
    template <class Body> static void in_even_parts(int n, int most, Body&& body) {
        for (int parts = (n + most - 1) / most, first = 0; parts > 0; parts--) {
            const int count = (n - first + parts - 1) / parts;
            body(first, count);
            first += count;
        }
    }
};

}  // namespace gw
