// What a batch is held against, a sample in each lane: brought in before it is needed.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "inputs.h"
#include "memory.h"
#include "transpose.h"

namespace gw {

// What one group is held against: a label in each lane, or values (width, lanes); and what each lane counts.
template <class Real> struct TargetGroup {
    IntVec<Real> labels;
    const Real* values;  // null where there are labels
    Vec<Real> weights;   // 0 in a lane of no row
};

template <class Real> class TargetGroups {
  public:
    static constexpr int L = lanes<Real>;

    TargetGroups(long groups, long width)
        : width_(width), labels_(groups * L), values_(groups * width * L), weights_(groups * L) {}

    // Groups `first` and following <- the targets of `count` rows; a lane of no row takes the last label, or zeros.
    void gather(const Targets<Real>& from, const int64_t* rows, long count, long first) {
        Real* weights = weights_.data() + first * L;
        if (from.weights)
            for (long n = 0; n < count; n++) weights[n] = from.weights[rows[n]];
        else
            std::fill(weights, weights + count, Real(1));
        std::fill(weights + count, weights + (count + L - 1) / L * L, Real(0));
        has_labels_ = from.labels;
        if (has_labels_) {
            Label* to = labels_.data() + first * L;
            for (long n = 0; n < count; n++) to[n] = Label(from.labels[rows[n]]);
            std::fill(to + count, to + (count + L - 1) / L * L, Label(from.labels[rows[count - 1]]));
            return;
        }
        Real* to = values_.data() + first * width_ * L;
        for (; count >= L; count -= L, rows += L, to += width_ * L)
            gather_columns<Real>([&](int n) { return from.values + rows[n] * width_; }, width_, to);
        if (count == 0) return;
        std::fill(to, to + width_ * L, Real(0));
        for (long n = 0; n < count; n++)
            for (long c = 0; c < width_; c++) to[c * L + n] = from.values[rows[n] * width_ + c];
    }

    TargetGroup<Real> operator[](long group) const {
        TargetGroup<Real> found{};
        if (has_labels_)
            __builtin_memcpy(&found.labels, labels_.data() + group * L, sizeof found.labels);
        else
            found.values = values_.data() + group * width_ * L;
        found.weights = load(weights_.data() + group * L);
        return found;
    }

  private:
    using Label = std::remove_reference_t<decltype(IntVec<Real>{}[0])>;
    long width_;
    bool has_labels_ = false;
    Block<Label> labels_;
    Block<Real> values_, weights_;
};

}  // namespace gw
