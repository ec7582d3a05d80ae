// oneDNN 3: three matrix products for each map, made once. Bias, the inner branch of a residual block and the
// activation are fused into the product ahead; W <- keep W + x' d is one product that adds to its target. All
// matrices are plain rows, transposed ones are strides: a product that adds to W wants it plain, and with the
// kernels for plain rows the copies that oneDNN makes by itself cost little.
#include <oneapi/dnnl/dnnl.hpp>

#include <type_traits>

#include "descent.h"
#include "rival_of.h"

using dnnl::memory;

namespace {

const dnnl::engine& engine() {
    static const dnnl::engine one(dnnl::engine::kind::cpu, 0);
    return one;
}

dnnl::stream& stream() {
    static dnnl::stream one(engine());
    return one;
}

template <class T>
constexpr auto type_of = std::is_same_v<T, float> ? memory::data_type::f32 : memory::data_type::bf16;

template <class T>
memory::desc rows(int m, int n) {
    return {{m, n}, type_of<T>, memory::dims{n, 1}};
}

// The transpose (m, n) of rows (n, m).
template <class T>
memory::desc turned(int m, int n) {
    return {{m, n}, type_of<T>, memory::dims{1, m}};
}

dnnl::algorithm algorithm(Activation activation) {
    switch (activation) {
        case Activation::tanh: return dnnl::algorithm::eltwise_tanh;
        case Activation::sigmoid: return dnnl::algorithm::eltwise_logistic;
        default: return dnnl::algorithm::eltwise_relu;
    }
}

// C = A B with what ``after`` does to it; further operands have their places in ``extra``. The list of operands
// is made once, a call only says where they lie.
class Product {
public:
    Product(const memory::desc& a, const memory::desc& b, const memory::desc& c, const dnnl::post_ops& after,
            const std::vector<std::pair<int, memory::desc>>& extra = {}) {
        dnnl::primitive_attr attributes;
        attributes.set_post_ops(after);
        const bool bias = !extra.empty() && extra[0].first == DNNL_ARG_BIAS;
        const auto description =
            bias ? dnnl::matmul::primitive_desc(engine(), a, b, extra[0].second, c, attributes)
                 : dnnl::matmul::primitive_desc(engine(), a, b, c, attributes);
        primitive = dnnl::matmul(description);
        operand(DNNL_ARG_SRC, a);
        operand(DNNL_ARG_WEIGHTS, b);
        operand(DNNL_ARG_DST, c);
        for (const auto& [place, shape] : extra) operand(place, shape);
    }

    // The operands in the order A, B, C and what was said to be extra.
    template <class... Pointer>
    void operator()(Pointer... operands) {
        std::size_t k = 0;
        (places[k++].set_data_handle(const_cast<void*>(static_cast<const void*>(operands))), ...);
        dnnl_primitive_execute(primitive.get(), stream().get(), static_cast<int>(k), arguments.data());
    }

private:
    void operand(int place, const memory::desc& shape) {
        places.emplace_back(shape, engine(), nullptr);
        arguments.push_back({place, places.back().get()});
    }

    dnnl::matmul primitive;
    std::vector<memory> places;
    std::vector<dnnl_exec_arg_t> arguments;
};

template <class T>
class RowsMap {
public:
    using Value = T;
    static constexpr bool samples_inside = false;
    static int block(int features) { return features; }

    RowsMap(const Shape& shape, const float* weight, const float* bias)
        : shape(shape), W(shape.inputs * shape.outputs), rounded(shape.inputs * shape.outputs),
          b(bias, bias + shape.outputs), product(ahead(shape)),
          to_input(rows<T>(shape.batch, shape.outputs), turned<T>(shape.outputs, shape.inputs),
                   rows<T>(shape.batch, shape.inputs), {}),
          more_to_input(rows<T>(shape.batch, shape.outputs), turned<T>(shape.outputs, shape.inputs),
                        rows<T>(shape.batch, shape.inputs), sum(1)),
          to_weight(turned<T>(shape.inputs, shape.batch), rows<T>(shape.batch, shape.outputs),
                    rows<float>(shape.inputs, shape.outputs), sum(shape.keep)) {
        std::copy_n(weight, shape.inputs * shape.outputs, W.data());
        round();
    }

    // y (B, o) = f(x W + b + addend)
    template <class Out>
    void forward(const T* x, const T* addend, Out* y) {
        if (shape.addend)
            product(x, operand(), y, b.data(), addend);
        else
            product(x, operand(), y, b.data());
    }

    // dx (B, i) = d (B, o) W'
    void backward(const T* d, T* dx, bool add) { (add ? more_to_input : to_input)(d, operand(), dx); }

    // W (i, o) = keep W + x' (i, B) d (B, o)
    void descend(const T* x, const T* d) {
        to_weight(x, d, W.data());
        round();
        for (int s = 0; s < shape.batch; ++s)
            for (int c = 0; c < shape.outputs; ++c) b[c] += float(d[s * shape.outputs + c]);
    }

    void parameters(float* weight, float* bias) const {
        std::copy_n(W.data(), shape.inputs * shape.outputs, weight);
        std::copy(b.begin(), b.end(), bias);
    }

private:
    static dnnl::post_ops sum(float scale) {
        dnnl::post_ops after;
        after.append_sum(scale);
        return after;
    }

    static Product ahead(const Shape& shape) {
        const auto x = rows<T>(shape.batch, shape.inputs), W = rows<T>(shape.inputs, shape.outputs);
        const bool last = shape.after == Activation::none;
        const auto y = last ? rows<float>(shape.batch, shape.outputs) : rows<T>(shape.batch, shape.outputs);
        dnnl::post_ops after;
        std::vector<std::pair<int, memory::desc>> extra{{DNNL_ARG_BIAS, rows<float>(1, shape.outputs)}};
        if (shape.addend) {
            after.append_binary(dnnl::algorithm::binary_add, y);
            extra.emplace_back(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, y);
        }
        if (!last) after.append_eltwise(algorithm(shape.after), 0, 0);
        return {x, W, y, after, extra};
    }

    // W as the products take it: a rounded copy where that is not float32.
    const T* operand() const {
        if constexpr (std::is_same_v<T, float>)
            return W;
        else
            return rounded;
    }
    void round() {
        if constexpr (!std::is_same_v<T, float>) convert(W.data(), rounded.data(), shape.inputs * shape.outputs);
    }

    Shape shape;
    Buffer<float> W;
    Buffer<T> rounded;
    std::vector<float> b;
    Product product, to_input, more_to_input, to_weight;
};

}  // namespace

Trainer* trainer(const Network& network, const float* parameters) {
    if (network.bf16) return new Rival<RowsMap<bfloat16>>(network, parameters);
    return new Rival<RowsMap<float>>(network, parameters);
}
