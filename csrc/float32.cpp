// The engine in float32.
#include "engine.h"

template int gw::columns_for_lanes<float>();
template std::unique_ptr<gw::Run<float>> gw::make_run(const gw::Program&, gw::Family, long, int, gw::Precision, const std::string&);
