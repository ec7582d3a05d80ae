// The products as one would write them down: the readable reference that the fast kernels are held against in tests.
//
// x is stored as (sample, feature), W as (inputs, outputs), with nothing between the rows. Every number is one sum in
// the order of its terms, in the precision of the parameters; nothing is made fast here.
#pragma once

#include <vector>

#include "activations.h"
#include "column_factors.h"
#include "columns.h"
#include "dropout.h"
#include "inputs.h"
#include "loss_lanes.h"
#include "memory.h"
#include "plain_norms.h"
#include "polling.h"

namespace gw {

template <class R> class PlainProducts {
  public:
    using Real = R;
    static constexpr int most_shared_columns = 0;  // a W for each step

    PlainProducts(const Program& program, int rows, int /*threads*/, Polling& polling)
        : polling_(polling), loss_(program.widths[program.output], rows) {}

    static long rows_in_part(const Program&) { return 256; }
    static constexpr bool shares_products = false;
    static long ahead(const Program&, long) { return 1; }
    static long buffer_size(long width, long rows) { return rows * width; }
    static long weight_size(const Layer& layer) { return round_up<Real>(long(layer.inputs) * layer.outputs); }
    static long bias_size(const Layer& layer) { return round_up<Real>(layer.outputs); }
    static long weight_index(const Layer& layer, long i, long o) { return i * layer.outputs + o; }

    static long columns_together(const Layer& layer, long o) { return layer.outputs - o; }

    void gather(const Features<Real>& from, const int64_t* rows, long count, Real* x) {
        for (long n = 0; n < count; n++) from.read(rows[n], x + n * from.features);
    }

    // y = x W + b + addend
    void forward(const Layer& layer, int /*step*/, int outputs, const Real* w, const Real* b, const Real* x, const Real* addend, Real* y,
                 long count) {
        for (long n = 0; n < count; n++) {
            polling_.before(double(layer.inputs) * outputs);
            for (long o = 0; o < outputs; o++) {
                Real sum = b ? b[o] : 0;
                for (long i = 0; i < layer.inputs; i++) sum += x[n * layer.inputs + i] * w[i * outputs + o];
                y[n * outputs + o] = addend ? sum + addend[n * outputs + o] : sum;
            }
        }
    }

    // dx = dz W', or dx += dz W'
    void backward_input(const Layer& layer, const Real* w, const Real* dz, Delta<Real> dx, bool add, long count) {
        for (long n = 0; n < count; n++) {
            polling_.before(double(layer.inputs) * layer.outputs);
            for (long i = 0; i < layer.inputs; i++) {
                Real sum = 0;
                for (long o = 0; o < layer.outputs; o++) sum += dz[n * layer.outputs + o] * w[i * layer.outputs + o];
                Real& to = dx.at[n * layer.inputs + i];
                to = add ? to + sum : sum;
            }
        }
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Layer& layer, const Real* x, const Real* dz, Real* dw, Real* db, Real keep_weight,
                             Real keep_bias, long count) {
        for (long o = 0; o < layer.outputs; o++) {
            polling_.before(double(layer.inputs) * count);
            for (long i = 0; i < layer.inputs; i++) {
                Real sum = 0;
                for (long n = 0; n < count; n++) sum += x[n * layer.inputs + i] * dz[n * layer.outputs + o];
                renew(dw[i * layer.outputs + o], keep_weight, sum);
            }
            Real sum = 0;
            for (long n = 0; n < count; n++) sum += dz[n * layer.outputs + o];
            if (db) renew(db[o], keep_bias, sum);
        }
    }

    // y = act(x);  y = x + addend;  dx = or += dy act': for each number by itself, whatever lies past the last one
    void activate(Activation act, double slope, const Real* x, Real* y, int width, long count) {
        gw::activate(act, slope, x, y, width * count);
    }
    void add(const Real* x, const Real* addend, Real* y, int width, long count) { gw::add(x, addend, y, width * count); }
    void differentiate(Activation act, double slope, const Real* known, Delta<Real> dy, Delta<Real> dx, int width,
                       bool accumulate, long count) {
        gw::differentiate(act, slope, known, dy.at, dx.at, width * count, accumulate);
    }

    // y = x f, by the factors f of a dropout; then dx = or += dy f
    void drop(const Dropout<Real>& dropout, const Real* x, Real* factors, Real* y, int width, long count) {
        for (long n = 0, i = 0; n < count; n++)
            for (long c = 0; c < width; c++, i++) {
                factors[i] = dropout.factor(n, c);
                y[i] = x[i] * factors[i];
            }
    }
    void multiply(const Real* factors, Delta<Real> dy, Delta<Real> dx, int width, bool accumulate, long count) {
        gw::multiply(factors, dy.at, dx.at, width * count, accumulate);
    }

    // y columns <- those of x, as a part of its kind has them; then the gradient of what it learns
    void columns(const ColumnPart& part, const PartArrays<const Real>& of, int inputs, int outputs, const Real* x, Real* y, long count) {
        const long h = part.size, m = part.each - 1;
        for (long n = 0; n < count; n++)
            for (long j = 0; j < long(part.columns.size()); j++) {
                const Real from = x[n * inputs + part.columns[j]];
                Real* to = y + n * outputs + part.first + j * part.each;
                if (part.kind == PartKind::embedding) std::copy_n(of.weight + ColumnParts<Real>::row_of(part, from) * part.each, part.each, to);
                if (part.kind == PartKind::embedding) continue;
                to[0] = from;
                for (long k = 0; k < m; k++) {
                    to[1 + k] = of.bias[j * m + k];
                    for (long i = j * h; i < (j + 1) * h; i++) to[1 + k] += std::cos(angle(of, from, i)) * of.weight[i * m + k];
                }
            }
    }
    void columns_back(const ColumnPart& part, const PartArrays<const Real>& of, const PartGradient<Real>& d, int inputs, int outputs,
                      const Real* x, Delta<Real> dy, long count) {
        const long h = part.size, m = part.each - 1;
        std::vector<Real> weight, frequency, phase;  // as they were in forward: the gradient may lie in their place
        part.for_each_array([&, k = 0](long, long numbers) mutable {
            Real* const to[] = {d.to.weight, d.to.frequency, d.to.phase, d.to.bias};
            std::vector<Real>* const before[] = {&weight, &frequency, &phase};
            const Real* const from[] = {of.weight, of.frequency, of.phase};
            if (k < 3) before[k]->assign(from[k], from[k] + numbers);
            for (long i = 0; i < numbers; i++) renew(to[k][i], k == 0 ? d.keep_weight : d.keep, 0);
            k++;
        });
        const PartArrays<const Real> old{weight.data(), frequency.data(), phase.data(), nullptr};
        for (long n = 0; n < count; n++)
            for (long j = 0; j < long(part.columns.size()); j++) {
                const Real from = x[n * inputs + part.columns[j]];
                const Real* e = dy.at + n * outputs + part.first + j * part.each;
                if (part.kind == PartKind::embedding)
                    for (long c = 0; c < part.each; c++) d.to.weight[ColumnParts<Real>::row_of(part, from) * part.each + c] += e[c];
                if (part.kind != PartKind::waves) continue;
                for (long k = 0; k < m; k++) d.to.bias[j * m + k] += e[1 + k];
                for (long i = j * h; i < (j + 1) * h; i++) {
                    const Real u = angle(old, from, i);
                    Real dc = 0;
                    for (long k = 0; k < m; k++) {
                        dc += e[1 + k] * weight[i * m + k];
                        d.to.weight[i * m + k] += std::cos(u) * e[1 + k];
                    }
                    d.to.phase[i] -= std::sin(u) * dc;
                    d.to.frequency[i] -= turn * std::sin(u) * dc * from;
                }
            }
    }

    // y = x s, or y = x + s (f(x) - x), units left out; then dx = or += J' dy, where dx is needed, and ds
    void scale(const ColumnFactors<Real>& of, const Real* x, Real* y, long count) {
        for (long i = 0; i < of.width * count; i++) y[i] = x[i] * of.s[i % of.width];
    }
    void scale_back(const ColumnFactors<Real>& of, const FactorGradient<Real>& to, const Real* x, Delta<Real> dy, Delta<Real> dx,
                    bool accumulate, long count) {
        factors_back(of.width, to, dy.at, dx.at, accumulate, count, [&](long, long c, long i) { return Slopes{of.s[c], x[i]}; });
    }
    void mix(const Mix<Real>& of, const Real* x, Real* y, long count) {
        const long width = of.factors.width;
        gw::activate(of.activation, of.slope, x, y, width * count);  // f(x), for now
        for (long n = 0, i = 0; n < count; n++)
            for (long c = 0; c < width; c++, i++) y[i] = kept(of, n, c) * (x[i] + of.factors.s[c] * (y[i] - x[i]));
    }
    void mix_back(const Mix<Real>& of, const FactorGradient<Real>& to, const Real* x, Delta<Real> dy, Delta<Real> dx, bool accumulate,
                  long count) {
        const long all = round_up<Real>(long(of.factors.width) * count);
        std::vector<Real> f(all), slope(all), ones(all, Real(1));
        gw::activate(of.activation, of.slope, x, f.data(), all);
        gw::differentiate(of.activation, of.slope, needs_input(of.activation) ? x : f.data(), ones.data(), slope.data(), all, false);
        factors_back(of.factors.width, to, dy.at, dx.at, accumulate, count, [&](long n, long c, long i) {
            const Real m = kept(of, n, c);
            return Slopes{m * (1 + of.factors.s[c] * (slope[i] - 1)), m * (f[i] - x[i])};
        });
    }

    // y = gamma z + beta, with a mean for each row or for each column; then dx = or += J' dy, and the gradient
    void layer_norm(const Norm<Real>& norm, const Moments<Real>& of, const Real* x, Real* y, long count) {
        for (long n = 0; n < count; n++) {
            Real variance;
            plain_moments({n * norm.width, 1, norm.width}, x, &of.mean[n], &variance);
            of.inverse[n] = 1 / std::sqrt(variance + norm.epsilon);
            for (long c = 0, i = n * norm.width; c < norm.width; c++, i++)
                y[i] = norm.gamma[c] * ((x[i] - of.mean[n]) * of.inverse[n]) + norm.beta[c];
        }
    }
    void batch_norm(const Norm<Real>& norm, const Moments<Real>& of, const Real* x, Real* y, long count) {
        for (long c = 0; c < norm.width; c++) {
            if (of.own) plain_moments({c, norm.width, count}, x, &of.mean[c], &of.variance[c]);
            of.inverse[c] = 1 / std::sqrt(of.variance[c] + norm.epsilon);
            for (long n = 0, i = c; n < count; n++, i += norm.width)
                y[i] = norm.gamma[c] * ((x[i] - of.mean[c]) * of.inverse[c]) + norm.beta[c];
        }
    }
    void layer_norm_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, const Real* x,
                         Delta<Real> dy, Delta<Real> dx, bool accumulate, long count) {
        for (long n = 0; dx.at && n < count; n++)
            plain_norm_back<Real>({n * norm.width, 1, norm.width}, [&](long i, long c) { return norm.gamma[c] * dy.at[i]; }, x,
                                  of.mean[n], of.inverse[n], true, dx.at, accumulate);
        learn_norm(norm, to, x, dy.at, count, [&](long n, long) { return n; }, of);
    }
    void batch_norm_back(const Norm<Real>& norm, const Moments<Real>& of, const NormGradient<Real>& to, const Real* x,
                         Delta<Real> dy, Delta<Real> dx, bool accumulate, long count) {
        for (long c = 0; dx.at && c < norm.width; c++)
            plain_norm_back<Real>({c, norm.width, count}, [&](long i, long) { return norm.gamma[c] * dy.at[i]; }, x, of.mean[c],
                                  of.inverse[c], of.own, dx.at, accumulate);
        learn_norm(norm, to, x, dy.at, count, [&](long, long c) { return c; }, of);
    }

