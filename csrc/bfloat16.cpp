// The engine in float32 with products in bfloat16: all that the variants of AVX-512 do not share. Elsewhere it says
// that there is no such engine.
#include "run.h"

#if defined(__AVX512BF16__)
#include "bf16_products.h"
#include "engine.h"

bool gw::has_bf16() { return true; }

std::unique_ptr<gw::Run<float>> gw::make_bf16_run(const Program& program, long batch_size, int threads, Precision precision) {
    if (precision == Precision::bf16) return make_trainer<Bf16Products<1>>(program, batch_size, threads);
    return make_trainer<Bf16Products<2>>(program, batch_size, threads);
}
#else
bool gw::has_bf16() { return false; }

std::unique_ptr<gw::Run<float>> gw::make_bf16_run(const Program&, long, int, Precision) { return nullptr; }
#endif
