// The command wipes all memory that is freed in its process. It handles private keys and passphrases by libraries that do
// not wipe everything: GnuTLS frees the base64 and the DER of a PEM as they are, libtasn1 its buffers for each number of a
// key, and takes no other memory functions. These are in front of glibc's for the whole process.
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED
#endif
#endif

// Sanitizers have memory functions of their own.
#ifndef IS_SANITIZED
void __libc_free(void *);
void *__libc_realloc(void *, size_t);

// Nearly all blocks are small, and a call for each takes longer than its bytes. The barrier says that they are read.
static void wipe(void *memory, size_t size) {
    typedef long long pair __attribute__((vector_size(16), aligned(8)));
    if (size > 256 || size % sizeof(pair) != sizeof(long long)) return explicit_bzero(memory, size);
    long long *words = memory;
    *words++ = 0;
    for (pair *pairs = (pair *)words, *end = pairs + size / sizeof(pair); pairs < end; pairs++) {
        *pairs = (pair){0, 0};
        __asm__ volatile("" : "+r"(pairs) : : "memory");
    }
    __asm__ volatile("" : : "r"(memory) : "memory");
}

void free(void *memory) {
    if (!memory) return;
    wipe(memory, malloc_usable_size(memory));
    __libc_free(memory);
}

void *realloc(void *old, size_t size) {
    size_t old_size = old ? malloc_usable_size(old) : 0;
    if (size <= old_size) {
        // It stays where it is.
        if (old) explicit_bzero((char *)old + size, old_size - size);
        return __libc_realloc(old, size);
    }
    void *memory = malloc(size);
    if (!memory || !old) return memory;
    memcpy(memory, old, old_size);
    free(old);
    return memory;
}
#endif
