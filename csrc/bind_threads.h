// In and out of the interpreter lock, also while the interpreter ends. A daemon thread may be at work then: if it came
// back for the lock, Python would end it in the middle of C++, and C++ the whole process. So it stays outside for good.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace gw {

namespace nb = nanobind;

inline std::atomic<bool> leaving{false};       // the interpreter
inline std::atomic<std::thread::id> leaver{};  // the thread that ends it, which may go on
inline std::atomic<int> coming{0};             // threads that wait for the lock, or have taken it to ask
inline int outside = 0;                        // calls at work without it; changed by those who hold it

// Counts this thread among those that come in, for as long as it lives.
struct Coming {
    Coming() {
        coming++;
        if (!leaving || std::this_thread::get_id() == leaver.load()) return;
        coming--;
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
    }
    Coming(const Coming&) = delete;
    Coming& operator=(const Coming&) = delete;
    ~Coming() { coming--; }
};

// Without the lock, as long as it lives.
class Outside {
  public:
    Outside() {
        outside++;
        state_ = PyEval_SaveThread();
    }
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;
    ~Outside() {
        const Coming now;
        PyEval_RestoreThread(state_);
        outside--;
    }

  private:
    PyThreadState* state_;
};

// With the lock, to ask something; as long as it lives.
class Inside {
    const Coming now_;
    const nb::gil_scoped_acquire lock_;
};

// Threads are kept out from when Python's handlers at exit are called: by then it has waited for all but daemons. Those
// that come in just then are let through, for a second at most.
inline void stay_outside_at_exit() {
    nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
        leaver = std::this_thread::get_id();
        leaving = true;
        if (outside > 0) nb::set_leak_warnings(false);  // what such a call holds is not given back
        const nb::gil_scoped_release unlock;
        for (int i = 0; coming > 0 && i < 1000; i++) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }));
}

}  // namespace gw
