// bfloat16: the upper half of a float, rounded to the nearest, ties to even.
#pragma once

#include <cstdint>
#include <cstring>

struct bfloat16 {
    bfloat16() = default;
    bfloat16(float value) {
        std::uint32_t word;
        std::memcpy(&word, &value, 4);
        bits = static_cast<std::uint16_t>((word + 0x7fff + (word >> 16 & 1)) >> 16);
    }
    operator float() const {
        const std::uint32_t word = std::uint32_t(bits) << 16;
        float value;
        std::memcpy(&value, &word, 4);
        return value;
    }
    std::uint16_t bits;
};

template <class From, class To>
inline void convert(const From* from, To* to, int size) {
#pragma GCC ivdep
    for (int i = 0; i < size; ++i) to[i] = To(from[i]);
}