    static long group_stride(long width) { return LossLanes<Real>::group_stride(width); }
    const Real* output_in_lanes(const Real* y, int width, long count) { return loss_.output(y, width, count); }
    Delta<Real> delta_in_lanes(Delta<Real>, int) { return loss_.delta(); }
    void delta_from_lanes(Delta<Real> dy, int width, long count) { loss_.copy_delta(dy.at, width, count); }

  private:
    Polling& polling_;
    LossLanes<Real> loss_;

    static constexpr Real turn = Real(6.283185307179586);
    static Real angle(const PartArrays<const Real>& of, Real x, long i) { return turn * of.frequency[i] * x + of.phase[i]; }

    struct Slopes {
        Real by_x, by_s;
    };

    // the factor of dropout behind a mix
    static Real kept(const Mix<Real>& of, long n, long c) { return of.dropout ? of.dropout->factor(n, c) : Real(1); }

    // dx = or += dy y_x,  ds = sum_n dy y_s, where slopes(n, c, i) are the derivatives of number i, in row n and column c
    template <class Of>
    static void factors_back(long width, const FactorGradient<Real>& to, const Real* dy, Real* dx, bool add, long count, Of&& slopes) {
        for (long c = 0; c < width; c++) {
            Real sum = 0;
            for (long n = 0, i = c; n < count; n++, i += width) {
                const Slopes y = slopes(n, c, i);
                sum += dy[i] * y.by_s;
                if (dx) dx[i] = add ? dx[i] + dy[i] * y.by_x : dy[i] * y.by_x;
            }
            renew(to.s[c], to.keep, sum);
        }
    }

    // dgamma = sum_n dy z,  dbeta = sum_n dy, where which(n, c) is the number of the moments of row n and column c
    template <class Which>
    static void learn_norm(const Norm<Real>& norm, const NormGradient<Real>& to, const Real* x, const Real* dy, long count,
                           Which&& which, const Moments<Real>& of) {
        for (long c = 0; c < norm.width; c++) {
            Real gamma = 0, beta = 0;
            for (long n = 0; n < count; n++) {
                const long i = n * norm.width + c, m = which(n, c);
                gamma += dy[i] * ((x[i] - of.mean[m]) * of.inverse[m]);
                beta += dy[i];
            }
            renew(to.gamma[c], to.keep, gamma);
            renew(to.beta[c], to.keep, beta);
        }
    }

    // to <- keep to + sum; what is not kept may be any number
    static void renew(Real& to, Real keep, Real sum) { to = keep == 0 ? sum : keep * to + sum; }
};

}  // namespace gw
