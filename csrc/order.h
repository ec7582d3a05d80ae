// The order of an epoch's samples: a bijection of 0 .. 2^bits - 1 by hashing, of which the numbers below n stay.
// The twin of epoch_order in gradwright/data/batches.py, number for number. It is made as the epoch goes, a few hundred
// numbers at a time (order.cpp), so that it stays in the L1 cache however many rows there are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace gw {

constexpr int64_t most_ordered = (int64_t(1) << 31) - 1;  // rows, as LARGEST in batches.py

inline int bits_for(int64_t n) {
    int bits = 1;
    while ((int64_t(1) << bits) < n) bits++;
    return bits;
}

// The row numbers that an epoch visits, handed out in turn.
class Order {
  public:
    // a permutation of 0 .. count - 1 that `keys` (2 for each round) choose
    Order(std::vector<uint32_t> keys, int64_t count)
        : count_(count), keys_(std::move(keys)), bits_(bits_for(count)), shift_(std::max((bits_ - 1) / 2, 1)) {}

    // rows as they are given
    explicit Order(std::vector<int64_t> rows) : count_(int64_t(rows.size())), made_(count_), rows_(std::move(rows)) {}

    int64_t count() const { return count_; }

    // The next `count` row numbers, no more than are left; they stay where they are until the next call.
    const int64_t* next(int64_t count) {
        if (made_ - taken_ < count) make(count);
        taken_ += count;
        return rows_.data() + taken_ - count;
    }

  private:
    int64_t count_, made_ = 0, taken_ = 0;  // of the numbers in rows_
    std::vector<int64_t> rows_;
    std::vector<uint32_t> keys_;
    int bits_ = 0, shift_ = 0;
    uint64_t hashed_ = 0;  // of the 2^bits numbers

    void make(int64_t count);  // the next numbers, until there are so many
};

}  // namespace gw
