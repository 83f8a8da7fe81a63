/* RC2 and RC4 under the Base, Strong and Enhanced providers: salt, keys of 40 bits, effective lengths, keys that are
 * too long. See abi-ciphers.sh. */
#include "abi-session.h"

static const struct profile {
    const char *name;
    DWORD standard, most;
    int is_base, is_enhanced;
} profiles[] = {{BASE, 40, 56, 1, 0}, {STRONG, 128, 128, 0, 0}, {ENHANCED, 128, 128, 0, 1}};

static HCRYPTPROV strong;

/* A key whose cipher gets exactly these bytes, with RC2's effective length. */
static HCRYPTKEY exact_key(ALG_ID algorithm, const BYTE *bytes, DWORD count, DWORD bits) {
    DWORD any_length = algorithm == CALG_RC2 ? CRYPT_IPSEC_HMAC_KEY : 0;
    HCRYPTKEY key = key_of(strong, algorithm, bytes, count, CRYPT_NO_SALT | any_length);
    if (algorithm == CALG_RC2) MUST(set_number(key, KP_EFFECTIVE_KEYLEN, bits));
    return key;
}

static void uses(HCRYPTKEY key, ALG_ID algorithm, const BYTE *bytes, DWORD count, DWORD bits) {
    const BYTE message[] = "what openssl looks at";
    HCRYPTKEY other = exact_key(algorithm, bytes, count, bits);
    BYTE out[64], back[64];
    DWORD length = encrypted(key, message, sizeof message, out), back_length = length;
    // A key beyond 16 bytes only decrypts.
    HOLDS(CryptDecrypt(other, 0, TRUE, 0, memcpy(back, out, sizeof out), &back_length));
    SAME(back, back_length, message, sizeof message);
    HOLDS(CryptDestroyKey(other));
    const char *name = algorithm == CALG_RC4 ? (count == 16 ? "rc4" : count == 5 ? "rc4-40" : NULL)
        : count == 16 && bits == 128 ? "rc2-cbc" : count == 5 && bits == 40 ? "rc2-40-cbc" : NULL;
    DWORD block = algorithm == CALG_RC4 ? 0 : 8;
    if (name) tell_cipher(name, bytes, count, (const BYTE[8]){0}, block, message, sizeof message, block, out, length);
}

/* KP_SALT is so long, and so. */
#define HAS_SALT(key, salt, count) do { \
    BYTE found_salt_[64]; \
    DWORD size_ = 77, length_ = sizeof found_salt_; \
    HOLDS(CryptGetKeyParam(key, KP_SALT, NULL, &size_, 0)); \
    IS_TRUE(size_ == (count)); \
    HOLDS(CryptGetKeyParam(key, KP_SALT, found_salt_, &length_, 0)); \
    SAME(found_salt_, length_, salt, count); \
} while (0)

// MARK: Derived and generated keys

/* How much salt a key gets that is made with the flag. */
static DWORD salt_count(const struct profile *profile, DWORD bits, DWORD flag) {
    if (bits == 40 && flag == 0) return 11;
    if (flag != CRYPT_CREATE_SALT || bits == 128) return 0;
    return bits == 56 ? 9 : profile->is_enhanced ? 0 : 11;
}

static void derived(HCRYPTPROV provider, const struct profile *profile, ALG_ID algorithm, DWORD bits, DWORD flag) {
    BYTE hash[64], used[16] = {0}, value[16];
    HCRYPTHASH base = hash_of(provider, CALG_SHA1, "salt", 4);
    HCRYPTKEY key = 0;
    DWORD asked = bits ? bits : profile->standard, bytes = asked / 8;
    digest(provider, CALG_SHA1, "salt", 4, hash);
    if (asked > profile->most) {
        FAILS(CryptDeriveKey(provider, algorithm, base, bits << 16 | flag, &key), NTE_BAD_DATA);
        IS_TRUE(key == 0);
        HOLDS(CryptDestroyHash(base));
        return;
    }
    MUST(CryptDeriveKey(provider, algorithm, base, bits << 16 | flag | CRYPT_EXPORTABLE, &key));
    DWORD salt = salt_count(profile, asked, flag);
    memcpy(used, hash, flag ? bytes + salt : bytes);
    HAS_SALT(key, used + bytes, salt);
    uses(key, algorithm, used, bytes + salt, asked);
    IS_TRUE(number(key, KP_KEYLEN) == asked);
    if (algorithm == CALG_RC2) IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == asked);
    SAME(value, value_of(key, value), hash, bytes);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyHash(base));
}

