// When to ask the watcher: now and then, about every 20 ms, with few looks at the clock.
#pragma once

#include <chrono>

namespace gw {

class Polling {
  public:
    bool due() {
        if (--left_ > 0) return false;
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - last_).count();
        steps_ = seconds < 0.01 ? steps_ * 2 : seconds > 0.04 && steps_ > 1 ? steps_ / 2 : steps_;
        left_ = steps_;
        const bool due = std::chrono::duration<double>(now - asked_).count() > 0.02;
        if (due) asked_ = now;
        last_ = now;
        return due;
    }

  private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now(), asked_ = last_;
    long steps_ = 1, left_ = 1;
};

}  // namespace gw
