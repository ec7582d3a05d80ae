// What layer norm and batch norm share: y = gamma z + beta with z = (x - mean) / s, and the gradient of gamma and beta.
#pragma once

#include <cmath>

#include "memory.h"
#include "transpose.h"

namespace gw {

// The parameters of a norm of `width` columns, whole registers long; the numbers past the last column are 0.
template <class Real> struct Norm {
    const Real *gamma, *beta;
    Real epsilon;
    int width;
};

// Of each row, or of each column: mean, variance, and inverse = 1 / s, whole registers long. They are `own` where they are
// those of the rows at hand; in evaluation a batch norm is given mean and variance. A layer norm keeps no variance.
template <class Real> struct Moments {
    Real *mean, *variance, *inverse;
    bool own;
};

// gamma <- keep gamma + dgamma, and beta likewise: the gradient, or the parameters themselves.
template <class Real> struct NormGradient {
    Real *gamma, *beta;
    Real keep;
};

// the first `count` lanes of v, and 0 in the others
template <class Real> GW_INLINE Vec<Real> only_first(Vec<Real> v, long count) {
    return lane_numbers<Real>() < int(count < lanes<Real> ? count : lanes<Real>) ? v : zero<Real>();
}

// 1 / sqrt(variance + epsilon)
template <class Real> GW_INLINE Vec<Real> inverse_deviation(Vec<Real> variance, Real epsilon) {
    Vec<Real> s = variance + epsilon;
    for (int i = 0; i < lanes<Real>; i++) s[i] = std::sqrt(s[i]);
    return Real(1) / s;
}

// Lane u of the result = the sum over rows of term(group, u), a sample in each lane, for up to a register of units; the
// lanes of the last group that belong to no row are left out.
template <class Real, class Term> GW_INLINE Vec<Real> sums_over_rows(long rows, int units, Term&& term) {
    constexpr int L = lanes<Real>;
    Real partial[L * L];
    const long last = (rows - 1) / L;
    for (int u = 0; u < L; u++) {
        Vec<Real> sum = zero<Real>();
        if (u < units) {
            for (long g = 0; g < last; g++) sum += term(g, u);
            sum += only_first<Real>(term(last, u), rows - last * L);
        }
        store(partial + u * L, sum);
    }
    return sums_of_lanes(partial);
}

}  // namespace gw
