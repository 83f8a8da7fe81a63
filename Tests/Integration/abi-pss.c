/* RSA-PSS and OAEP with SHA-2, our extensions to the C functions. See abi-pss.sh. */
#include "abi-blobs.h"

#include <unistd.h>

static const BYTE message[] = "to be signed";
static const BYTE secret[] = "sixteen bytes..";
static const char *const label = "a label";

static const struct { const char *name; ALG_ID id; DWORD size; } hashes[] = {
    {"sha1", CALG_SHA1, 20}, {"sha256", CALG_SHA_256, 32}, {"sha384", CALG_SHA_384, 48}, {"sha512", CALG_SHA_512, 64}
};
#define HASHES 4

/* A hash of the message, with a salt length; ~0: that of the hash. */
static HCRYPTHASH salted(HCRYPTPROV provider, ALG_ID id, DWORD salt) {
    HCRYPTHASH hash = hash_of(provider, id, message, sizeof message);
    if (salt != ~0u) HOLDS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (const BYTE *)&salt, 0));
    return hash;
}

static void verifies(HCRYPTPROV provider, HCRYPTKEY key, ALG_ID id, DWORD salt, const BYTE *signature, DWORD size) {
    HCRYPTHASH hash = salted(provider, id, salt);
    HOLDS(CryptVerifySignatureA(hash, signature, size, key, NULL, CRYPT_TOKENCSP_PSS));
    FAILS(CryptVerifySignatureA(hash, signature, size, key, NULL, 0), NTE_BAD_SIGNATURE);
    FAILS(CryptVerifySignatureA(hash, signature, size, key, NULL, CRYPT_NOHASHOID), NTE_BAD_SIGNATURE);
    FAILS(CryptVerifySignatureA(hash, signature, size - 1, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_SIGNATURE);
    BYTE other[MOST];
    const DWORD places[] = {0, 5, size - 1};
    for (size_t i = 0; i < 3; i++) {
        memcpy(other, signature, size);
        other[places[i]] ^= 1;
        FAILS(CryptVerifySignatureA(hash, other, size, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_SIGNATURE);
    }
    memset(other, 0xFF, size);
    FAILS(CryptVerifySignatureA(hash, other, size, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_SIGNATURE);
    memset(other, 0, size);
    FAILS(CryptVerifySignatureA(hash, other, size, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_SIGNATURE);
    DWORD wrong[] = {0, 0, 2048}, length = 4;
    MUST(CryptGetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (BYTE *)&wrong[0], &length, 0));
    IS_TRUE(length == 4 && (salt == ~0u || wrong[0] == salt));
    wrong[1] = wrong[0] ? wrong[0] - 1 : 7;
    wrong[0]++;
    for (size_t i = 0; i < 3; i++) {
        HOLDS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (const BYTE *)&wrong[i], 0));
        ROW(FAILS(CryptVerifySignatureA(hash, signature, size, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_SIGNATURE),
            "salt of %u", wrong[i]);
    }
    HOLDS(CryptDestroyHash(hash));
    HCRYPTHASH another = hash_of(provider, id, "another", 7);
    FAILS(CryptVerifySignatureA(another, signature, size, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_SIGNATURE);
    HOLDS(CryptDestroyHash(another));
}

/* Signatures for openssl, in its byte order: NAME.HASH.SALT.signed. */
static void sign_all(HCRYPTPROV provider, const char *name, DWORD spec, HCRYPTKEY key) {
    DWORD bytes = number(key, KP_KEYLEN) / 8;
    for (size_t i = 0; i < HASHES; i++) {
        DWORD most = bytes - hashes[i].size - 2;
        const DWORD salts[] = {~0u, 0, 1, 20, most, most + 1};
        for (size_t j = 0; j < sizeof salts / sizeof *salts; j++) {
            HCRYPTHASH hash = salted(provider, hashes[i].id, salts[j]);
            DWORD salt = salts[j] == ~0u ? hashes[i].size : salts[j], size = 0;
            BYTE signature[MOST], again[MOST];
            HOLDS(CryptSignHashA(hash, spec, NULL, CRYPT_TOKENCSP_PSS, NULL, &size));
            IS_TRUE(size == bytes);
            if (salt > most) {
                ROW(FAILS(CryptSignHashA(hash, spec, NULL, CRYPT_TOKENCSP_PSS, signature, &size), NTE_BAD_LEN),
                    "%s, salt of %u", hashes[i].name, salt);
                HOLDS(CryptDestroyHash(hash));
                continue;
            }
            ROW(HOLDS(CryptSignHashA(hash, spec, NULL, CRYPT_TOKENCSP_PSS, signature, &size)), "%s, salt of %u",
                hashes[i].name, salt);
            HOLDS(CryptSignHashA(hash, spec, NULL, CRYPT_TOKENCSP_PSS, again, &size));
            /* A salt makes each signature another. */
            IS_TRUE(salt == 0 ? !memcmp(signature, again, size) : salt == 1 || memcmp(signature, again, size));
            HOLDS(CryptDestroyHash(hash));
            verifies(provider, key, hashes[i].id, salts[j], signature, size);
            char file[64];
            snprintf(file, sizeof file, "%s.%s.%u.signed", name, hashes[i].name, salt);
            reverse(signature, size);
            write_file(file, signature, size);
        }
    }
    write_file("message", message, sizeof message);
}

static void misuse(HCRYPTPROV provider, DWORD spec, HCRYPTKEY key) {
    static const DWORD flags[] = {CRYPT_TOKENCSP_PSS | CRYPT_NOHASHOID, CRYPT_TOKENCSP_PSS | 4, CRYPT_TOKENCSP_PSS << 1};
    static const ALG_ID old[] = {CALG_MD5, CALG_MD4, CALG_MD2};
    BYTE signature[MOST] = {0};
    DWORD size = number(key, KP_KEYLEN) / 8, length;
    HCRYPTHASH hash = hash_of(provider, CALG_SHA1, message, sizeof message), duplicate = 0;
    for (size_t i = 0; i < 3; i++) {
        length = sizeof signature;
        FAILS(CryptSignHashA(hash, spec, NULL, flags[i], signature, &length), NTE_BAD_FLAGS);
        FAILS(CryptVerifySignatureA(hash, signature, size, key, NULL, flags[i]), NTE_BAD_FLAGS);
    }
    DWORD salt = 4096, known = 11, found = 0;
    FAILS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (const BYTE *)&salt, 0), NTE_BAD_LEN);
    salt = ~0u;
    FAILS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (const BYTE *)&salt, 0), NTE_BAD_LEN);
    FAILS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, NULL, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (const BYTE *)&known, 0));
    HOLDS(CryptDuplicateHash(hash, NULL, 0, &duplicate));
    length = 4;
    HOLDS(CryptGetHashParam(duplicate, HP_TOKENCSP_PSS_SALT_LENGTH, (BYTE *)&found, &length, 0));
    IS_TRUE(found == 11);
    HOLDS(CryptDestroyHash(duplicate));
    HOLDS(CryptDestroyHash(hash));
    for (size_t i = 0; i < 3; i++) {
        hash = hash_of(provider, old[i], message, sizeof message);
        length = sizeof signature;
        FAILS(CryptSignHashA(hash, spec, NULL, CRYPT_TOKENCSP_PSS, signature, &length), NTE_BAD_ALGID);
        FAILS(CryptVerifySignatureA(hash, signature, size, key, NULL, CRYPT_TOKENCSP_PSS), NTE_BAD_ALGID);
        FAILS(CryptSetHashParam(hash, HP_TOKENCSP_PSS_SALT_LENGTH, (const BYTE *)&known, 0), NTE_BAD_ALGID);
        /* Neither ended it. */
        HOLDS(CryptHashData(hash, message, 1, 0));
        HOLDS(CryptDestroyHash(hash));
    }
}

