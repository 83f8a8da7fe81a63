/* CryptDeriveKey from every hash to every cipher, and CryptHashSessionKey. See abi-derive.sh. */
#include "abi-session.h"

static const char password[] = "correct horse battery staple";

static const struct { const char *name; ALG_ID algorithm; } hashes[] = {
    {"md2", CALG_MD2}, {"md4", CALG_MD4}, {"md5", CALG_MD5}, {"sha1", CALG_SHA1}, {"sha256", CALG_SHA_256},
    {"sha384", CALG_SHA_384}, {"sha512", CALG_SHA_512},
};

static const struct target {
    ALG_ID algorithm;
    /* Of the key, parity included; default length in bits. */
    DWORD bytes, bits;
    int is_expanded, has_parity;
} targets[] = {
    {CALG_RC2, 16, 128, 0, 0}, {CALG_RC4, 16, 128, 0, 0}, {CALG_DES, 8, 56, 0, 1}, {CALG_3DES_112, 16, 112, 0, 1},
    {CALG_3DES, 24, 168, 1, 1}, {CALG_AES_128, 16, 128, 1, 0}, {CALG_AES_192, 24, 192, 1, 0},
    {CALG_AES_256, 32, 256, 1, 0},
};

/* What Microsoft's page of CryptDeriveKey says; by hash calls and arithmetic. */
static void expected_value(HCRYPTPROV provider, ALG_ID hash, const struct target *target, BYTE *value) {
    BYTE base[64], block[64];
    DWORD count = digest(provider, hash, password, strlen(password), base);
    memcpy(value, base, count);
    if (target->is_expanded && hash < CALG_SHA_256) {
        for (int i = 0; i < 2; i++) {
            memset(block, i ? 0x5c : 0x36, sizeof block);
            for (DWORD j = 0; j < count; j++) block[j] ^= base[j];
            digest(provider, hash, block, sizeof block, value + i * count);
        }
    }
    for (DWORD i = 0; target->has_parity && i < target->bytes; i++) value[i] ^= !__builtin_parity(value[i]);
}

