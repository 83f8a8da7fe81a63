/* Counts the allocations of a program: LD_PRELOAD=allocations.so PROGRAM…
 * The last line on standard error is their number. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
/* glibc's own, under the names that stay reachable. */
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

static size_t allocations;
static void count(void) { __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED); }

EXPORT void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}
EXPORT void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}
EXPORT void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}
EXPORT void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}
EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}
EXPORT int posix_memalign(void **result, size_t alignment, size_t size) {
    count();
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}

__attribute__((destructor)) static void print(void) {
    char line[32];
    int size = snprintf(line, sizeof line, "%zu\n", allocations);
    if (write(STDERR_FILENO, line, (size_t)size) < 0) return;
}
