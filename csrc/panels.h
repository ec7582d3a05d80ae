// Wide layers, as products of matrices whose rows are samples: x is stored as (sample, row).
//
// Serves any width and any batch, and is meant for layers too wide for registers. W lies in panels of three
// registers, (panel, inputs, 3 lanes), so that a product reads it in one stream while some 27 sums live in
// registers; bounded by the rate of fused multiply-adds while a panel and its rows fit in the L2 cache. The last
// panel has one to four registers, and a few columns past the last full register, the single ones, lie after the
// panels as rows of W': 50 columns of 16 lanes are one panel of 48 and two single columns.
//
// Threads share the tiles of a product; each number comes of one tile, whoever computes it.
#pragma once

#include <algorithm>
#include <vector>

#include "activations.h"
#include "batch_norm.h"
#include "dropout.h"
#include "inputs.h"
#include "layer_norm.h"
#include "loss_lanes.h"
#include "memory.h"
#include "panel_tiles.h"
#include "polling.h"
#include "team.h"

namespace gw {

template <class R> class Panels {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>, P = PanelTiles<Real>::usual_across * L;  // P: columns of a panel
    static constexpr int most_shared_columns = 0;  // a W for each step

    Panels(const Program& program, int rows, int threads, Polling& polling)
        : polling_(polling), team_(rows < rows_to_share(program) ? 1 : threads), rows_to_share_(rows_to_share(program)),
          reads_in_place_(input_feeds_products_alone(program)), input_rows_(rows + slack), other_rows_(rows + slack),
          turned_size_(largest_turned(program)), turned_(turned_size_ * team_.members()),
          packed_(std::min<long>(rows, rows_at_once) * widest_in_panels(program)),
          loss_(program.widths[program.output], rows) {}

    static long ahead(const Program&, long) { return 1; }
    static long row(long width) { return round_up<Real>(width) + L; }  // no power of two: rows would share cache sets
    static long buffer_size(long width, long rows) { return rows * row(width); }
    static long weight_size(const Layer& layer) {
        return layer.inputs * in_panels(layer.outputs) + round_up<Real>(layer.inputs) * singles(layer.outputs);
    }
    static long rows_in_part(const Program&) { return 2 * rows_at_once; }
    static constexpr bool shares_products = true;  // among threads, where a part is work enough
    static long bias_size(const Layer& layer) { return round_up<Real>(layer.outputs); }
    static long weight_index(const Layer& layer, long i, long o) {
        const long whole = in_panels(layer.outputs);
        if (o >= whole) return layer.inputs * whole + (o - whole) * round_up<Real>(layer.inputs) + i;
        const Panel p(std::min(o / P, panels(whole) - 1), whole);
        return p.first * layer.inputs + i * p.columns() + o - p.first;
    }
    // How many columns from o on lie side by side in W.
    static long columns_together(const Layer& layer, long o) {
        const long whole = in_panels(layer.outputs);
        if (o >= whole) return 1;
        const Panel p(std::min(o / P, panels(whole) - 1), whole);
        return p.first + p.columns() - o;
    }

    // The inputs of `count` rows: copied to x, or left where they lie if they can be used as they are.
    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        in_place_ = reads_in_place_ && from.has_inputs();
        if (in_place_) {
            for (long n = 0; n < count; n++) input_rows_[n] = from.inputs(rows[n]);
        } else {
            point_at(input_rows_, x, from.features, count);
            share(count, count, Polling::per_number * from.features, [&](long first, long last, int) {
                for (long n = first; n < last; n++) from.read(rows[n], x + n * row(from.features));
            });
        }
        std::fill_n(input_rows_.begin() + count, slack, input_rows_[0]);
    }

