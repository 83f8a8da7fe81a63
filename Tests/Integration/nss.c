/* The main job over the C functions on a token without data objects. See nss.sh.
 *
 * nss make:      containers alice (signature; exchange, exportable) and bob (signature), files for openssl in the
 *                working folder
 * nss list:      the containers' names, without a login
 * nss replace:   a new signature key in alice
 * nss delete:    alice and bob go */
#include "abi-check.h"

#define BITS (2048u << 16)
static const char text[] = "The quick brown fox jumps over the lazy dog";

static void write_file(const char *name, const char *suffix, const void *data, size_t length) {
    char path[64];
    snprintf(path, sizeof path, "%s.%s", name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file)) exit(2);
}

static DWORD number(HCRYPTKEY key, DWORD parameter) {
    DWORD value = 0, length = sizeof value;
    HOLDS(CryptGetKeyParam(key, parameter, (BYTE *)&value, &length, 0));
    return value;
}

/* Signs with the container's key of this kind, for openssl to verify, and verifies here too. */
static void sign(HCRYPTPROV provider, DWORD spec, const char *name) {
    BYTE blob[1024], signature[512], reversed[512];
    DWORD blob_length = sizeof blob, length = sizeof signature;
    HCRYPTKEY key = 0;
    HCRYPTHASH hash = 0;
    MUST(CryptGetUserKey(provider, spec, &key));
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &blob_length));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptHashData(hash, (const BYTE *)text, sizeof text - 1, 0));
    MUST(CryptSignHashA(hash, spec, NULL, 0, signature, &length));
    IS_TRUE(length == 256);
    HOLDS(CryptDestroyHash(hash));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptHashData(hash, (const BYTE *)text, sizeof text - 1, 0));
    HOLDS(CryptVerifySignatureA(hash, signature, length, key, NULL, 0));
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptDestroyKey(key));
    for (DWORD i = 0; i < length && i < sizeof reversed; i++) reversed[i] = signature[length - 1 - i];
    write_file(name, "blob", blob, blob_length);
    write_file(name, "sig", reversed, length);
    write_file(name, "data", text, sizeof text - 1);
}

static void make(void) {
    HCRYPTPROV provider = 0, other = 0;
    HCRYPTKEY key = 0;
    FAILS(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);

    // No place for a record: an empty container is its context's, and nobody else's.
    MUST(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    FAILS(CryptAcquireContextA(&other, "alice", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    FAILS(CryptGetUserKey(provider, AT_SIGNATURE, &key), NTE_NO_KEY);
    HOLDS(CryptReleaseContext(provider, 0));
    FAILS(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);

    MUST(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
    HOLDS(CryptDestroyKey(key));
    FAILS(CryptAcquireContextA(&other, "alice", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_EXISTS);
    MUST(CryptGenKey(provider, AT_KEYEXCHANGE, BITS | CRYPT_EXPORTABLE, &key));
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptReleaseContext(provider, 0));

    MUST(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, 0));
    sign(provider, AT_SIGNATURE, "alice-signature");
    sign(provider, AT_KEYEXCHANGE, "alice-exchange");
    HOLDS(CryptReleaseContext(provider, 0));
    MUST(CryptAcquireContextA(&provider, "bob", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
    HOLDS(CryptDestroyKey(key));
    sign(provider, AT_SIGNATURE, "bob");

    // Session keys on the token, and a pair of session objects.
    static const struct { ALG_ID id; DWORD bits; } ciphers[] = {
        {CALG_AES_128, 128}, {CALG_AES_192, 192}, {CALG_AES_256, 256}, {CALG_3DES, 192}};
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++) {
        MUST(CryptGenKey(provider, ciphers[i].id, 0, &key));
        IS_TRUE(number(key, KP_ALGID) == ciphers[i].id);
        IS_TRUE(number(key, KP_KEYLEN) == ciphers[i].bits);
        HOLDS(CryptDestroyKey(key));
    }
    HOLDS(CryptReleaseContext(provider, 0));
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
    sign(provider, AT_SIGNATURE, "ephemeral");
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptReleaseContext(provider, 0));
}

static void list(void) {
    HCRYPTPROV provider = 0;
    DWORD flags = CRYPT_FIRST;
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    for (;;) {
        char name[512];
        DWORD length = sizeof name;
        if (!CryptGetProvParam(provider, PP_ENUMCONTAINERS, (BYTE *)name, &length, flags)) break;
        puts(name);
        flags = CRYPT_NEXT;
    }
    if (GetLastError() != ERROR_NO_MORE_ITEMS) exit(1);
}

static void replace(void) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    BYTE before[1024], after[1024];
    DWORD before_length = sizeof before, after_length = sizeof after;
    MUST(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, 0));
    MUST(CryptGetUserKey(provider, AT_SIGNATURE, &key));
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, before, &before_length));
    HOLDS(CryptDestroyKey(key));
    MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, after, &after_length));
    HOLDS(CryptDestroyKey(key));
    IS_TRUE(before_length == after_length && memcmp(before, after, after_length));
    sign(provider, AT_SIGNATURE, "replaced");
    sign(provider, AT_KEYEXCHANGE, "alice-exchange");
    HOLDS(CryptReleaseContext(provider, 0));
}

static void delete(const char *name) {
    HCRYPTPROV provider = 0;
    MUST(CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    FAILS(CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
}

int main(int count, char **arguments) {
    const char *command = count == 2 ? arguments[1] : "";
    if (!strcmp(command, "make")) make();
    else if (!strcmp(command, "replace")) replace();
    else if (!strcmp(command, "delete")) delete("alice"), delete("bob");
    else if (!strcmp(command, "list")) return list(), 0;
    else return 64;
    return verdict("nss");
}
