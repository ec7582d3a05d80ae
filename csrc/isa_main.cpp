// The instruction sets that this processor runs, as CMakeLists.txt asks for them.
#include <cstdio>

#include "isa.h"

int main() {
    for (const std::string& name : supported()) std::printf("%s;", name.c_str());
}
