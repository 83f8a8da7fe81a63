/* Elliptic curves from C. See abi-ec.sh, with whose openssl it exchanges files. */
#include "abi-session.h"

#include <tokencsp.h>

#include "consent.h"

struct curve {
    const char *name;
    ALG_ID algorithm;
    DWORD bits, size, point, magic;
};

static const struct curve curves[] = {
    {"p256", CALG_ECDSA, 256, 32, 64, BCRYPT_ECDSA_PUBLIC_P256_MAGIC},
    {"p384", CALG_ECDSA, 384, 48, 96, BCRYPT_ECDSA_PUBLIC_P384_MAGIC},
    {"p521", CALG_ECDSA, 521, 66, 132, BCRYPT_ECDSA_PUBLIC_P521_MAGIC},
    {"ed25519", CALG_TOKENCSP_ED25519, 255, 32, 32, TOKENCSP_ED25519_PUBLIC_MAGIC},
    {"p256", CALG_ECDH, 256, 32, 64, BCRYPT_ECDH_PUBLIC_P256_MAGIC},
    {"p384", CALG_ECDH, 384, 48, 96, BCRYPT_ECDH_PUBLIC_P384_MAGIC},
    {"p521", CALG_ECDH, 521, 66, 132, BCRYPT_ECDH_PUBLIC_P521_MAGIC},
};
enum { SIGNING = 4, CURVES = sizeof curves / sizeof *curves };

static DWORD load(const char *name, const char *suffix, BYTE *bytes) {
    char path[64];
    snprintf(path, sizeof path, "%s.%s", name, suffix);
    FILE *file = fopen(path, "rb");
    if (!file) { printf("no file %s\n", path); exit(2); }
    DWORD count = (DWORD)fread(bytes, 1, MOST, file);
    fclose(file);
    return count;
}

static void save(const char *name, const char *suffix, const BYTE *bytes, DWORD count) {
    char path[64];
    snprintf(path, sizeof path, "%s.%s", name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, count, file) != count) exit(2);
    fclose(file);
}

/* Of openssl's key in the files NAME.point and NAME.private. */
static DWORD curve_blob(BYTE *blob, const struct curve *curve, BYTE type, ALG_ID algorithm) {
    BLOBHEADER header = {type, CUR_BLOB_VERSION, 0, algorithm};
    BCRYPT_ECCKEY_BLOB key = {curve->magic, curve->size};
    // "ECS2" follows "ECS1".
    if (type == PRIVATEKEYBLOB) key.dwMagic += 0x01000000;
    memcpy(blob, &header, 8);
    memcpy(blob + 8, &key, 8);
    DWORD length = 16 + load(curve->name, "point", blob + 16);
    return type == PRIVATEKEYBLOB ? length + load(curve->name, "private", blob + length) : length;
}

static HCRYPTPROV open_container(const char *name, DWORD flags) {
    HCRYPTPROV context = 0;
    MUST(CryptAcquireContextA(&context, name, TOKENCSP_EC_PROV_A, PROV_EC_ECDSA_FULL, flags));
    return context;
}

static DWORD blob_of(HCRYPTKEY key, DWORD type, BYTE *blob) {
    DWORD length = MOST, size = 0;
    HOLDS(CryptExportKey(key, 0, type, 0, NULL, &size));
    HOLDS(CryptExportKey(key, 0, type, 0, blob, &length));
    IS_TRUE(length == size);
    return length;
}

// MARK: Verifying, without any token

static void verify_theirs(HCRYPTPROV context) {
    BYTE blob[MOST], signature[MOST], again[MOST];
    for (size_t i = 0; i < SIGNING; i++) {
        const struct curve *curve = &curves[i];
        HCRYPTKEY key = 0;
        DWORD length = curve_blob(blob, curve, PUBLICKEYBLOB, curve->algorithm);
        HOLDS(CryptImportKey(context, blob, length, 0, 0, &key));
        IS_TRUE(number(key, KP_ALGID) == curve->algorithm && number(key, KP_KEYLEN) == curve->bits);
        IS_TRUE(number(key, KP_BLOCKLEN) == curve->bits && number(key, KP_PERMISSIONS) == 0x3b);
        SAME(again, blob_of(key, PUBLICKEYBLOB, again), blob, length);
        FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, again, &length), NTE_BAD_KEY_STATE);
        DWORD count = load(curve->name, "theirs", signature);
        IS_TRUE(count == 2 * curve->size);
        HCRYPTHASH hash = hash_of(context, CALG_SHA_256, "a message", 9);
        HOLDS(CryptVerifySignatureA(hash, signature, count, key, NULL, 0));
        for (DWORD at = 0; at < count; at += 7) {
            signature[at] ^= 0x10;
            FAILS(CryptVerifySignatureA(hash, signature, count, key, NULL, 0), NTE_BAD_SIGNATURE);
            signature[at] ^= 0x10;
        }
        for (DWORD cut = 0; cut < count; cut++)
            FAILS(CryptVerifySignatureA(hash, signature, cut, key, NULL, 0), NTE_BAD_SIGNATURE);
        BYTE none[132] = {0};
        FAILS(CryptVerifySignatureA(hash, none, count, key, NULL, 0), NTE_BAD_SIGNATURE);
        memset(none, 0xFF, sizeof none);
        FAILS(CryptVerifySignatureA(hash, none, count, key, NULL, 0), NTE_BAD_SIGNATURE);
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptImportKey(context, blob, length, key, 0, &key), ERROR_INVALID_PARAMETER);
    }
}