    // y = x W + b + addend
    void forward(const Layer& layer, int /*step*/, int /*outputs*/, const Real* w, const Real* b, const Real* x, const Real* addend,
                 Real* y, long count) {
        const Rows rows = rows_of(layer.source, x, layer.inputs, count);
        const long whole = in_panels(layer.outputs), out = row(layer.outputs);
        for_each_block(count, [&](long start, long size) {
            const Rows block = rows + start;
            for_each_tile(whole, size, layer.inputs, count, [&](Panel p, long n, long end, int) {
                const long at = (start + n) * out + p.first;
                Tiles::product(p.across, int(end - n))(
                    layer.inputs, block + n, in_place_ && layer.source == 0 && p.first == 0 ? block + end : nullptr,
                    w + p.first * layer.inputs, b ? b + p.first : nullptr, addend ? addend + at : nullptr, y + at, out);
            });
            if (singles(layer.outputs) == 0) return;
            const Cut cut(size, Tiles::single_tile);
            share(cut.parts, count, double(layer.inputs) * Tiles::single_tile, [&](long first, long last, int) {
                for (long t = first; t < last; t++) {
                    const long n = cut.begin(t), end = cut.begin(t + 1), at = (start + n) * out + whole;
                    Tiles::single_product(singles(layer.outputs), int(end - n))(
                        layer.inputs, block + n, w + whole * layer.inputs, round_up<Real>(layer.inputs), b ? b + whole : nullptr,
                        addend ? addend + at : nullptr, y + at, out);
                }
            });
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
        for_each_stretch(width, count, [&](long at, long size) {
            gw::differentiate(act, slope, known + at, dy.at + at, dx.at + at, size, accumulate);
        });
    }

    // y = x f, by the factors f of a dropout, which it leaves; then dx = dy f, or dx += dy f
    void drop(const Dropout<Real>& dropout, const Real* x, Real* factors, Real* y, int width, long count) {
        share(count, count, Polling::per_number * width, [&](long first, long last, int) {
            for (long n = first; n < last; n++)
                dropout.row(n, x + n * row(width), factors + n * row(width), y + n * row(width), round_up<Real>(width));
        });
    }
    void multiply(const Real* factors, Delta<Real> dy, Delta<Real> dx, int width, bool accumulate, long count) {
        for_each_stretch(width, count, [&](long at, long size) {
            gw::multiply(factors + at, dy.at + at, dx.at + at, size, accumulate);
        });
    }

    // y = gamma z + beta, a mean for each row, which it leaves; then dx = or += J' dy, where dx is needed, and the gradient
    void layer_norm(const Norm<Real>& norm, const Moments<Real>& of, const Real* x, Real* y, long count) {
        const long stride = row(norm.width);
        share(count, count, Polling::per_number * norm.width, [&](long first, long last, int) {
            for (long n = first; n < last; n++)
                LayerNormRows<Real>::forward(norm, x + n * stride, of.mean + n, of.inverse + n, y + n * stride);
        });
    }
    void layer_norm_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, const Real* x,
                         Delta<Real> dy, Delta<Real> dx, bool accumulate, long count) {
        const long stride = row(norm.width);
        if (dx.at)
            share(count, count, Polling::per_number * norm.width, [&](long first, long last, int) {
                for (long n = first; n < last; n++)
                    LayerNormRows<Real>::backward(norm, x + n * stride, of.mean[n], of.inverse[n], dy.at + n * stride,
                                                  dx.at + n * stride, accumulate);
            });
        for_each_strip(norm.width, count, [&](long c, auto k) {
            LayerNormRows<Real>::template learn<k>(to, c, x, of.mean, of.inverse, dy.at, stride, count);
        });
    }

    // The same with a mean for each column.
    void batch_norm(const Norm<Real>& norm, const Moments<Real>& of, const Real* x, Real* y, long count) {
        for_each_strip(norm.width, count, [&](long c, auto k) {
            BatchNormRows<Real>::template forward<k>(norm, of, c, x, y, row(norm.width), count);
        });
    }
    void batch_norm_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, const Real* x,
                         Delta<Real> dy, Delta<Real> dx, bool accumulate, long count) {
        for_each_strip(norm.width, count, [&](long c, auto k) {
            BatchNormRows<Real>::template backward<k>(norm, of, to, c, x, dy.at, dx.at, accumulate, row(norm.width), count);
        });
    }

