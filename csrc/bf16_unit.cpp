// What multiplies bfloat16, by the name that CMakeLists.txt gives it with the flags of its instruction set. Nothing here
// may be taken for a function of another file, which other processors run: all is static but for this table.
#include "bf16_tile.h"

namespace gw {

extern const Bf16Unit GW_UNIT[2];
const Bf16Unit GW_UNIT[2]{{1, begin, end, pack_left<1>, pack_right<1>, product<1>},
                          {2, begin, end, pack_left<2>, pack_right<2>, product<2>}};

}  // namespace gw