// MARK: Hostile blobs

/* Every cut, and every field wrong: nothing of it is a key. */
static void bad_blobs(HCRYPTPROV context) {
    BYTE blob[MOST], bad[MOST];
    HCRYPTKEY key = 0;
    for (size_t i = 0; i < CURVES; i++)
        for (BYTE type = PUBLICKEYBLOB; type <= PRIVATEKEYBLOB; type++) {
            const struct curve *curve = &curves[i];
            DWORD length = curve_blob(blob, curve, type, curve->algorithm);
            for (DWORD cut = 0; cut < length; cut++)
                ROW(FAILS(CryptImportKey(context, blob, cut, 0, 0, &key), NTE_BAD_DATA, ERROR_INVALID_PARAMETER),
                    "%s: %u bytes", curve->name, cut);
            // cbKey and the magic, in each bit; the numbers of NIST's curves, now and then.
            for (DWORD bit = 8 * 8; bit < 16 * 8; bit++) {
                memcpy(bad, blob, length);
                bad[bit / 8] ^= 1 << bit % 8;
                ROW(FAILS(CryptImportKey(context, bad, length, 0, 0, &key), NTE_BAD_DATA), "%s: bit %u", curve->name, bit);
            }
            for (DWORD at = 16; at < length && (curve->algorithm != CALG_TOKENCSP_ED25519 || type == PRIVATEKEYBLOB); at += 5) {
                memcpy(bad, blob, length);
                bad[at] ^= 1;
                ROW(FAILS(CryptImportKey(context, bad, length, 0, 0, &key), NTE_BAD_DATA), "%s: byte %u", curve->name, at);
            }
            memcpy(bad, blob, length);
            bad[0] = type ^ 1;
            FAILS(CryptImportKey(context, bad, length, 0, 0, &key), NTE_BAD_DATA);
            const ALG_ID others[] = {CALG_ECDSA, CALG_ECDH, CALG_TOKENCSP_ED25519, CALG_RSA_SIGN, CALG_AES_256, 0};
            for (size_t j = 0; j < sizeof others / sizeof *others; j++) {
                if (others[j] == curve->algorithm) continue;
                memcpy(bad, blob, length);
                memcpy(bad + 4, &others[j], 4);
                FAILS(CryptImportKey(context, bad, length, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_ALGID);
            }
            IS_TRUE(key == 0);
        }
}

// MARK: Keys on the token

static void sign(HCRYPTPROV context, const char *name, const char *suffix) {
    BYTE signature[MOST];
    DWORD length = MOST, size = 0;
    HCRYPTHASH hash = hash_of(context, CALG_SHA_256, "a message", 9);
    HOLDS(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, NULL, &size));
    HOLDS(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length));
    IS_TRUE(length == size);
    save(name, suffix, signature, length);
    HCRYPTKEY key = 0;
    HOLDS(CryptGetUserKey(context, AT_SIGNATURE, &key));
    HOLDS(CryptVerifySignatureA(hash, signature, length, key, NULL, 0));
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyHash(hash));
}

/* NSS has no Ed25519. */
static int nist_alone;

static void signing_keys(HCRYPTPROV context) {
    BYTE blob[MOST], again[MOST];
    for (size_t i = 0; i < SIGNING; i++) {
        const struct curve *curve = &curves[i];
        if (nist_alone && curve->algorithm == CALG_TOKENCSP_ED25519) {
            FAILS(CryptGenKey(context, curve->algorithm, 0, &(HCRYPTKEY){0}), NTE_BAD_ALGID);
            continue;
        }
        HCRYPTKEY key = 0, imported = 0;
        DWORD length = MOST;
        HOLDS(CryptGenKey(context, curve->algorithm, curve->bits << 16, &key));
        IS_TRUE(number(key, KP_ALGID) == curve->algorithm && number(key, KP_KEYLEN) == curve->bits);
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
        FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length), NTE_BAD_KEY_STATE);
        length = blob_of(key, PUBLICKEYBLOB, blob);
        IS_TRUE(length == 16 + curve->point && !memcmp(blob + 8, &curve->magic, 4));
        save(curve->name, "ours.point", blob + 16, length - 16);
        sign(context, curve->name, "ours");
        HOLDS(CryptDestroyKey(key));

        // openssl's key, from now on this container's.
        length = curve_blob(blob, curve, PRIVATEKEYBLOB, curve->algorithm);
        HOLDS(CryptImportKey(context, blob, length + 5, 0, CRYPT_EXPORTABLE, &imported));
        IS_TRUE(number(imported, KP_PERMISSIONS) == 0x3f);
        sign(context, curve->name, "imported");
        if (curve->algorithm == CALG_ECDSA) SAME(again, blob_of(imported, PRIVATEKEYBLOB, again), blob, length);
        HOLDS(CryptDestroyKey(imported));
    }
}

