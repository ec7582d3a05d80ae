// Wide layers with every product in bfloat16 and every sum in float: the rows of samples are those of panels.h, and
// so are the parameters, bias, losses and activations in float; only the factors of a product are packed to 16 bits,
// in one part (bf16) or in two (bf16x3), just before they are multiplied. A narrow layer is left to panels.h.
//
// W lies in panels of 32 columns, (panel, inputs, 32). The left factor of a product is packed as a whole, the right
// one panel by panel, so that a packed panel is read from the L2 cache by all rows of the left one; what is not
// packed is read once for each product. Bounded by the unit of bf16.h, which packs and multiplies.
//
// Threads share the results of a product; each number comes of one product, whoever computes it.
#pragma once

#include "bf16.h"
#include "panels.h"
#include "transpose.h"

namespace gw {

class Bf16Products : public Panels<float> {
    using Base = Panels<float>;

  public:
    Bf16Products(const Program& program, int rows, int threads, Polling& polling)
        : Base(program, rows, threads, polling), unit_(*program.unit), left_size_(largest_left(program, rows)),
          right_size_(largest_right(program, rows)), left_(unit_.parts * left_size_),
          right_(unit_.parts * right_size_ * team_.members()) {}

    long weight_size(const Layer& layer) const { return pays(layer) ? layer.inputs * whole(layer.outputs) : Base::weight_size(layer); }
    long weight_index(const Layer& layer, long i, long o) const {
        return pays(layer) ? (o / P * layer.inputs + i) * P + o % P : Base::weight_index(layer, i, o);
    }
    long columns_together(const Layer& layer, long o) const { return pays(layer) ? P - o % P : Base::columns_together(layer, o); }

    // y = x W + b + addend
    void forward(const Layer& layer, int step, int outputs, const float* w, const float* b, const float* x, const float* addend,
                 float* y, long count) {
        if (!pays(layer)) return Base::forward(layer, step, outputs, w, b, x, addend, y, count);
        const Rows rows = rows_of(layer.source, x, layer.inputs, count);
        const long out = row(layer.outputs);
        const Blocks left = left_factor(layer.inputs);
        for_each_left_block(count, layer.inputs, count, [&](long n, long i) {
            unit_.pack_left(rows + n, i, count - n, layer.inputs - i, left.block(n / G, i), left.low);
        });
        auto pack = [&](long o, const Blocks& right) {
            for_each_right_block(layer.outputs - o, layer.inputs, [&](long c, long i) {
                const RowsApart from(w + weight_index(layer, i, o + c), P);
                unit_.pack_right(from.at, 0, layer.inputs - i, G, right.block(c / G, i), right.low);
            });
        };
        matrix_product(left, count, layer.outputs, layer.inputs, count, pack, idle, [&](long n, long o, Vec<float> sum) {
            if (b) sum += load(b + o);
            if (addend) sum += load(addend + n * out + o);
            store(y + n * out + o, sum);
        });
    }

    // dx = dz W', or dx += dz W'
    void backward_input(const Layer& layer, const float* w, const float* dz, Delta<float> dx, bool add, long count) {
        if (!pays(layer)) return Base::backward_input(layer, w, dz, dx, add, count);
        const long in = row(layer.inputs), out = row(layer.outputs);
        const Blocks left = left_factor(layer.outputs);
        for_each_left_block(count, layer.outputs, count, [&](long n, long o) {
            const RowsApart from(dz + n * out + o, out);
            unit_.pack_left(from.at, 0, count - n, layer.outputs - o, left.block(n / G, o), left.low);
        });
        auto pack = [&](long i, const Blocks& right) {
            for_each_right_block(layer.inputs - i, layer.outputs, [&](long c, long o) {
                const RowsApart from(w + weight_index(layer, i + c, o), P);
                unit_.pack_left(from.at, 0, layer.inputs - i - c, P, right.block(c / G, o), right.low);
                transpose_pairs(right.block(c / G, o), right.low);
            });
        };
        matrix_product(left, count, layer.inputs, layer.outputs, count, pack, idle, [&](long n, long i, Vec<float> sum) {
            float* to = dx.at + n * in + i;
            store(to, add ? load(to) + sum : sum);
        });
    }

