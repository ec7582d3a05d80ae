// Wide layers, as products of matrices whose rows are samples, those of wide_rows.h.
//
// Serves any width and any batch, and is meant for layers too wide for registers. W lies in panels of three
// registers, (panel, inputs, 3 lanes), so that a product reads it in one stream while some 27 sums live in
// registers; bounded by the rate of fused multiply-adds while a panel and its rows fit in the L2 cache. The last
// panel has one to four registers, and a few columns past the last full register, the single ones, lie after the
// panels as rows of W': 50 columns of 16 lanes are one panel of 48 and two single columns.
//
// Forward multiplies a few rows with a panel, and with the single columns while they are in a cache. An update multiplies
// a strip of x, a few columns of all rows packed together, with one panel of dz after the other.
//
// Threads share the tiles of a product; each number comes of one tile, whoever computes it.
#pragma once

#include <algorithm>
#include <vector>

#include "inputs.h"
#include "memory.h"
#include "panel_tiles.h"
#include "transpose.h"
#include "wide_rows.h"

namespace gw {

template <class R> class Panels : public WideRows<R> {
    using Base = WideRows<R>;

  public:
    using Real = R;
    using Base::L, Base::row;
    static constexpr int P = PanelTiles<Real>::usual_across * L;  // columns of a panel
    static constexpr int most_shared_columns = 0;  // a W for each step

    Panels(const Program& program, int rows, int threads, Polling& polling)
        : Base(program, rows, threads, polling), reads_in_place_(input_feeds_products_alone(program)), input_rows_(rows + slack),
          other_rows_(rows + slack), turned_size_(largest_turned(program)), turned_(turned_size_ * team_.members()),
          packed_(std::min<long>(rows, rows_at_once) * widest_in_panels(program)), strip_(strip_size * team_.members()) {}

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
            auto single_columns = [&](long first, long last) {
                const Cut cut(last - first, Tiles::single_tile);
                for (long t = 0; t < cut.parts; t++) {
                    const long n = first + cut.begin(t), end = first + cut.begin(t + 1), at = (start + n) * out + whole;
                    Tiles::single_product(singles(layer.outputs), int(end - n))(
                        layer.inputs, block + n, w + whole * layer.inputs, round_up<Real>(layer.inputs), b ? b + whole : nullptr,
                        addend ? addend + at : nullptr, y + at, out);
                }
            };
            for_each_tile(whole, size, layer.inputs, count, [&](Panel p, long n, long end, int) {
                const long at = (start + n) * out + p.first;
                Tiles::product(p.across, int(end - n))(
                    layer.inputs, block + n, in_place_ && layer.source == 0 && p.first == 0 ? block + end : nullptr,
                    w + p.first * layer.inputs, b ? b + p.first : nullptr, addend ? addend + at : nullptr, y + at, out);
                if (p.first == 0 && singles(layer.outputs) > 0) single_columns(n, end);  // while these rows are in a cache
            });
            if (whole > 0) return;
            share(size, count, double(layer.inputs) * layer.outputs, [&](long n, long end, int) { single_columns(n, end); });
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
            const long inputs = inputs_at_once(size), strips = (layer.inputs + inputs - 1) / inputs;
            const long of_panels = whole > 0 ? panels(whole) : 0, of_strip = of_panels + (singles(layer.outputs) > 0);
            share(strips * of_strip, count, double(size) * inputs * P, [&](long first, long last, int member) {
                Real* strip = strip_.data() + member * strip_size;
                for (long u = first, held = -1; u < last; u++) {
                    const long i = u / of_strip * inputs, here = std::min(inputs, layer.inputs - i), k = u % of_strip;
                    if (i != held) pack_strip(rows + start, size, i, here, inputs, strip);
                    held = i;
                    if (k < of_panels) {
                        const Panel p(k, whole);
                        update_panel(p.across, here, size, strip, inputs, packed_.data() + p.first * size,
                                     dw + p.first * layer.inputs + i * p.columns(), keep);
                    } else {
                        update_singles(layer, here, size, strip, inputs, delta + whole, dw + whole * layer.inputs + i, keep);
                    }
                }
            });
        });
        if (db) learn_bias(layer, dz, db, keep_bias, count);
    }

  protected:  // for kernels on the same rows with other products
    using Rows = typename PanelTiles<Real>::Rows;
    using Base::polling_, Base::team_, Base::share;

    // The addresses of the rows of a buffer.
    Rows rows_of(int buffer, const Real* x, long width, long count) {
        if (buffer == 0) return input_rows_.data();
        point_at(other_rows_, x, width, count);
        return other_rows_.data();
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
    static constexpr long strip_bytes = 26 * 1024;  // of x, in an update: they stay in the L1 cache while the panels pass
    static constexpr long slack = 16;          // rows after the last one whose addresses may be asked for

    const bool reads_in_place_;
    bool in_place_ = false;
    std::vector<const Real*> input_rows_, other_rows_;
    const long turned_size_;
    Block<Real> turned_;
    Block<Real> packed_;  // dz in panels, (panel, rows, columns of the panel)
    Block<Real> strip_;   // of x, (rows, columns of the strip), one for each member

    static int singles(long outputs) { return outputs % L <= Tiles::most_single ? int(outputs % L) : 0; }
    static long in_panels(long outputs) { return round_up<Real>(outputs - singles(outputs)); }
    static long panels(long columns) { return std::max(1L, (columns + P - 2 * L) / P); }  // none of one register, if it can be

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

    // The columns of x that make a strip, for so many rows; at least some tiles, for each of which a panel of dz is read.
    static constexpr long narrowest_strip = 4 * L;
    static long inputs_at_once(long rows) { return std::max(narrowest_strip, strip_bytes / (rows * long(sizeof(Real)) * L) * L); }
    static constexpr long strip_size = std::max(strip_bytes / long(sizeof(Real)), rows_at_once * narrowest_strip);

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

    // strip (size, row) <- `inputs` columns of x from column i on. Rows of x lie on pages of their own, often at the same
    // place in each, where they would push each other out of the L1 cache.
    static void pack_strip(Rows x, long size, long i, long inputs, long row, Real* strip) {
        for (long n = 0; n < size; n++, strip += row)
            for (long c = 0; c < inputs; c += L) store(strip + c, load(x[n] + i + c));
    }

    // dw = keep dw + x' dz for the columns x of a strip and one panel, or all single columns
    static void update_panel(int across, long inputs, long size, const Real* x, long x_row, const Real* dz, Real* dw, Real keep) {
        const Cut cut(inputs, Tiles::most_rows(across));
        for (long t = 0; t < cut.parts; t++)
            Tiles::update(across, int(cut.begin(t + 1) - cut.begin(t)))(size, x + cut.begin(t), x_row, dz, across * L,
                                                                       dw + cut.begin(t) * across * L, keep);
    }
    static void update_singles(const Layer& layer, long inputs, long size, const Real* x, long x_row, const Real* dz, Real* dw,
                               Real keep) {
        const Cut cut(round_up<Real>(inputs) / L, Tiles::single_tile);
        for (long t = 0; t < cut.parts; t++) {
            const long i = cut.begin(t) * L;
            Tiles::single_update(singles(layer.outputs), int(cut.begin(t + 1) - cut.begin(t)))(
                size, x + i, x_row, inputs - i, dz, row(layer.outputs), dw + i, round_up<Real>(layer.inputs), keep);
        }
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
