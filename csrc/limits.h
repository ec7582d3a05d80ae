// What this processor can do at most: multiply-adds in registers, and bytes to and from memory. The bench divides
// by these; nothing else here uses them.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "memory.h"
#include "simd.h"

namespace gw {

struct Limits {
    double flops, bandwidth;  // float32 operations and bytes a second, over all threads
};

namespace detail {

constexpr int repeats = 7;

// The best of a few runs of `work` on each of `threads` threads at once, in seconds.
template <class Work> double best_time(int threads, Work&& work) {
    double best = 1e30;
    for (int repeat = 0; repeat < repeats; repeat++) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<std::thread> pool;
        for (int i = 1; i < threads; i++) pool.emplace_back(work, i);
        work(0);
        for (std::thread& thread : pool) thread.join();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

// x <- x a + b on as many registers as hide the latency of one multiply-add
inline float multiply_add(long rounds) {
    constexpr int sums = registers == 32 ? 24 : 12;
    Vec<float> x[sums], a = broadcast(0.999f), b = broadcast(0.001f);
    for (int i = 0; i < sums; i++) x[i] = broadcast(float(i));
    for (long round = 0; round < rounds; round++) {
        GW_UNROLL for (int i = 0; i < sums; i++) x[i] = x[i] * a + b;
    }
    for (int i = 1; i < sums; i++) x[0] += x[i];
    return sum_of_lanes<float>(x[0]);
}

}  // namespace detail

inline Limits measure_limits(int threads) {
    constexpr long rounds = 1000000, numbers = 1 << 24;  // 64 MiB an array: larger than any cache
    constexpr double operations = 2.0 * lanes<float> * (registers == 32 ? 24 : 12) * rounds;
    std::vector<float> sink(threads);
    const double arithmetic = detail::best_time(threads, [&](int i) { sink[i] = detail::multiply_add(rounds); });

    std::vector<Block<float>> a, b, c;
    for (int i = 0; i < threads; i++) {
        a.emplace_back(numbers / threads);
        b.emplace_back(numbers / threads);
        c.emplace_back(numbers / threads);
    }
    const double memory = detail::best_time(threads, [&](int i) {
        for (long n = 0; n < a[i].count(); n += lanes<float>) store(a[i].data() + n, load(b[i].data() + n) + load(c[i].data() + n));
    });
    return {operations * threads / arithmetic, 3.0 * sizeof(float) * double(numbers / threads) * threads / memory};
}

}  // namespace gw
