// The engine in float32 with products in bfloat16, for those units that the compiler knows (CMakeLists.txt).
#include "bf16.h"
#include "run.h"

#if defined(GW_AVX512BF16)
#include "bf16_products.h"
#include "engine.h"

namespace gw {

extern const Bf16Unit bf16_avx512bf16[2], bf16_amx[2];  // for one part, and for two

const Bf16Unit* bf16_unit(const std::string& variant, Precision precision) {
    const int which = precision == Precision::bf16 ? 0 : 1;
#if defined(GW_AMX)
    if (variant == "amx") return &bf16_amx[which];
#endif
    return variant == "avx512bf16" ? &bf16_avx512bf16[which] : nullptr;
}

std::unique_ptr<Run<float>> make_bf16_run(Program program, const Bf16Unit& unit, long batch_size, int threads) {
    program.unit = &unit;
    return make_trainer<Bf16Products>(program, batch_size, threads);
}

}  // namespace gw
#else
const gw::Bf16Unit* gw::bf16_unit(const std::string&, Precision) { return nullptr; }

std::unique_ptr<gw::Run<float>> gw::make_bf16_run(Program, const Bf16Unit&, long, int) { return nullptr; }
#endif
