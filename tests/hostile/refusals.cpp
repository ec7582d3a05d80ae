// Comes before the system's own functions (LD_PRELOAD), and makes a call of them fail: an allocation of C++, or what
// SQLite does to the index of a study, whose last write before the failure may be torn.
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <new>
#include <unistd.h>

static std::atomic<long> allocations{0}, disk{0};  // calls until the one that fails; 0 and below: none
static std::atomic<int> code{0};

static bool fails(std::atomic<long>& calls) { return calls.load() > 0 && calls.fetch_sub(1) == 1; }

static bool is_index(int file) {
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return false;
    path[length] = 0;
    return std::strstr(path, "/index.sqlite") != nullptr;
}

template <class Function> static Function real(const char* name) { return Function(dlsym(RTLD_NEXT, name)); }

extern "C" {
void fail_allocation(long call) { allocations = call; }
void fail_index(long call, int error) { code = error, disk = call; }
long allocations_left() { return allocations; }
long index_left() { return disk; }

void* aligned_alloc(size_t alignment, size_t size) {
    return fails(allocations) ? nullptr : real<void* (*)(size_t, size_t)>("aligned_alloc")(alignment, size);
}
}

void* operator new(std::size_t size) {
    void* place = fails(allocations) ? nullptr : std::malloc(size ? size : 1);
    if (!place) throw std::bad_alloc();
    return place;
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* place) noexcept { std::free(place); }
void operator delete[](void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }
void operator delete[](void* place, std::size_t) noexcept { std::free(place); }

static bool fails_on_disk(int file) {
    if (!is_index(file) || !fails(disk)) return false;
    errno = code;
    return true;
}

extern "C" {
ssize_t pwrite64(int file, const void* data, size_t size, off64_t at) {
    const auto write = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    if (!fails_on_disk(file)) return write(file, data, size, at);
    write(file, data, size / 2, at);  // half of it is there
    errno = code;
    return -1;
}
ssize_t pwrite(int file, const void* data, size_t size, off_t at) { return pwrite64(file, data, size, at); }
int fsync(int file) { return fails_on_disk(file) ? -1 : real<int (*)(int)>("fsync")(file); }
int fdatasync(int file) { return fails_on_disk(file) ? -1 : real<int (*)(int)>("fdatasync")(file); }
int ftruncate64(int file, off64_t size) {
    return fails_on_disk(file) ? -1 : real<int (*)(int, off64_t)>("ftruncate64")(file, size);
}
int ftruncate(int file, off_t size) { return ftruncate64(file, size); }
}
