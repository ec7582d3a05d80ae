// What this processor can do at most: multiply-adds in registers, and bytes to and from memory. The bench divides
// by these; nothing else here uses them.
#pragma once

#include <functional>

namespace gw {

struct Limits {
    double flops, bandwidth;  // float32 operations and bytes a second, over all threads
};

// `ask` is called every few milliseconds, and may throw.
Limits measure_limits(int threads, const std::function<void()>& ask);

}  // namespace gw
