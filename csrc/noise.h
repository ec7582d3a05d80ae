// Random words that are a function of a key and a place, so that any thread makes any of them: the twin of
// gradwright/nn/noise.py, bit for bit, which names the source. Bounded by integer products, two for each word.
#pragma once

#include <cstdint>

#include "simd.h"

namespace gw {

template <class Real> struct WordRegister {
    typedef uint32_t Vec __attribute__((vector_size(4 * lanes<Real>)));
};
template <class Real> using Words = typename WordRegister<Real>::Vec;  // as many as a register has lanes

constexpr uint32_t golden = 0x9E3779B9;  // 2^32 / the golden ratio

template <class Real> GW_INLINE Words<Real> broadcast_word(uint32_t x) { return x - Words<Real>{}; }

// The lanes of a whole number: 0, 1, 2, ...
template <class Real> GW_INLINE Words<Real> word_numbers() {
    Words<Real> v;
    for (int i = 0; i < lanes<Real>; i++) v[i] = i;
    return v;
}

// lowbias32, with `between` added after its first product; a word, or words
template <class Word> GW_INLINE Word hashed(Word x, Word between) {
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x = (x + between) * 0x846CA68Bu;
    return x ^ (x >> 16);
}

// What rows, one or many, have of the key for themselves: their words begin with one half and take in the other.
template <class Word> struct RowNoise {
    Word start, middle;

    RowNoise(uint64_t key, Word row) {
        const Word low = uint32_t(key) - Word{}, high = uint32_t(key >> 32) - Word{};
        start = hashed(Word(row * golden + low), high);
        middle = hashed(Word(start ^ high), low);
    }

    // the word at each column, which comes as a multiple of `golden`
    Word at(Word columns) const { return hashed(Word(columns + start), middle); }
};

}  // namespace gw
