// Small layers, a sample in each lane: x is stored as (group, feature, lane), one group for every `lanes`
// samples, and a weight is one number that is broadcast to all lanes.
//
// Serves networks whose layers are narrow (up to about 128 units), where calls and padding would cost more
// than the arithmetic. Everything stays in the L1 and L2 caches; the products are bounded by the rate of
// fused multiply-adds. Sizes are run-time values; only the tiles, whose sums live in registers, are templates,
// and a table finds the tile for a size. The tiles themselves are in tiles.h.
//
// W lies in blocks of columns, each (inputs, span) with a span of 1 to 4 registers: the distance from one row
// to the next is then a constant that a tile's instructions hold.
#pragma once

#include <algorithm>

#include "activations.h"
#include "inputs.h"
#include "memory.h"
#include "tiles.h"

namespace gw {

template <class R> class Lanes {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>;
    using Tiles = LaneTiles<Real>;
    static constexpr int columns_of_a_block = Tiles::most_across * L;

    // The products of one W (inputs, columns) for up to `rows` samples; `widest` is the most columns there are.
    Lanes(int widest, long rows)
        : rows_(groups(rows) * L * round_up<Real>(widest)), sums_(round_up<Real>(widest)) {}

    static long groups(long rows) { return (rows + L - 1) / L; }
    static long weight_size(int inputs, int columns) { return inputs * padded(columns); }
    static long bias_size(int columns) { return padded(columns); }
    static long weight_index(int inputs, int columns, long i, long o) {
        const long span = span_of(columns);
        return (o / span * inputs + i) * span + o % span;
    }

    // x (groups, features, lanes) = the inputs of `count` rows; the lanes of no row are zero
    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        const long width = from.features;
        const Real* stored = from.as_stored();
        for (; stored && count >= L; count -= L, rows += L, x += width * L) {
            const Real* row[L];
            GW_UNROLL for (int n = 0; n < L; n++) row[n] = stored + rows[n] * width;
            for (long i = 0; i < width; i++) GW_UNROLL for (int n = 0; n < L; n++) x[i * L + n] = row[n][i];
        }
        std::fill(x, x + groups(count) * width * L, Real(0));
        for (long n = 0; n < count; n++) {
            from.read(rows[n], rows_.data());
            for (long i = 0; i < width; i++) x[(n / L * width + i) * L + n % L] = rows_.data()[i];
        }
    }

    // y (groups, outputs, lanes) = x W + b + addend, for `outputs` columns of W from w and b on; a W of several
    // blocks is taken whole
    static void forward(int inputs, int columns, int outputs, const Real* w, const Real* b, const Real* x,
                        const Real* addend, Real* y, long count) {
        const int span = span_of(columns);
        for (int first = 0; first < outputs; first += span, w += inputs * span) {
            const int here = std::min(span, outputs - first), tile = even_share(here, Tiles::most_sums);
            for (long g = 0; g < groups(count); g++)
                for (int o = 0; o < here; o += tile) {
                    const long at = (g * outputs + first + o) * L;
                    Tiles::forward(std::min(tile, here - o))(inputs, x + g * inputs * L, w + o, span,
                                                             b ? b + first + o : nullptr,
                                                             addend ? addend + at : nullptr, y + at);
                }
        }
    }

    // dx = or += dz W'; dz (groups, columns, lanes), dx (groups, inputs, lanes) with groups `dx_group` Reals apart
    static void backward_input(int inputs, int columns, const Real* w, const Real* dz, bool add, Real* dx,
                               long dx_group, long count) {
        const int span = span_of(columns), tile = even_share(inputs, Tiles::most_sums);
        for (int first = 0; first < columns; first += span, w += inputs * span, add = true)
            for (long g = 0; g < groups(count); g++)
                for (int i = 0; i < inputs; i += tile)
                    Tiles::backward(span / L, std::min(tile, inputs - i))(
                        std::min(span, columns - first), dz + (g * columns + first) * L, w + i * span, add,
                        dx + g * dx_group + i * L);
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(int inputs, int columns, const Real* x, const Real* dz, Real* dw, Real* db,
                             Real keep_weight, Real keep_bias, long count) {
        const int span = span_of(columns);
        for (int first = 0; first < columns; first += span, dw += inputs * span) {
            const Columns<Real> block(std::min(span, columns - first));
            block.transpose(groups(count), dz + first * L, columns * L, rows_.data(), sums_.data());
            if (db) block.renew(db + first, keep_bias, sums_.data());
            const int tile = even_share(inputs, Tiles::most_rows(block));
            for (int i = 0; i < inputs; i += tile)
                Tiles::update(block, std::min(tile, inputs - i))(groups(count), x + i * L, inputs * L, rows_.data(),
                                                                 dw + i * span, span, keep_weight);
        }
    }

  private:
    Block<Real> rows_, sums_;  // of dz, a sample in each row, for one block of columns

    // The columns of one block, and those of all blocks together.
    static int span_of(int columns) { return even_share((columns + L - 1) / L, Tiles::most_across) * L; }
    static long padded(int columns) {
        const long span = span_of(columns);
        return (columns + span - 1) / span * span;
    }

    // equal parts rather than full ones and a rest: 50 columns in two tiles of 25
    static int even_share(int n, int most) {
        const int parts = (n + most - 1) / most;
        return (n + parts - 1) / parts;
    }
};

}  // namespace gw
