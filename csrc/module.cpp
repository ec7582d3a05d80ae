// The module of one variant, by the name that CMakeLists.txt gives it.
#include "bind_engine.h"

NB_MODULE(GW_MODULE, module) { gw::bind_engine(module); }