static void generated(HCRYPTPROV provider, const struct profile *profile, ALG_ID algorithm, DWORD bits, DWORD flag) {
    BYTE used[64] = {0};
    HCRYPTKEY key = 0;
    DWORD asked = bits ? bits : profile->standard, bytes = asked / 8;
    if (asked > profile->most) {
        FAILS(CryptGenKey(provider, algorithm, bits << 16 | flag, &key), NTE_BAD_DATA);
        return;
    }
    MUST(CryptGenKey(provider, algorithm, bits << 16 | flag | CRYPT_EXPORTABLE, &key));
    IS_TRUE(number(key, KP_KEYLEN) == asked && value_of(key, used) == bytes);
    DWORD length = sizeof used - bytes, zeros = 0;
    HOLDS(CryptGetKeyParam(key, KP_SALT, used + bytes, &length, 0));
    IS_TRUE(length == salt_count(profile, asked, flag));
    for (DWORD i = 0; i < length; i++) zeros += used[bytes + i] == 0;
    // Random, or zeros; 9 zeros do not come by chance.
    IS_TRUE((zeros == length) == (flag == 0 || length == 0));
    uses(key, algorithm, used, bytes + length, asked);
    HOLDS(CryptDestroyKey(key));
}

// MARK: Salt that is set

static void salt_that_is_set(HCRYPTPROV provider, const struct profile *profile, ALG_ID algorithm) {
    BYTE used[64] = {1, 2, 3, 4, 5}, salt[32];
    for (BYTE i = 0; i < sizeof salt; i++) salt[i] = (BYTE)(0xa0 + i);
    HCRYPTKEY key = key_of(provider, algorithm, used, 5, CRYPT_EXPORTABLE);
    HAS_SALT(key, used + 5, 11);
    HOLDS(CryptSetKeyParam(key, KP_SALT, salt, 0));
    DWORD count = profile->is_enhanced ? 0 : 11;
    HAS_SALT(key, salt, count);
    memcpy(used + 5, salt, count);
    uses(key, algorithm, used, 5 + count, 40);
    for (DWORD i = 0; i <= 23; i++) {
        CRYPT_DATA_BLOB blob = {i, salt};
        HOLDS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0));
        HAS_SALT(key, salt, i);
        memcpy(used + 5, salt, i);
        if (algorithm == CALG_RC2 || 5 + i <= 16) uses(key, algorithm, used, 5 + i, 40);
    }
    CRYPT_DATA_BLOB blob = {25, salt}, none = {3, NULL};
    FAILS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0), NTE_BAD_DATA);
    blob.cbData = 0xffffffff;
    FAILS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0), NTE_BAD_DATA);
    FAILS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&none, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetKeyParam(key, KP_SALT_EX, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetKeyParam(key, KP_SALT, NULL, 0), ERROR_INVALID_PARAMETER);
    HAS_SALT(key, salt, 23);
    // The salt does not go out with the key.
    IS_TRUE(value_of(key, used) == 5);
    HOLDS(CryptDestroyKey(key));
    key = key_of(provider, algorithm, used, 5, CRYPT_NO_SALT);
    HAS_SALT(key, salt, 0);
    uses(key, algorithm, used, 5, 40);
    HOLDS(CryptDestroyKey(key));
}

// MARK: RC2's lengths

