// What a module of the engine holds, whichever variant it is.
#pragma once

#include <nanobind/nanobind.h>

namespace gw {

void bind_engine(nanobind::module_& module);

}  // namespace gw
