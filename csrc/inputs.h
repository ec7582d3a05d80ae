// Rows of features as they are stored, and the targets beside them: plain pointers into the caller's arrays.
#pragma once

#include <cstdint>

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

  private:
    template <class Number> void convert(const Number* from, Real* x) const {
        for (long i = 0; i < features; i++) x[i] = Real(from[i]);
        if (shift)
            for (long i = 0; i < features; i++) x[i] -= shift[i];
        if (scale)
            for (long i = 0; i < features; i++) x[i] *= scale[i];
    }
};

// Labels for a softmax, or one row of numbers for each sample; the other pointer is null.
template <class Real> struct Targets {
    const int64_t* labels;  // (rows)
    const Real* values;     // (rows, width)
    long width;
};

}  // namespace gw
