// The turns of a loop, shared among threads where there are several.
#pragma once

template <class Turn>
inline void parallel(int threads, int count, const Turn& turn) {
    if (threads == 1)
        for (int i = 0; i < count; ++i) turn(i);
    else
#pragma omp parallel for num_threads(threads) schedule(static)
        for (int i = 0; i < count; ++i) turn(i);
}
