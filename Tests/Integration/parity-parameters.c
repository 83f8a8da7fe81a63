/* CryptGetKeyParam and CryptSetKeyParam: every KP_… on every kind of key. See parity.sh. */
#include "parity.h"

enum { LAST_PARAMETER = 44, NONE = 0xFFFF };

static const struct kind { const char *name; ALG_ID id; DWORD count; int generated; } kinds[] = {
    {"RC2 of 40 bits", CALG_RC2, 5, 0}, {"RC2 of 128 bits", CALG_RC2, 16, 0}, {"RC4 of 40 bits", CALG_RC4, 5, 0},
    {"RC4 of 128 bits", CALG_RC4, 16, 0}, {"DES", CALG_DES, 8, 0}, {"3DES_112", CALG_3DES_112, 16, 0}, {"3DES", CALG_3DES, 24, 0},
    {"AES-128", CALG_AES_128, 16, 0}, {"AES-192", CALG_AES_192, 24, 0}, {"AES-256", CALG_AES_256, 32, 0},
    {"DES that was generated", CALG_DES, 8, 1}, {"3DES that was generated", CALG_3DES, 24, 1}, {"AES that was generated", CALG_AES_256, 32, 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static HCRYPTKEY new_key(const struct kind *kind, DWORD flags) {
    HCRYPTKEY key = 0;
    if (!kind->generated) return key_of(reader, kind->id, value, kind->count, flags);
    MUST(CryptGenKey(reader, kind->id, flags, &key));
    return key;
}

static DWORD block_of(const struct kind *kind) {
    return kind->id == CALG_RC4 ? 0 : kind->id == CALG_AES_128 || kind->id == CALG_AES_192 || kind->id == CALG_AES_256 ? 16 : 8;
}

/* How long a session key's parameter is; NONE where it has none. */
static DWORD length_of(const struct kind *kind, DWORD parameter) {
    switch (parameter) {
    case KP_PADDING: case KP_MODE: case KP_MODE_BITS: case KP_PERMISSIONS: case KP_ALGID: case KP_BLOCKLEN: case KP_KEYLEN:
        return 4;
    case KP_IV: return block_of(kind);
    case KP_SALT: return kind->count == 5 ? 11 : 0;
    case KP_EFFECTIVE_KEYLEN: return kind->id == CALG_RC2 ? 4 : NONE;
    default: return NONE;
    }
}

static void CryptGetKeyParam_section(void) {
    BYTE data_out[64];
    DWORD size = 0;
    REFUSES(bad_key, CryptGetKeyParam(bad, KP_ALGID, data_out, &size, 0));
    for (int i = 0; i < KINDS; i++) {
        HCRYPTKEY key = new_key(kinds + i, 0);
        for (DWORD parameter = 0; parameter <= LAST_PARAMETER; parameter++) {
            DWORD expected = length_of(kinds + i, parameter);
            if (expected == NONE) {
                size = sizeof data_out;
                ROW(FAILS(CryptGetKeyParam(key, parameter, data_out, &size, 0), NTE_BAD_TYPE), "parameter %u of %s", parameter, kinds[i].name);
                FAILS(CryptGetKeyParam(key, parameter, NULL, &size, 0), NTE_BAD_TYPE);
                continue;
            }
            ROW(IS_TRUE(TWO_CALLS(64, CryptGetKeyParam(key, parameter, data, &length, 0)) == expected),
                "parameter %u of %s", parameter, kinds[i].name);
            FAILS(CryptGetKeyParam(key, parameter, data_out, NULL, 0), ERROR_INVALID_PARAMETER);
            FAILS(CryptGetKeyParam(key, parameter, data_out, &size, 1), NTE_BAD_FLAGS);
            FAILS(CryptGetKeyParam(key, parameter, NULL, &size, ~0u), NTE_BAD_FLAGS);
        }
        DWORD block = block_of(kinds + i);
        IS_TRUE(number(key, KP_ALGID) == kinds[i].id && number(key, KP_KEYLEN) == kinds[i].count * 8);
        IS_TRUE(number(key, KP_BLOCKLEN) == block * 8 && number(key, KP_MODE) == (block ? CRYPT_MODE_CBC : 0));
        IS_TRUE(number(key, KP_PADDING) == PKCS5_PADDING && number(key, KP_MODE_BITS) == (block ? 8 : 0));
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
        if (kinds[i].id == CALG_RC2) IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == kinds[i].count * 8);
        HOLDS(CryptDestroyKey(key));
        key = new_key(kinds + i, CRYPT_EXPORTABLE);
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
        HOLDS(CryptDestroyKey(key));
    }
    const HCRYPTKEY pairs[] = {exchange, signer, public_exchange, public_signer};
    for (int i = 0; i < 4; i++) {
        for (DWORD parameter = 0; parameter <= LAST_PARAMETER; parameter++) {
            size = sizeof data_out;
            if (parameter >= KP_PERMISSIONS && parameter <= KP_KEYLEN) {
                ROW(IS_TRUE(TWO_CALLS(4, CryptGetKeyParam(pairs[i], parameter, data, &length, 0)) == 4), "parameter %u of pair %d", parameter, i);
                FAILS(CryptGetKeyParam(pairs[i], parameter, data_out, NULL, 0), ERROR_INVALID_PARAMETER);
                FAILS(CryptGetKeyParam(pairs[i], parameter, data_out, &size, ~0u), NTE_BAD_FLAGS);
            } else if (parameter == KP_SALT) {
                FAILS(CryptGetKeyParam(pairs[i], parameter, data_out, &size, 0), NTE_BAD_KEY, NTE_NOT_FOUND);
                FAILS(CryptGetKeyParam(pairs[i], parameter, NULL, &size, 0), NTE_BAD_KEY, NTE_NOT_FOUND);
            } else if (parameter == KP_CERTIFICATE && i < 2) {
                FAILS(CryptGetKeyParam(pairs[i], parameter, data_out, &size, 0), SCARD_E_NO_SUCH_CERTIFICATE);
                FAILS(CryptGetKeyParam(pairs[i], parameter, NULL, &size, 0), SCARD_E_NO_SUCH_CERTIFICATE);
                FAILS(CryptGetKeyParam(pairs[i], parameter, data_out, NULL, 0), ERROR_INVALID_PARAMETER);
            } else {
                ROW(FAILS(CryptGetKeyParam(pairs[i], parameter, data_out, &size, 0), NTE_BAD_TYPE, NTE_NOT_FOUND), "parameter %u of pair %d", parameter, i);
            }
        }
        IS_TRUE(number(pairs[i], KP_ALGID) == (i % 2 ? CALG_RSA_SIGN : CALG_RSA_KEYX));
        IS_TRUE(number(pairs[i], KP_KEYLEN) == 1024 && number(pairs[i], KP_BLOCKLEN) == 1024);
        IS_TRUE(number(pairs[i], KP_PERMISSIONS) == (i == 0 ? 0x3fu : 0x3bu));
    }
}

// MARK: Setting

/* Numbers that a parameter takes and those it does not; it stays what it was. */
static void numbers(HCRYPTKEY key, DWORD block, ALG_ID id) {
    static const struct { DWORD parameter, number, code; int of_block; } rows[] = {
        {KP_MODE, CRYPT_MODE_CBC, 0, 1}, {KP_MODE, CRYPT_MODE_ECB, 0, 1}, {KP_MODE, CRYPT_MODE_OFB, 0, 1}, {KP_MODE, CRYPT_MODE_CFB, 0, 1},
        {KP_MODE, CRYPT_MODE_CTS, 0, 1}, {KP_MODE, 0, NTE_BAD_DATA, 1}, {KP_MODE, 6, NTE_BAD_DATA, 1}, {KP_MODE, ~0u, NTE_BAD_DATA, 1},
        {KP_MODE_BITS, 8, 0, 1}, {KP_MODE_BITS, 0, NTE_BAD_DATA, 1}, {KP_MODE_BITS, 1, NTE_BAD_DATA, 1}, {KP_MODE_BITS, ~0u, NTE_BAD_DATA, 1},
        {KP_PADDING, PKCS5_PADDING, 0, 0}, {KP_PADDING, 0, NTE_BAD_DATA, 0}, {KP_PADDING, RANDOM_PADDING, NTE_BAD_DATA, 0},
        {KP_PADDING, ZERO_PADDING, NTE_BAD_DATA, 0}, {KP_PADDING, ~0u, NTE_BAD_DATA, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].of_block && !block) continue;
        DWORD before = number(key, rows[i].parameter);
        if (rows[i].code) {
            ROW(FAILS(set_number(key, rows[i].parameter, rows[i].number), rows[i].code, NTE_BAD_FLAGS), "row %zu", i);
            IS_TRUE(number(key, rows[i].parameter) == before);
        } else {
            ROW(HOLDS(set_number(key, rows[i].parameter, rows[i].number)), "row %zu", i);
            IS_TRUE(number(key, rows[i].parameter) == rows[i].number);
        }
    }
    if (block) HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CBC));
    if (id == CALG_RC2) {
        for (DWORD bits = 1; bits <= 1024; bits += bits < 130 ? 1 : 149) {
            HOLDS(set_number(key, KP_EFFECTIVE_KEYLEN, bits));
            IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == bits);
        }
        FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 0), NTE_BAD_DATA);
        FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 1025), NTE_BAD_DATA);
        FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, ~0u), NTE_BAD_DATA);
        FAILS(CryptSetKeyParam(key, KP_EFFECTIVE_KEYLEN, NULL, 0), ERROR_INVALID_PARAMETER);
    } else {
        FAILS(set_number(key, KP_EFFECTIVE_KEYLEN, 40), NTE_BAD_TYPE);
    }
}