    // dw = keep_weight dw + x' dz,  db = keep_bias db + sum_n dz
    void backward_parameters(const Layer& layer, const float* x, const float* dz, float* dw, float* db, float keep_weight,
                             float keep_bias, long count) {
        if (!pays(layer)) return Base::backward_parameters(layer, x, dz, dw, db, keep_weight, keep_bias, count);
        const Rows rows = rows_of(layer.source, x, layer.inputs, count);
        const long out = row(layer.outputs);
        const Blocks left = left_factor(count);
        for_each_left_block(layer.inputs, count, count, [&](long i, long n) {
            unit_.pack_right(rows + n, i, count - n, layer.inputs - i, left.block(i / G, n), left.low);
            transpose_pairs(left.block(i / G, n), left.low);
        });
        auto pack = [&](long o, const Blocks& right) {
            for_each_right_block(layer.outputs - o, count, [&](long c, long n) {
                const RowsApart from(dz + n * out + o + c, out);
                unit_.pack_right(from.at, 0, count - n, layer.outputs - o - c, right.block(c / G, n), right.low);
            });
        };
        auto fetch = [&](long i, long o, long height) {  // the weights of a result come while it is multiplied
            const float* to = dw + weight_index(layer, i, o);
            for (long at = 0; at < height * P; at += L) __builtin_prefetch(to + at, 1);
        };
        matrix_product(left, layer.inputs, layer.outputs, count, count, pack, fetch, [&](long i, long o, Vec<float> sum) {
            float* to = dw + weight_index(layer, i, o);
            store(to, renewed(to, keep_weight, sum));
        });
        if (db) learn_bias(layer, dz, db, keep_bias, count);
    }

  private:
    static constexpr long P = product_size, G = block_rows;  // columns of a panel, and of a group

    const Bf16Unit& unit_;
    const long left_size_, right_size_;  // numbers
    Block<Half> left_, right_;           // the right factors of all members

    // Packing costs as much for each number, whatever it is multiplied with, and a result is at least a group wide: W must
    // have so many rows and columns to earn it, and more for two parts, which are twice the packing and three products.
    bool pays(const Layer& layer) const { return std::min(layer.inputs, layer.outputs) >= (unit_.parts == 1 ? 64 : 128); }

    // The rows of a block, so many numbers apart.
    struct RowsApart {
        const float* at[block_depth];
        RowsApart(const float* first, long apart) {
            for (int r = 0; r < block_depth; r++) at[r] = first + r * apart;
        }
    };

    // A left block of M becomes a right block of M', and the other way round.
    void transpose_pairs(Half* block, long low) const {
        for (int part = 0; part < unit_.parts; part++, block += low) {
            float turned[block_rows * block_rows];  // pairs, only moved, never read as numbers
            transpose<float>(reinterpret_cast<float*>(block), block_rows, turned, block_rows);
            __builtin_memcpy(block, turned, sizeof turned);
        }
    }

    static void idle(long, long, long) {}

    static long whole(long n) { return (n + P - 1) / P * P; }  // panels, and pairs of groups

    static long largest_left(const Program& program, long rows) {
        long most = 0;
        for (const Step& s : program.steps) most = std::max(most, whole(std::max(s.inputs, s.outputs)));
        return most * whole(rows);
    }
    static long largest_right(const Program& program, long rows) {
        long most = rows;
        for (const Step& s : program.steps) most = std::max<long>(most, std::max(s.inputs, s.outputs));
        return P * whole(most);
    }

    Blocks left_factor(long depth) { return {left_.data(), G * whole(depth), left_size_}; }
    Blocks right_factor(int member, long depth) {
        return {right_.data() + unit_.parts * right_size_ * member, G * whole(depth), right_size_};
    }

    // Calls pack(row, depth) for each block of a left factor, whose groups are shared.
    template <class Pack> void for_each_left_block(long height, long depth, long count, Pack&& pack) {
        share((height + G - 1) / G, count, Polling::per_number * G * depth, [&](long first, long last, int) {
            for (long g = first; g < last; g++)
                for (long k = 0; k < depth; k += block_depth) pack(g * G, k);
        });
    }

    // Calls pack(column, depth) for each block of one panel of a right factor with `left` columns left.
    template <class Pack> static void for_each_right_block(long left, long depth, Pack&& pack) {
        for (long k = 0; k < depth; k += block_depth)
            for (long c = 0; c < std::min(P, left); c += G) pack(c, k);
    }

    // The product of the left factor (height, depth) and a right one (depth, width): pack(column, right) makes a panel
    // of it, fetch(row, column, rows) hears what comes next, and finish(row, column, sums) takes a register of the
    // result. `count` tells whether it is worth sharing.
    template <class Pack, class Fetch, class Finish>
    void matrix_product(const Blocks& left, long height, long width, long depth, long count, Pack&& pack,
                        Fetch&& fetch, Finish&& finish) {
        const long results = (height + P - 1) / P;
        share(results * (whole(width) / P), count, double(P) * P * depth, [&](long first, long last, int member) {
            unit_.begin();
            const Blocks right = right_factor(member, depth);
            alignas(64) float sums[P * P];
            for (long u = first, held = -1; u < last; u++) {
                const long column = u / results * P, at = u % results * P;
                if (column != held) pack(column, right);
                held = column;
                const int rows = int(std::min(P, height - at)), columns = int(std::min(P, width - column));
                fetch(at, column, rows);
                unit_.product(left, at / G, right, depth, rows, columns, sums);
                for (int r = 0; r < rows; r++)
                    for (int c = 0; c < columns; c += L) finish(at + r, column + c, load(sums + r * P + c));
            }
            unit_.end();
        });
    }
};

}  // namespace gw
