/* KP_CERTIFICATE from C: make | use. See abi-certificate.sh. */
#include "abi-check.h"

enum { MOST = 1 << 17 };

static DWORD load(const char *path, BYTE *bytes) {
    FILE *file = fopen(path, "rb");
    if (!file) { printf("no file %s\n", path); exit(2); }
    DWORD count = (DWORD)fread(bytes, 1, MOST, file);
    fclose(file);
    return count;
}

static void save_blob(const char *path, HCRYPTKEY key) {
    BYTE blob[4096];
    DWORD length = sizeof blob;
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &length));
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(blob, 1, length, file) != length || fclose(file)) exit(2);
}

static HCRYPTKEY user_key(HCRYPTPROV context, DWORD spec) {
    HCRYPTKEY key = 0;
    MUST(CryptGetUserKey(context, spec, &key));
    return key;
}

static void make(void) {
    HCRYPTPROV context = 0;
    HCRYPTKEY key = 0;
    MUST(CryptAcquireContextA(&context, "alice", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptGenKey(context, AT_SIGNATURE, 2048 << 16, &key));
    save_blob("signature.blob", key);
    MUST(CryptDestroyKey(key));
    MUST(CryptGenKey(context, AT_KEYEXCHANGE, 2048 << 16, &key));
    save_blob("exchange.blob", key);
    MUST(CryptDestroyKey(key));
    MUST(CryptReleaseContext(context, 0));
}

/* The certificate of a key is this one. */
static void expect(HCRYPTKEY key, const BYTE *der, DWORD count) {
    static BYTE found[MOST];
    DWORD length = 0;
    HOLDS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, &length, 0));
    IS_TRUE(length == count);
    length = count - 1;
    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, found, &length, 0), ERROR_MORE_DATA);
    IS_TRUE(length == count);
    length = sizeof found;
    HOLDS(CryptGetKeyParam(key, KP_CERTIFICATE, found, &length, 0));
    IS_TRUE(length == count && !memcmp(found, der, count));
}