// MARK: OAEP

static BOOL use_hash(HCRYPTKEY key, ALG_ID id) { return CryptSetKeyParam(key, KP_TOKENCSP_OAEP_HASH, (const BYTE *)&id, 0); }

static BOOL use_label(HCRYPTKEY key, const char *text) {
    CRYPT_DATA_BLOB blob = {(DWORD)strlen(text), (BYTE *)text};
    return CryptSetKeyParam(key, KP_OAEP_PARAMS, (const BYTE *)&blob, 0);
}

/* Whatever is wrong: the same code, and the data as it was. */
static void is_bad(HCRYPTKEY key, const BYTE *cipher, DWORD size) {
    BYTE data[MOST];
    DWORD length = size;
    memcpy(data, cipher, size);
    FAILS(CryptDecrypt(key, 0, TRUE, CRYPT_OAEP, data, &length), NTE_BAD_DATA);
    IS_TRUE(length == size && !memcmp(data, cipher, size));
}

/* Ciphertexts for openssl: NAME.HASH.LABEL.ours; and everything that can be wrong. */
static void encrypt_all(const char *name, HCRYPTKEY key, HCRYPTKEY public_key) {
    DWORD size = number(key, KP_KEYLEN) / 8;
    for (size_t i = 0; i < HASHES; i++) {
        for (int labelled = 0; labelled < 2; labelled++) {
            BYTE cipher[MOST], data[MOST], other[MOST];
            DWORD most = size - 2 * hashes[i].size - 2, length = sizeof secret;
            HOLDS(use_hash(key, hashes[i].id));
            HOLDS(use_hash(public_key, hashes[i].id));
            HOLDS(use_label(key, labelled ? label : ""));
            HOLDS(use_label(public_key, labelled ? label : ""));
            IS_TRUE(number(key, KP_TOKENCSP_OAEP_HASH) == hashes[i].id);
            memcpy(cipher, secret, sizeof secret);
            if (size < 2 * hashes[i].size + 2 + sizeof secret) {
                FAILS(CryptEncrypt(public_key, 0, TRUE, CRYPT_OAEP, cipher, &length, size), NTE_BAD_LEN);
                continue;
            }
            HOLDS(CryptEncrypt(public_key, 0, TRUE, CRYPT_OAEP, cipher, &length, size));
            IS_TRUE(length == size);
            memcpy(data, cipher, size);
            ROW(HOLDS(CryptDecrypt(key, 0, TRUE, CRYPT_OAEP, data, &length)), "%s, label %d", hashes[i].name, labelled);
            SAME(data, length, secret, sizeof secret);
            memset(data, 7, size);
            length = most;
            HOLDS(CryptEncrypt(key, 0, TRUE, CRYPT_OAEP, data, &length, size));
            HOLDS(CryptDecrypt(key, 0, TRUE, CRYPT_OAEP, data, &length));
            IS_TRUE(length == most);
            length = most + 1;
            FAILS(CryptEncrypt(key, 0, TRUE, CRYPT_OAEP, data, &length, size), NTE_BAD_LEN);
            for (int kind = 0; kind < 4; kind++) {
                memcpy(other, cipher, size);
                if (kind == 0) memset(other, 0, size);
                if (kind == 1) memset(other, 0xFF, size);
                if (kind == 2) other[0] ^= 1;
                if (kind == 3) other[size - 2] ^= 1;
                is_bad(key, other, size);
            }
            HOLDS(use_hash(key, hashes[(i + 1) % HASHES].id));
            is_bad(key, cipher, size);
            HOLDS(use_hash(key, hashes[i].id));
            HOLDS(use_label(key, labelled ? "" : label));
            is_bad(key, cipher, size);
            char file[64];
            snprintf(file, sizeof file, "%s.%s.%d.ours", name, hashes[i].name, labelled);
            reverse(cipher, size);
            write_file(file, cipher, size);
        }
    }
    static const ALG_ID none[] = {CALG_MD5, CALG_AES_256, CALG_RSA_KEYX, 0, ~0u};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) FAILS(use_hash(key, none[i]), NTE_BAD_ALGID);
    FAILS(CryptSetKeyParam(key, KP_TOKENCSP_OAEP_HASH, NULL, 0), ERROR_INVALID_PARAMETER);
    write_file("secret", secret, sizeof secret);
}

