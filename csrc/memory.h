// Blocks of zeros that begin on a page, and where a delta lies in one.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <new>

namespace gw {

template <class T> class Block {
  public:
    // By calloc, from which a page of zeros costs nothing until it is touched: not all that a model has is used.
    explicit Block(long count = 0) : start_(std::calloc(size_t(count) * sizeof(T) + slack + page, 1)), count_(count) {
        if (!start_) throw std::bad_alloc();
        data_ = reinterpret_cast<T*>((uintptr_t(start_) + page - 1) / page * page);
    }
    Block(Block&& other) noexcept : start_(other.start_), data_(other.data_), count_(other.count_) { other.start_ = nullptr; }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() { std::free(start_); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    long count() const { return count_; }

  private:
    static constexpr size_t page = 4096, slack = 1024;  // sixteen registers may be read past the last number
    void* start_;
    T* data_;
    long count_;
};

// Where the delta of a buffer lies; its groups of samples, in kernels that have such, are so many Reals apart.
template <class Real> struct Delta {
    Real* at;
    long group;
};

}  // namespace gw