    // dx = dz W', or dx += dz W'
    void backward_input(const Layer& layer, const Real* w, const Real* dz, Delta<Real> dx, bool add, long count) {
        point_at(other_rows_, dz, layer.outputs, count);
        const long in = row(layer.inputs);
        for_each_block(count, [&](long start, long size) {
            const Rows block = other_rows_.data() + start;
            std::vector<long> turned_here(team_.members(), -1);  // the panel of W' that each member holds
            for_each_tile(round_up<Real>(layer.inputs), size, layer.outputs, count, [&](Panel p, long n, long end, int member) {
                Real* turned = turned_.data() + member * turned_size_;
                if (turned_here[member] != p.first) {
                    turn(layer, w, p, turned);
                    turned_here[member] = p.first;
                }
                Real* to = dx.at + (start + n) * in + p.first;
                Tiles::product(p.across, int(end - n))(layer.outputs, block + n, nullptr, turned, nullptr,
                                                       add ? to : nullptr, to, in);
            });
        });
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Layer& layer, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight,
                             Real keep_bias, long count) {
        const Rows rows = rows_of(layer.source, x, layer.inputs, count);
        const long whole = in_panels(layer.outputs), out = row(layer.outputs);
        for_each_block(count, [&](long start, long size) {
            const Real keep = start == 0 ? keep_weight : Real(1);
            const Real* delta = dz + start * out;
            pack(delta, out, whole, size, count);
            const long at_once = inputs_at_once(size);
            for (long from = 0; from < layer.inputs; from += at_once)
                for_each_tile(whole, std::min(at_once, layer.inputs - from), size, count, [&](Panel p, long at, long end, int) {
                    const long i = from + at;
                    Tiles::update(p.across, int(end - at))(size, rows + start, i, packed_.data() + p.first * size, p.columns(),
                                                           dw + p.first * layer.inputs + i * p.columns(), keep);
                });
            if (singles(layer.outputs) == 0) return;
            const Cut cut(round_up<Real>(layer.inputs) / L, Tiles::single_tile);
            share(cut.parts, count, double(size) * Tiles::single_tile * L, [&](long first, long last, int) {
                for (long t = first; t < last; t++) {
                    const long i = cut.begin(t) * L;
                    Tiles::single_update(singles(layer.outputs), int(cut.begin(t + 1) - cut.begin(t)))(
                        size, rows + start, i, layer.inputs, delta + whole, out, dw + whole * layer.inputs + i,
                        round_up<Real>(layer.inputs), keep);
                }
            });
        });
        if (db) learn_bias(layer, dz, db, keep_bias, count);
    }

    static long group_stride(long width) { return LossLanes<Real>::group_stride(width); }
    const Real* output_in_lanes(const Real* y, int width, long count) { return loss_.output(y, row(width), count); }
    Delta<Real> delta_in_lanes(Delta<Real>, int) { return loss_.delta(); }
    void delta_from_lanes(Delta<Real> dy, int width, long count) { loss_.copy_delta(dy.at, row(width), count); }

  protected:  // for kernels on the same rows with other products
    using Rows = typename PanelTiles<Real>::Rows;

    Polling& polling_;
    Team team_;

    // Calls work(first, last, member) for ranges that make up 0 .. parts - 1, each part of so many multiply-adds.
    template <class Work> void share(long parts, long rows, double each, const Work& work) {
        if (rows < rows_to_share_)
            return polling_.in_stretches(parts, each, [&](long first, long last) { work(first, last, 0); });
        polling_.in_stretches(parts, each / team_.members(), [&](long start, long end) {
            team_.share(end - start, [&](long first, long last, int member) { work(start + first, start + last, member); });
        });
    }

