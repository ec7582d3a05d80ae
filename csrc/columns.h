// Columns of the input, each kind in its own way, side by side again: as they are; whole numbers as rows of a table; and
// numbers with cosines of them beside, y = [x, cos(2 pi x F + P) W + b].
//
// Serves both layouts by the same code: `Get` and `Put` know how a buffer lies. What is learnt lies as in theta. The cosines
// bound it, some twenty operations each: for those a sample is in each lane, so that F, P and W are broadcast, and a feature is
// done for all rows before the next, so that its sums stay in the L1 cache. Nothing is kept for the way back, where sine and
// cosine come together:
//
//     du = - sin(u) (de W'),  dF = 2 pi sum_n x du,  dP = sum_n du,  dW = sum_n cos(u)' de,  db = sum_n de
//
// The input has no derivative that anybody asks for.
#pragma once

#include <algorithm>

#include "norm.h"
#include "program.h"
#include "vector_math.h"

namespace gw {

// What a part of a step learns, or the gradient of it, by where it begins.
template <class T> struct PartArrays {
    T *weight, *frequency, *phase, *bias;
};

// gradient <- keep gradient + sum: weights and the others are kept apart.
template <class Real> struct PartGradient {
    PartArrays<Real> to;
    Real keep_weight, keep;
};

// The multiply-adds that a feature with waves takes in so many rows.
inline double wave_work(const ColumnPart& part, long rows) { return double(rows) * part.size * (20 + part.each); }

template <class Real> struct ColumnParts {
    static constexpr int L = lanes<Real>;

    // y columns <- x columns, for the groups first .. last - 1
    template <class Get, class Put> static void copy(const ColumnPart& part, Get&& get, Put&& put, long first, long last) {
        for (size_t j = 0; j < part.columns.size(); j++)
            for (long g = first; g < last; g++) put(g, part.first + long(j), get(g, part.columns[j]));
    }

    // the row of the table that stands for a number; the door lets only such in as there are
    static long row_of(const ColumnPart& part, Real number) {
        return number > 0 ? std::min(long(std::min(number, Real(too_many))), long(part.size) - 1) : 0;
    }

    template <class Get, class Put>
    static void embed(const ColumnPart& part, const Real* table, Get&& get, Put&& put, long first, long last) {
        for (size_t j = 0; j < part.columns.size(); j++)
            for (long g = first; g < last; g++) {
                const Vec<Real> numbers = get(g, part.columns[j]);
                const Real* rows[L];
                for (int n = 0; n < L; n++) rows[n] = table + row_of(part, numbers[n]) * part.each;
                for (long c = 0; c < part.each; c++) {
                    Vec<Real> entry;
                    for (int n = 0; n < L; n++) entry[n] = rows[n][c];
                    put(g, part.first + long(j) * part.each + c, entry);
                }
            }
    }

    // dtable[row] <- keep dtable[row] + the sum of dy where the row stands, in the order of the rows of x
    template <class Get, class GetD>
    static void embed_back(const ColumnPart& part, Real keep, Real* to, Get&& get, GetD&& dy, long rows) {
        const long numbers = long(part.size) * part.each;
        for (long i = 0; i < numbers; i++) to[i] = keep == 0 ? Real(0) : keep * to[i];
        for (size_t j = 0; j < part.columns.size(); j++)
            for (long g = 0; g * L < rows; g++) {
                const Vec<Real> words = get(g, part.columns[j]);
                const int here = int(std::min<long>(L, rows - g * L));
                for (long c = 0; c < part.each; c++) {
                    const Vec<Real> d = dy(g, part.first + long(j) * part.each + c);
                    for (int n = 0; n < here; n++) to[row_of(part, words[n]) * part.each + c] += d[n];
                }
            }
    }

    // Room for the sums of a feature of any part.
    static long room(const Program& program) {
        long most = 0;
        for (const Step& s : program.steps)
            for (const ColumnPart& part : s.parts)
                if (part.kind == PartKind::waves) most = std::max(most, (part.size * (1L + part.each) + 2 * part.each) * L);
        return most;
    }

    // feature number j
    template <class Get, class Put>
    static void waves(const ColumnPart& part, const PartArrays<const Real>& of, long j, Get&& get, Put&& put, long groups, Real* sums) {
        const long h = part.size, m = part.each - 1;
        const Real *frequency = of.frequency + j * h, *phase = of.phase + j * h, *weight = of.weight + j * h * m;
        for (long g = 0; g < groups; g++) {
            const Vec<Real> x = get(g, part.columns[j]);
            for (long k = 0; k < m; k++) store(sums + k * L, broadcast(of.bias[j * m + k]));
            for (long i = 0; i < h; i++) {
                const Vec<Real> c = of_turns<Real>(x * frequency[i] + phase[i] * per_turn).cos;
                for (long k = 0; k < m; k++) store(sums + k * L, load(sums + k * L) + c * weight[i * m + k]);
            }
            put(g, part.first + j * part.each, x);
            for (long k = 0; k < m; k++) put(g, part.first + j * part.each + 1 + k, load(sums + k * L));
        }
    }

    template <class Get, class GetD>
    static void waves_back(const ColumnPart& part, const PartArrays<const Real>& of, const PartGradient<Real>& d, long j, Get&& get,
                           GetD&& dy, long rows, Real* sums) {
        const long h = part.size, m = part.each - 1;
        const Real *frequency = of.frequency + j * h, *phase = of.phase + j * h, *weight = of.weight + j * h * m;
        Real *d_frequency = sums, *d_phase = d_frequency + h * L, *d_weight = d_phase + h * L, *d_bias = d_weight + h * m * L;
        Real* de = d_bias + m * L;
        std::fill(sums, de, Real(0));
        auto add = [](Real* to, Vec<Real> what) { store(to, load(to) + what); };
        for (long g = 0; g * L < rows; g++) {
            const Vec<Real> x = get(g, part.columns[j]);
            for (long k = 0; k < m; k++) {
                const Vec<Real> e = only_first<Real>(dy(g, part.first + j * part.each + 1 + k), rows - g * L);
                store(de + k * L, e);
                add(d_bias + k * L, e);
            }
            for (long i = 0; i < h; i++) {
                const Turned<Real> t = of_turns<Real>(x * frequency[i] + phase[i] * per_turn);
                Vec<Real> dc = zero<Real>();
                for (long k = 0; k < m; k++) {
                    dc += load(de + k * L) * weight[i * m + k];
                    add(d_weight + (i * m + k) * L, t.cos * load(de + k * L));
                }
                add(d_phase + i * L, -t.sin * dc);
                add(d_frequency + i * L, -t.sin * dc * x);
            }
        }
        auto learn = [](Real* to, Real keep, Real factor, const Real* from, long count) {
            for (long i = 0; i < count; i++) {
                const Real sum = factor * sum_of_lanes<Real>(load(from + i * L));
                to[i] = keep == 0 ? sum : keep * to[i] + sum;
            }
        };
        learn(d.to.frequency + j * h, d.keep, turn, d_frequency, h);
        learn(d.to.phase + j * h, d.keep, 1, d_phase, h);
        learn(d.to.weight + j * h * m, d.keep_weight, 1, d_weight, h * m);
        learn(d.to.bias + j * m, d.keep, 1, d_bias, m);
    }

  private:
    static constexpr Real turn = Real(6.283185307179586), per_turn = 1 / turn;
    static constexpr long too_many = 1 << 24;
};

}  // namespace gw