static void effective_length(HCRYPTPROV provider, const struct profile *profile) {
    const BYTE value[] = {1, 2, 3, 4, 5, 6, 7};
    HCRYPTKEY key = key_of(provider, CALG_RC2, value, 7, 0);
    IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == 56);
    FAILS(CryptSetKeyParam(key, KP_EFFECTIVE_KEYLEN, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 0), NTE_BAD_DATA);
    FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 1025), NTE_BAD_DATA);
    FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 0xffffffff), NTE_BAD_DATA);
    IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == 56);
    uses(key, CALG_RC2, value, 7, 56);
    if (profile->is_base) FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 128), NTE_BAD_DATA);
    else HOLDS(set_number(key, KP_EFFECTIVE_KEYLEN, 128));
    IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == (profile->is_base ? 40 : 128));
    IS_TRUE(number(key, KP_KEYLEN) == 56);
    uses(key, CALG_RC2, value, 7, profile->is_base ? 40 : 128);
    HOLDS(set_number(key, KP_EFFECTIVE_KEYLEN, 40));
    IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == 40);
    uses(key, CALG_RC2, value, 7, 40);
    HOLDS(CryptDestroyKey(key));
    key = key_of(provider, CALG_RC4, value, 7, 0);
    FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 40), NTE_BAD_TYPE);
    HOLDS(CryptDestroyKey(key));
}

/* Keys of more than 128 bits come with CRYPT_IPSEC_HMAC_KEY, and are for hashes and to decrypt with. */
static void too_long(HCRYPTPROV provider, const struct profile *profile, DWORD bytes) {
    BYTE value[MOST], blob[MOST], data[8] = {0};
    for (DWORD i = 0; i < bytes; i++) value[i] = (BYTE)(i * i + 1);
    HCRYPTKEY key = 0;
    DWORD count = plain_blob(blob, CALG_RC2, value, bytes), length = 8;
    if (8 * bytes > profile->most) FAILS(CryptImportKey(provider, blob, count, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
    MUST(CryptImportKey(provider, blob, count, 0, CRYPT_IPSEC_HMAC_KEY, &key));
    if (bytes > 16) {
        DWORD bits = 8 * bytes < 512 ? 8 * bytes : 512;
        IS_TRUE(number(key, KP_KEYLEN) == bits);
        IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == (profile->is_base ? 40 : bits));
        FAILS(CryptEncrypt(key, 0, FALSE, 0, data, &length, 8), NTE_BAD_KEY);
    } else {
        HOLDS(CryptEncrypt(key, 0, FALSE, 0, data, &length, 8));
    }
    HOLDS(CryptDecrypt(key, 0, FALSE, 0, data, &length));
    HCRYPTHASH hash = 0;
    HMAC_INFO info = {.HashAlgid = CALG_SHA1};
    HOLDS(CryptCreateHash(provider, CALG_MAC, key, 0, &hash));
    HOLDS(CryptHashData(hash, data, 8, 0));
    IS_TRUE(hash_value(hash, blob) == 8);
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptCreateHash(provider, CALG_HMAC, key, 0, &hash));
    HOLDS(CryptSetHashParam(hash, HP_HMAC_INFO, (const BYTE *)&info, 0));
    HOLDS(CryptHashData(hash, data, 8, 0));
    IS_TRUE(hash_value(hash, blob) == 20);
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptDestroyKey(key));
}

static void provider_rules(const struct profile *profile) {
    HCRYPTPROV context = provider(profile->name, PROV_RSA_FULL);
    for (ALG_ID algorithm = CALG_RC2; algorithm; algorithm = algorithm == CALG_RC2 ? CALG_RC4 : 0) {
        const DWORD lengths[] = {0, 40, 56, 128, 136}, flags[] = {0, CRYPT_CREATE_SALT, CRYPT_NO_SALT};
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 3; j++) {
                DWORD bits = lengths[i], flag = flags[j];
                ROW(derived(context, profile, algorithm, bits, flag), "derived, %x, %u, %x", algorithm, bits, flag);
                ROW(generated(context, profile, algorithm, bits, flag), "generated, %x, %u, %x", algorithm, bits, flag);
            }
        }
        ROW(salt_that_is_set(context, profile, algorithm), "%x with salt", algorithm);
    }
    effective_length(context, profile);
    const DWORD sizes[] = {1, 5, 8, 16, 17, 20, 53, 63, 64, 65, 117, 128, 129, 256, 1024, 2048};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ROW(too_long(context, profile, sizes[i]), "RC2 of %u bytes", sizes[i]);
    }
    HOLDS(CryptReleaseContext(context, 0));
}

int main(void) {
    strong = provider(STRONG, PROV_RSA_FULL);
    for (int i = 0; i < 3; i++) ROW(provider_rules(profiles + i), "%s", profiles[i].name);
    return verdict("abi-salt");
}