/* CRYPT_EXPORT cannot be added, other bits are what they are, and clearing has no effect. */
static void permissions(HCRYPTKEY key) {
    DWORD before = number(key, KP_PERMISSIONS);
    const DWORD values[] = {before, 0, 0x38, 0x3b, 0x3f, CRYPT_EXPORT, CRYPT_ARCHIVE};
    for (int i = 0; i < 7; i++) {
        if (values[i] & (CRYPT_EXPORT | CRYPT_ARCHIVE) & ~before) FAILS(set_number(key, KP_PERMISSIONS, values[i]), NTE_BAD_DATA, NTE_BAD_FLAGS);
        else HOLDS(set_number(key, KP_PERMISSIONS, values[i]));
        IS_TRUE(number(key, KP_PERMISSIONS) == before);
    }
    FAILS(CryptSetKeyParam(key, KP_PERMISSIONS, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetKeyParam(key, KP_PERMISSIONS, (const BYTE *)&before, 1), NTE_BAD_FLAGS);
}

static int is_settable(ALG_ID id, DWORD parameter) {
    switch (parameter) {
    case KP_PADDING: case KP_MODE: case KP_MODE_BITS: case KP_PERMISSIONS: case KP_IV: return 1;
    case KP_SALT: case KP_SALT_EX: return id == CALG_RC2 || id == CALG_RC4;
    case KP_EFFECTIVE_KEYLEN: return id == CALG_RC2;
    case KP_KEYVAL: return id == CALG_DES;
    default: return 0;
    }
}

/* A message under another vector, mode and key value; each gives up the message under way. */
static void vectors(HCRYPTKEY key, const struct kind *kind) {
    DWORD block = block_of(kind), length = block;
    BYTE first[64], again[64], part[32] = {0}, iv[16];
    if (!block) return;
    IS_TRUE(encrypted(key, value, 40, first) == 40 + block - 40 % block);
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, part, &length, sizeof part));
    HOLDS(CryptSetKeyParam(key, KP_IV, (const BYTE[16]){0}, 0));
    SAME(first, encrypted(key, value, 40, again), again, 40 + block - 40 % block);
    HOLDS(CryptSetKeyParam(key, KP_IV, value + 5, 0));
    length = sizeof iv;
    HOLDS(CryptGetKeyParam(key, KP_IV, iv, &length, 0));
    SAME(iv, length, value + 5, block);
    encrypted(key, value, 40, again);
    IS_TRUE(memcmp(first, again, block) != 0);
    if (kind->id != CALG_DES) return;
    /* KP_KEYVAL of a DES key. */
    HCRYPTKEY other = key_of(reader, CALG_DES, value + 16, 8, 0), copy = 0;
    length = 8;
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, part, &length, sizeof part));
    HOLDS(CryptSetKeyParam(key, KP_KEYVAL, value + 16, 0));
    HOLDS(CryptSetKeyParam(other, KP_IV, value + 5, 0));
    ENCRYPT_ALIKE(key, other);
    HOLDS(CryptDuplicateKey(key, NULL, 0, &copy));
    ENCRYPT_ALIKE(copy, other);
    HOLDS(CryptSetKeyParam(key, KP_KEYVAL, value + 24, 0));
    ENCRYPT_ALIKE(copy, other);
    HOLDS(CryptDestroyKey(copy));
    HOLDS(CryptDestroyKey(other));
}