static void derived(HCRYPTPROV provider, size_t index, const struct target *target, DWORD asked) {
    BYTE value[64], expected[128], again[64];
    HCRYPTHASH hash = hash_of(provider, hashes[index].algorithm, password, strlen(password));
    HCRYPTKEY key = 0, other = 0;
    expected_value(provider, hashes[index].algorithm, target, expected);
    MUST(CryptDeriveKey(provider, target->algorithm, hash, asked << 16 | CRYPT_EXPORTABLE, &key));
    SAME(value, value_of(key, value), expected, target->bytes);
    IS_TRUE(number(key, KP_ALGID) == target->algorithm && number(key, KP_KEYLEN) == 8 * target->bytes);
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
    // The hash is finished, and its value stays readable; a second key is the same.
    FAILS(CryptHashData(hash, (const BYTE *)"x", 1, 0), NTE_BAD_HASH_STATE);
    DWORD size = digest(provider, hashes[index].algorithm, password, strlen(password), expected);
    SAME(value, hash_value(hash, value), expected, size);
    HOLDS(CryptDeriveKey(provider, target->algorithm, hash, asked << 16, &other));
    ENCRYPT_ALIKE(key, other);
    DWORD length = 0;
    IS_TRUE(number(other, KP_PERMISSIONS) == 0x3b);
    FAILS(CryptExportKey(other, 0, PLAINTEXTKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
    FILE *file = fopen("derived.txt", "a");
    if (!file) exit(2);
    fprintf(file, "%s %x %u ", hashes[index].name, target->algorithm, target->bytes);
    fprintf(file, "%s\n", to_hex(again, value_of(key, again)));
    fclose(file);
    HOLDS(CryptDestroyKey(other));
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyHash(hash));
}

static void every_combination(const char *name, DWORD type) {
    HCRYPTPROV context = provider(name, type);
    size_t hash_count = type == PROV_RSA_AES ? 7 : 4, target_count = type == PROV_RSA_AES ? 8 : 5;
    for (size_t i = 0; i < hash_count; i++) {
        for (const struct target *target = targets; target < targets + target_count; target++) {
            const DWORD lengths[] = {0, target->bits, 8 * target->bytes};
            for (int j = 0; j < 3; j++) {
                ROW(derived(context, i, target, lengths[j]), "%s to %x, length %u", hashes[i].name, target->algorithm,
                    lengths[j]);
            }
        }
    }
    HOLDS(CryptReleaseContext(context, 0));
}

// MARK: What is refused

static void refusals(void) {
    HCRYPTPROV aes = provider(NULL, PROV_RSA_AES), full = provider(STRONG, PROV_RSA_FULL);
    HCRYPTPROV base = provider(BASE, PROV_RSA_FULL);
    HCRYPTHASH hash = hash_of(aes, CALG_SHA1, "x", 1), full_hash = hash_of(full, CALG_SHA1, "x", 1);
    HCRYPTHASH base_hash = hash_of(base, CALG_SHA1, "x", 1), hmac = 0, joint = 0;
    HCRYPTKEY key = 0;
    const ALG_ID none[] = {
        CALG_RC5, CALG_AES, CALG_RSA_KEYX, CALG_RSA_SIGN, CALG_DESX, CALG_SHA1, 0, AT_KEYEXCHANGE, ~0u,
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        FAILS(CryptDeriveKey(aes, none[i], hash, 0, &key), NTE_BAD_ALGID);
        FAILS(CryptDeriveKey(full, none[i], full_hash, 0, &key), NTE_BAD_ALGID);
    }
    // What failed finished no hash.
    HOLDS(CryptHashData(hash, (const BYTE *)"x", 1, 0));
    for (ALG_ID algorithm = CALG_AES_128; algorithm <= CALG_AES_256; algorithm++) {
        FAILS(CryptDeriveKey(full, algorithm, full_hash, 0, &key), NTE_BAD_ALGID);
        FAILS(CryptGenKey(full, algorithm, 0, &key), NTE_BAD_ALGID);
    }
    FAILS(CryptDeriveKey(base, CALG_3DES, base_hash, 0, &key), NTE_BAD_ALGID);
    FAILS(CryptDeriveKey(base, CALG_3DES_112, base_hash, 0, &key), NTE_BAD_ALGID);
    HOLDS(CryptDeriveKey(base, CALG_DES, base_hash, 0, &key));
    const struct { ALG_ID algorithm; DWORD bits; } lengths[] = {
        {CALG_RC2, 32}, {CALG_RC2, 41}, {CALG_RC2, 136}, {CALG_RC4, 256}, {CALG_DES, 40}, {CALG_DES, 128},
        {CALG_3DES, 128}, {CALG_3DES_112, 168}, {CALG_AES_128, 256}, {CALG_AES_256, 128}, {CALG_RC2, 0xffff},
    };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        ALG_ID algorithm = lengths[i].algorithm;
        DWORD flags = lengths[i].bits << 16;
        ROW(FAILS(CryptDeriveKey(aes, algorithm, hash, flags, &key), NTE_BAD_DATA), "%x, %x", algorithm, flags);
        FAILS(CryptGenKey(aes, algorithm, flags, &key), NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
    }
    FAILS(CryptDeriveKey(aes, CALG_RC2, hash, 0x20, &key), NTE_BAD_FLAGS);
    // Bits that other calls know are of no effect.
    HOLDS(CryptDeriveKey(aes, CALG_RC2, hash, CRYPT_UPDATE_KEY | CRYPT_SERVER, &key));
    FAILS(CryptDeriveKey(0, CALG_RC2, hash, 0, &key), ERROR_INVALID_PARAMETER);
    FAILS(CryptDeriveKey(0xdeadbeef, CALG_RC2, hash, 0, &key), ERROR_INVALID_PARAMETER);
    FAILS(CryptDeriveKey(aes, CALG_RC2, 0, 0, &key), ERROR_INVALID_PARAMETER);
    FAILS(CryptDeriveKey(aes, CALG_RC2, key, 0, &key), ERROR_INVALID_PARAMETER);
    FAILS(CryptDeriveKey(aes, CALG_RC2, hash, 0, NULL), ERROR_INVALID_PARAMETER);
    // Hashes that have no value yet.
    HOLDS(CryptCreateHash(aes, CALG_SSL3_SHAMD5, 0, 0, &joint));
    FAILS(CryptDeriveKey(aes, CALG_RC2, joint, 0, &key), NTE_BAD_HASH_STATE);
    HOLDS(CryptCreateHash(aes, CALG_HMAC, key, 0, &hmac));
    FAILS(CryptDeriveKey(aes, CALG_RC2, hmac, 0, &key), NTE_BAD_HASH_STATE);
    HOLDS(CryptDestroyHash(hash));
    FAILS(CryptDeriveKey(aes, CALG_RC2, hash, 0, &key), ERROR_INVALID_PARAMETER);
    HOLDS(CryptReleaseContext(aes, 0));
    FAILS(CryptDeriveKey(aes, CALG_RC2, full_hash, 0, &key), ERROR_INVALID_PARAMETER);
    HOLDS(CryptReleaseContext(base, 0));
    HOLDS(CryptReleaseContext(full, 0));
}

// MARK: CryptHashSessionKey

static void hashed_key(void) {
    HCRYPTPROV aes = provider(NULL, PROV_RSA_AES);
    BYTE value[] = {1, 2, 3, 4, 5}, reversed[] = {5, 4, 3, 2, 1}, found[64], expected[64];
    // The salt is not hashed.
    HCRYPTKEY key = key_of(aes, CALG_RC2, value, 5, 0);
    const DWORD flags[] = {0, CRYPT_LITTLE_ENDIAN};
    for (int i = 0; i < 2; i++) {
        HCRYPTHASH hash = hash_of(aes, CALG_SHA1, "", 0);
        HOLDS(CryptHashSessionKey(hash, key, flags[i]));
        digest(aes, CALG_SHA1, flags[i] ? value : reversed, 5, expected);
        SAME(found, hash_value(hash, found), expected, 20);
        FAILS(CryptHashSessionKey(hash, key, 0), NTE_BAD_HASH_STATE);
        HOLDS(CryptDestroyHash(hash));
    }
    HCRYPTHASH hash = hash_of(aes, CALG_SHA1, "", 0);
    FAILS(CryptHashSessionKey(hash, key, 2), NTE_BAD_FLAGS);
    FAILS(CryptHashSessionKey(0, key, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashSessionKey(key, key, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashSessionKey(hash, 0, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashSessionKey(hash, hash, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyKey(key));
    FAILS(CryptHashSessionKey(hash, key, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptReleaseContext(aes, 0));
    FAILS(CryptHashSessionKey(hash, key, 0), ERROR_INVALID_PARAMETER);
}

int main(void) {
    every_combination(NULL, PROV_RSA_AES);
    every_combination(MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES);
    every_combination(STRONG, PROV_RSA_FULL);
    every_combination(ENHANCED, PROV_RSA_FULL);
    refusals();
    hashed_key();
    return verdict("abi-derive");
}
