// Where there is no libFuzzer: runs a target on the files that are given and, after `-runs=N`, on N inputs that are
// made from them by changing, adding and removing bytes; the same ones each time.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

using Input = std::vector<uint8_t>;

static Input changed(Input input, std::mt19937& random) {
    for (unsigned changes = 1 + random() % 4; changes > 0; changes--) {
        const size_t at = input.empty() ? 0 : random() % input.size();
        switch (random() % 3) {
            case 0: input.insert(input.begin() + at, uint8_t(random())); break;
            case 1: if (!input.empty()) input[at] = uint8_t(random()); break;
            case 2: if (!input.empty()) input.erase(input.begin() + at); break;
        }
    }
    return input;
}

int main(int count, char** arguments) {
    long runs = 0;
    std::vector<Input> inputs;
    for (int i = 1; i < count; i++) {
        if (std::strncmp(arguments[i], "-runs=", 6) == 0) {
            runs = std::atol(arguments[i] + 6);
            continue;
        }
        std::ifstream file(arguments[i], std::ios::binary);
        if (!file) return std::fprintf(stderr, "%s: cannot be read\n", arguments[i]), 2;
        inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    if (inputs.empty()) return std::fprintf(stderr, "expected files to replay, found none\n"), 2;
    for (const Input& input : inputs) LLVMFuzzerTestOneInput(input.data(), input.size());
    std::mt19937 random(1);
    for (long run = 0; run < runs; run++) {
        const Input input = changed(inputs[random() % inputs.size()], random);
        LLVMFuzzerTestOneInput(input.data(), input.size());
        if (run % 8 == 0 && input.size() < 300) inputs[random() % inputs.size()] = input;  // wander away from the seeds
    }
    std::printf("%zu inputs and %ld changed ones: none got past the checks\n", inputs.size(), runs);
}
