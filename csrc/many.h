// Many models in one call: threads across models, each model on one thread from beginning to end, so that its
// numbers do not depend on what runs beside it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "run.h"

namespace gw {

// Calls train(k, watcher) for k = 0 .. count - 1 on `threads` threads; `watcher` is asked from this thread alone.
template <class Train> void train_many(int count, int threads, Watcher& watcher, Train&& train) {
    if (threads <= 1 || count <= 1) {
        for (int k = 0; k < count; k++) train(k, watcher);
        return;
    }

    struct Shared final : Watcher {
        std::atomic<bool> stop{false};
        std::atomic<long> steps{0};
        bool go_on(long, double) override { return !stop.load(std::memory_order_relaxed); }
    } shared;
    std::atomic<int> next{0};
    int running = std::min(threads, count);
    std::mutex mutex;
    std::condition_variable changed;
    std::exception_ptr error;

    auto work = [&] {
        try {
            for (int k; !shared.stop && (k = next++) < count;) train(k, shared);
        } catch (...) {
            std::lock_guard lock(mutex);
            error = std::current_exception();
            shared.stop = true;
        }
        std::lock_guard lock(mutex);
        running--;
        changed.notify_one();
    };

    std::vector<std::thread> pool;
    for (int i = std::min(threads, count); i > 0; i--) pool.emplace_back(work);
    for (std::unique_lock lock(mutex); running > 0;) {
        changed.wait_for(lock, std::chrono::milliseconds(20));
        if (running == 0) break;
        lock.unlock();
        if (!watcher.go_on(std::min<long>(next, count), 0)) shared.stop = true;
        lock.lock();
    }
    for (std::thread& thread : pool) thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace gw
