// Blocks of zeros that begin on a page, and where a delta lies in one.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>

namespace gw {

template <class T> class Block {
  public:
    explicit Block(long count = 0) : count_(count) {
        const size_t bytes = (size_t(count) * sizeof(T) + slack + page - 1) / page * page;
        data_ = static_cast<T*>(std::aligned_alloc(page, bytes));
        if (!data_) throw std::bad_alloc();
        std::memset(static_cast<void*>(data_), 0, bytes);
    }
    Block(Block&& other) noexcept : data_(other.data_), count_(other.count_) { other.data_ = nullptr; }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    ~Block() { std::free(data_); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    long count() const { return count_; }

  private:
    static constexpr size_t page = 4096, slack = 128;  // a register may be read past the last number
    T* data_;
    long count_;
};

// Where the delta of a buffer lies; its groups of samples, in kernels that have such, are so many Reals apart.
template <class Real> struct Delta {
    Real* at;
    long group;
};

}  // namespace gw
