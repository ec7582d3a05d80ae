// Layer norm and batch norm as one would write them down, beside plain_products.h: x is stored as (sample, feature),
// with nothing between the rows. `first` and `stride` say which numbers have a mean of their own: a row, or a column.
#pragma once

#include "norm.h"

namespace gw {

// `count` numbers, so many Reals apart
template <class Real> struct Line {
    long first, stride, count;
    long at(long i) const { return first + i * stride; }
};

// mean = mean x,  variance = mean (x - mean)^2
template <class Real> static void plain_moments(const Line<Real>& line, const Real* x, Real* mean, Real* variance) {
    Real sum = 0, squares = 0;
    for (long i = 0; i < line.count; i++) sum += x[line.at(i)];
    *mean = sum / line.count;
    for (long i = 0; i < line.count; i++) squares += (x[line.at(i)] - *mean) * (x[line.at(i)] - *mean);
    *variance = squares / line.count;
}

// dx = or += (dz - mean dz - z mean(dz z)) inverse, or dz inverse where the moments are not the numbers' own; dz(at, i) is
// gamma dy of the i-th number, which lies at `at`
template <class Real, class Scaled>
static void plain_norm_back(const Line<Real>& line, Scaled&& dz, const Real* x, Real mean, Real inverse, bool own, Real* dx,
                            bool add) {
    Real sum = 0, product = 0;
    for (long i = 0; own && i < line.count; i++) {
        sum += dz(line.at(i), i);
        product += dz(line.at(i), i) * (x[line.at(i)] - mean) * inverse;
    }
    for (long i = 0; i < line.count; i++) {
        const long at = line.at(i);
        const Real z = (x[at] - mean) * inverse;
        const Real d = (dz(at, i) - sum / line.count - z * product / line.count) * inverse;
        dx[at] = add ? dx[at] + d : d;
    }
}

}  // namespace gw
