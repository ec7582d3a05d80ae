// The loops by which this processor's limits are measured.
#include "limits.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "memory.h"
#include "simd.h"
#include "team.h"
#include "valid.h"

namespace gw {

namespace {

constexpr int repeats = 7;

// The best of a few runs of `work` on each member of a team at once, in seconds; `ask`, which may throw, between them.
template <class Work> double best_time(Team& team, Work&& work, const std::function<void()>& ask) {
    double best = 1e30;
    for (int repeat = 0; repeat < repeats; repeat++) {
        const auto start = std::chrono::steady_clock::now();
        team.share(team.members(), [&](long, long, int member) { work(member); });
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        ask();
    }
    return best;
}

// x <- x a + b on as many registers as hide the latency of one multiply-add
float multiply_add(long rounds) {
    constexpr int sums = registers == 32 ? 24 : 12;
    Vec<float> x[sums], a = broadcast(0.999f), b = broadcast(0.001f);
    for (int i = 0; i < sums; i++) x[i] = broadcast(float(i));
    for (long round = 0; round < rounds; round++) {
        GW_UNROLL for (int i = 0; i < sums; i++) x[i] = x[i] * a + b;
    }
    for (int i = 1; i < sums; i++) x[0] += x[i];
    return sum_of_lanes<float>(x[0]);
}

}  // namespace

Limits measure_limits(int threads, const std::function<void()>& ask) {
    Team team(threads);
    require(team.members() == threads, "threads: the system lends fewer: " + found(threads, team.members()));
    constexpr long rounds = 1000000, numbers = 1 << 24;  // 64 MiB an array: larger than any cache
    constexpr double operations = 2.0 * lanes<float> * (registers == 32 ? 24 : 12) * rounds;
    std::vector<float> sink(threads);
    const double arithmetic = best_time(team, [&](int i) { sink[i] = multiply_add(rounds); }, ask);

    std::vector<Block<float>> a, b, c;
    for (int i = 0; i < threads; i++) {
        a.emplace_back(numbers / threads);
        b.emplace_back(numbers / threads);
        c.emplace_back(numbers / threads);
    }
    auto triad = [&](int i) {
        for (long n = 0; n < a[i].count(); n += lanes<float>) store(a[i].data() + n, load(b[i].data() + n) + load(c[i].data() + n));
    };
    const double memory = best_time(team, triad, ask);
    return {operations * threads / arithmetic, 3.0 * sizeof(float) * double(numbers / threads) * threads / memory};
}

}  // namespace gw