/* A session key in a SIMPLEBLOB, under the hash that the exchange key's handles have been given. */
static void session_key(HCRYPTPROV provider, HCRYPTKEY key) {
    BYTE blob[MOST], out[MOST];
    HCRYPTKEY session = key_of(provider, CALG_AES_128, value, 16, CRYPT_EXPORTABLE), again = 0;
    HOLDS(use_hash(key, CALG_SHA_256));
    HOLDS(use_label(key, ""));
    DWORD length = exported(session, key, SIMPLEBLOB, CRYPT_OAEP, blob);
    MUST(length);
    HOLDS(CryptImportKey(provider, blob, length, key, CRYPT_OAEP | CRYPT_EXPORTABLE, &again));
    length = value_of(again, out);
    SAME(out, length, value, 16);
    HOLDS(CryptDestroyKey(again));
    HOLDS(use_hash(key, CALG_SHA1));
    length = exported(session, key, SIMPLEBLOB, CRYPT_OAEP, blob);
    HOLDS(use_hash(key, CALG_SHA_256));
    FAILS(CryptImportKey(provider, blob, length, key, CRYPT_OAEP, &again), NTE_BAD_DATA);
    FAILS(use_hash(session, CALG_SHA_256), NTE_BAD_TYPE);
    HOLDS(CryptDestroyKey(session));
}

