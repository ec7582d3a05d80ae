// Softmax cross-entropy of a batch: the loss, and the derivative in place of the logits.
//
//     loss = mean_s (log sum_c exp z[s, c] - z[s, y_s]),   d[s, c] = scale (softmax(z[s])[c] - [c = y_s])
//
// The exponentials of all rows are one loop, which the compiler makes a vector loop of.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

class Softmax {
public:
    Softmax(int batch, int classes) : batch(batch), classes(classes), most(batch), sum(batch) {}

    // z is [class][sample] where samples lie side by side, else [sample][class]. Returns the mean loss.
    template <bool samples_inside>
    float operator()(float* z, const std::int32_t* labels, float scale) {
        const auto at = [&](int s, int c) { return samples_inside ? c * batch + s : s * classes + c; };
        each<samples_inside>([&](int s, int c) { most[s] = c ? std::max(most[s], z[at(s, c)]) : z[at(s, c)]; });
        float loss = 0;
        for (int s = 0; s < batch; ++s) loss += most[s] - z[at(s, labels[s])];
        each<samples_inside>([&](int s, int c) { z[at(s, c)] -= most[s]; });
        for (int i = 0; i < batch * classes; ++i) z[i] = std::exp(z[i]);
        each<samples_inside>([&](int s, int c) { sum[s] = (c ? sum[s] : 0) + z[at(s, c)]; });
        for (int s = 0; s < batch; ++s) loss += std::log(sum[s]);
        for (int s = 0; s < batch; ++s) sum[s] = scale / sum[s];
        each<samples_inside>([&](int s, int c) { z[at(s, c)] *= sum[s]; });
        for (int s = 0; s < batch; ++s) z[at(s, labels[s])] -= scale;
        return loss / batch;
    }

private:
    // Visits all entries in the order in which they lie, classes rising for each sample.
    template <bool samples_inside, class Visit>
    void each(const Visit& visit) const {
        for (int outer = 0; outer < (samples_inside ? classes : batch); ++outer)
#pragma GCC ivdep
            for (int inner = 0; inner < (samples_inside ? batch : classes); ++inner)
                samples_inside ? visit(inner, outer) : visit(outer, inner);
    }

    int batch, classes;
    std::vector<float> most, sum;  // of each sample
};
