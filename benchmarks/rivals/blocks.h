// Matrices in blocks that a first-level cache holds. Activations lie [block][sample][feature], a weight
// [out block][in block][in][out]; a block has as many features as divide a layer's width, 64 at most.
#pragma once

#include <algorithm>

#include "descent.h"

constexpr int WIDEST = 64;

inline int block_of(int features) {
    int width = std::min(features, WIDEST);
    while (features % width) --width;
    return width;
}

// The blocks of one map: ``ins`` of ``v`` features each go in, ``outs`` of ``w`` come out.
struct Blocks {
    explicit Blocks(const Shape& shape)
        : v(block_of(shape.inputs)), w(block_of(shape.outputs)), ins(shape.inputs / v),
          outs(shape.outputs / w),
          parts(outs % shape.threads && shape.batch % shape.threads == 0 ? shape.threads : 1) {}

    int at(int o, int i) const { return (o * ins + i) * v * w; }  // where a block of W begins

    // Calls visit(place in blocks, place in rows) for each entry of W.
    template <class Visit>
    void each(const Visit& visit) const {
        for (int o = 0; o < outs; ++o)
            for (int i = 0; i < ins; ++i)
                for (int r = 0; r < v; ++r)
                    for (int c = 0; c < w; ++c)
                        visit(at(o, i) + r * w + c, (i * v + r) * outs * w + o * w + c);
    }

    int v, w, ins, outs;
    int parts;  // of a batch, for threads that there are no blocks for
};
