/* Keys: a section for each function. See parity.sh. */
#include "parity.h"

#define LENGTH_ERRORS NTE_BAD_DATA, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER

static const struct { const char *name; DWORD type, most, standard; int is_base, is_aes; } profiles[] = {
    {BASE, PROV_RSA_FULL, 56, 40, 1, 0}, {STRONG, PROV_RSA_FULL, 128, 128, 0, 0}, {ENHANCED, PROV_RSA_FULL, 128, 128, 0, 0},
    {MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, 128, 128, 0, 1}, {NULL, PROV_RSA_AES, 128, 128, 0, 1},
    {NULL, PROV_RSA_FULL, 128, 128, 0, 0}, {MS_SCARD_PROV_A, PROV_RSA_FULL, 128, 128, 0, 1},
};
enum { PROFILES = sizeof profiles / sizeof *profiles };

/* Ciphers of one length: what may be asked for, and what KP_KEYLEN tells. */
static const struct { ALG_ID id; DWORD bits, with_parity; int is_strong, is_aes; } fixed[] = {
    {CALG_DES, 56, 64, 0, 0}, {CALG_3DES_112, 112, 128, 1, 0}, {CALG_3DES, 168, 192, 1, 0}, {CALG_AES_128, 128, 128, 1, 1},
    {CALG_AES_192, 192, 192, 1, 1}, {CALG_AES_256, 256, 256, 1, 1},
};
static const DWORD lengths[] = {0, 1, 7, 8, 32, 39, 40, 41, 48, 56, 57, 64, 112, 120, 127, 128, 129, 136, 168, 192, 256, 512, 1024, 65535};
enum { FIXED = sizeof fixed / sizeof *fixed, LENGTHS = sizeof lengths / sizeof *lengths };

static const ALG_ID no_ciphers[] = {
    0, 3, 4, CALG_DESX, CALG_RC5, CALG_SKIPJACK, CALG_TEK, CALG_CYLINK_MEK, CALG_SEAL, CALG_SHA1, CALG_HMAC, CALG_MAC, CALG_AES,
    CALG_SSL3_MASTER, CALG_NO_SIGN, CALG_HUGHES_MD5, 0x6600, 0x6612, 0xFFFF, ~0u
};

/* A key of each length that the provider has, and none of the others; `make` is a call with `id`, `flags` and `&key`. */
#define EVERY_LENGTH(profile, make) do { \
    for (int i_ = 0; i_ < LENGTHS; i_++) { \
        HCRYPTKEY key = 0; \
        DWORD asked = lengths[i_], flags = asked << 16; \
        for (ALG_ID id = CALG_RC2; id; id = id == CALG_RC2 ? CALG_RC4 : 0) { \
            if (asked && (asked % 8 || asked < 40 || asked > (profile).most)) { \
                ROW(FAILS(make, LENGTH_ERRORS), "%x of %u bits", id, asked); \
                IS_TRUE(key == 0); \
                continue; \
            } \
            ROW(HOLDS(make), "%x of %u bits", id, asked); \
            IS_TRUE(number(key, KP_KEYLEN) == (asked ? asked : (profile).standard) && number(key, KP_ALGID) == id); \
            IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b); \
            HOLDS(CryptDestroyKey(key)); \
            key = 0; \
        } \
        for (int j_ = 0; j_ < FIXED; j_++) { \
            ALG_ID id = fixed[j_].id; \
            if ((fixed[j_].is_strong && (profile).is_base) || (fixed[j_].is_aes && !(profile).is_aes)) { \
                ROW(FAILS(make, NTE_BAD_ALGID), "%x", id); \
            } else if (asked && asked != fixed[j_].bits && asked != fixed[j_].with_parity) { \
                ROW(FAILS(make, LENGTH_ERRORS), "%x of %u bits", id, asked); \
            } else { \
                ROW(HOLDS(make), "%x of %u bits", id, asked); \
                IS_TRUE(number(key, KP_KEYLEN) == fixed[j_].with_parity && number(key, KP_ALGID) == id); \
                HOLDS(CryptDestroyKey(key)); \
                key = 0; \
            } \
            IS_TRUE(key == 0); \
        } \
    } \
    for (size_t i_ = 0; i_ < sizeof no_ciphers / sizeof *no_ciphers; i_++) { \
        HCRYPTKEY key = 0; \
        ALG_ID id = no_ciphers[i_]; \
        DWORD flags = CRYPT_EXPORTABLE; \
        ROW(FAILS(make, NTE_BAD_ALGID), "%x", id); \
        IS_TRUE(key == 0); \
    } \
} while (0)

