// The engine in float32.
#include "engine.h"

template std::unique_ptr<gw::Run<float>> gw::make_run(const gw::Program&, long, int, gw::Precision);
