// The instruction sets that this processor runs, as gradwright asks for them.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "isa.h"

NB_MODULE(_isa, module) { module.def("supported", &supported); }