/* CRYPT_EXPORTABLE, CRYPT_ARCHIVABLE and none of them; flags that mean nothing, and one that is none. */
#define EVERY_FLAG(make) do { \
    HCRYPTKEY key = 0; \
    const ALG_ID id = CALG_RC2; \
    static const DWORD harmless[] = { \
        CRYPT_CREATE_SALT, CRYPT_UPDATE_KEY, CRYPT_NO_SALT, CRYPT_INITIATOR, CRYPT_ONLINE, CRYPT_SF, CRYPT_CREATE_IV, CRYPT_KEK, \
        CRYPT_DATA_KEY, CRYPT_VOLATILE, CRYPT_SGCKEY, CRYPT_SERVER \
    }; \
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) { \
        for (DWORD exportable = 0; exportable <= CRYPT_EXPORTABLE; exportable++) { \
            DWORD flags = harmless[i] | exportable; \
            ROW(HOLDS(make), "flags %x", flags); \
            IS_TRUE(number(key, KP_PERMISSIONS) == (exportable ? 0x3fu : 0x3bu)); \
            HOLDS(CryptDestroyKey(key)); \
        } \
    } \
    { DWORD flags = CRYPT_ARCHIVABLE; HOLDS(make); IS_TRUE((number(key, KP_PERMISSIONS) & ~0x100u) == 0x3b); } \
    IS_TRUE(exported(key, 0, PLAINTEXTKEYBLOB, 0, (BYTE[MOST]){0}) > 12); \
    HOLDS(CryptDestroyKey(key)); \
    key = 0; \
    { DWORD flags = 0x20; FAILS(make, NTE_BAD_FLAGS); IS_TRUE(key == 0); } \
} while (0)

// MARK: Making keys