static void all(HCRYPTPROV provider, const char *name, HCRYPTKEY key) {
    BYTE blob[MOST];
    HCRYPTKEY public_key = 0;
    DWORD length = exported(key, 0, PUBLICKEYBLOB, 0, blob);
    MUST(CryptImportKey(provider, blob, length, 0, 0, &public_key));
    sign_all(provider, name, AT_KEYEXCHANGE, key);
    misuse(provider, AT_KEYEXCHANGE, public_key);
    encrypt_all(name, key, public_key);
    session_key(provider, key);
    HOLDS(CryptDestroyKey(public_key));
}

// MARK: What openssl made

static void hear(HCRYPTPROV provider, const char *name, HCRYPTKEY key) {
    char file[64];
    BYTE data[MOST];
    int heard = 0;
    for (size_t i = 0; i < HASHES; i++) {
        const DWORD salts[] = {0, 11, hashes[i].size};
        for (size_t j = 0; j < 3; j++) {
            snprintf(file, sizeof file, "%s.%s.%u.theirs", name, hashes[i].name, salts[j]);
            if (access(file, R_OK)) continue;
            DWORD size = read_file(file, data);
            reverse(data, size);
            verifies(provider, key, hashes[i].id, salts[j], data, size);
            heard++;
        }
        for (int labelled = 0; labelled < 2; labelled++) {
            snprintf(file, sizeof file, "%s.%s.%d.encrypted", name, hashes[i].name, labelled);
            if (access(file, R_OK)) continue;
            DWORD length = read_file(file, data);
            reverse(data, length);
            HOLDS(use_hash(key, hashes[i].id));
            HOLDS(use_label(key, labelled ? label : ""));
            HOLDS(CryptDecrypt(key, 0, TRUE, CRYPT_OAEP, data, &length));
            SAME(data, length, secret, sizeof secret);
            heard++;
        }
    }
    IS_TRUE(heard >= 15);
}

/* A token that does neither PSS nor the bare operation. */
static void refusing(void) {
    HCRYPTPROV provider = container("pss", CRYPT_NEWKEYSET);
    HCRYPTKEY key = 0;
    BYTE signature[MOST];
    DWORD length = sizeof signature;
    MUST(CryptGenKey(provider, AT_KEYEXCHANGE, 2048u << 16, &key));
    HCRYPTHASH hash = hash_of(provider, CALG_SHA_256, message, sizeof message);
    FAILS(CryptSignHashA(hash, AT_KEYEXCHANGE, NULL, CRYPT_TOKENCSP_PSS, signature, &length), NTE_BAD_ALGID);
    HOLDS(CryptSignHashA(hash, AT_KEYEXCHANGE, NULL, 0, signature, &length));
    HOLDS(CryptReleaseContext(provider, 0));
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    if (!strcmp(what, "host") || !strcmp(what, "host-hear")) {
        provider = aes();
        key = import_pair(provider, CALG_RSA_KEYX, 0);
        write_file("host.blob", short_coefficient, sizeof short_coefficient);
        if (!strcmp(what, "host")) all(provider, "host", key);
        else hear(provider, "host", key);
    } else if (!strcmp(what, "token")) {
        BYTE blob[MOST];
        provider = container("pss", CRYPT_NEWKEYSET);
        MUST(CryptGenKey(provider, AT_KEYEXCHANGE, 2048u << 16 | CRYPT_EXPORTABLE, &key));
        write_file("token.blob", blob, exported(key, 0, PRIVATEKEYBLOB, 0, blob));
        all(provider, "token", key);
    } else if (!strcmp(what, "token-hear")) {
        provider = container("pss", 0);
        MUST(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
        hear(provider, "token", key);
    } else if (!strcmp(what, "refusing")) {
        refusing();
        return verdict("abi-pss refusing");
    } else {
        return 64;
    }
    HOLDS(CryptReleaseContext(provider, 0));
    return verdict("abi-pss");
}