static void exportable_keys(HCRYPTPROV context, HCRYPTPROV other) {
    BYTE blob[MOST], again[MOST];
    for (size_t i = 0; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        if (curve->algorithm == CALG_TOKENCSP_ED25519) continue;
        HCRYPTKEY key = 0, imported = 0, wrapping = 0;
        HOLDS(CryptGenKey(context, curve->algorithm, curve->bits << 16 | CRYPT_EXPORTABLE, &key));
        DWORD length = blob_of(key, PRIVATEKEYBLOB, blob), size = MOST;
        IS_TRUE(length == 16 + 3 * curve->size);
        HOLDS(CryptImportKey(other, blob, length, 0, CRYPT_EXPORTABLE, &imported));
        SAME(again, blob_of(imported, PRIVATEKEYBLOB, again), blob, length);
        HOLDS(CryptDestroyKey(imported));
        HOLDS(CryptGenKey(context, CALG_AES_256, 0, &wrapping));
        HOLDS(CryptExportKey(key, wrapping, PRIVATEKEYBLOB, 0, again, &size));
        IS_TRUE(size > length && memcmp(again + 8, blob + 8, length - 8));
        HOLDS(CryptImportKey(context, again, size, wrapping, 0, &imported));
        FAILS(CryptExportKey(imported, 0, PRIVATEKEYBLOB, 0, again, &size), NTE_BAD_KEY_STATE);
        HOLDS(CryptDestroyKey(imported));
        HOLDS(CryptDestroyKey(wrapping));
        HOLDS(CryptDestroyKey(key));
    }
}

// MARK: Agreement

static HCRYPTKEY session_key(HCRYPTPROV context, HCRYPTKEY own, const BYTE *blob, DWORD length) {
    HCRYPTKEY agreed = 0;
    BYTE data[64];
    DWORD size = sizeof data;
    HOLDS(CryptImportKey(context, blob, length, own, CRYPT_EXPORTABLE, &agreed));
    IS_TRUE(number(agreed, KP_ALGID) == CALG_AGREEDKEY_ANY);
    FAILS(CryptExportKey(agreed, 0, PLAINTEXTKEYBLOB, 0, data, &size), NTE_BAD_KEY_STATE);
    FAILS(CryptEncrypt(agreed, 0, TRUE, 0, NULL, &size, 0), NTE_BAD_KEY_STATE);
    FAILS(set_number(agreed, KP_ALGID, CALG_RSA_KEYX), NTE_BAD_ALGID);
    FAILS(CryptSetKeyParam(agreed, KP_ALGID, NULL, 0), ERROR_INVALID_PARAMETER);
    HOLDS(set_number(agreed, KP_ALGID, CALG_AES_256));
    FAILS(set_number(agreed, KP_ALGID, CALG_AES_256), NTE_BAD_TYPE);
    IS_TRUE(number(agreed, KP_ALGID) == CALG_AES_256 && number(agreed, KP_KEYLEN) == 256);
    return agreed;
}

