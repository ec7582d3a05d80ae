// Which instruction sets this processor runs.
#pragma once

#include <string>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__)
// The products in bfloat16, which not every compiler knows by name: the processor's own list is read.
inline bool has_avx512_bf16() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
}
inline bool has_amx_bf16() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1);  // the products, the tiles
}

// Tiles are 8 KB of state for each thread, which the kernel keeps only for a process that has asked for them.
inline bool tiles_are_permitted() {
#if defined(__linux__)
    constexpr int request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}
#endif

// The instruction sets that this processor runs and the compiler knows (CMakeLists.txt), best first, by the names of the
// variants.
inline std::vector<std::string> supported() {
    std::vector<std::string> names;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl")) {
#if defined(GW_AMX)
        if (has_avx512_bf16() && has_amx_bf16() && tiles_are_permitted()) names.push_back("amx");
#endif
#if defined(GW_AVX512BF16)
        if (has_avx512_bf16()) names.push_back("avx512bf16");
#endif
        names.push_back("avx512");
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) names.push_back("avx2");
#endif
#if defined(__aarch64__)
    names.push_back("neon");  // which every processor of this kind has
#else
    names.push_back("baseline");
#endif
    return names;
}
