// The engine in float64.
#include "engine.h"

template int gw::columns_for_lanes<double>();
template std::unique_ptr<gw::Run<double>> gw::make_run(const gw::Program&, gw::Family, long, int, gw::Precision, const std::string&);
