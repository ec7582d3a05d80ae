// Threads inside one model: a few that live as long as it does, share one piece of work at a time, and sleep
// when nothing comes. What is shared are the parts of a result, never the terms of a sum, so that the numbers do
// not depend on how many threads there are: where the system lends fewer than were wanted, fewer do the work.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace gw {

#if defined(__clang__)
#define GW_ONCE __attribute__((noinline))
#else
#define GW_ONCE __attribute__((noinline, noclone))
#endif

// work(first, last, member) as a call of its own: however many ways lead to a piece of work, it is compiled once.
template <class Work> GW_ONCE void carry_out(const Work& work, long first, long last, int member) {
    work(first, last, member);
}

namespace detail {

class Crew {
  public:
    explicit Crew(int wanted) {
        others_.reserve(std::max(wanted - 1, 0));
        try {
            for (int member = 1; member < wanted; member++) others_.emplace_back([this, member] { serve(member); });
        } catch (const std::exception&) {  // no more threads, or no memory for one
        }
        members_ = 1 + int(others_.size());
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew() { send_home(); }

    int members() const { return members_; }

    template <class Work> void share(long parts, const Work& work) {
        if (members_ == 1 || parts <= 1) return carry_out(work, 0, parts, 0);
        left_.store(members_ - 1, std::memory_order_relaxed);
        announce([](const void* w, long first, long last, int member) { carry_out(*static_cast<const Work*>(w), first, last, member); },
                 &work, parts);
        carry_out(work, 0, parts / members_, 0);
        wait(finished_, [this] { return left_.load(std::memory_order_acquire) == 0; });
    }

  private:
    using Call = void (*)(const void* work, long first, long last, int member);
    static constexpr int spins = 2000;  // some 30 us: longer than what lies between two shares of a step

    int members_ = 1;  // as of the first announcement
    std::vector<std::thread> others_;
    std::mutex mutex_;
    std::condition_variable announced_, finished_;
    std::atomic<long> turn_{0};  // the number of announcements
    std::atomic<int> left_{0};   // members that still work
    Call call_ = nullptr;        // null: go home
    const void* work_ = nullptr;
    long parts_ = 0;

    void announce(Call call, const void* work, long parts) {
        {
            std::lock_guard lock(mutex_);
            call_ = call, work_ = work, parts_ = parts;
            turn_.fetch_add(1, std::memory_order_release);
        }
        announced_.notify_all();
    }

    void send_home() {
        announce(nullptr, nullptr, 0);
        for (std::thread& other : others_) other.join();
    }

    void serve(int member) {
        for (long seen = 0;; seen++) {
            wait(announced_, [&] { return turn_.load(std::memory_order_acquire) > seen; });
            if (!call_) return;
            call_(work_, parts_ * member / members_, parts_ * (member + 1) / members_, member);
            if (left_.fetch_sub(1, std::memory_order_acq_rel) > 1) continue;
            { std::lock_guard lock(mutex_); }  // whoever waits has either seen the count or sleeps by now
            finished_.notify_one();
        }
    }

    // Looks for a while, then sleeps until `changed` is notified and `done` holds.
    template <class Done> void wait(std::condition_variable& changed, Done&& done) {
        for (int i = 0; i < spins; i++) {
            if (done()) return;
            pause();
        }
        std::unique_lock lock(mutex_);
        changed.wait(lock, done);
    }

    // tells the processor that the thread only looks
    static void pause() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }
};

}  // namespace detail

// In a copy of the process, which fork makes, are none of these threads: there the calling one does all the work, and
// what it shared with the others is neither touched nor freed, since it may have been copied locked.
class Team {
  public:
    explicit Team(int wanted) : crew_(std::make_unique<detail::Crew>(wanted)) {}
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;
    ~Team() {
        if (is_copy()) (void)crew_.release();
    }

    int members() const { return crew_->members(); }  // the calling thread included, which is member 0

    // Calls work(first, last, member) so that the ranges cover 0 .. parts - 1; equal ranges, always the same for
    // the same member, so that what it wrote is still in its cache. Returns when all is done; `work` must not throw.
    template <class Work> void share(long parts, const Work& work) {
        if (is_copy()) return carry_out(work, 0, parts, 0);
        crew_->share(parts, work);
    }

  private:
    std::unique_ptr<detail::Crew> crew_;

#if defined(__unix__) || defined(__APPLE__)
    const pid_t process_ = getpid();  // that has the threads
    bool is_copy() const { return getpid() != process_; }
#else
    bool is_copy() const { return false; }
#endif
};

}  // namespace gw
