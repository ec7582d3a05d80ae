// The order of an epoch's samples: a bijection of 0 .. 2^bits - 1 by hashing, of which the numbers below n stay.
// The twin of epoch_order in gradwright/data/batches.py, number for number; bounded by integer arithmetic.
#pragma once

#include <cstdint>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace gw {

inline int bits_for(int64_t n) {
    int bits = 1;
    while ((int64_t(1) << bits) < n) bits++;
    return bits;
}

// to <- those of the `count` numbers that are below n, in their order, without a branch: which they are cannot be
// foreseen. Returns how many; writes up to a register more.
inline int keep_below(int64_t n, const uint32_t* x, int count, uint32_t* to) {
    int kept = 0, i = 0;
#if defined(__AVX512F__)
    const __m512i bound = _mm512_set1_epi32(int(n - 1));
    for (; i + 16 <= count; i += 16) {
        const __m512i numbers = _mm512_loadu_si512(x + i);
        const __mmask16 below = _mm512_cmple_epu32_mask(numbers, bound);
        _mm512_storeu_si512(to + kept, _mm512_maskz_compress_epi32(below, numbers));
        kept += __builtin_popcount(below);
    }
#endif
    for (; i < count; i++) {
        to[kept] = x[i];
        kept += int64_t(x[i]) < n;
    }
    return kept;
}

// order (n) <- a permutation of 0 .. n - 1 that `keys` (2 for each round) choose
inline void permute(const uint32_t* keys, int rounds, int64_t n, int64_t* order) {
    const int bits = bits_for(n), shift = (bits - 1) / 2 > 1 ? (bits - 1) / 2 : 1;
    const uint32_t mask = uint32_t((uint64_t(1) << bits) - 1);
    int64_t filled = 0;
    for (uint64_t first = 0; first < uint64_t(1) << bits; first += 64) {
        const int count = int((uint64_t(1) << bits) - first < 64 ? (uint64_t(1) << bits) - first : 64);
        uint32_t x[64], stay[80];
        for (int i = 0; i < 64; i++) x[i] = uint32_t(first) + i;
        for (int r = 0; r < rounds; r++)
            for (int i = 0; i < 64; i++) {
                x[i] = ((x[i] ^ keys[2 * r]) * (keys[2 * r + 1] | 1)) & mask;
                x[i] ^= x[i] >> shift;
            }
        const int kept = keep_below(n, x, count, stay);
        for (int i = 0; i < kept; i++) order[filled + i] = stay[i];
        filled += kept;
    }
}

}  // namespace gw
