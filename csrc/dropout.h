// Units left out at random: y = x m / (1 - rate), where m is 0 or 1 by a hash of the step's key and the unit's place.
//
// Serves both layouts: a sample in each lane, where a register holds one column of many rows, and a row for each
// sample, where it holds many columns of one. The factors m / (1 - rate) are kept, for the way back is a product with
// them. Bounded by the hash, some twelve operations on each register.
#pragma once

#include "noise.h"

namespace gw {

template <class Real> class Dropout {
  public:
    static constexpr int L = lanes<Real>;

    // `first` is the place in its batch of row 0.
    Dropout(uint64_t key, double rate, long first)
        : key_(key), first_(uint32_t(first)), least_(uint32_t(rate * 4294967296.0)), factor_(Real(1) / Real(1 - rate)) {}

    // The factors of one row, or of a row in each lane, at columns that come as multiples of `golden`.
    struct Factors {
        RowNoise<Words<Real>> noise;
        uint32_t least;
        Real factor;

        Vec<Real> at(Words<Real> columns) const {
            const IntVec<Real> kept = __builtin_convertvector(noise.at(columns) >= least, IntVec<Real>);
            return kept ? broadcast(factor) : zero<Real>();
        }
    };
    Factors of_rows(Words<Real> rows) const { return {{key_, rows + first_}, least_, factor_}; }

    // x, y, factors (width, lanes): the rows from number `row` on, one in each lane
    void group(long row, const Real* x, Real* factors, Real* y, long width) const {
        const Factors own = of_rows(word_numbers<Real>() + uint32_t(row));
        for (long c = 0; c < width; c++)
            put(own.at(broadcast_word<Real>(uint32_t(c) * golden)), x + c * L, factors + c * L, y + c * L);
    }

    // x, y, factors (width): one row, whole registers long
    void row(long row, const Real* x, Real* factors, Real* y, long width) const {
        const Factors own = of_rows(broadcast_word<Real>(uint32_t(row)));
        Words<Real> columns = word_numbers<Real>() * golden;
        for (long c = 0; c < width; c += L, columns += uint32_t(L) * golden)
            put(own.at(columns), x + c, factors + c, y + c);
    }

    // the factor of one unit
    Real factor(long row, long column) const {
        return RowNoise<uint32_t>(key_, first_ + uint32_t(row)).at(uint32_t(column) * golden) >= least_ ? factor_ : Real(0);
    }

  private:
    uint64_t key_;
    uint32_t first_, least_;  // least: of the words that keep a unit
    Real factor_;

    static void put(Vec<Real> f, const Real* x, Real* factors, Real* y) {
        store(factors, f);
        store(y, load(x) * f);
    }
};

// dx = dy f, or dx += dy f, for count numbers, whole registers long
template <class Real> static void multiply(const Real* factors, const Real* dy, Real* dx, long count, bool add) {
    for (long i = 0; i < count; i += lanes<Real>) {
        const Vec<Real> d = load(dy + i) * load(factors + i);
        store(dx + i, add ? load(dx + i) + d : d);
    }
}

}  // namespace gw
