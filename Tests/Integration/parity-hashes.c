/* Hashes and signatures: a section for each function. See parity.sh. */
#include "parity.h"

static const struct { ALG_ID id; DWORD size; int signs; } algorithms[] = {
    {CALG_MD2, 16, 1}, {CALG_MD4, 16, 1}, {CALG_MD5, 16, 1}, {CALG_SHA1, 20, 1}, {CALG_SHA_256, 32, 1},
    {CALG_SHA_384, 48, 1}, {CALG_SHA_512, 64, 1}, {CALG_SSL3_SHAMD5, 36, 1}, {CALG_HMAC, 20, 0}, {CALG_MAC, 16, 0},
};
enum { HASHES = sizeof algorithms / sizeof *algorithms, PLAIN = 7 };

static int is_keyed(ALG_ID id) { return id == CALG_HMAC || id == CALG_MAC; }

/* A hash of the kind, with what it needs; HMAC and MAC with the AES key. */
static HCRYPTHASH made(ALG_ID id) {
    HCRYPTHASH result = 0;
    BYTE joint[36] = {1, 2, 3};
    const HMAC_INFO info = {.HashAlgid = CALG_SHA1};
    MUST(CryptCreateHash(reader, id, is_keyed(id) ? secret : 0, 0, &result));
    if (id == CALG_HMAC) MUST(CryptSetHashParam(result, HP_HMAC_INFO, (const BYTE *)&info, 0));
    if (id == CALG_SSL3_SHAMD5) MUST(CryptSetHashParam(result, HP_HASHVAL, joint, 0));
    return result;
}

static DWORD hash_number(HCRYPTHASH handle, DWORD parameter) {
    DWORD result = PRESET, length = sizeof result;
    HOLDS(CryptGetHashParam(handle, parameter, (BYTE *)&result, &length, 0));
    return result;
}

/* Finished: nothing can be added, the value stays. */
static void is_finished(HCRYPTHASH handle, ALG_ID id) {
    BYTE one[64], other[64];
    FAILS(CryptHashData(handle, (const BYTE *)"x", 1, 0), NTE_BAD_HASH_STATE, id == CALG_SSL3_SHAMD5 ? NTE_BAD_ALGID : NTE_BAD_HASH_STATE);
    if (id != CALG_SSL3_SHAMD5) FAILS(CryptHashSessionKey(handle, secret, 0), NTE_BAD_HASH_STATE);
    SAME(one, hash_value(handle, one), other, hash_value(handle, other));
}

// MARK: Making and ending hashes

