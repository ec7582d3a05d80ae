// The numbers of an epoch's order (order.h), a few hundred at a time; bounded by integer arithmetic.
#include "order.h"

#include "simd.h"

namespace gw {

constexpr int numbers_at_once = 256;  // enough registers at work to hide the latency of products

// to <- those of the `count` numbers that are below n, in their order, without a branch: which they are cannot be
// foreseen. Returns how many; writes up to 16 more.
static int keep_below(int64_t n, const uint32_t* x, int count, int64_t* to) {
    int kept = 0, i = 0;
#if defined(__AVX512F__)
    const __m512i bound = _mm512_set1_epi32(int(n - 1));
    for (; i + 16 <= count; i += 16) {
        const __m512i numbers = _mm512_loadu_si512(x + i);
        const __mmask16 below = _mm512_cmple_epu32_mask(numbers, bound);
        uint32_t packed[16];
        _mm512_storeu_si512(packed, _mm512_maskz_compress_epi32(below, numbers));
        for (int k = 0; k < 16; k++) to[kept + k] = packed[k];
        kept += __builtin_popcount(below);
    }
#endif
    for (; i < count; i++) {
        to[kept] = x[i];
        kept += int64_t(x[i]) < n;
    }
    return kept;
}

// numbers <- first, first + 1, ..., each taken through all rounds modulo 2^bits in words that hold them
template <class Word>
static void hash_block(const uint32_t* keys, int rounds, int shift, uint32_t mask, uint64_t first, uint32_t* numbers) {
    typedef Word Words __attribute__((vector_size(register_bytes)));
    constexpr int per = register_bytes / int(sizeof(Word)), together = registers / 4;
    typedef uint32_t Numbers __attribute__((vector_size(4 * per)));
    Words counted;
    for (int i = 0; i < per; i++) counted[i] = Word(i);
    for (int start = 0; start < numbers_at_once; start += together * per) {
        Words x[together];
        GW_UNROLL for (int i = 0; i < together; i++) x[i] = counted + Word(first + start + i * per);
        for (int r = 0; r < rounds; r++) {
            const Word flip = Word(keys[2 * r]), factor = Word(keys[2 * r + 1] | 1);
            GW_UNROLL for (int i = 0; i < together; i++) {
                x[i] = ((x[i] ^ flip) * factor) & Word(mask);
                x[i] ^= x[i] >> shift;
            }
        }
        GW_UNROLL for (int i = 0; i < together; i++) {
            const Numbers wide = __builtin_convertvector(x[i], Numbers);
            __builtin_memcpy(numbers + start + i * per, &wide, sizeof wide);
        }
    }
}

void Order::make(int64_t count) {
    if (taken_ > 0) std::copy(rows_.begin() + taken_, rows_.begin() + made_, rows_.begin());
    made_ -= std::exchange(taken_, 0);
    const size_t room = count + numbers_at_once + 16;
    if (rows_.size() < room) rows_.resize(room);
    const int rounds = int(keys_.size() / 2);
    const uint64_t total = uint64_t(1) << bits_;
    const uint32_t mask = uint32_t(total - 1);
    uint32_t x[numbers_at_once];
    for (; made_ < count && hashed_ < total; hashed_ += numbers_at_once) {
        if (bits_ <= 16)
            hash_block<uint16_t>(keys_.data(), rounds, shift_, mask, hashed_, x);
        else
            hash_block<uint32_t>(keys_.data(), rounds, shift_, mask, hashed_, x);
        const int here = int(std::min<uint64_t>(total - hashed_, numbers_at_once));
        made_ += keep_below(count_, x, here, rows_.data() + made_);
    }
}

}  // namespace gw