    // The addresses of the rows of a buffer.
    Rows rows_of(int buffer, const Real* x, long width, long count) {
        if (buffer == 0) return input_rows_.data();
        point_at(other_rows_, x, width, count);
        return other_rows_.data();
    }

    // Calls body(first, size) for stretches that make up the `count` rows of a buffer.
    template <class Body> void for_each_stretch(long width, long count, Body&& body) {
        share(count, count, Polling::per_number * width,
              [&](long first, long last, int) { body(first * row(width), (last - first) * row(width)); });
    }

    // Calls body(column, registers) for strips of the columns of a buffer of `count` rows: whole cache lines of a row, and
    // sums that stay in registers; what is left over goes a register at a time.
    template <class Body> void for_each_strip(long width, long count, const Body& body) {
        constexpr long K = 4;
        const long columns = round_up<Real>(width) / L;
        share((columns + K - 1) / K, count, Polling::per_number * count * K * L, [&](long first, long last, int) {
            for (long k = first * K; k < std::min(columns, last * K);)
                if (columns - k >= K) {
                    body(k * L, std::integral_constant<int, K>());
                    k += K;
                } else {
                    body(k++ * L, std::integral_constant<int, 1>());
                }
        });
    }

    // db = keep db + sum_n dz
    void learn_bias(const Layer& layer, const Real* dz, Real* db, Real keep, long count) {
        for (long o = 0; o < round_up<Real>(layer.outputs); o += L) {
            polling_.before(Polling::per_number * count);
            Vec<Real> sum = zero<Real>();
            for (long n = 0; n < count; n++) sum += load(dz + n * row(layer.outputs) + o);
            store(db + o, renewed(db + o, keep, sum));
        }
    }

  private:
    using Tiles = PanelTiles<Real>;
    static constexpr long rows_at_once = 256;  // so many rows of x stay in the L2 cache while the panels pass
    static constexpr long bytes_at_once = 128 * 1024;  // of x, in an update: they stay in the L2 cache likewise
    static constexpr long slack = 16;          // rows after the last one whose addresses may be asked for

    const long rows_to_share_;
    const bool reads_in_place_;
    bool in_place_ = false;
    std::vector<const Real*> input_rows_, other_rows_;
    const long turned_size_;
    Block<Real> turned_;
    Block<Real> packed_;  // dz in panels, (panel, rows, columns of the panel)
    LossLanes<Real> loss_;

    static int singles(long outputs) { return outputs % L <= Tiles::most_single ? int(outputs % L) : 0; }
    static long in_panels(long outputs) { return round_up<Real>(outputs - singles(outputs)); }
    static long panels(long columns) { return std::max(1L, (columns + P - 2 * L) / P); }  // none of one register, if it can be

    // The columns of x with which the deltas of all panels are multiplied before the next ones, for so many rows.
    static long inputs_at_once(long rows) { return std::max(1L, bytes_at_once / (rows * long(sizeof(Real)) * 64)) * 64; }

    // 0 .. n - 1 in parts of at most `most`, which differ by at most one
    struct Cut {
        long parts, base, rest;
        Cut(long n, long most) : parts((n + most - 1) / most), base(n / parts), rest(n % parts) {}
        long begin(long part) const { return part * base + std::min(part, rest); }
    };

    // One panel of a matrix with `whole` columns, a whole number of registers.
    struct Panel {
        long first;  // column
        int across;  // registers
        Panel(long p, long whole) : first(p * P), across(int(p + 1 < panels(whole) ? P / L : (whole - first) / L)) {}
        long columns() const { return across * L; }
    };

    // The sums of products of a step take about 0.5 ms from this many rows on, and are worth sharing.
    static long rows_to_share(const Program& program) {
        double products = 1;
        for (const Step& s : program.steps)
            if (s.kind == StepKind::linear) products += (s.source > 0 ? 3.0 : 2.0) * s.inputs * s.outputs;
        return 1 + long(0.5e-3 * 3e9 * L / products);
    }