static void use(void) {
    static BYTE signature[MOST], exchange[MOST], large[MOST], second[MOST];
    DWORD signatures = load("signature.der", signature), exchanges = load("exchange.der", exchange);
    DWORD larges = load("large.der", large), seconds = load("second.der", second);
    HCRYPTPROV context = 0;
    DWORD length = 0;
    MUST(CryptAcquireContextA(&context, "alice", NULL, PROV_RSA_AES, 0));
    HCRYPTKEY key = user_key(context, AT_SIGNATURE), other = user_key(context, AT_KEYEXCHANGE);

    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, &length, 0), SCARD_E_NO_SUCH_CERTIFICATE);
    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, &length, 1), NTE_BAD_FLAGS);
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, signature, 1), NTE_BAD_FLAGS);
    // Of another key, and what is none.
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, exchange, 0), NTE_BAD_PUBLIC_KEY);
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, (const BYTE *)"\x02\x01\x00", 0), NTE_BAD_DATA);
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, (const BYTE *)"\x30\x00", 0), NTE_BAD_DATA);
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, (const BYTE *)"\x30\x81\x01\x00", 0), NTE_BAD_DATA);
    FAILS(CryptSetKeyParam(key, KP_CERTIFICATE, (const BYTE *)"\x30\x84\x7f\xff\xff\xff", 0), NTE_BAD_DATA);
    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, &length, 0), SCARD_E_NO_SUCH_CERTIFICATE);

    HOLDS(CryptSetKeyParam(key, KP_CERTIFICATE, signature, 0));
    expect(key, signature, signatures);
    FAILS(CryptGetKeyParam(other, KP_CERTIFICATE, NULL, &length, 0), SCARD_E_NO_SUCH_CERTIFICATE);
    HOLDS(CryptSetKeyParam(other, KP_CERTIFICATE, exchange, 0));
    expect(other, exchange, exchanges);
    // Again, another, one of 64 KiB, and the first again.
    HOLDS(CryptSetKeyParam(key, KP_CERTIFICATE, signature, 0));
    HOLDS(CryptSetKeyParam(key, KP_CERTIFICATE, second, 0));
    expect(key, second, seconds);
    HOLDS(CryptSetKeyParam(key, KP_CERTIFICATE, large, 0));
    expect(key, large, larges);
    HOLDS(CryptSetKeyParam(key, KP_CERTIFICATE, signature, 0));
    expect(key, signature, signatures);

    // Other kinds of keys.
    HCRYPTKEY session = 0, public = 0;
    MUST(CryptGenKey(context, CALG_AES_256, 0, &session));
    FAILS(CryptGetKeyParam(session, KP_CERTIFICATE, NULL, &length, 0), NTE_BAD_TYPE);
    FAILS(CryptSetKeyParam(session, KP_CERTIFICATE, signature, 0), NTE_BAD_TYPE);
    static BYTE blob[4096];
    MUST(CryptImportKey(context, blob, load("signature.blob", blob), 0, 0, &public));
    FAILS(CryptGetKeyParam(public, KP_CERTIFICATE, NULL, &length, 0), NTE_BAD_TYPE);
    FAILS(CryptSetKeyParam(public, KP_CERTIFICATE, signature, 0), NTE_BAD_TYPE);
    HCRYPTPROV nobody = 0;
    HCRYPTKEY pair = 0;
    MUST(CryptAcquireContextA(&nobody, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptGenKey(nobody, AT_SIGNATURE, 2048 << 16, &pair));
    FAILS(CryptGetKeyParam(pair, KP_CERTIFICATE, NULL, &length, 0), SCARD_E_NO_SUCH_CERTIFICATE);
    FAILS(CryptSetKeyParam(pair, KP_CERTIFICATE, signature, 0), NTE_PERM);
    MUST(CryptReleaseContext(nobody, 0));
    MUST(CryptReleaseContext(context, 0));
    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, &length, 0), ERROR_INVALID_PARAMETER);
}

/* No PIN is to be had: reading works, writing does not. */
static void silent(void) {
    static BYTE signature[MOST], exchange[MOST];
    DWORD signatures = load("signature.der", signature);
    load("exchange.der", exchange);
    HCRYPTPROV context = 0;
    MUST(CryptAcquireContextA(&context, "alice", NULL, PROV_RSA_AES, CRYPT_SILENT));
    HCRYPTKEY key = user_key(context, AT_SIGNATURE), other = user_key(context, AT_KEYEXCHANGE);
    expect(key, signature, signatures);
    FAILS(CryptSetKeyParam(other, KP_CERTIFICATE, exchange, 0), NTE_SILENT_CONTEXT);
    MUST(CryptReleaseContext(context, 0));
}

/* A new key takes the old one's certificate with it. */
static void replace(void) {
    HCRYPTPROV context = 0;
    HCRYPTKEY key = 0;
    DWORD length = 0;
    MUST(CryptAcquireContextA(&context, "alice", NULL, PROV_RSA_AES, 0));
    MUST(CryptGenKey(context, AT_SIGNATURE, 2048 << 16, &key));
    FAILS(CryptGetKeyParam(key, KP_CERTIFICATE, NULL, &length, 0), SCARD_E_NO_SUCH_CERTIFICATE);
    MUST(CryptGetKeyParam(user_key(context, AT_KEYEXCHANGE), KP_CERTIFICATE, NULL, &length, 0));
    MUST(CryptReleaseContext(context, 0));
    MUST(CryptAcquireContextA(&context, "alice", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    if (!strcmp(mode, "make")) make();
    else if (!strcmp(mode, "use")) use();
    else if (!strcmp(mode, "silent")) silent();
    else if (!strcmp(mode, "replace")) replace();
    else return 2;
    return verdict("abi-certificate");
}
