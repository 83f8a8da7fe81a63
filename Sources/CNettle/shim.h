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

// Swift imports glibc without its GNU extensions; these start a program with nothing of ours.
// No header is included for them, which would make its types this module's.
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);
char *secure_getenv(const char *);
int pipe2(int ends[2], int flags);
