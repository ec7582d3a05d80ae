// Many models in one call: threads across models, each model on one thread from beginning to end, so that its
// numbers do not depend on what runs beside it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "run.h"

namespace gw {

struct Made {
    long steps;
    double objective;  // the last
};

// Calls train(k, watcher), which returns what it has Made, for k = 0 .. count - 1 on `threads` threads.
//
// `watcher` is asked about every 20 ms with the steps that all models have made together and the mean of their last
// objectives (NaN before the first). False ends every model after the step that it is at, and begins no other; then it
// is not asked again. The calling thread trains none of several models and only asks, so that all this is the same for
// any number of threads; a single model is trained, and asks, on the calling thread.
template <class Train> void train_many(int count, int threads, Watcher& watcher, Train&& train) {
    if (count == 1) {
        train(0, watcher);
        return;
    }

    std::atomic<bool> stop{false};
    struct Model final : Watcher {
        std::atomic<bool>* stop = nullptr;
        std::atomic<long> steps{0};
        std::atomic<double> objective{0};
        bool go_on(long made, double last) override {
            objective.store(last, std::memory_order_relaxed);
            steps.store(made, std::memory_order_release);
            return !stop->load(std::memory_order_relaxed);
        }
    };
    std::vector<Model> models(count);
    for (Model& model : models) model.stop = &stop;
    auto ask = [&] {
        long steps = 0, begun = 0;
        double sum = 0;
        for (const Model& model : models) {
            const long made = model.steps.load(std::memory_order_acquire);
            if (made == 0) continue;
            steps += made, begun++;
            sum += model.objective.load(std::memory_order_relaxed);
        }
        return watcher.go_on(steps, begun ? sum / begun : NAN);
    };

    std::atomic<int> next{0};
    std::mutex mutex;
    std::condition_variable changed;
    size_t idle = 0;  // threads that have come to their end
    std::exception_ptr error;
    auto work = [&] {
        try {
            for (int k; !stop && (k = next++) < count;) {
                const Made made = train(k, models[k]);
                models[k].go_on(made.steps, made.objective);
            }
        } catch (...) {
            std::lock_guard lock(mutex);
            error = std::current_exception();
            stop = true;
        }
        std::lock_guard lock(mutex);
        idle++;
        changed.notify_one();
    };
    std::vector<std::thread> pool;
    try {
        for (int i = std::min(threads, count); i > 0; i--) pool.emplace_back(work);
    } catch (const std::system_error&) {  // no more threads to be had: those that are do it all
        if (pool.empty()) throw;
    }
    for (std::unique_lock lock(mutex);;) {
        if (changed.wait_for(lock, std::chrono::milliseconds(20), [&] { return idle == pool.size(); })) break;
        if (stop) continue;
        lock.unlock();
        if (!ask()) stop = true;
        lock.lock();
    }
    for (std::thread& thread : pool) thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace gw
