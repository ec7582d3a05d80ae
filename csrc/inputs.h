// Rows of features as they are stored, and the targets beside them: plain pointers into the caller's arrays.
#pragma once

#include <cstdint>
#include <type_traits>

#include "simd.h"

namespace gw {

enum class Stored : int { uint8, float32, float64 };

// Row r begins at `data + r * features * size`; an input is (stored - shift) * scale, with one number for all
// features or one for each. Null pointers stand for shift 0 and scale 1.
template <class Real> struct Features {
    const void* data;
    Stored stored;
    long rows, features;
    const Real *shift, *scale;  // (features) or null

    // x (features) = the inputs of row r
    void read(long r, Real* x) const {
        switch (stored) {
            case Stored::uint8: return convert(static_cast<const uint8_t*>(data) + r * features, x);
            case Stored::float32: return convert(static_cast<const float*>(data) + r * features, x);
            case Stored::float64: return convert(static_cast<const double*>(data) + r * features, x);
        }
    }

    // The stored rows where they are the inputs as they stand, else null.
    const Real* as_stored() const {
        const Stored own = std::is_same_v<Real, float> ? Stored::float32 : Stored::float64;
        return stored == own && !shift && !scale ? static_cast<const Real*>(data) : nullptr;
    }

    // Whether the stored rows are the inputs, and are whole registers, so that nothing is read past a row.
    bool has_inputs() const { return as_stored() && features % lanes<Real> == 0; }
    const Real* inputs(long r) const { return static_cast<const Real*>(data) + r * features; }

  private:
    template <class Number> void convert(const Number* __restrict from, Real* __restrict x) const {
        const Real *__restrict b = shift, *__restrict k = scale;
        const long count = features;
        if (b && k)
            for (long i = 0; i < count; i++) x[i] = (Real(from[i]) - b[i]) * k[i];
        else if (b)
            for (long i = 0; i < count; i++) x[i] = Real(from[i]) - b[i];
        else if (k)
            for (long i = 0; i < count; i++) x[i] = Real(from[i]) * k[i];
        else
            for (long i = 0; i < count; i++) x[i] = Real(from[i]);
    }
};

// Labels for a softmax, or one row of numbers for each sample; the other pointer is null. `weights` say what each row
// counts in a mean, null where all count the same.
template <class Real> struct Targets {
    const int64_t* labels;  // (rows)
    const Real* values;     // (rows, width)
    long width;
    const Real* weights;    // (rows)

    // What `count` rows count together: those of these numbers, or the first ones where `rows` is null.
    double total(const int64_t* rows, long count) const {
        if (!weights) return double(count);
        double sum = 0;
        for (long n = 0; n < count; n++) sum += double(weights[rows ? rows[n] : n]);
        return sum;
    }
};

// Throws std::invalid_argument for labels (rows) that are not all in 0 .. classes - 1.
void check_labels(const int64_t* labels, long rows, long classes);

}  // namespace gw
