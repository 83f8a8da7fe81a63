/* The frame of the parity-*.c programs: one section for each exported function, each with a container on the token, a
 * context without one, a key and a hash of every kind, and handles that are none. */
#ifndef PARITY_H
#define PARITY_H

#include "abi-blobs.h"

#define A_(text) text
#define W_(text) u"" text

struct section { const char *function; void (*run)(void); };
#define SECTION(function) {#function, function##_section}

/* `box` has a container with both pairs of 1024 bits, the exchange pair exportable; `reader` has none. */
static HCRYPTPROV box, reader;
static HCRYPTKEY exchange, signer, public_exchange, public_signer, secret;
static HCRYPTHASH hash;

// MARK: Handles that are none

enum { BAD = 10 };
static uintptr_t no_cell[4] = {0x54545454, 0x54545454, 0x54545454, 0x54545454};
static uintptr_t bad_provider[BAD], bad_key[BAD], bad_hash[BAD];

/* The call, with `bad` for a handle, fails with ERROR_INVALID_PARAMETER for each of the list, from the given index on:
 * 0 is the first. */
#define REFUSES_FROM(first, list, call) do { \
    for (int bad_ = first; bad_ < BAD; bad_++) { \
        uintptr_t bad = list[bad_]; \
        ROW(FAILS(call, ERROR_INVALID_PARAMETER), "handle %d of " #list, bad_); \
    } \
} while (0)
#define REFUSES(list, call) REFUSES_FROM(0, list, call)
#define REFUSES_BUT_0(list, call) REFUSES_FROM(1, list, call)

static inline HCRYPTHASH sha1(HCRYPTPROV provider) { return hash_of(provider, CALG_SHA1, "data", 4); }

static inline HCRYPTKEY aes_key(HCRYPTPROV provider) {
    return key_of(provider, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
}

static inline HCRYPTKEY public_half(HCRYPTPROV provider, HCRYPTKEY key) {
    BYTE blob[MOST];
    HCRYPTKEY half = 0;
    MUST(CryptImportKey(provider, blob, exported(key, 0, PUBLICKEYBLOB, 0, blob), 0, 0, &half));
    return half;
}

static inline void make_handles(void) {
    HCRYPTPROV released = 0;
    MUST(CryptAcquireContextA(&reader, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptAcquireContextA(&released, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptAcquireContextA(&box, "parity", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptGenKey(box, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE, &exchange));
    MUST(CryptGenKey(box, AT_SIGNATURE, 1024u << 16, &signer));
    public_exchange = public_half(reader, exchange);
    public_signer = public_half(reader, signer);
    secret = aes_key(reader);
    hash = sha1(reader);

    HCRYPTKEY destroyed_key = aes_key(reader), orphan_key = aes_key(released), orphan_token_key = 0;
    HCRYPTHASH destroyed_hash = sha1(reader), orphan_hash = sha1(released);
    MUST(CryptGenKey(released, CALG_AES_256, 0, &orphan_token_key));
    MUST(CryptDestroyKey(destroyed_key));
    MUST(CryptDestroyHash(destroyed_hash));
    MUST(CryptReleaseContext(released, 0));
    const uintptr_t providers[BAD] = {0, 1, 0xdeadbeef, UINTPTR_MAX, (uintptr_t)no_cell, released, secret, hash, box + 1, signer};
    const uintptr_t keys[BAD] = {
        0, 1, 0xdeadbeef, UINTPTR_MAX, (uintptr_t)no_cell, destroyed_key, orphan_key, orphan_token_key, reader, hash
    };
    const uintptr_t hashes[BAD] = {
        0, 1, 0xdeadbeef, UINTPTR_MAX, (uintptr_t)no_cell, destroyed_hash, orphan_hash, reader, secret, exchange
    };
    memcpy(bad_provider, providers, sizeof providers);
    memcpy(bad_key, keys, sizeof keys);
    memcpy(bad_hash, hashes, sizeof hashes);
}

// MARK: Values in buffers

/* A value that is read by the two-call protocol: `length_call` is a call with `data` and `&length`. The size query, a
 * buffer that is too short and stays as it was, one that fits and one that is too long; how many bytes there are. */
#define TWO_CALLS(most, call) ({ \
    BYTE data_[MOST], before_[MOST]; \
    DWORD needed_ = 0; \
    { BYTE *data = NULL; DWORD length = 0; HOLDS(call); needed_ = length; } \
    { BYTE *data = NULL; DWORD length = 0xFFFFFFFF; HOLDS(call); IS_TRUE(length == needed_); } \
    IS_TRUE(needed_ <= (most)); \
    memset(before_, 0xA5, sizeof before_); \
    for (DWORD short_ = 0; short_ < needed_; short_ += needed_ > 40 ? needed_ - 1 - short_ % 2 : 1) { \
        BYTE *data = memcpy(data_, before_, sizeof data_); \
        DWORD length = short_; \
        FAILS(call, ERROR_MORE_DATA); \
        IS_TRUE(length == needed_ && !memcmp(data_, before_, sizeof data_)); \
    } \
    const DWORD rooms_[] = {needed_, needed_ + 1, sizeof data_}; \
    for (int i_ = 0; i_ < 3; i_++) { \
        BYTE *data = memcpy(data_, before_, sizeof data_); \
        DWORD length = rooms_[i_]; \
        HOLDS(call); \
        IS_TRUE(length == needed_ && !memcmp(data_ + needed_, before_ + needed_, sizeof data_ - needed_)); \
    } \
    { BYTE *data = data_; DWORD length = 0xFFFFFFFF; HOLDS(call); IS_TRUE(length == needed_); } \
    needed_; \
})

// MARK: Running

static inline int parity(const char *program, const struct section *sections, size_t count, int arguments, char **argument) {
    if (arguments > 1 && !strcmp(argument[1], "sections")) {
        for (size_t i = 0; i < count; i++) puts(sections[i].function);
        return 0;
    }
    make_handles();
    for (size_t i = 0; i < count; i++) {
        int before = checks;
        ROW(sections[i].run(), "%s", sections[i].function);
        ROW(IS_TRUE(checks > before + 3), "%s, which checks next to nothing", sections[i].function);
    }
    HOLDS(CryptReleaseContext(reader, 0));
    HOLDS(CryptReleaseContext(box, 0));
    HCRYPTPROV none = 1;
    IS_TRUE(CryptAcquireContextA(&none, "parity", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    return verdict(program);
}

#endif