static void CryptGenKey_section(void) {
    HCRYPTKEY made = 0;
    HCRYPTPROV silent = 0, named = 0;
    REFUSES(bad_provider, CryptGenKey(bad, CALG_RC2, 0, &made));
    FAILS(CryptGenKey(reader, CALG_RC2, 0, NULL), ERROR_INVALID_PARAMETER);
    for (int i = 0; i < PROFILES; i++) {
        HCRYPTPROV context = provider(profiles[i].name, profiles[i].type);
        ROW(EVERY_LENGTH(profiles[i], CryptGenKey(context, id, flags, &key)), "%s", profiles[i].name);
        HOLDS(CryptReleaseContext(context, 0));
    }
    EVERY_FLAG(CryptGenKey(reader, id, flags, &key));

    /* Pairs: AT_… and CALG_… are the same; here of the smallest length that the token has. */
    static const struct { ALG_ID id, is; } pairs[] = {
        {AT_KEYEXCHANGE, CALG_RSA_KEYX}, {CALG_RSA_KEYX, CALG_RSA_KEYX}, {AT_SIGNATURE, CALG_RSA_SIGN}, {CALG_RSA_SIGN, CALG_RSA_SIGN},
    };
    HCRYPTPROV ephemeral = provider(MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES);
    MUST(CryptAcquireContextA(&silent, "parity", NULL, PROV_RSA_AES, CRYPT_SILENT));
    MUST(CryptAcquireContextA(&named, "parity", NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    for (int i = 0; i < 4; i++) {
        for (DWORD exportable = 0; exportable <= CRYPT_EXPORTABLE; exportable++) {
            HOLDS(CryptGenKey(ephemeral, pairs[i].id, 512u << 16 | CRYPT_CREATE_SALT | exportable, &made));
            IS_TRUE(number(made, KP_ALGID) == pairs[i].is && number(made, KP_KEYLEN) == 512 && number(made, KP_BLOCKLEN) == 512);
            IS_TRUE(number(made, KP_PERMISSIONS) == (exportable ? 0x3fu : 0x3bu));
            IS_TRUE(user_key_bits(ephemeral, pairs[i].is == CALG_RSA_SIGN ? AT_SIGNATURE : AT_KEYEXCHANGE) == 512);
            HOLDS(CryptDestroyKey(made));
        }
        made = 0;
        static const DWORD bits[] = {1, 8, 376, 383, 385, 511, 513, 1020, 16385, 16392, 65528, 65535};
        for (size_t j = 0; j < sizeof bits / sizeof *bits; j++)
            ROW(FAILS(CryptGenKey(ephemeral, pairs[i].id, bits[j] << 16, &made), LENGTH_ERRORS), "%u bits", bits[j]);
        FAILS(CryptGenKey(box, pairs[i].id, 512u << 16, &made), LENGTH_ERRORS);
        FAILS(CryptGenKey(ephemeral, pairs[i].id, 0x20, &made), NTE_BAD_FLAGS);
        FAILS(CryptGenKey(ephemeral, pairs[i].id, CRYPT_PREGEN, &made), NTE_BAD_FLAGS);
        static const DWORD asking[] = {CRYPT_USER_PROTECTED, CRYPT_FORCE_KEY_PROTECTION_HIGH};
        for (int j = 0; j < 2; j++) {
            FAILS(CryptGenKey(ephemeral, pairs[i].id, asking[j], &made), NTE_SILENT_CONTEXT);
            FAILS(CryptGenKey(silent, pairs[i].id, asking[j], &made), NTE_SILENT_CONTEXT);
        }
        FAILS(CryptGenKey(named, pairs[i].id, 1024u << 16, &made), NTE_PERM);
        FAILS(CryptGenKey(ephemeral, pairs[i].id, 512u << 16, NULL), ERROR_INVALID_PARAMETER);
        IS_TRUE(made == 0);
    }
    HOLDS(CryptReleaseContext(silent, 0));
    HOLDS(CryptReleaseContext(named, 0));
    HOLDS(CryptReleaseContext(ephemeral, 0));
}

static void CryptDeriveKey_section(void) {
    HCRYPTKEY made = 0;
    REFUSES(bad_provider, CryptDeriveKey(bad, CALG_RC2, hash, 0, &made));
    REFUSES(bad_hash, CryptDeriveKey(reader, CALG_RC2, bad, 0, &made));
    FAILS(CryptDeriveKey(reader, CALG_RC2, hash, 0, NULL), ERROR_INVALID_PARAMETER);
    for (int i = 0; i < PROFILES; i++) {
        HCRYPTPROV context = provider(profiles[i].name, profiles[i].type);
        HCRYPTHASH base = sha1(context);
        ROW(EVERY_LENGTH(profiles[i], CryptDeriveKey(context, id, base, flags, &key)), "%s", profiles[i].name);
        HOLDS(CryptReleaseContext(context, 0));
    }
    EVERY_FLAG(CryptDeriveKey(reader, id, hash, flags, &key));
    FAILS(CryptDeriveKey(reader, CALG_RSA_KEYX, hash, 1024u << 16, &made), NTE_BAD_ALGID);
    FAILS(CryptDeriveKey(reader, CALG_RSA_SIGN, hash, 0, &made), NTE_BAD_ALGID);
    FAILS(CryptDeriveKey(reader, AT_SIGNATURE, hash, 0, &made), NTE_BAD_ALGID);
    FAILS(CryptHashData(hash, (const BYTE *)"x", 1, 0), NTE_BAD_HASH_STATE);
    /* The value of 20 bytes is too short for what is not expanded; a failure does not end the hash. */
    HCRYPTHASH md5 = hash_of(reader, CALG_MD5, "data", 4);
    FAILS(CryptDeriveKey(reader, CALG_RC2, md5, 4096u << 16, &made), LENGTH_ERRORS);
    HOLDS(CryptHashData(md5, (const BYTE *)"x", 1, 0));
    HOLDS(CryptDeriveKey(reader, CALG_3DES, md5, 0, &made));
    HOLDS(CryptDestroyKey(made));
    /* HMAC and MAC values are hash values as well. */
    HCRYPTHASH hmac = 0;
    const HMAC_INFO info = {.HashAlgid = CALG_SHA1};
    HOLDS(CryptCreateHash(reader, CALG_HMAC, secret, 0, &hmac));
    FAILS(CryptDeriveKey(reader, CALG_RC2, hmac, 0, &made), NTE_BAD_HASH_STATE);
    HOLDS(CryptSetHashParam(hmac, HP_HMAC_INFO, (const BYTE *)&info, 0));
    HOLDS(CryptDeriveKey(reader, CALG_RC2, hmac, CRYPT_EXPORTABLE, &made));
    BYTE bytes[64], code[64];
    IS_TRUE(value_of(made, bytes) == 16 && hash_value(hmac, code) == 20 && !memcmp(bytes, code, 16));
    HOLDS(CryptDestroyKey(made));
    hash = sha1(reader);
}

static void CryptDestroyKey_section(void) {
    HCRYPTKEY made[5] = {aes_key(reader)};
    REFUSES(bad_key, CryptDestroyKey(bad));
    MUST(CryptGenKey(reader, CALG_AES_256, 0, &made[1]));
    MUST(CryptGenKey(reader, CALG_RC4, 0, &made[2]));
    MUST(CryptGetUserKey(box, AT_SIGNATURE, &made[3]));
    made[4] = public_half(reader, exchange);
    for (int i = 0; i < 5; i++) {
        DWORD length = 0;
        HOLDS(CryptDestroyKey(made[i]));
        FAILS(CryptDestroyKey(made[i]), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetKeyParam(made[i], KP_ALGID, NULL, &length, 0), ERROR_INVALID_PARAMETER);
    }
    /* The pair stays in the container. */
    IS_TRUE(user_key_bits(box, AT_SIGNATURE) == 1024);
}

static void CryptDuplicateKey_section(void) {
    HCRYPTKEY copy = 0, pair[] = {exchange, signer, public_exchange, public_signer};
    DWORD reserved = 0;
    REFUSES(bad_key, CryptDuplicateKey(bad, NULL, 0, &copy));
    for (size_t i = 0; i < CIPHERS + 4; i++) {
        HCRYPTKEY key = i < CIPHERS ? key_of(reader, ciphers[i].id, value, ciphers[i].count, CRYPT_EXPORTABLE) : pair[i - CIPHERS];
        FAILS(CryptDuplicateKey(key, &reserved, 0, &copy), ERROR_INVALID_PARAMETER);
        FAILS(CryptDuplicateKey(key, NULL, 1, &copy), ERROR_INVALID_PARAMETER, (DWORD)NTE_BAD_FLAGS);
        FAILS(CryptDuplicateKey(key, NULL, ~0u, &copy), ERROR_INVALID_PARAMETER, (DWORD)NTE_BAD_FLAGS);
        FAILS(CryptDuplicateKey(key, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
        HOLDS(CryptDuplicateKey(key, NULL, 0, &copy));
        static const DWORD parameters[] = {KP_ALGID, KP_KEYLEN, KP_BLOCKLEN, KP_PERMISSIONS};
        for (int j = 0; j < 4; j++) IS_TRUE(copy != key && number(copy, parameters[j]) == number(key, parameters[j]));
        if (i < CIPHERS) {
            ENCRYPT_ALIKE(key, copy);
            HOLDS(CryptDestroyKey(key));
            IS_TRUE(number(copy, KP_ALGID) == ciphers[i].id);
        }
        HOLDS(CryptDestroyKey(copy));
        FAILS(CryptDestroyKey(copy), ERROR_INVALID_PARAMETER);
    }
    IS_TRUE(number(signer, KP_KEYLEN) == 1024);
}

// MARK: A container's keys

static void CryptGetUserKey_section(void) {
    HCRYPTKEY made = 0;
    BYTE one[MOST], other[MOST];
    REFUSES(bad_provider, CryptGetUserKey(bad, AT_SIGNATURE, &made));
    for (DWORD spec = AT_KEYEXCHANGE; spec <= AT_SIGNATURE; spec++) {
        FAILS(CryptGetUserKey(box, spec, NULL), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetUserKey(reader, spec, &made), NTE_NO_KEY);
        IS_TRUE(made == 0);
        HOLDS(CryptGetUserKey(box, spec, &made));
        IS_TRUE(number(made, KP_ALGID) == (spec == AT_SIGNATURE ? CALG_RSA_SIGN : CALG_RSA_KEYX));
        IS_TRUE(number(made, KP_KEYLEN) == 1024 && number(made, KP_PERMISSIONS) == (spec == AT_SIGNATURE ? 0x3bu : 0x3fu));
        HCRYPTKEY same = spec == AT_SIGNATURE ? signer : exchange;
        SAME(one, exported(made, 0, PUBLICKEYBLOB, 0, one), other, exported(same, 0, PUBLICKEYBLOB, 0, other));
        HOLDS(CryptDestroyKey(made));
        made = 0;
    }
    const DWORD none[] = {0, 3, 4, CALG_RSA_SIGN, CALG_RSA_KEYX, ~0u};
    for (int i = 0; i < 6; i++) {
        FAILS(CryptGetUserKey(box, none[i], &made), NTE_BAD_KEY);
        FAILS(CryptGetUserKey(reader, none[i], &made), NTE_BAD_KEY);
    }
    IS_TRUE(made == 0);
}

static const struct section sections[] = {
    SECTION(CryptGenKey), SECTION(CryptDeriveKey), SECTION(CryptDestroyKey), SECTION(CryptDuplicateKey), SECTION(CryptGetUserKey),
};

int main(int arguments, char **argument) {
    return parity("parity-keys", sections, sizeof sections / sizeof *sections, arguments, argument);
}
