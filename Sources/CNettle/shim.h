#include <stdint.h>
#include <string.h> // explicit_bzero: the one wipe a compiler may not remove

#include <gmp.h> // its short names (mpz_set_ui) are macros and do not import; Swift calls __gmpz_set_ui
#include <nettle/base64.h>
#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/md2.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/pkcs1.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/arctwo.h>
#include <nettle/cbc.h>
#include <nettle/cfb.h>
#include <nettle/des.h>
#include <nettle/nist-keywrap.h>
#include <nettle/pss.h>
#include <nettle/pss-mgf1.h>

// Clears the registers that a call may use: copies and ciphers leave 64 bytes at a time in those for vectors, which the
// loader or a signal then writes to the stack.
#define CLEARS __attribute__((noinline, zero_call_used_regs("all"))) static void
CLEARS clear_registers(void) { __asm__ volatile(""); }
#ifdef __x86_64__
CLEARS __attribute__((target("avx"))) clear_registers_avx(void) { __asm__ volatile(""); }
CLEARS __attribute__((target("avx512f,avx512vl"))) clear_registers_avx512(void) { __asm__ volatile(""); }
#endif

// Overwrites the stack below the caller, and the registers: what calls that are over have left there. A function of C's,
// for Swift has no memory on the stack of which it can be sure.
static __attribute__((noinline)) void wipe_stack(size_t size) {
    char frames[size];
    explicit_bzero(frames, size);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vl")) clear_registers_avx512();
    else if (__builtin_cpu_supports("avx")) clear_registers_avx();
    else
#endif
        clear_registers();
}

// The second half of decrypting CBC with blocks of 16 bytes in place: `decrypted` is what the cipher made of the blocks of
// `data`, each of which is to take the one before it. From the end, for what is before is needed as it was. nettle's own goes
// by words of 8 bytes, and takes as long for this as for the cipher.
typedef uint64_t cbc_words_16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t cbc_words_32 __attribute__((vector_size(32), aligned(1), may_alias));
#define CBC_CHAIN(name, words)                                                                                         \
    static void name(uint8_t *data, const uint8_t *decrypted, size_t size) {                                           \
        for (; size >= 16 + 2 * sizeof(words); size -= 2 * sizeof(words)) {                                            \
            words *out = (words *)(data + size), *before = (words *)(data + size - 16);                                \
            const words *in = (const words *)(decrypted + size);                                                       \
            words last = in[-1] ^ before[-1], first = in[-2] ^ before[-2];                                             \
            out[-1] = last;                                                                                            \
            out[-2] = first;                                                                                           \
        }                                                                                                              \
        for (; size >= 32; size -= 16)                                                                                 \
            *(cbc_words_16 *)(data + size - 16) =                                                                      \
                *(const cbc_words_16 *)(decrypted + size - 16) ^ *(cbc_words_16 *)(data + size - 32);                  \
    }
CBC_CHAIN(cbc_chain_16, cbc_words_16)
#ifdef __x86_64__
__attribute__((target("avx2"))) CBC_CHAIN(cbc_chain_32, cbc_words_32)
#endif

static void cbc_chain(uint8_t *data, const uint8_t *decrypted, const uint8_t *before, size_t size) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) cbc_chain_32(data, decrypted, size);
    else
#endif
        cbc_chain_16(data, decrypted, size);
    *(cbc_words_16 *)data = *(const cbc_words_16 *)decrypted ^ *(const cbc_words_16 *)before;
}

// Swift imports glibc without its GNU extensions; these start a program with nothing of ours.
// No header is included for them, which would make its types this module's.
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);
char *secure_getenv(const char *);
int pipe2(int ends[2], int flags);