static void agreement(HCRYPTPROV context, HCRYPTPROV other) {
    BYTE blob[MOST], value[MOST];
    for (size_t i = SIGNING; i < CURVES; i++) {
        const struct curve *curve = &curves[i];
        HCRYPTKEY own = 0, theirs = 0;
        HOLDS(CryptGenKey(context, AT_KEYEXCHANGE, curve->bits << 16, &own));
        HOLDS(CryptGenKey(other, CALG_ECDH_EPHEM, curve->bits << 16, &theirs));
        FAILS(CryptGetUserKey(other, AT_KEYEXCHANGE, &(HCRYPTKEY){0}), NTE_NO_KEY);
        DWORD length = blob_of(theirs, PUBLICKEYBLOB, blob);
        HCRYPTKEY one = session_key(context, own, blob, length);
        length = blob_of(own, PUBLICKEYBLOB, blob);
        save(curve->name, "ours.ecdh.point", blob + 16, length - 16);
        HCRYPTKEY two = session_key(other, theirs, blob, length);
        ENCRYPT_ALIKE(one, two);
        HOLDS(CryptDestroyKey(one));
        HOLDS(CryptDestroyKey(two));

        // openssl's key, with what a container keeps.
        length = curve_blob(blob, curve, PUBLICKEYBLOB, CALG_ECDH_EPHEM);
        one = session_key(context, own, blob, length);
        save(curve->name, "agreed", value, value_of(one, value));
        HOLDS(CryptDestroyKey(one));
        HOLDS(CryptDestroyKey(theirs));
        FAILS(CryptImportKey(other, blob, length, theirs, 0, &one), ERROR_INVALID_PARAMETER);
        HCRYPTHASH hash = hash_of(context, CALG_SHA_256, "a message", 9);
        FAILS(CryptVerifySignatureA(hash, value, 2 * curve->size, own, NULL, 0), NTE_BAD_KEY);
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyKey(own));
    }
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    HCRYPTPROV context, other;
    if (!strcmp(what, "host")) {
        context = open_container(NULL, CRYPT_VERIFYCONTEXT);
        verify_theirs(context);
        HOLDS(CryptReleaseContext(context, 0));
    } else if (!strcmp(what, "token") || !strcmp(what, "nist")) {
        nist_alone = !strcmp(what, "nist");
        context = open_container("curves", CRYPT_NEWKEYSET);
        other = open_container(NULL, CRYPT_VERIFYCONTEXT);
        verify_theirs(context);
        exportable_keys(context, other);
        signing_keys(context);
        HOLDS(CryptReleaseContext(other, 0));
        other = open_container(NULL, CRYPT_VERIFYCONTEXT);
        agreement(context, other);
        HOLDS(CryptReleaseContext(other, 0));
        HOLDS(CryptReleaseContext(context, 0));
    } else if (!strcmp(what, "bad")) {
        context = open_container("curves", 0);
        bad_blobs(context);
        HOLDS(CryptReleaseContext(context, 0));
    } else if (!strcmp(what, "flags")) {
        context = open_container("curves", 0);
        HCRYPTKEY key = 0;
        FAILS(CryptGenKey(context, AT_KEYEXCHANGE, CRYPT_USER_PROTECTED, &key), NTE_BAD_FLAGS);
        FAILS(CryptGenKey(context, CALG_ECDSA, CRYPT_PREGEN, &key), NTE_BAD_FLAGS);
        FAILS(CryptGenKey(context, CALG_ECDSA, 257u << 16, &key), ERROR_INVALID_PARAMETER);
        FAILS(CryptGenKey(context, CALG_RSA_SIGN, 0, &key), NTE_BAD_ALGID);
        FAILS(CryptGenKey(context, CALG_TOKENCSP_ED25519, 384u << 16, &key), ERROR_INVALID_PARAMETER);
        // Handles that are none, or of something else.
        BYTE blob[MOST];
        DWORD length = curve_blob(blob, &curves[SIGNING], PUBLICKEYBLOB, CALG_ECDH);
        HCRYPTHASH hash = hash_of(context, CALG_SHA_256, "a message", 9);
        const HCRYPTKEY none[] = {1, context, hash, (HCRYPTKEY)-1, (HCRYPTKEY)&blob};
        for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
            FAILS(CryptImportKey(context, blob, length, none[i], 0, &key), ERROR_INVALID_PARAMETER, NTE_BAD_KEY);
            FAILS(CryptVerifySignatureA(hash, blob, 64, none[i], NULL, 0), ERROR_INVALID_PARAMETER, NTE_BAD_KEY);
        }
        FAILS(CryptImportKey(hash, blob, length, 0, 0, &key), ERROR_INVALID_PARAMETER);
        // An agreed key of a context that is released, and one that is destroyed.
        HCRYPTPROV other = open_container(NULL, CRYPT_VERIFYCONTEXT);
        HCRYPTKEY own = 0, agreed = 0;
        HOLDS(CryptGenKey(other, CALG_ECDH_EPHEM, 0, &own));
        HOLDS(CryptImportKey(other, blob, length, own, 0, &agreed));
        HOLDS(CryptDestroyKey(agreed));
        FAILS(set_number(agreed, KP_ALGID, CALG_AES_128), ERROR_INVALID_PARAMETER);
        HOLDS(CryptImportKey(other, blob, length, own, 0, &agreed));
        HOLDS(CryptReleaseContext(other, 0));
        FAILS(set_number(agreed, KP_ALGID, CALG_AES_128), ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(context, blob, length, own, 0, &key), ERROR_INVALID_PARAMETER);
        HOLDS(CryptDestroyHash(hash));
        MUST(CryptGenKey(context, AT_SIGNATURE, 384u << 16 | CRYPT_USER_PROTECTED, &key));
        HOLDS(consent(context));
        sign(context, "p384", "protected");
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(context, 0));
    } else {
        return 64;
    }
    return verdict("abi-ec");
}
