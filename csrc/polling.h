// When to ask the watcher: now and then, about every 20 ms, with few looks at the clock. Between steps `due` finds its
// own pace; a step, or a call, of much work is cut into stretches and asks after each 2^26 multiply-adds of a thread,
// some milliseconds, however many rows or parameters there are.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

namespace gw {

// Asked now and then, with the steps so far and the last objective; false ends the epoch, or the call.
struct Watcher {
    virtual ~Watcher() = default;
    virtual bool go_on(long steps, double objective) = 0;
};

struct Stopped {};  // thrown where the watcher ends what is in the middle of a step

class Polling {
  public:
    static constexpr double most_work = 1 << 26;  // multiply-adds of a thread that nobody is asked within
    static constexpr double per_number = 16;      // what a number costs that is brought in or goes through an exponential

    void begin(Watcher& watcher) {
        watcher_ = &watcher;
        at_step(0, std::nan(""));
    }

    // So many steps are made, and the last objective; what a step asks within itself counts from its own beginning.
    void at_step(long steps, double objective) {
        made_ = steps;
        objective_ = objective;
        work_ = 0;
    }

    // Whether it is time to ask, between two steps.
    bool due() {
        if (--left_ > 0) return false;
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - last_).count();
        steps_ = seconds < 0.01 ? steps_ * 2 : seconds > 0.04 && steps_ > 1 ? steps_ / 2 : steps_;
        left_ = steps_;
        last_ = now;
        return is_time();
    }

    bool go_on() { return watcher_->go_on(made_, objective_); }

    // Called before so many multiply-adds; throws Stopped.
    void before(double work) {
        work_ += work;
        if (work_ <= most_work) return;
        work_ = work;
        if (!patient_ && is_time() && !go_on()) throw Stopped();
    }

    // Calls body(first, last) for stretches that make up 0 .. parts - 1, each part of so many multiply-adds.
    template <class Body> void in_stretches(long parts, double each, Body&& body) {
        if (parts * each <= most_work) {
            before(parts * each);
            return body(0L, parts);
        }
        const long most = std::max(1L, long(most_work / each));
        for (long first = 0; first < parts; first += most) {
            const long last = std::min(parts, first + most);
            before((last - first) * each);
            body(first, last);
        }
    }

    // For as long as it lives nobody is asked.
    class Patience {
      public:
        explicit Patience(Polling& polling) : polling_(polling) { polling.patient_ = true; }
        Patience(const Patience&) = delete;
        Patience& operator=(const Patience&) = delete;
        ~Patience() { polling_.patient_ = false; }

      private:
        Polling& polling_;
    };

  private:
    using Time = std::chrono::steady_clock::time_point;

    Watcher* watcher_ = nullptr;
    Time last_ = std::chrono::steady_clock::now(), asked_ = last_;
    long steps_ = 1, left_ = 1;  // between two looks at the clock
    long made_ = 0;
    double objective_ = 0, work_ = 0;
    bool patient_ = false;

    bool is_time() {
        const Time now = std::chrono::steady_clock::now();
        if (std::chrono::duration<double>(now - asked_).count() <= 0.02) return false;
        asked_ = now;
        return true;
    }
};

}  // namespace gw
