// What the loss reads and writes, a sample in each lane (group, feature, lane), for kernels whose buffers have a row
// for each sample.
#pragma once

#include "memory.h"
#include "simd.h"

namespace gw {

template <class Real> class LossLanes {
  public:
    static constexpr int L = lanes<Real>;

    LossLanes(int width, long rows)
        : width_(width), output_((rows + L - 1) / L * group_stride(width)), delta_(output_.count()) {}

    static long group_stride(long width) { return round_up<Real>(width) * L; }

    // the output y, of which a row begins every `row` Reals
    const Real* output(const Real* y, long row, long count) {
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width_; c++) output_.data()[place(n, c)] = y[n * row + c];
        return output_.data();
    }

    Delta<Real> delta() { return {delta_.data(), group_stride(width_)}; }

    // dy <- the delta that the loss has left
    void copy_delta(Real* dy, long row, long count) const {
        for (long n = 0; n < count; n++)
            for (int c = 0; c < width_; c++) dy[n * row + c] = delta_.data()[place(n, c)];
    }

  private:
    const int width_;
    Block<Real> output_, delta_;

    long place(long n, int c) const { return n / L * group_stride(width_) + c * L + n % L; }
};

}  // namespace gw
