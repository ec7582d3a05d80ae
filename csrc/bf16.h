// bfloat16: the upper half of a float, which keeps its range and eight bits of its precision; matrices of it in blocks;
// and what a processor does with those, behind pointers.
//
// A number is one part, or two: high = x rounded, low = x - high rounded, together sixteen bits. A block is 1 KB:
// as left factor 16 rows of 32 numbers, (row, depth), as right factor 32 rows of 16 numbers with neighbouring rows
// interleaved, (depth / 2, column, 2). Taken as 16 x 16 pairs, a left block of M is the transpose of a right block of M'.
#pragma once

#include <cstdint>
#include <string>

#include "program.h"

namespace gw {

using Half = uint16_t;

constexpr int block_rows = 16, block_depth = 32, block_size = block_rows * block_depth;
constexpr int product_size = 32;  // rows and columns of a result

// 16 rows of a left factor, or 16 columns of a right one, make a group: its blocks one after the other in depth.
struct Blocks {
    Half* at;
    long group;  // from one group to the next
    long low;    // from the high parts to the low ones

    Half* block(long group_number, long depth) const { return at + group_number * group + depth / block_depth * block_size; }
};

// What rounds to bfloat16 and multiplies it: bf16_unit.cpp, compiled for each way in which processors do. The rest of such
// a network is compiled for all that have AVX-512, and calls these.
struct Bf16Unit {
    // A block <- rows[r] + column for r < count, of which the first `width` numbers count; zeros elsewhere.
    using Pack = void(const float* const* rows, long column, long count, long width, Half* to, long low);
    // c (32, 32) = a b, from the left groups `row_group` and the next, and the first two right groups
    using Product = void(const Blocks& a, long row_group, const Blocks& b, long depth, int rows, int columns, float* c);

    int parts;                  // of each number
    void (*begin)(), (*end)();  // around the products of a thread
    Pack *pack_left, *pack_right;
    Product* product;
};

// That of a variant for the parts of a precision; null where it has none.
const Bf16Unit* bf16_unit(const std::string& variant, Precision precision);

}  // namespace gw
