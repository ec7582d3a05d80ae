// Rows in parts that fit the caches, and the threads that share them.
//
// A batch, or what is measured, is taken some hundred rows at a time, so that what is written of a part is still in the
// cache when it is read again. The rows lie in shares, as many as the network and the number of rows say. One thread
// takes a share, part by part, and adds what is summed in that order; the sums of the shares are added from the first to
// the last. So no bit depends on how many threads there are, or on which of them takes what.
//
// Where a part alone is work enough for threads, they share its products instead (panels.h): all rows are one share then,
// and no thread needs a gradient of its own.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <numeric>
#include <vector>

#include "activations.h"
#include "memory.h"
#include "polling.h"
#include "program.h"
#include "simd.h"
#include "team.h"

namespace gw {

constexpr int most_shares = 16;  // each has a gradient; more threads than that find nothing to do

// The multiply-adds of one row in the products of a step.
inline double products_of_row(const Program& program) {
    double products = 0;
    for (const Step& s : program.steps)
        if (s.kind == StepKind::linear) products += (s.source > 0 ? 3.0 : 2.0) * s.inputs * s.outputs;
    return products;
}

// All that is done to one row in a step, as so many multiply-adds.
inline double work_of_row(const Program& program) {
    double work = products_of_row(program);
    for (int width : program.widths) work += Polling::per_number * width;
    return work;
}

// Rows in shares that begin where whole registers do.
class Shares {
  public:
    static constexpr long grain = 64;

    Shares(long rows, long count) : rows_(rows), count_(count) {}
    long count() const { return count_; }
    long begin(long share) const { return std::min(rows_, (rows_ + grain - 1) / grain * share / count_ * grain); }

  private:
    long rows_, count_;
};

template <class Net> class Parts {
  public:
    using Kernels = typename Net::Kernels;
    using Real = typename Net::Real;

    // `own` is the network of the calling thread, who alone is asked; as many rows as it has room for are a part.
    Parts(Net& own, int threads)
        : own_(own), in_shares_(!shares_products(own.program)),
          threads_(in_shares_ ? std::min(threads, most_shares) : 1) {}

    // None is empty, and none of several has less than a part.
    Shares shares(long rows) const {
        const long least = std::max<long>(own_.capacity, Shares::grain);
        return {rows, in_shares_ ? std::clamp(rows / least, 1L, long(most_shares)) : 1};
    }

    // Calls body(network, share, numbers, first, count) for each part of `rows` rows, whose work is so many multiply-adds:
    // `count` rows from place `first` on, with their numbers: those of `order`, or the places themselves where it is null.
    template <class Body> void for_each(const int64_t* order, long rows, double work, const Body& body) {
        const Shares all = shares(rows);
        std::atomic<long> next{0};
        std::atomic<bool> left{false};
        std::array<std::exception_ptr, most_shares> thrown;
        spread(all.count(), work, [&](long, long, int member) {
            try {
                for (long share; (share = next++) < all.count();)
                    for (long first = all.begin(share), end = all.begin(share + 1), count; first < end && !left; first += count) {
                        count = std::min<long>(own_.capacity, end - first);
                        body(network(member), share, order ? order + first : places(member, first, count), first, count);
                    }
            } catch (...) {
                left = true;
                thrown[member] = std::current_exception();
            }
        });
        for (const std::exception_ptr& e : thrown)
            if (e) std::rethrow_exception(e);
    }

    // to <- to + the first of `sums` + the second ..., `of` so many, each of `count` numbers; the work is that of all rows.
    void add_up(Real* to, const std::vector<Block<Real>>& sums, long of, long count, double work) {
        constexpr long together = 1024;
        spread((count + together - 1) / together, work, [&](long first, long last, int) {
            for (long at = first * together; at < std::min(last * together, count); at += together)
                for (long k = 0; k < of; k++) add(to + at, sums[k].data() + at, to + at, std::min(together, count - at));
        });
    }

  private:
    // A thread's own, beside that of the caller; nobody is asked there.
    struct Other {
        Polling polling;
        const Polling::Patience without_end{polling};
        Net network;
        explicit Other(const Net& like) : network(like.program, like.capacity, 1, polling) {}
    };

    static constexpr double worth_sharing = 0.5e-3 * 3e9 * lanes<Real>;  // multiply-adds that take some 0.3 ms

    static bool shares_products(const Program& program) {
        return Kernels::shares_products && products_of_row(program) * Kernels::rows_in_part(program) >= worth_sharing;
    }

    Net& own_;
    const bool in_shares_;
    const int threads_;
    std::unique_ptr<Team> team_;  // from when there is work enough
    std::vector<std::unique_ptr<Other>> others_;
    std::array<std::vector<int64_t>, most_shares> places_;  // of each member

    // Calls what(first, last, member) for ranges of 0 .. pieces - 1, by several threads where it is work enough.
    template <class What> void spread(long pieces, double work, const What& what) {
        if (threads_ == 1 || pieces == 1 || work < worth_sharing) return carry_out(what, 0, pieces, 0);
        if (!team_) team_ = std::make_unique<Team>(threads_);
        while (int(others_.size()) + 1 < team_->members()) others_.push_back(std::make_unique<Other>(own_));
        team_->share(pieces, what);
    }

    Net& network(int member) { return member == 0 ? own_ : others_[member - 1]->network; }

    const int64_t* places(int member, long first, long count) {
        std::vector<int64_t>& to = places_[member];
        to.resize(own_.capacity);
        std::iota(to.begin(), to.begin() + count, first);
        return to.data();
    }
};

}  // namespace gw