    static bool input_feeds_products_alone(const Program& program) {
        for (const BackwardStep& b : program.backward)
            if (b.known == 0) return false;
        for (const Step& s : program.steps)
            if (s.addend == 0 || (s.source == 0 && s.kind != StepKind::linear)) return false;
        return program.output != 0;
    }

    static long largest_turned(const Program& program) {
        long most = 0;
        for (const Step& s : program.steps) most = std::max<long>(most, s.outputs);
        return round_up<Real>(most) * Tiles::most_across * L;
    }
    static long widest_in_panels(const Program& program) {
        long most = 0;
        for (const Step& s : program.steps) most = std::max(most, in_panels(s.outputs));
        return most;
    }

    template <class Body> static void for_each_block(long count, Body&& body) {
        for (long start = 0; start < count; start += rows_at_once) body(start, std::min(rows_at_once, count - start));
    }

    // Calls body(panel, first, last, member) for the tiles of a matrix with `height` rows and `whole` columns, panel
    // after panel, whose numbers are sums of `depth` products. `rows` tells whether it is worth sharing.
    template <class Body> void for_each_tile(long whole, long height, long depth, long rows, const Body& body) {
        if (whole == 0) return;
        const long last_panel = panels(whole) - 1;
        const Cut usual(height, Tiles::most_rows(P / L)), narrow(height, Tiles::most_rows(Panel(last_panel, whole).across));
        const long tiles = last_panel * usual.parts + narrow.parts;
        share(tiles, rows, double(whole) * height * depth / tiles, [&](long first, long last, int member) {
            for (long u = first; u < last;) {
                const long k = std::min(u / usual.parts, last_panel);
                const Panel panel(k, whole);
                const Cut& cut = k == last_panel ? narrow : usual;
                for (long t = u - k * usual.parts; t < cut.parts && u < last; t++, u++)
                    body(panel, cut.begin(t), cut.begin(t + 1), member);
            }
        });
    }

    // packed_ <- `size` rows of dz, of which one begins every `row` Reals: a panel then stays in the L1 cache
    void pack(const Real* dz, long row, long whole, long size, long rows) {
        share(whole > 0 ? panels(whole) : 0, rows, Polling::per_number * size * P / L, [&](long first, long last, int) {
            for (long k = first; k < last; k++) {
                const Panel p(k, whole);
                Real* to = packed_.data() + p.first * size;
                for (long n = 0; n < size; n++, to += p.columns())
                    for (long c = 0; c < p.columns(); c += L) store(to + c, load(dz + n * row + p.first + c));
            }
        });
    }

    static void point_at(std::vector<const Real*>& rows, const Real* x, long width, long count) {
        for (long n = 0; n < count; n++) rows[n] = x + n * row(width);
    }

    // to (outputs, columns of p) = the columns of W' in one panel; zero for columns past the last input
    static void turn(const Layer& layer, const Real* w, Panel p, Real* to) {
        const long whole = in_panels(layer.outputs), columns = p.columns(), end = std::min<long>(p.first + columns, layer.inputs);
        for (long i = p.first; i < p.first + columns; i += L, to += L) {
            if (i + L <= end)
                for (long o = 0; o < whole; o += L) {
                    const Panel from(std::min(o / P, panels(whole) - 1), whole);
                    transpose(w + weight_index(layer, i, o), from.columns(), to + o * columns, columns);
                }
            else
                for (long o = 0; o < whole; o++)
                    for (long j = 0; j < L; j++) to[o * columns + j] = i + j < end ? w[weight_index(layer, i + j, o)] : Real(0);
            for (long o = whole; o < layer.outputs; o++) store(to + o * columns, load(w + weight_index(layer, i, o)));
        }
    }
};

}  // namespace gw
