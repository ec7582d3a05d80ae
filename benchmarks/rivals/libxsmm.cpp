// libxsmm: small products by kernels that are written for their shape.
#include "libxsmm_bf16.h"
#include "libxsmm_blocked.h"
#include "libxsmm_narrow.h"
#include "rival_of.h"

Trainer* trainer(const Network& network, const float* parameters) {
    libxsmm_init();
    const int widest = *std::max_element(network.widths, network.widths + network.layers + 1);
    if (network.bf16) return new Rival<HalfMap>(network, parameters);
    if (widest <= WIDEST && network.batch > 1) return new Rival<NarrowMap>(network, parameters);
    return new Rival<BlockedMap>(network, parameters);
}
