// The order of an epoch's samples: a bijection of 0 .. 2^bits - 1 by hashing, of which the numbers below n stay.
// The twin of epoch_order in gradwright/data/batches.py, number for number; bounded by integer arithmetic.
#pragma once

#include <cstdint>

namespace gw {

inline int bits_for(int64_t n) {
    int bits = 1;
    while ((int64_t(1) << bits) < n) bits++;
    return bits;
}

// order (n) <- a permutation of 0 .. n - 1 that `keys` (2 for each round) choose
inline void permute(const uint32_t* keys, int rounds, int64_t n, int64_t* order) {
    const int bits = bits_for(n), shift = (bits - 1) / 2 > 1 ? (bits - 1) / 2 : 1;
    const uint32_t mask = uint32_t((uint64_t(1) << bits) - 1);
    int64_t filled = 0;
    for (uint64_t first = 0; first < uint64_t(1) << bits; first += 64) {
        const int count = int((uint64_t(1) << bits) - first < 64 ? (uint64_t(1) << bits) - first : 64);
        uint32_t x[64];
        for (int i = 0; i < 64; i++) x[i] = uint32_t(first) + i;
        for (int r = 0; r < rounds; r++)
            for (int i = 0; i < 64; i++) {
                x[i] = ((x[i] ^ keys[2 * r]) * (keys[2 * r + 1] | 1)) & mask;
                x[i] ^= x[i] >> shift;
            }
        for (int i = 0; i < count; i++)
            if (int64_t(x[i]) < n) order[filled++] = x[i];
    }
}

}  // namespace gw
