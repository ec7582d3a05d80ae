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
#include "batch_norm.h"
#include "dropout.h"
#include "inputs.h"
#include "layer_norm.h"
#include "memory.h"
#include "polling.h"
#include "tiles.h"

namespace gw {

template <class R> class Lanes {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>;
    using Tiles = LaneTiles<Real>;
    static constexpr int most_shared_columns = Tiles::most_across * L;  // of the steps of one layer: a block of W

    Lanes(const Program& program, int rows, int /*threads*/, Polling& polling)
        : polling_(polling), rows_(groups(rows) * L * round_up<Real>(most_columns(program))), sums_(round_up<Real>(most_columns(program))) {}

    // A part is as large as half a common L2 cache; beyond some hundred rows nothing is won.
    static long rows_in_part(const Program& program) {
        long row = 0;  // the values and deltas of one
        for (int width : program.widths) row += 2 * width * long(sizeof(Real));
        return std::clamp(256 * 1024 / row / 64 * 64, 128L, 512L);
    }
    static constexpr bool shares_products = false;

    static long groups(long rows) { return (rows + L - 1) / L; }
    static long group_stride(long width) { return width * L; }
    static long buffer_size(long width, long rows) { return groups(rows) * group_stride(width); }
    static long weight_size(const Layer& layer) { return layer.inputs * padded(layer.outputs); }
    static long bias_size(const Layer& layer) { return padded(layer.outputs); }
    static long weight_index(const Layer& layer, long i, long o) {
        const long span = span_of(layer.outputs);
        return (o / span * layer.inputs + i) * span + o % span;
    }

    // How many columns from o on lie side by side in W.
    static long columns_together(const Layer& layer, long o) {
        const long span = span_of(layer.outputs);
        return span - o % span;
    }

    // Batches that are best brought in together: what has just been written in parts cannot yet be read as a whole.
    static long ahead(const Program& program, long rows) {
        const long numbers = groups(rows) * L * (program.widths[0] + 1);
        return std::clamp(4096 / (numbers * long(sizeof(Real))), 1L, 16L);
    }

    // x (groups, features, lanes) = the inputs of `count` rows; the lanes of no row are zero
    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        polling_.in_stretches(groups(count), Polling::per_number * group_stride(from.features), [&](long first, long last) {
            gather_stretch(from, rows + first * L, std::min(count, last * L) - first * L, x + first * group_stride(from.features));
        });
    }

    // y (groups, outputs, lanes) = x W + b + addend, for `outputs` columns of W from w and b on; a W of several
    // blocks is taken whole
    void forward(const Layer& layer, int outputs, const Real* w, const Real* b, const Real* x, const Real* addend, Real* y,
                 long count) {
        const int inputs = layer.inputs, span = span_of(layer.outputs);
        for (int first = 0; first < outputs; first += span, w += inputs * span) {
            const int here = std::min(span, outputs - first);
            for_each_few_groups(count, double(inputs) * here, [&](long g, auto groups) {
                const int tile = even_share(here, Tiles::most_columns(groups));
                for (int o = 0; o < here; o += tile) {
                    const long at = (g * outputs + first + o) * L;
                    Tiles::template forward<groups>(std::min(tile, here - o))(
                        inputs, x + g * group_stride(inputs), group_stride(inputs), w + o, span, b ? b + first + o : nullptr,
                        addend ? addend + at : nullptr, y + at, group_stride(outputs));
                }
            });
        }
    }

    // y = act(x)
    void activate(Activation act, double slope, const Real* x, Real* y, int width, long count) {
        for_each_stretch(width, count, [&](long at, long size) { gw::activate(act, slope, x + at, y + at, size); });
    }

    // y = x + addend
    void add(const Real* x, const Real* addend, Real* y, int width, long count) {
        for_each_stretch(width, count, [&](long at, long size) { gw::add(x + at, addend + at, y + at, size); });
    }

    // dx = dy act', or dx += dy act'; see gw::differentiate
    void differentiate(Activation act, double slope, const Real* known, Delta<Real> dy, Delta<Real> dx, int width,
                       bool accumulate, long count) {
        const long step = act == Activation::none ? dy.group : group_stride(width);
        for_each_group(count, Polling::per_number * width, [&](long g) {
            gw::differentiate(act, slope, known + g * step, dy.at + g * dy.group, dx.at + g * dx.group,
                              group_stride(width), accumulate);
        });
    }

