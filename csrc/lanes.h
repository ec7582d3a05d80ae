// Small layers, a sample in each lane: x is stored as (group, feature, lane), one group for every `lanes`
// samples, and a weight is one number that is broadcast to all lanes.
//
// Serves networks whose layers are narrow (up to about 128 units), where calls and padding would cost more
// than the arithmetic. Everything stays in the L1 and L2 caches; the products are bounded by the rate of
// fused multiply-adds. Sizes are run-time values; only the tiles, whose sums live in registers, are templates. They are
// in tiles.h; lane_weights.h says how W lies, and lane_schedule.h which tiles a layer takes.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "activations.h"
#include "batch_norm.h"
#include "column_factors.h"
#include "columns.h"
#include "dropout.h"
#include "inputs.h"
#include "lane_schedule.h"
#include "layer_norm.h"
#include "memory.h"
#include "polling.h"

namespace gw {

template <class R> class Lanes {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>;
    using Tiles = LaneTiles<Real>;
    using Weights = LaneWeights<Real>;
    using Schedule = LaneSchedule<Real>;
    static constexpr int most_shared_columns = Tiles::most_across * L;  // of the steps of one layer: a block of W

    Lanes(const Program& program, int rows, int /*threads*/, Polling& polling)
        : polling_(polling), rows_(groups(rows) * L * round_up<Real>(most_columns(program))), room_(ColumnParts<Real>::room(program)),
          schedules_(program.steps.size()) {
        for (const Layer& layer : layers_of(program)) {
            std::vector<int> outputs;
            for (int k = layer.first; k < layer.last; k++) outputs.push_back(program.steps[k].outputs);
            schedules_[layer.first].emplace(layer, outputs);
        }
    }

    // A part is little more than the L1 cache holds, since a tile goes through all of its rows before the next one comes.
    // Fewer rows than a hundred are no less work to sum up; a batch that is one part learns inside the products.
    static long rows_in_part(const Program& program) {
        long row = 0;  // the values and deltas of one
        for (int width : program.widths) row += 2 * width * long(sizeof(Real));
        return std::clamp(64 * 1024 / row / 64 * 64, 128L, 512L);
    }
    static constexpr bool shares_products = false;

    static long groups(long rows) { return (rows + L - 1) / L; }
    static long group_stride(long width) { return width * L; }
    static long buffer_size(long width, long rows) { return groups(rows) * group_stride(width); }
    static long weight_size(const Layer& layer) { return Weights(layer).weight_size(); }
    static long bias_size(const Layer& layer) { return Weights(layer).bias_size(); }
    static long weight_index(const Layer& layer, long i, long o) {
        const Weights at(layer);
        return at.column(int(o)) + i * at.row(int(o));
    }
    static long columns_together(const Layer& layer, long o) { return Weights(layer).together(int(o)); }

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

    // y (groups, outputs, lanes) = x W + b + addend, for the columns of W of `step`; b is its own
    void forward(const Layer& layer, int step, int outputs, const Real* w, const Real* b, const Real* x, const Real* addend,
                 Real* y, long count) {
        const Schedule& schedule = *schedules_[layer.first];
        const long x_group = group_stride(layer.inputs), y_group = group_stride(outputs);
        const auto tiles = [&](int together) -> const auto& { return schedule.forward[together - 1][step - layer.first]; };
        for_each_tile(tiles, count, double(layer.inputs) * outputs, [&](const auto& part, long g) {
            const long to = g * y_group + part.first * L;
            part.tile(layer.inputs, x + g * x_group, x_group, w + part.weights, part.row, b ? b + part.first : nullptr,
                      addend ? addend + to : nullptr, y + to, y_group);
        });
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

    // y columns <- those of x, as a part of its kind has them; then the gradient of what it learns
    void columns(const ColumnPart& part, const PartArrays<const Real>& of, int inputs, int outputs, const Real* x, Real* y, long count) {
        auto get = [&](long g, long c) { return load(x + g * group_stride(inputs) + c * L); };
        auto put = [&](long g, long c, Vec<Real> v) { store(y + g * group_stride(outputs) + c * L, v); };
        const long groups = (count + L - 1) / L;
        switch (part.kind) {
            case PartKind::copy: return ColumnParts<Real>::copy(part, get, put, 0, groups);
            case PartKind::embedding: return ColumnParts<Real>::embed(part, of.weight, get, put, 0, groups);
            case PartKind::waves:
                for (size_t j = 0; j < part.columns.size(); j++) {
                    polling_.before(wave_work(part, count));
                    ColumnParts<Real>::waves(part, of, j, get, put, groups, room_.data());
                }
        }
    }
    void columns_back(const ColumnPart& part, const PartArrays<const Real>& of, const PartGradient<Real>& to, int inputs, int /*outputs*/,
                      const Real* x, Delta<Real> dy, long count) {
        auto get = [&](long g, long c) { return load(x + g * group_stride(inputs) + c * L); };
        auto d = [&](long g, long c) { return load(dy.at + g * dy.group + c * L); };
        if (part.kind == PartKind::embedding) ColumnParts<Real>::embed_back(part, to.keep_weight, to.to.weight, get, d, count);
        if (part.kind != PartKind::waves) return;
        for (size_t j = 0; j < part.columns.size(); j++) {
            polling_.before(wave_work(part, count));
            ColumnParts<Real>::waves_back(part, of, to, j, get, d, count, room_.data());
        }
    }

    // y = x s, or y = x + s (f(x) - x), units left out; then dx = or += J' dy, where dx is needed, and ds
    void scale(const ColumnFactors<Real>& of, const Real* x, Real* y, long count) {
        for_each_group(count, Polling::per_number * of.width, [&](long g) {
            ColumnFactorLanes<Real>::scale(of, x + g * group_stride(of.width), y + g * group_stride(of.width));
        });
    }
    void scale_back(const ColumnFactors<Real>& of, const FactorGradient<Real>& to, const Real* x, Delta<Real> dy, Delta<Real> dx,
                    bool accumulate, long count) {
        if (dx.at)
            for_each_group(count, Polling::per_number * of.width, [&](long g) {
                ColumnFactorLanes<Real>::scale_back(of, dy.at + g * dy.group, dx.at + g * dx.group, accumulate);
            });
        for_each_register(of.width, count, [&](long c, int units) {
            const Vec<Real> sum = sums_over_rows<Real>(count, units, [&](long g, int u) {
                return load(dy.at + g * dy.group + (c + u) * L) * load(x + g * group_stride(of.width) + (c + u) * L);
            });
            store(to.s + c, renewed(to.s + c, to.keep, sum));
        });
    }
    void mix(const Mix<Real>& of, const Real* x, Real* y, long count) {
        const long stride = group_stride(of.factors.width);
        with_activation(of.activation, [&](auto a) {
            for_each_group(count, Polling::per_number * of.factors.width, [&](long g) {
                ColumnFactorLanes<Real>::template mix<a.value>(of, g * L, x + g * stride, y + g * stride);
            });
        });
    }
    void mix_back(const Mix<Real>& of, const FactorGradient<Real>& to, const Real* x, Delta<Real> dy, Delta<Real> dx, bool accumulate,
                  long count) {
        with_activation(of.activation, [&](auto a) {
            for_each_register(of.factors.width, count, [&](long c, int units) {
                ColumnFactorLanes<Real>::template mix_back<a.value>(of, to, c, units, x, dy, dx, accumulate, count);
            });
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
        const Schedule& schedule = *schedules_[layer.first];
        const long dz_group = group_stride(layer.outputs);
        const auto tiles = [&](int together) -> const auto& { return schedule.backward[together - 1]; };
        for_each_tile(tiles, count, double(layer.inputs) * layer.outputs, [&](const auto& part, long g) {
            part.tile(part.outputs, part.left_over, dz + g * dz_group + part.first * L, dz_group, w + part.weights,
                      w + part.strips, schedule.weights.strip, add || part.first > 0, dx.at + g * dx.group + part.input * L,
                      dx.group);
        });
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Layer& layer, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight,
                             Real keep_bias, long count) {
        const Schedule& schedule = *schedules_[layer.first];
        const long x_group = group_stride(layer.inputs), dz_group = group_stride(layer.outputs), all = groups(count);
        const int span = schedule.weights.span, whole = schedule.weights.in_blocks;
        polling_.before(Polling::per_number * count * layer.outputs);
        for (const auto& block : schedule.blocks) {
            const int row = block.across * L;
            for (int c = 0; c < block.columns; c += L) {
                const int o = block.first + c;
                const Vec<Real> sum = transpose_columns(all, dz + o * L, dz_group, block.columns - c, rows_.data() + c, row);
                if (db) store(db + o, renewed(db + o, keep_bias, sum));
            }
            polling_.in_stretches(long(block.updates.size()), double(count) * Tiles::most_sums * L, [&](long first, long last) {
                for (long k = first; k < last; k++) {
                    const auto& part = block.updates[k];
                    part.tile(all, x + part.input * L, x_group, rows_.data(), dw + block.weights + part.input * span, span, keep_weight);
                }
            });
        }
        if (schedule.strips) {
            polling_.before(double(count) * layer.inputs * schedule.weights.left_over);
            schedule.strips(all, layer.inputs, x, x_group, dz + whole * L, dz_group, dw + schedule.weights.strips(),
                            schedule.weights.strip, db ? db + whole : nullptr, keep_weight, keep_bias);
        }
    }

    // The output and its delta lie as the loss takes them.
    static const Real* output_in_lanes(const Real* y, int, long) { return y; }
    static Delta<Real> delta_in_lanes(Delta<Real> dy, int) { return dy; }
    static void delta_from_lanes(Delta<Real>, int, long) {}

  private:
    static constexpr long near_bytes = 1 << 18;  // of features: they stay in the L2 cache, which is soon enough

    Polling& polling_;
    Block<Real> rows_;  // of dz, a sample in each row, for one block of columns
    Block<Real> room_;  // for the sums of waves
    std::vector<std::optional<Schedule>> schedules_;  // of the layers, each at the number of its first step

    // Calls body(group) for the groups of `count` rows, each row of so many multiply-adds.
    template <class Body> void for_each_group(long count, double each, Body&& body) {
        polling_.in_stretches(groups(count), each * L, [&](long first, long last) {
            for (long g = first; g < last; g++) body(g);
        });
    }

    // Calls body(tile, group) for each of tiles(together) at all groups that it takes together: as many as can be, then the
    // rest. A tile goes through them all before the next one comes: what it is called with is then at hand.
    template <class TilesOf, class Body> void for_each_tile(TilesOf&& tiles, long count, double each, Body&& body) {
        polling_.in_stretches(groups(count), each * L, [&](long first, long last) {
            for (int together = Tiles::together; together > 0; together--) {
                const long end = last - (last - first) % together;
                if (first == end) continue;
                for (const auto& tile : tiles(together))
                    for (long g = first; g < end; g += together) body(tile, g);
                first = end;
            }
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
        const bool far = from.rows * width * long(sizeof(Real)) > near_bytes;
        for (; stored && count >= L; count -= L, rows += L, x += width * L) {
            const Real* row[L];
            GW_UNROLL for (int n = 0; n < L; n++) row[n] = stored + rows[n] * width;
            if (far && count >= 3 * L)
                GW_UNROLL for (int n = 0; n < L; n++) prefetch(stored + rows[2 * L + n] * width, width);
            gather_columns<Real>([&](int n) { return row[n]; }, width, x);
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

    // rows (samples, L) = the transposes of the first L of `columns` from (groups, columns, lanes), with zeros for those
    // that there are not; rows are `row` Reals apart. Returns their sum.
    static Vec<Real> transpose_columns(long groups, const Real* from, long group, int columns, Real* rows, long row) {
        Vec<Real> sum = zero<Real>();
        for (long g = 0; g < groups; g++, from += group, rows += L * row) {
            auto column = [&](int c) { return from + c * L; };
            sum += columns >= L ? transpose_rows<Real>(column, rows, row) : transpose_rows<Real, true>(column, rows, row, columns);
        }
        return sum;
    }
};

}  // namespace gw