static void CryptCreateHash_section(void) {
    HCRYPTHASH result = 0;
    HCRYPTPROV full = provider(STRONG, PROV_RSA_FULL);
    REFUSES(bad_provider, CryptCreateHash(bad, CALG_SHA1, 0, 0, &result));
    for (int i = 0; i < HASHES; i++) {
        ALG_ID id = algorithms[i].id;
        HCRYPTKEY key = is_keyed(id) ? secret : 0;
        HOLDS(CryptCreateHash(reader, id, key, 0, &result));
        HOLDS(CryptDestroyHash(result));
        FAILS(CryptCreateHash(reader, id, key, 0, NULL), ERROR_INVALID_PARAMETER);
        const DWORD flags[] = {2, 0x10, 0x80000000, ~0u};
        for (int j = 0; j < 4; j++) FAILS(CryptCreateHash(reader, id, key, flags[j], &result), NTE_BAD_FLAGS);
        REFUSES_BUT_0(bad_key, CryptCreateHash(reader, id, bad, 0, &result));
        if (is_keyed(id)) {
            FAILS(CryptCreateHash(reader, id, 0, 0, &result), NTE_BAD_KEY);
            FAILS(CryptCreateHash(reader, id, exchange, 0, &result), NTE_BAD_KEY);
            FAILS(CryptCreateHash(reader, id, public_signer, 0, &result), NTE_BAD_KEY);
        }
        /* SHA-2 is PROV_RSA_AES' alone. */
        if (id >= CALG_SHA_256) FAILS(CryptCreateHash(full, id, 0, 0, &result), NTE_BAD_ALGID);
    }
    const ALG_ID none[] = {
        0, 1, CALG_RC2, CALG_AES_128, CALG_RSA_SIGN, CALG_RSA_KEYX, CALG_HASH_REPLACE_OWF, CALG_TLS1PRF, CALG_SCHANNEL_MASTER_HASH,
        0x8000, 0x8006, 0x8007, 0x800F, 0x811D, CALG_HUGHES_MD5, ~0u
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ROW(FAILS(CryptCreateHash(reader, none[i], 0, 0, &result), NTE_BAD_ALGID), "%x", none[i]);
    /* CALG_MAC is of a block cipher in CBC mode; HMAC takes any session key. */
    HCRYPTKEY stream = key_of(reader, CALG_RC4, value, 16, 0), block = key_of(reader, CALG_RC2, value, 16, 0);
    FAILS(CryptCreateHash(reader, CALG_MAC, stream, 0, &result), NTE_BAD_KEY);
    HOLDS(CryptCreateHash(reader, CALG_HMAC, stream, 0, &result));
    for (DWORD mode = CRYPT_MODE_ECB; mode <= CRYPT_MODE_CTS; mode++) {
        HOLDS(set_number(block, KP_MODE, mode));
        ROW(FAILS(CryptCreateHash(reader, CALG_MAC, block, 0, &result), NTE_BAD_KEY), "mode %u", mode);
        HOLDS(CryptCreateHash(reader, CALG_HMAC, block, 0, &result));
    }
    HOLDS(set_number(block, KP_MODE, CRYPT_MODE_CBC));
    HOLDS(CryptCreateHash(reader, CALG_MAC, block, 0, &result));
    HOLDS(CryptReleaseContext(full, 0));
}

static void CryptDestroyHash_section(void) {
    REFUSES(bad_hash, CryptDestroyHash(bad));
    for (int i = 0; i < HASHES; i++) {
        HCRYPTHASH result = made(algorithms[i].id);
        HOLDS(CryptDestroyHash(result));
        FAILS(CryptDestroyHash(result), ERROR_INVALID_PARAMETER);
        FAILS(CryptHashData(result, (const BYTE *)"x", 1, 0), ERROR_INVALID_PARAMETER);
    }
}

static void CryptDuplicateHash_section(void) {
    HCRYPTHASH copy = 0;
    DWORD reserved = 0;
    BYTE one[64], other[64];
    REFUSES(bad_hash, CryptDuplicateHash(bad, NULL, 0, &copy));
    for (int i = 0; i < HASHES; i++) {
        ALG_ID id = algorithms[i].id;
        HCRYPTHASH original = made(id);
        FAILS(CryptDuplicateHash(original, &reserved, 0, &copy), ERROR_INVALID_PARAMETER);
        FAILS(CryptDuplicateHash(original, NULL, 1, &copy), ERROR_INVALID_PARAMETER, (DWORD)NTE_BAD_FLAGS);
        FAILS(CryptDuplicateHash(original, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
        if (id != CALG_SSL3_SHAMD5) HOLDS(CryptHashData(original, (const BYTE *)"one ", 4, 0));
        HOLDS(CryptDuplicateHash(original, NULL, 0, &copy));
        IS_TRUE(copy != original && hash_number(copy, HP_ALGID) == id);
        if (id != CALG_SSL3_SHAMD5) {
            HOLDS(CryptHashData(original, (const BYTE *)"two", 3, 0));
            DWORD size = hash_value(copy, other);
            HOLDS(CryptHashData(original, (const BYTE *)"!", 1, 0));
            IS_TRUE(size == algorithms[i].size && hash_value(original, one) == size && memcmp(one, other, size) != 0);
        } else {
            SAME(one, hash_value(original, one), other, hash_value(copy, other));
        }
        HOLDS(CryptDestroyHash(original));
        is_finished(copy, id);
        HOLDS(CryptDestroyHash(copy));
    }
}

// MARK: Data

static void CryptHashData_section(void) {
    BYTE data[300], one[64], other[64];
    memset(data, 7, sizeof data);
    REFUSES(bad_hash, CryptHashData(bad, data, 1, 0));
    for (int i = 0; i < HASHES; i++) {
        ALG_ID id = algorithms[i].id;
        if (id == CALG_SSL3_SHAMD5) continue;
        HCRYPTHASH whole = made(id), parts = made(id);
        HOLDS(CryptHashData(whole, data, sizeof data, 0));
        for (DWORD at = 0, count = 0; at < sizeof data; at += count++)
            HOLDS(CryptHashData(parts, data + at, at + count < sizeof data ? count : (DWORD)sizeof data - at, count % 2));
        FAILS(CryptHashData(parts, NULL, 1, 0), ERROR_INVALID_PARAMETER);
        const DWORD flags[] = {2, 0x40, 0x80000000, ~0u};
        for (int j = 0; j < 4; j++) FAILS(CryptHashData(parts, data, 1, flags[j]), NTE_BAD_FLAGS);
        HOLDS(CryptHashData(parts, NULL, 0, 0));
        HOLDS(CryptHashData(parts, data, 0, CRYPT_USERDATA));
        SAME(one, hash_value(whole, one), other, hash_value(parts, other));
        is_finished(whole, id);
        HOLDS(CryptDestroyHash(whole));
        HOLDS(CryptDestroyHash(parts));
    }
    HCRYPTHASH joint = 0;
    HOLDS(CryptCreateHash(reader, CALG_SSL3_SHAMD5, 0, 0, &joint));
    FAILS(CryptHashData(joint, data, 1, 0), NTE_BAD_ALGID);
    /* "A keyed hash algorithm is being used, but the session key is no longer valid." */
    for (int keyed = 0; keyed < 2; keyed++) {
        HCRYPTKEY key = aes_key(reader);
        HCRYPTHASH code = 0;
        const HMAC_INFO info = {.HashAlgid = CALG_SHA1};
        HOLDS(CryptCreateHash(reader, keyed ? CALG_HMAC : CALG_MAC, key, 0, &code));
        if (keyed) {
            FAILS(CryptHashData(code, data, 1, 0), NTE_BAD_HASH_STATE);
            HOLDS(CryptSetHashParam(code, HP_HMAC_INFO, (const BYTE *)&info, 0));
        }
        HOLDS(CryptHashData(code, data, 1, 0));
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptHashData(code, data, 1, 0), NTE_BAD_KEY);
        HOLDS(CryptDestroyHash(code));
    }
}

/* Of keys on the host and of those that a token lets out. */
static void CryptHashSessionKey_section(void) {
    BYTE bytes[64], reversed[64], one[64], other[64];
    REFUSES(bad_hash, CryptHashSessionKey(bad, secret, 0));
    REFUSES(bad_key, CryptHashSessionKey(hash, bad, 0));
    for (size_t i = 0; i < CIPHERS; i++) {
        for (int generated = 0; generated < 2; generated++) {
            HCRYPTKEY key = 0;
            if (generated) MUST(CryptGenKey(reader, ciphers[i].id, CRYPT_EXPORTABLE, &key));
            else key = key_of(reader, ciphers[i].id, value, ciphers[i].count, CRYPT_EXPORTABLE);
            DWORD count = value_of(key, bytes);
            for (DWORD j = 0; j < count; j++) reversed[j] = bytes[count - 1 - j];
            for (DWORD flags = 0; flags <= CRYPT_LITTLE_ENDIAN; flags++) {
                HCRYPTHASH direct = sha1(reader), by_hand = sha1(reader);
                ROW(HOLDS(CryptHashSessionKey(direct, key, flags)), "%x, generated %d", ciphers[i].id, generated);
                HOLDS(CryptHashData(direct, (const BYTE *)"between", 7, 0));
                HOLDS(CryptHashSessionKey(direct, key, flags));
                HOLDS(CryptHashData(by_hand, flags ? bytes : reversed, count, 0));
                HOLDS(CryptHashData(by_hand, (const BYTE *)"between", 7, 0));
                HOLDS(CryptHashData(by_hand, flags ? bytes : reversed, count, 0));
                SAME(one, hash_value(direct, one), other, hash_value(by_hand, other));
                FAILS(CryptHashSessionKey(direct, key, flags), NTE_BAD_HASH_STATE);
                HOLDS(CryptDestroyHash(direct));
                HOLDS(CryptDestroyHash(by_hand));
            }
            HOLDS(CryptDestroyKey(key));
        }
    }
    const DWORD flags[] = {2, 3, 0x80000000, ~0u};
    for (int i = 0; i < 4; i++) FAILS(CryptHashSessionKey(hash, secret, flags[i]), NTE_BAD_FLAGS);
    FAILS(CryptHashSessionKey(hash, exchange, 0), NTE_BAD_KEY);
    FAILS(CryptHashSessionKey(hash, public_signer, 0), NTE_BAD_KEY);
    FAILS(CryptHashSessionKey(made(CALG_SSL3_SHAMD5), secret, 0), NTE_BAD_ALGID);
    /* What failed added nothing. */
    SAME(one, hash_value(hash, one), other, digest(reader, CALG_SHA1, "data", 4, other));
    hash = sha1(reader);
}

// MARK: Parameters

static void CryptGetHashParam_section(void) {
    DWORD size = 0;
    BYTE data[64];
    REFUSES(bad_hash, CryptGetHashParam(bad, HP_ALGID, data, &size, 0));
    for (int i = 0; i < HASHES; i++) {
        ALG_ID id = algorithms[i].id;
        HCRYPTHASH result = made(id);
        for (int j = 0; j < 2; j++) {
            IS_TRUE(TWO_CALLS(4, CryptGetHashParam(result, HP_ALGID, data, &length, 0)) == 4);
            IS_TRUE(TWO_CALLS(4, CryptGetHashParam(result, HP_HASHSIZE, data, &length, 0)) == 4);
            IS_TRUE(hash_number(result, HP_ALGID) == id && hash_number(result, HP_HASHSIZE) == algorithms[i].size);
            /* Neither those nor what fails ends it; the value does. */
            size = algorithms[i].size - 1;
            FAILS(CryptGetHashParam(result, HP_HASHVAL, data, &size, 0), ERROR_MORE_DATA);
            IS_TRUE(size == algorithms[i].size);
            HOLDS(CryptGetHashParam(result, HP_HASHVAL, NULL, &size, 0));
            if (j == 0 && id != CALG_SSL3_SHAMD5) HOLDS(CryptHashData(result, (const BYTE *)"x", 1, 0));
            IS_TRUE(TWO_CALLS(64, CryptGetHashParam(result, HP_HASHVAL, data, &length, 0)) == algorithms[i].size);
            is_finished(result, id);
        }
        const DWORD parameters[] = {HP_ALGID, HP_HASHSIZE, HP_HASHVAL};
        for (int j = 0; j < 3; j++) {
            size = sizeof data;
            FAILS(CryptGetHashParam(result, parameters[j], data, NULL, 0), ERROR_INVALID_PARAMETER);
            FAILS(CryptGetHashParam(result, parameters[j], NULL, NULL, 0), ERROR_INVALID_PARAMETER);
            FAILS(CryptGetHashParam(result, parameters[j], data, &size, 1), NTE_BAD_FLAGS);
            FAILS(CryptGetHashParam(result, parameters[j], NULL, &size, ~0u), NTE_BAD_FLAGS);
        }
        const DWORD none[] = {0, 3, HP_HMAC_INFO, HP_TLS1PRF_LABEL, HP_TLS1PRF_SEED, 8, 99, ~0u};
        for (int j = 0; j < 8; j++) FAILS(CryptGetHashParam(result, none[j], data, &size, 0), NTE_BAD_TYPE);
        HOLDS(CryptDestroyHash(result));
    }
    /* No value yet. */
    HCRYPTHASH empty = 0;
    HOLDS(CryptCreateHash(reader, CALG_SSL3_SHAMD5, 0, 0, &empty));
    size = sizeof data;
    FAILS(CryptGetHashParam(empty, HP_HASHVAL, data, &size, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptCreateHash(reader, CALG_HMAC, secret, 0, &empty));
    FAILS(CryptGetHashParam(empty, HP_HASHVAL, data, &size, 0), NTE_BAD_HASH_STATE);
}

static void CryptSetHashParam_section(void) {
    BYTE data[64], found[64];
    for (BYTE i = 0; i < 64; i++) data[i] = i ^ 0x5A;
    const HMAC_INFO info = {.HashAlgid = CALG_SHA1};
    REFUSES(bad_hash, CryptSetHashParam(bad, HP_HASHVAL, data, 0));
    for (int i = 0; i < HASHES; i++) {
        ALG_ID id = algorithms[i].id;
        HCRYPTHASH result = made(id);
        FAILS(CryptSetHashParam(result, HP_HASHVAL, NULL, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetHashParam(result, HP_HASHVAL, data, 1), NTE_BAD_FLAGS);
        FAILS(CryptSetHashParam(result, HP_HASHVAL, data, ~0u), NTE_BAD_FLAGS);
        const DWORD none[] = {0, HP_ALGID, 3, HP_HASHSIZE, HP_TLS1PRF_LABEL, HP_TLS1PRF_SEED, 99, ~0u};
        for (int j = 0; j < 8; j++) FAILS(CryptSetHashParam(result, none[j], data, 0), NTE_BAD_TYPE);
        if (id != CALG_HMAC) FAILS(CryptSetHashParam(result, HP_HMAC_INFO, (const BYTE *)&info, 0), NTE_BAD_TYPE);
        /* None of that has changed it. */
        if (id != CALG_SSL3_SHAMD5) HOLDS(CryptHashData(result, data, 3, 0));
        HOLDS(CryptSetHashParam(result, HP_HASHVAL, data, 0));
        is_finished(result, id);
        SAME(found, hash_value(result, found), data, algorithms[i].size);
        data[0] ^= 0xFF;
        HOLDS(CryptSetHashParam(result, HP_HASHVAL, data, 0));
        SAME(found, hash_value(result, found), data, algorithms[i].size);
        HOLDS(CryptDestroyHash(result));
    }
    HCRYPTHASH hmac = 0;
    HOLDS(CryptCreateHash(reader, CALG_HMAC, secret, 0, &hmac));
    FAILS(CryptSetHashParam(hmac, HP_HMAC_INFO, NULL, 0), ERROR_INVALID_PARAMETER);
    const ALG_ID bad[] = {0, CALG_HMAC, CALG_MAC, CALG_RC2, CALG_SSL3_SHAMD5, CALG_RSA_SIGN, ~0u};
    for (int i = 0; i < 7; i++) {
        const HMAC_INFO other = {.HashAlgid = bad[i]};
        ROW(FAILS(CryptSetHashParam(hmac, HP_HMAC_INFO, (const BYTE *)&other, 0), NTE_BAD_ALGID), "%x", bad[i]);
    }
    const HMAC_INFO nowhere = {.HashAlgid = CALG_SHA1, .pbInnerString = NULL, .cbInnerString = 64};
    FAILS(CryptSetHashParam(hmac, HP_HMAC_INFO, (const BYTE *)&nowhere, 0), ERROR_INVALID_PARAMETER);
    for (int i = 0; i < PLAIN; i++) {
        const HMAC_INFO other = {.HashAlgid = algorithms[i].id};
        HOLDS(CryptSetHashParam(hmac, HP_HMAC_INFO, (const BYTE *)&other, 0));
        IS_TRUE(hash_number(hmac, HP_HASHSIZE) == algorithms[i].size);
    }
    HOLDS(CryptHashData(hmac, data, 1, 0));
    FAILS(CryptSetHashParam(hmac, HP_HMAC_INFO, (const BYTE *)&info, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptDestroyHash(hmac));
}

// MARK: Signatures

#define SIGN(function, text) do { \
    BYTE signature[512], before[512]; \
    DWORD length = sizeof signature; \
    REFUSES(bad_hash, function(bad, AT_SIGNATURE, NULL, 0, signature, &length)); \
    memset(before, 0xA5, sizeof before); \
    for (int i = 0; i < HASHES; i++) { \
        BYTE hash_bytes[64]; \
        HCRYPTHASH on_box = 0; \
        if (is_keyed(algorithms[i].id)) { \
            HCRYPTKEY key = aes_key(box); \
            MUST(CryptCreateHash(box, algorithms[i].id, key, 0, &on_box)); \
            length = sizeof signature; \
            FAILS(function(on_box, AT_SIGNATURE, NULL, 0, signature, &length), NTE_BAD_ALGID); \
            FAILS(function(on_box, AT_SIGNATURE, NULL, 0, NULL, &length), NTE_BAD_ALGID); \
            HOLDS(CryptDestroyHash(on_box)); \
            HOLDS(CryptDestroyKey(key)); \
            continue; \
        } \
        MUST(CryptCreateHash(box, algorithms[i].id, 0, 0, &on_box)); \
        if (algorithms[i].id == CALG_SSL3_SHAMD5) HOLDS(CryptSetHashParam(on_box, HP_HASHVAL, value, 0)); \
        for (DWORD spec = AT_KEYEXCHANGE; spec <= AT_SIGNATURE; spec++) { \
            HCRYPTKEY half = spec == AT_SIGNATURE ? public_signer : public_exchange; \
            length = 0; \
            HOLDS(function(on_box, spec, NULL, 0, NULL, &length)); \
            IS_TRUE(length == 128); \
            memcpy(signature, before, sizeof before); \
            length = 127; \
            FAILS(function(on_box, spec, NULL, 0, signature, &length), ERROR_MORE_DATA); \
            IS_TRUE(length == 128 && !memcmp(signature, before, sizeof before)); \
            /* Neither has ended the hash. */ \
            if (spec == AT_KEYEXCHANGE && algorithms[i].id != CALG_SSL3_SHAMD5) HOLDS(CryptHashData(on_box, value, 5, 0)); \
            const DWORD rooms[] = {128, 129, sizeof signature, ~0u}; \
            for (int j = 0; j < 4; j++) { \
                length = rooms[j]; \
                HOLDS(function(on_box, spec, NULL, j % 2 ? CRYPT_NOHASHOID : 0, signature, &length)); \
                IS_TRUE(length == 128 && !memcmp(signature + 128, before + 128, sizeof before - 128)); \
                HOLDS(CryptVerifySignatureA(on_box, signature, length, half, NULL, j % 2 ? CRYPT_NOHASHOID : 0)); \
            } \
            HOLDS(function(on_box, spec, text(""), 0, signature, &length)); \
        } \
        hash_value(on_box, hash_bytes); \
        is_finished(on_box, algorithms[i].id); \
        /* What each parameter does wrong. */ \
        const DWORD specs[] = {0, 3, CALG_RSA_SIGN, ~0u}, flags[] = {CRYPT_TYPE2_FORMAT, CRYPT_X931_FORMAT, 8, ~0u}; \
        for (int j = 0; j < 4; j++) { \
            length = sizeof signature; \
            FAILS(function(on_box, specs[j], NULL, 0, signature, &length), NTE_BAD_ALGID); \
            FAILS(function(on_box, specs[j], NULL, 0, NULL, &length), NTE_BAD_ALGID); \
            FAILS(function(on_box, AT_SIGNATURE, NULL, flags[j], signature, &length), NTE_BAD_FLAGS); \
            FAILS(function(on_box, AT_SIGNATURE, NULL, flags[j], NULL, &length), NTE_BAD_FLAGS); \
        } \
        FAILS(function(on_box, AT_SIGNATURE, text("description"), 0, signature, &length), ERROR_INVALID_PARAMETER); \
        FAILS(function(on_box, AT_SIGNATURE, NULL, 0, signature, NULL), ERROR_INVALID_PARAMETER); \
        FAILS(function(on_box, AT_SIGNATURE, NULL, 0, NULL, NULL), ERROR_INVALID_PARAMETER); \
        HOLDS(CryptDestroyHash(on_box)); \
    } \
    /* A context without keys. */ \
    HCRYPTHASH homeless = sha1(reader); \
    for (DWORD spec = AT_KEYEXCHANGE; spec <= AT_SIGNATURE; spec++) { \
        length = sizeof signature; \
        FAILS(function(homeless, spec, NULL, 0, signature, &length), NTE_NO_KEY); \
        FAILS(function(homeless, spec, NULL, 0, NULL, &length), NTE_NO_KEY); \
    } \
    HOLDS(CryptDestroyHash(homeless)); \
    HCRYPTHASH joint = 0; \
    HOLDS(CryptCreateHash(box, CALG_SSL3_SHAMD5, 0, 0, &joint)); \
    FAILS(function(joint, AT_SIGNATURE, NULL, 0, signature, &length), NTE_BAD_HASH_STATE); \
} while (0)

static void CryptSignHashA_section(void) { SIGN(CryptSignHashA, A_); }
static void CryptSignHashW_section(void) { SIGN(CryptSignHashW, W_); }

#define VERIFY(function, text) do { \
    BYTE signature[MOST], bare[512], longer[512] = {0}; \
    DWORD size = sizeof signature, bare_size = sizeof bare; \
    HCRYPTHASH signed_ = sha1(box); \
    HOLDS(CryptSignHashA(signed_, AT_SIGNATURE, NULL, 0, signature, &size)); \
    HOLDS(CryptSignHashA(signed_, AT_SIGNATURE, NULL, CRYPT_NOHASHOID, bare, &bare_size)); \
    REFUSES(bad_hash, function(bad, signature, size, public_signer, NULL, 0)); \
    REFUSES(bad_key, function(signed_, signature, size, bad, NULL, 0)); \
    /* By the public half and by the pair, in the same context and in another. */ \
    const HCRYPTKEY keys[] = {public_signer, signer}; \
    for (int i = 0; i < 2; i++) { \
        for (int j = 0; j < 2; j++) { \
            HCRYPTHASH same = sha1(j ? box : reader); \
            HOLDS(function(same, signature, size, keys[i], NULL, 0)); \
            is_finished(same, CALG_SHA1); \
            HOLDS(function(same, signature, size, keys[i], text(""), 0)); \
            HOLDS(function(same, bare, bare_size, keys[i], NULL, 0)); \
            HOLDS(function(same, bare, bare_size, keys[i], NULL, CRYPT_NOHASHOID)); \
            FAILS(function(same, signature, size, keys[i], NULL, CRYPT_NOHASHOID), NTE_BAD_SIGNATURE); \
            HOLDS(CryptDestroyHash(same)); \
        } \
    } \
    for (DWORD i = 0; i < size; i++) { \
        signature[i] ^= 1 << i % 8; \
        FAILS(function(signed_, signature, size, public_signer, NULL, 0), NTE_BAD_SIGNATURE); \
        signature[i] ^= 1 << i % 8; \
    } \
    memcpy(longer, signature, size); \
    const DWORD sizes[] = {0, 1, size - 1, size + 1, 256, sizeof longer}; \
    for (int i = 0; i < 6; i++) FAILS(function(signed_, longer, sizes[i], public_signer, NULL, 0), NTE_BAD_SIGNATURE); \
    FAILS(function(signed_, signature, ~0u, public_signer, NULL, 0), NTE_BAD_SIGNATURE); \
    FAILS(function(signed_, NULL, size, public_signer, NULL, 0), ERROR_INVALID_PARAMETER); \
    FAILS(function(signed_, NULL, 0, public_signer, NULL, 0), ERROR_INVALID_PARAMETER); \
    FAILS(function(signed_, signature, size, public_signer, text("description"), 0), ERROR_INVALID_PARAMETER); \
    const DWORD flags[] = {CRYPT_TYPE2_FORMAT, CRYPT_X931_FORMAT, 8, ~0u}; \
    for (int i = 0; i < 4; i++) FAILS(function(signed_, signature, size, public_signer, NULL, flags[i]), NTE_BAD_FLAGS); \
    FAILS(function(signed_, signature, size, secret, NULL, 0), NTE_BAD_KEY); \
    FAILS(function(signed_, signature, size, public_exchange, NULL, 0), NTE_BAD_SIGNATURE); \
    /* Another hash of the same data, other data with the same hash, and no data. */ \
    HCRYPTHASH other = hash_of(reader, CALG_MD5, "data", 4); \
    FAILS(function(other, signature, size, public_signer, NULL, 0), NTE_BAD_SIGNATURE); \
    other = hash_of(reader, CALG_SHA1, "date", 4); \
    FAILS(function(other, signature, size, public_signer, NULL, 0), NTE_BAD_SIGNATURE); \
    other = hash_of(reader, CALG_SHA1, "", 0); \
    FAILS(function(other, signature, size, public_signer, NULL, 0), NTE_BAD_SIGNATURE); \
    FAILS(function(made(CALG_HMAC), signature, size, public_signer, NULL, 0), NTE_BAD_ALGID); \
    FAILS(function(made(CALG_MAC), signature, size, public_signer, NULL, 0), NTE_BAD_ALGID); \
    HOLDS(CryptDestroyHash(signed_)); \
} while (0)

static void CryptVerifySignatureA_section(void) { VERIFY(CryptVerifySignatureA, A_); }
static void CryptVerifySignatureW_section(void) { VERIFY(CryptVerifySignatureW, W_); }

static const struct section sections[] = {
    SECTION(CryptCreateHash), SECTION(CryptDestroyHash), SECTION(CryptDuplicateHash), SECTION(CryptHashData),
    SECTION(CryptHashSessionKey), SECTION(CryptGetHashParam), SECTION(CryptSetHashParam), SECTION(CryptSignHashA),
    SECTION(CryptSignHashW), SECTION(CryptVerifySignatureA), SECTION(CryptVerifySignatureW),
};

int main(int arguments, char **argument) {
    return parity("parity-hashes", sections, sizeof sections / sizeof *sections, arguments, argument);
}