/* KP_OAEP_PARAMS: a label that both sides must have. The pair's handle goes. */
static void labels(HCRYPTPROV context, HCRYPTKEY pair) {
    BYTE label[] = "a label", data[256];
    HCRYPTKEY public_key = public_half(context, pair), copy = 0, key = 0;
    CRYPT_DATA_BLOB set = {sizeof label, label}, none = {0, NULL}, nowhere = {5, NULL}, long_one = {~0u, label};
    const HCRYPTKEY both[] = {pair, public_key};
    for (int i = 0; i < 2; i++) {
        FAILS(CryptSetKeyParam(both[i], KP_OAEP_PARAMS, NULL, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetKeyParam(both[i], KP_OAEP_PARAMS, (const BYTE *)&nowhere, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetKeyParam(both[i], KP_OAEP_PARAMS, (const BYTE *)&long_one, 0), NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
        FAILS(CryptSetKeyParam(both[i], KP_OAEP_PARAMS, (const BYTE *)&set, 1), NTE_BAD_FLAGS);
    }
    for (int i = 0; i < 4; i++) {
        HOLDS(CryptSetKeyParam(public_key, KP_OAEP_PARAMS, (const BYTE *)(i & 1 ? &set : &none), 0));
        HOLDS(CryptSetKeyParam(pair, KP_OAEP_PARAMS, (const BYTE *)(i & 2 ? &set : &none), 0));
        DWORD length = 16;
        memcpy(data, value, 16);
        HOLDS(CryptEncrypt(public_key, 0, TRUE, CRYPT_OAEP, data, &length, sizeof data));
        if (i == 0 || i == 3) {
            HOLDS(CryptDecrypt(pair, 0, TRUE, CRYPT_OAEP, data, &length));
            SAME(data, length, value, 16);
        } else {
            FAILS(CryptDecrypt(pair, 0, TRUE, CRYPT_OAEP, data, &length), NTE_BAD_DATA);
        }
    }
    /* It is of OAEP alone, it goes with a duplicate, and it is in SIMPLEBLOBs. */
    DWORD length = 16;
    memcpy(data, value, 16);
    HOLDS(CryptEncrypt(public_key, 0, TRUE, 0, data, &length, sizeof data));
    HOLDS(CryptDecrypt(pair, 0, TRUE, 0, data, &length));
    HOLDS(CryptDuplicateKey(public_key, NULL, 0, &copy));
    HCRYPTKEY session = aes_key(context);
    length = exported(session, copy, SIMPLEBLOB, CRYPT_OAEP, data);
    HOLDS(CryptImportKey(context, data, length, pair, CRYPT_OAEP, &key));
    ENCRYPT_ALIKE(session, key);
    HOLDS(CryptSetKeyParam(pair, KP_OAEP_PARAMS, (const BYTE *)&none, 0));
    FAILS(CryptImportKey(context, data, length, pair, CRYPT_OAEP, &key), NTE_BAD_DATA);
    HOLDS(CryptDestroyKey(pair));
}

static void CryptSetKeyParam_section(void) {
    BYTE zeros[64] = {0}, salt[24];
    memset(salt, 9, sizeof salt);
    REFUSES(bad_key, CryptSetKeyParam(bad, KP_MODE, zeros, 0));
    for (int i = 0; i < KINDS; i++) {
        HCRYPTKEY key = new_key(kinds + i, CRYPT_EXPORTABLE);
        ALG_ID id = kinds[i].id;
        for (DWORD parameter = 0; parameter <= LAST_PARAMETER + 1; parameter++) {
            if (is_settable(id, parameter)) {
                ROW(FAILS(CryptSetKeyParam(key, parameter, NULL, 0), ERROR_INVALID_PARAMETER), "parameter %u of %s", parameter, kinds[i].name);
                FAILS(CryptSetKeyParam(key, parameter, zeros, 1), NTE_BAD_FLAGS);
                FAILS(CryptSetKeyParam(key, parameter, zeros, ~0u), NTE_BAD_FLAGS);
            } else {
                ROW(FAILS(CryptSetKeyParam(key, parameter, zeros, 0), NTE_BAD_TYPE), "parameter %u of %s", parameter, kinds[i].name);
            }
        }
        FAILS(CryptSetKeyParam(key, ~0u, zeros, 0), NTE_BAD_TYPE);
        numbers(key, block_of(kinds + i), id);
        permissions(key);
        vectors(key, kinds + i);
        if (id == CALG_RC2 || id == CALG_RC4) {
            for (DWORD count = 0; count <= 23; count++) {
                CRYPT_INTEGER_BLOB blob = {count, salt};
                DWORD size = 0;
                HOLDS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0));
                HOLDS(CryptGetKeyParam(key, KP_SALT, NULL, &size, 0));
                IS_TRUE(size == count);
            }
            CRYPT_INTEGER_BLOB too_long = {25, salt}, nowhere = {5, NULL};
            FAILS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&too_long, 0), NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
            FAILS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&nowhere, 0), ERROR_INVALID_PARAMETER);
            HOLDS(CryptSetKeyParam(key, KP_SALT, salt, 0));
        }
        HOLDS(CryptDestroyKey(key));
        key = new_key(kinds + i, 0);
        permissions(key);
        HOLDS(CryptDestroyKey(key));
    }
    const HCRYPTKEY pairs[] = {exchange, signer, public_exchange, public_signer};
    for (int i = 0; i < 4; i++) {
        for (DWORD parameter = 0; parameter <= LAST_PARAMETER + 1; parameter++) {
            if (parameter == KP_OAEP_PARAMS || parameter == KP_PERMISSIONS) continue;
            const DWORD code = parameter == KP_CERTIFICATE && i < 2 ? NTE_BAD_DATA : NTE_BAD_TYPE;
            ROW(FAILS(CryptSetKeyParam(pairs[i], parameter, zeros, 0), code), "parameter %u of pair %d", parameter, i);
        }
        permissions(pairs[i]);
    }
    HCRYPTPROV without = aes();
    HCRYPTKEY pair = 0;
    labels(without, import_pair(without, CALG_RSA_KEYX, 0));
    HOLDS(CryptGetUserKey(box, AT_KEYEXCHANGE, &pair));
    labels(box, pair);
    HOLDS(CryptReleaseContext(without, 0));
}

static const struct section sections[] = {SECTION(CryptGetKeyParam), SECTION(CryptSetKeyParam)};

int main(int arguments, char **argument) {
    return parity("parity-parameters", sections, sizeof sections / sizeof *sections, arguments, argument);
}
