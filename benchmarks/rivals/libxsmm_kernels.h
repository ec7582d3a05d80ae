// Kernels that libxsmm writes for one shape, once. It counts matrices by columns.
#pragma once

#include <libxsmm.h>

#include <stdexcept>

#include "bfloat16.h"
#include "rival.h"

template <class T>
constexpr libxsmm_datatype type_of = sizeof(T) == 4 ? LIBXSMM_DATATYPE_F32 : LIBXSMM_DATATYPE_BF16;

// C (m, n) += A (m, k) B (k, n), or = with LIBXSMM_GEMM_FLAG_BETA_0; of bfloat16 A comes in pairs along k.
template <class In, class Out = float>
class Gemm {
public:
    Gemm(int m, int n, int k, int lda, int ldb, int ldc, int flags = 0) {
        const auto shape = libxsmm_create_gemm_shape(m, n, k, lda, ldb, ldc, type_of<In>, type_of<In>,
                                                     type_of<Out>, LIBXSMM_DATATYPE_F32);
        const int pairs = sizeof(In) == 2 ? LIBXSMM_GEMM_FLAG_VNNI_A : 0;
        kernel = libxsmm_dispatch_gemm(shape, flags | pairs, LIBXSMM_GEMM_PREFETCH_NONE);
        if (!kernel) throw std::runtime_error("libxsmm has no such product");
    }
    void operator()(const In* a, const In* b, Out* c) const {
        libxsmm_gemm_param arguments{};
        arguments.a.primary = const_cast<In*>(a);
        arguments.b.primary = const_cast<In*>(b);
        arguments.c.primary = c;
        kernel(&arguments);
    }

private:
    libxsmm_gemmfunction kernel;
};

// An operation on the entries of a matrix (m, n), its columns one behind the other.
template <class In, class Out = In>
class Unary {
public:
    Unary(libxsmm_meltw_unary_type operation, int m, int n, int ldo = 0) {
        const auto shape =
            libxsmm_create_meltw_unary_shape(m, n, m, ldo ? ldo : m, type_of<In>, type_of<Out>, type_of<In>);
        kernel = libxsmm_dispatch_meltw_unary(operation, shape, LIBXSMM_MELTW_FLAG_UNARY_NONE);
        if (!kernel) throw std::runtime_error("libxsmm has no such operation");
    }
    void operator()(const In* in, Out* out) const {
        libxsmm_meltw_unary_param arguments{};
        arguments.in.primary = const_cast<In*>(in);
        arguments.out.primary = out;
        kernel(&arguments);
    }

private:
    libxsmm_meltwfunction_unary kernel;
};

inline libxsmm_meltw_unary_type operation(Activation activation) {
    switch (activation) {
        case Activation::tanh: return LIBXSMM_MELTW_TYPE_UNARY_TANH;
        case Activation::sigmoid: return LIBXSMM_MELTW_TYPE_UNARY_SIGMOID;
        case Activation::relu: return LIBXSMM_MELTW_TYPE_UNARY_RELU;
        default: return LIBXSMM_MELTW_TYPE_UNARY_IDENTITY;
    }
}
