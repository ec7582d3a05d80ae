// What is asked of every label of a call; bounded by the memory that they come from.
#include "inputs.h"

#include <algorithm>
#include <string>

#include "valid.h"

namespace gw {

void check_labels(const int64_t* labels, long rows, long classes) {
    int64_t lowest = 0, highest = 0;
    for (long n = 0; n < rows; n++) {
        lowest = std::min(lowest, labels[n]);
        highest = std::max(highest, labels[n]);
    }
    require(lowest >= 0 && highest < classes, "labels: expected 0.." + std::to_string(classes - 1) + ", found " +
                                                  std::to_string(lowest) + " to " + std::to_string(highest));
}

}  // namespace gw
