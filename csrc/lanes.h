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

    Lanes(const Program& program, int rows, int /*threads*/) : transposed_(groups(rows) * L * round_up<Real>(widest(program))) {}

    static long groups(long rows) { return (rows + L - 1) / L; }
    static long group_stride(long width) { return width * L; }
    static long buffer_size(long width, long rows) { return groups(rows) * width * L; }
    static long bias_size(const Step& s) { return padded(s.outputs); }
    static long weight_size(const Step& s) { return s.inputs * padded(s.outputs); }
    static long weight_index(const Step& s, long i, long o) {
        const long span = registers_across(s.outputs) * L;
        return (o / span * s.inputs + i) * span + o % span;
    }

    // x (groups, features, lanes) = the inputs of `count` rows; the lanes of no row are zero
    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        const long width = from.features;
        const Real* stored = as_stored(from);
        for (long g = 0; g < groups(count); g++, x += width * L) {
            const int used = int(std::min<long>(L, count - g * L));
            if (used < L) std::fill(x, x + width * L, Real(0));
            for (int n = 0; n < used; n++) {
                const Real* row = stored ? stored + rows[g * L + n] * width : transposed_.data();
                if (!stored) from.read(rows[g * L + n], transposed_.data());
                for (long i = 0; i < width; i++) x[i * L + n] = row[i];
            }
        }
    }

    // y = x W + b + addend
    void forward(const Step& s, const Real* w, const Real* b, const Real* x, const Real* addend, Real* y, long count) {
        const int span = registers_across(s.outputs) * L;
        for (int first = 0; first < s.outputs; first += span, w += s.inputs * span) {
            const int columns = std::min(span, s.outputs - first), tile = even_share(columns, Tiles::most_sums);
            for (long g = 0; g < groups(count); g++)
                for (int o = 0; o < columns; o += tile) {
                    const long at = (g * s.outputs + first + o) * L;
                    Tiles::forward(std::min(tile, columns - o))(s.inputs, x + g * s.inputs * L, w + o, span, b ? b + first + o : nullptr,
                                                                addend ? addend + at : nullptr, y + at);
                }
        }
    }

    // dx = dz W', or dx += dz W'
    void backward_input(const Step& s, const Real* w, const Real* dz, Real* dx, bool add, long count) {
        const int across = registers_across(s.outputs), span = across * L;
        const int tile = even_share(s.inputs, Tiles::most_sums);
        for (int first = 0; first < s.outputs; first += span, w += s.inputs * span, add = true)
            for (long g = 0; g < groups(count); g++)
                for (int i = 0; i < s.inputs; i += tile)
                    Tiles::backward(across, std::min(tile, s.inputs - i))(
                        std::min(span, s.outputs - first), dz + (g * s.outputs + first) * L, w + i * span, add,
                        dx + (g * s.inputs + i) * L);
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Step& s, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight, Real keep_bias, long count) {
        const int span = registers_across(s.outputs) * L;
        for (int first = 0; first < s.outputs; first += span, dw += s.inputs * span) {
            const Columns<Real> columns(std::min(span, s.outputs - first));
            const long row = columns.padded();
            Real* rows = transposed_.data();  // (samples, row)
            for (long g = 0; g < groups(count); g++)
                columns.transpose(dz + (g * s.outputs + first) * L, rows + g * L * row);
            const int tile = even_share(s.inputs, Tiles::most_rows(columns));
            for (int i = 0; i < s.inputs; i += tile)
                Tiles::update(columns, std::min(tile, s.inputs - i))(groups(count), x + i * L, s.inputs * L, rows, dw + i * span, span,
                                                                     keep_weight);
            if (db) Tiles::sum(columns)(groups(count), rows, db + first, keep_bias);
        }
    }

    // Calls body(first, size) for stretches that make up the `count` rows of a buffer: here there is one.
    template <class Body> void for_each_stretch(long width, long count, Body&& body) { body(0L, buffer_size(width, count)); }

    // The output with a sample in each lane (group, feature, lane), the same for its delta, and back again.
    const Real* output_in_lanes(const Real* y, int, long) { return y; }
    Real* delta_in_lanes(Real* dy) { return dy; }
    void delta_from_lanes(Real*, int, long) {}

  private:
    using Tiles = LaneTiles<Real>;
    Block<Real> transposed_;

    static long widest(const Program& program) { return *std::max_element(program.widths.begin(), program.widths.end()); }

    // The rows themselves, where they are stored as the numbers that the network takes.
    static const Real* as_stored(const Features<Real>& from) {
        const bool same = from.stored == (sizeof(Real) == 4 ? Stored::float32 : Stored::float64);
        return same && !from.shift && !from.scale ? static_cast<const Real*>(from.data) : nullptr;
    }

    // The registers of a row in one block, and the columns of all blocks together.
    static int registers_across(int outputs) { return even_share((outputs + L - 1) / L, Tiles::most_across); }
    static long padded(int outputs) {
        const long span = registers_across(outputs) * L;
        return (outputs + span - 1) / span * span;
    }

    // equal parts rather than full ones and a rest: 50 columns in two tiles of 25
    static int even_share(int n, int most) {
        const int parts = (n + most - 1) / most;
        return (n + parts - 1) / parts;
    }
};

}  // namespace gw
