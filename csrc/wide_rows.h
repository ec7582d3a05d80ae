// Rows of samples, x as (sample, row), and what is done to them number by number: activations, sums, dropout, norms, and
// the way to the loss and back. Bounded by the caches, or by exponentials.
//
// Threads share rows or columns; each number comes of one thread, whichever it is.
#pragma once

#include <algorithm>

#include "activations.h"
#include "batch_norm.h"
#include "column_factors.h"
#include "columns.h"
#include "dropout.h"
#include "layer_norm.h"
#include "loss_lanes.h"
#include "memory.h"
#include "polling.h"
#include "team.h"

namespace gw {

template <class R> class WideRows {
  public:
    using Real = R;
    static constexpr int L = lanes<Real>;

    WideRows(const Program& program, int rows, int threads, Polling& polling)
        : polling_(polling), team_(rows < rows_to_share(program) ? 1 : threads), rows_to_share_(rows_to_share(program)),
          loss_(program.widths[program.output], rows), room_size_(ColumnParts<Real>::room(program)), room_(team_.members() * room_size_) {}

    static long ahead(const Program&, long) { return 1; }
    static long row(long width) { return round_up<Real>(width) + L; }  // no power of two: rows would share cache sets
    static long buffer_size(long width, long rows) { return rows * row(width); }

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

    // y columns <- those of x, as a part of its kind has them; then the gradient of what it learns
    void columns(const ColumnPart& part, const PartArrays<const Real>& of, int inputs, int outputs, const Real* x, Real* y, long count) {
        auto get = [&](long g, long c) {
            Vec<Real> v = zero<Real>();
            for (long n = g * L; n < std::min(count, (g + 1) * L); n++) v[n % L] = x[n * row(inputs) + c];
            return v;
        };
        auto put = [&](long g, long c, Vec<Real> v) {
            for (long n = g * L; n < std::min(count, (g + 1) * L); n++) y[n * row(outputs) + c] = v[n % L];
        };
        const long groups = (count + L - 1) / L;
        switch (part.kind) {
            case PartKind::copy:
                return share(groups, count, Polling::per_number * part.columns.size() * L, [&](long first, long last, int) {
                    ColumnParts<Real>::copy(part, get, put, first, last);
                });
            case PartKind::embedding:
                return share(groups, count, Polling::per_number * part.columns.size() * part.each * L, [&](long first, long last, int) {
                    ColumnParts<Real>::embed(part, of.weight, get, put, first, last);
                });
            case PartKind::waves:
                share(long(part.columns.size()), count, wave_work(part, count), [&](long first, long last, int member) {
                    for (long j = first; j < last; j++) ColumnParts<Real>::waves(part, of, j, get, put, groups, room(member));
                });
        }
    }
    void columns_back(const ColumnPart& part, const PartArrays<const Real>& of, const PartGradient<Real>& to, int inputs, int outputs,
                      const Real* x, Delta<Real> dy, long count) {
        auto get = [&](long g, long c) {
            Vec<Real> v = zero<Real>();
            for (long n = g * L; n < std::min(count, (g + 1) * L); n++) v[n % L] = x[n * row(inputs) + c];
            return v;
        };
        auto d = [&](long g, long c) {
            Vec<Real> v = zero<Real>();
            for (long n = g * L; n < std::min(count, (g + 1) * L); n++) v[n % L] = dy.at[n * row(outputs) + c];
            return v;
        };
        if (part.kind == PartKind::embedding) ColumnParts<Real>::embed_back(part, to.keep_weight, to.to.weight, get, d, count);
        if (part.kind != PartKind::waves) return;
        share(long(part.columns.size()), count, wave_work(part, count), [&](long first, long last, int member) {
            for (long j = first; j < last; j++) ColumnParts<Real>::waves_back(part, of, to, j, get, d, count, room(member));
        });
    }

    // y = x s, or y = x + s (f(x) - x), units left out; then dx = or += J' dy, where dx is needed, and ds
    void scale(const ColumnFactors<Real>& of, const Real* x, Real* y, long count) {
        for_each_row(of.width, count, [&](long n) { ColumnFactorRows<Real>::scale(of, x + n * row(of.width), y + n * row(of.width)); });
    }
    void scale_back(const ColumnFactors<Real>& of, const FactorGradient<Real>& to, const Real* x, Delta<Real> dy, Delta<Real> dx,
                    bool accumulate, long count) {
        for_each_strip(of.width, count, [&](long c, auto k) {
            ColumnFactorRows<Real>::template scale_back<k>(of, to, c, x, dy.at, dx.at, accumulate, row(of.width), count);
        });
    }
    void mix(const Mix<Real>& of, const Real* x, Real* y, long count) {
        const long stride = row(of.factors.width);
        with_activation(of.activation, [&](auto a) {
            for_each_row(of.factors.width, count, [&](long n) {
                ColumnFactorRows<Real>::template mix<a.value>(of, n, x + n * stride, y + n * stride);
            });
        });
    }
    void mix_back(const Mix<Real>& of, const FactorGradient<Real>& to, const Real* x, Delta<Real> dy, Delta<Real> dx, bool accumulate,
                  long count) {
        const int width = of.factors.width;
        with_activation(of.activation, [&](auto a) {
            for_each_strip(width, count, [&](long c, int across) {
                ColumnFactorRows<Real>::template mix_back<a.value>(of, to, c, across, x, dy.at, dx.at, accumulate, row(width), count);
            });
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

    static long group_stride(long width) { return LossLanes<Real>::group_stride(width); }
    const Real* output_in_lanes(const Real* y, int width, long count) { return loss_.output(y, row(width), count); }
    Delta<Real> delta_in_lanes(Delta<Real>, int) { return loss_.delta(); }
    void delta_from_lanes(Delta<Real> dy, int width, long count) { loss_.copy_delta(dy.at, row(width), count); }

  protected:
    Polling& polling_;
    Team team_;

    // Calls work(first, last, member) for ranges that make up 0 .. parts - 1, each part of so many multiply-adds.
    template <class Work> void share(long parts, long rows, double each, const Work& work) {
        if (rows < rows_to_share_)
            return polling_.in_stretches(parts, each, [&](long first, long last) { carry_out(work, first, last, 0); });
        polling_.in_stretches(parts, each / team_.members(), [&](long start, long end) {
            team_.share(end - start, [&](long first, long last, int member) { carry_out(work, start + first, start + last, member); });
        });
    }

  private:
    const long rows_to_share_;
    LossLanes<Real> loss_;
    const long room_size_;
    Block<Real> room_;  // for the sums of waves, of each member

    Real* room(int member) { return room_.data() + member * room_size_; }

    // The sums of products of a step take about 0.5 ms from this many rows on, and are worth sharing.
    static long rows_to_share(const Program& program) {
        double products = 1;
        for (const Step& s : program.steps)
            if (s.kind == StepKind::linear) products += (s.source > 0 ? 3.0 : 2.0) * s.inputs * s.outputs;
        return 1 + long(0.5e-3 * 3e9 * L / products);
    }

    // Calls body(n) for each of the `count` rows of a buffer.
    template <class Body> void for_each_row(long width, long count, Body&& body) {
        share(count, count, Polling::per_number * width, [&](long first, long last, int) {
            for (long n = first; n < last; n++) body(n);
        });
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
};

}  // namespace gw