    // y = x f, by the factors f of a dropout, which it leaves; then dx = dy f, or dx += dy f
    void drop(const Dropout<Real>& dropout, const Real* x, Real* factors, Real* y, int width, long count) {
        for_each_group(count, Polling::per_number * width, [&](long g) {
            const long at = g * group_stride(width);
            dropout.group(g * L, x + at, factors + at, y + at, width);
        });
    }
    void multiply(const Real* factors, Delta<Real> dy, Delta<Real> dx, int width, bool accumulate, long count) {
        for_each_group(count, Polling::per_number * width, [&](long g) {
            gw::multiply(factors + g * group_stride(width), dy.at + g * dy.group, dx.at + g * dx.group, group_stride(width),
                         accumulate);
        });
    }

    // y = gamma z + beta, a mean for each row, which it leaves; then dx = or += J' dy, where dx is needed, and the gradient
    void layer_norm(const Norm<Real>& norm, const Moments<Real>& of, const Real* x, Real* y, long count) {
        for_each_group(count, Polling::per_number * norm.width, [&](long g) {
            const long at = g * group_stride(norm.width);
            LayerNormLanes<Real>::forward(norm, x + at, of.mean + g * L, of.inverse + g * L, y + at);
        });
    }
    void layer_norm_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, const Real* x,
                         Delta<Real> dy, Delta<Real> dx, bool accumulate, long count) {
        const long stride = group_stride(norm.width);
        if (dx.at)
            for_each_group(count, Polling::per_number * norm.width, [&](long g) {
                LayerNormLanes<Real>::backward(norm, x + g * stride, of.mean + g * L, of.inverse + g * L, dy.at + g * dy.group,
                                               dx.at + g * dx.group, accumulate);
            });
        for_each_register(norm.width, count, [&](long c, int units) {
            auto d = [&](long g, int u) { return load(dy.at + g * dy.group + (c + u) * L); };
            const Vec<Real> beta = sums_over_rows<Real>(count, units, d);
            const Vec<Real> gamma = sums_over_rows<Real>(count, units, [&](long g, int u) {
                return d(g, u) * ((load(x + g * stride + (c + u) * L) - load(of.mean + g * L)) * load(of.inverse + g * L));
            });
            store(to.gamma + c, renewed(to.gamma + c, to.keep, gamma));
            store(to.beta + c, renewed(to.beta + c, to.keep, beta));
        });
    }

    // The same with a mean for each column.
    void batch_norm(const Norm<Real>& norm, const Moments<Real>& of, const Real* x, Real* y, long count) {
        for_each_register(norm.width, count, [&](long c, int units) {
            BatchNormLanes<Real>::forward(norm, of, c, units, x, y, count);
        });
    }
    void batch_norm_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, const Real* x,
                         Delta<Real> dy, Delta<Real> dx, bool accumulate, long count) {
        for_each_register(norm.width, count, [&](long c, int units) {
            BatchNormLanes<Real>::backward(norm, of, to, c, units, x, dy, dx, accumulate, count);
        });
    }

    // dx = dz W', or dx += dz W'; dz (groups, outputs, lanes), dx (groups, inputs, lanes)
    void backward_input(const Layer& layer, const Real* w, const Real* dz, Delta<Real> dx, bool add, long count) {
        const int inputs = layer.inputs, columns = layer.outputs;
        const int span = span_of(columns);
        for (int first = 0; first < columns; first += span, w += inputs * span, add = true)
            for_each_few_groups(count, double(inputs) * std::min(span, columns - first), [&](long g, auto groups) {
                const int tile = even_share(inputs, Tiles::most_columns(groups));
                for (int i = 0; i < inputs; i += tile)
                    Tiles::template backward<groups>(span / L, std::min(tile, inputs - i))(
                        std::min(span, columns - first), dz + (g * columns + first) * L, group_stride(columns), w + i * span,
                        add, dx.at + g * dx.group + i * L, dx.group);
            });
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Layer& layer, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight,
                             Real keep_bias, long count) {
        const int inputs = layer.inputs, columns = layer.outputs, span = span_of(columns);
        for (int first = 0; first < columns; first += span, dw += inputs * span) {
            const Columns<Real> block(std::min(span, columns - first));
            polling_.before(Polling::per_number * count * span);
            block.transpose(groups(count), dz + first * L, columns * L, rows_.data(), sums_.data());
            if (db) block.renew(db + first, keep_bias, sums_.data());
            const int tile = even_share(inputs, Tiles::most_rows(block));
            for (int i = 0; i < inputs; i += tile) {
                polling_.before(double(count) * tile * span);
                Tiles::update(block, std::min(tile, inputs - i))(groups(count), x + i * L, inputs * L, rows_.data(),
                                                                 dw + i * span, span, keep_weight);
            }
        }
    }

    // The output and its delta lie as the loss takes them.
    static const Real* output_in_lanes(const Real* y, int, long) { return y; }
    static Delta<Real> delta_in_lanes(Delta<Real> dy, int) { return dy; }
    static void delta_from_lanes(Delta<Real>, int, long) {}

  private:
    Polling& polling_;
    Block<Real> rows_, sums_;  // of dz, a sample in each row, for one block of columns

    // Calls body(group) for the groups of `count` rows, each row of so many multiply-adds.
    template <class Body> void for_each_group(long count, double each, Body&& body) {
        polling_.in_stretches(groups(count), each * L, [&](long first, long last) {
            for (long g = first; g < last; g++) body(g);
        });
    }

    // The same, but body(group, constant) for that group and those after it which one tile takes; at the end for one.
    template <class Body> void for_each_few_groups(long count, double each, Body&& body) {
        polling_.in_stretches(groups(count), each * L, [&](long g, long last) {
            for (; g + Tiles::together <= last; g += Tiles::together) body(g, std::integral_constant<int, Tiles::together>());
            if constexpr (Tiles::together > 1)
                for (; g < last; g++) body(g, std::integral_constant<int, 1>());
        });
    }

    // Calls body(first, size) for stretches that make up a buffer of `count` rows.
    template <class Body> void for_each_stretch(int width, long count, Body&& body) {
        polling_.in_stretches(groups(count), Polling::per_number * group_stride(width), [&](long first, long last) {
            body(first * group_stride(width), (last - first) * group_stride(width));
        });
    }

    // Calls body(first, units) for the units of a buffer of `count` rows, a register of them at a time.
    template <class Body> void for_each_register(int width, long count, Body&& body) {
        for (long c = 0; c < width; c += L) {
            polling_.before(Polling::per_number * L * double(count));
            body(c, int(std::min<long>(L, width - c)));
        }
    }

    static int most_columns(const Program& program) {
        int most = program.widths[0];
        for (const Layer& layer : layers_of(program)) most = std::max(most, layer.outputs);
        return most;
    }

    // x (groups, features, lanes) = the inputs of whole groups of rows, or of the last ones
    void gather_stretch(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        const long width = from.features;
        const Real* stored = from.as_stored();
        for (; stored && count >= L; count -= L, rows += L, x += width * L) {
            const Real* row[L];
            GW_UNROLL for (int n = 0; n < L; n++) row[n] = stored + rows[n] * width;
            if (count >= 3 * L)
                GW_UNROLL for (int n = 0; n < L; n++) prefetch(stored + rows[2 * L + n] * width, width);
            long i = 0;
            for (; i + L <= width; i += L) transpose(row, i, x + i * L);
            for (; i < width; i++) GW_UNROLL for (int n = 0; n < L; n++) x[i * L + n] = row[n][i];
        }
        std::fill(x, x + groups(count) * width * L, Real(0));
        for (long n = 0; n < count; n++) {
            from.read(rows[n], rows_.data());
            for (long i = 0; i < width; i++) x[(n / L * width + i) * L + n % L] = rows_.data()[i];
        }
    }

    // Rows are drawn from anywhere; what is asked for two groups ahead has come from memory when it is read.
    static void prefetch(const Real* row, long width) {
        for (long i = 0; i < width; i += 64 / long(sizeof(Real))) __builtin_prefetch(row + i);
    }

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
