// The engine in float64.
#include "engine.h"

template std::unique_ptr<gw::Run<double>> gw::make_run(const gw::Program&, long, int, gw::Precision);
