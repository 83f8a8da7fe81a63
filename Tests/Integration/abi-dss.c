/* DSS and Diffie-Hellman with the C functions. See abi-dss.sh. */
#include "abi-check.h"

enum { MOST = 4096, BITS = 1024, BYTES = BITS / 8 };

static DWORD exported(HCRYPTKEY key, DWORD type, DWORD flags, BYTE *blob) {
    DWORD size = 0, length = MOST;
    HOLDS(CryptExportKey(key, 0, type, flags, NULL, &size));
    HOLDS(CryptExportKey(key, 0, type, flags, blob, &length));
    IS_TRUE(size == length);
    length--;
    FAILS(CryptExportKey(key, 0, type, flags, blob, &length), ERROR_MORE_DATA);
    IS_TRUE(length == size);
    return size;
}

static DWORD number(HCRYPTKEY key, DWORD parameter) {
    DWORD value = 0, length = sizeof value;
    HOLDS(CryptGetKeyParam(key, parameter, (BYTE *)&value, &length, 0));
    return value;
}

static void write_file(const char *name, const BYTE *bytes, size_t count) {
    FILE *file = fopen(name, "wb");
    MUST(file && fwrite(bytes, 1, count, file) == count && fclose(file) == 0);
}

static DWORD read_file(const char *name, BYTE *bytes) {
    FILE *file = fopen(name, "rb");
    MUST(file != NULL);
    DWORD count = (DWORD)fread(bytes, 1, MOST, file);
    fclose(file);
    return count;
}

static DWORD sign(HCRYPTPROV provider, BYTE *signature) {
    HCRYPTHASH hash = 0;
    DWORD length = 0;
    HOLDS(CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash));
    HOLDS(CryptHashData(hash, (const BYTE *)"some text", 9, 0));
    HOLDS(CryptSignHash(hash, AT_SIGNATURE, NULL, 0, NULL, &length));
    IS_TRUE(length == 40);
    HOLDS(CryptSignHash(hash, AT_SIGNATURE, NULL, 0, signature, &length));
    HOLDS(CryptDestroyHash(hash));
    return length;
}

static void verify(HCRYPTPROV provider, HCRYPTKEY key, BYTE *signature) {
    HCRYPTHASH hash = 0;
    HOLDS(CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash));
    HOLDS(CryptHashData(hash, (const BYTE *)"some text", 9, 0));
    HOLDS(CryptVerifySignature(hash, signature, 40, key, NULL, 0));
    signature[3] ^= 1;
    FAILS(CryptVerifySignature(hash, signature, 40, key, NULL, 0), (DWORD)NTE_BAD_SIGNATURE);
    FAILS(CryptVerifySignature(hash, signature, 39, key, NULL, 0), (DWORD)NTE_BAD_SIGNATURE);
    signature[3] ^= 1;
    HOLDS(CryptDestroyHash(hash));
}

/* Cut at each length, and with each byte of the header and of the structure changed: an error, or the same key. */
static void bad_blobs(HCRYPTPROV provider, HCRYPTKEY own, const BYTE *blob, DWORD size) {
    BYTE bytes[MOST];
    HCRYPTKEY key = 0;
    for (DWORD count = 0; count < size; count++) {
        BYTE *exact = malloc(count ? count : 1);
        memcpy(exact, blob, count);
        FAILS(CryptImportKey(provider, exact, count, own, 0, &key), NTE_BAD_DATA, NTE_BAD_TYPE);
        free(exact);
    }
    for (DWORD i = 0; i < 56; i++) {
        memcpy(bytes, blob, size);
        bytes[i] ^= 0x81;
        if (CryptImportKey(provider, bytes, size, own, 0, &key)) HOLDS(CryptDestroyKey(key));
    }
    memcpy(bytes, blob, size);
    bytes[1] = 4;
    FAILS(CryptImportKey(provider, bytes, size, own, 0, &key), NTE_BAD_VER);
}

// MARK: DSS

static void dss(void) {
    BYTE blob[MOST], again[MOST], signature[64];
    HCRYPTPROV own = 0, other = 0;
    HCRYPTKEY key = 0, imported = 0;
    MUST(CryptAcquireContext(&own, "dss-own", MS_DEF_DSS_PROV, PROV_DSS, CRYPT_NEWKEYSET));
    DWORD specs = 0, length = sizeof specs, step = 0;
    HOLDS(CryptGetProvParam(own, PP_KEYSPEC, (BYTE *)&specs, &length, 0));
    HOLDS(CryptGetProvParam(own, PP_SIG_KEYSIZE_INC, (BYTE *)&step, &length, 0));
    IS_TRUE(specs == AT_SIGNATURE && step == 64);
    FAILS(CryptGenKey(own, AT_KEYEXCHANGE, 0, &key), NTE_BAD_ALGID);
    FAILS(CryptGenKey(own, CALG_RSA_SIGN, 0, &key), NTE_BAD_ALGID);
    FAILS(CryptGenKey(own, CALG_DH_SF, 0, &key), NTE_BAD_ALGID);
    FAILS(CryptGenKey(own, AT_SIGNATURE, 2048u << 16, &key), ERROR_INVALID_PARAMETER);
    MUST(CryptGenKey(own, AT_SIGNATURE, CRYPT_EXPORTABLE, &key));
    IS_TRUE(number(key, KP_ALGID) == CALG_DSS_SIGN && number(key, KP_KEYLEN) == 1024);
    sign(own, signature);
    verify(own, key, signature);
    write_file("own.signature", signature, 40);
    const struct { DWORD type, flags, magic, size; } blobs[] = {
        {PUBLICKEYBLOB, 0, 0x31535344, 16 + 3 * BYTES + 20 + 24},
        {PUBLICKEYBLOB, CRYPT_BLOB_VER3, 0x33535344, 8 + sizeof(DSSPUBKEY_VER3) + 3 * BYTES + 20},
        {PRIVATEKEYBLOB, 0, 0x32535344, 16 + 2 * BYTES + 40 + 24},
        {PRIVATEKEYBLOB, CRYPT_BLOB_VER3, 0x34535344, 8 + sizeof(DSSPRIVKEY_VER3) + 3 * BYTES + 40},
    };
    for (size_t i = 0; i < sizeof blobs / sizeof *blobs; i++) {
        DWORD size = exported(key, blobs[i].type, blobs[i].flags, blob);
        const DSSPUBKEY *head = (const DSSPUBKEY *)(blob + sizeof(BLOBHEADER));
        IS_TRUE(size == blobs[i].size && head->magic == blobs[i].magic && head->bitlen == BITS);
        IS_TRUE(blob[1] == (blobs[i].flags ? 3 : 2));
        if (i == 0) write_file("own.public", blob, size);
        MUST(CryptAcquireContext(&other, NULL, MS_DEF_DSS_PROV, PROV_DSS, CRYPT_VERIFYCONTEXT));
        HOLDS(CryptImportKey(other, blob, size, 0, CRYPT_EXPORTABLE, &imported));
        verify(other, imported, signature);
        IS_TRUE(exported(imported, blobs[i].type, blobs[i].flags, again) == size && !memcmp(blob, again, size));
        HOLDS(CryptDestroyKey(imported));
        bad_blobs(other, 0, blob, size);
        HOLDS(CryptReleaseContext(other, 0));
    }
    HOLDS(CryptDestroyKey(key));

    /* openssl's key. */
    DWORD size = read_file("dsa.blob", blob);
    MUST(CryptAcquireContext(&other, "dss-theirs", MS_DEF_DSS_PROV, PROV_DSS, CRYPT_NEWKEYSET));
    HOLDS(CryptImportKey(other, blob, size, 0, 0, &key));
    FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
    size = exported(key, PUBLICKEYBLOB, 0, blob);
    write_file("imported.public", blob, size);
    sign(other, signature);
    write_file("imported.signature", signature, 40);
    verify(own, key, signature);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptReleaseContext(other, 0));
    HOLDS(CryptReleaseContext(own, 0));
}

// MARK: Diffie-Hellman

static DWORD parameter(HCRYPTKEY key, DWORD id, BYTE *value) {
    DWORD length = MOST;
    HOLDS(CryptGetKeyParam(key, id, value, &length, 0));
    return length;
}

/* Two contexts, as in Microsoft's page "Diffie-Hellman Keys". */
static void agree(ALG_ID algorithm, ALG_ID cipher, DWORD flags) {
    BYTE p[MOST], g[MOST], blob[2][MOST], text[64] = "a text for the other one";
    HCRYPTPROV provider[2] = {0, 0};
    HCRYPTKEY key[2], secret[2], group = 0;
    DWORD size[2];
    const char *names[2] = {"dh-one", "dh-two"};
    for (int i = 0; i < 2; i++) {
        if (CryptAcquireContext(&provider[i], names[i], MS_ENH_DSS_DH_PROV, PROV_DSS_DH, CRYPT_NEWKEYSET)) continue;
        MUST(CryptAcquireContext(&provider[i], names[i], MS_ENH_DSS_DH_PROV, PROV_DSS_DH, 0));
    }
    MUST(CryptGenKey(provider[0], CALG_DH_EPHEM, 0, &group));
    DATA_BLOB prime = {parameter(group, KP_P, p), p}, base = {parameter(group, KP_G, g), g};
    IS_TRUE(prime.cbData == BYTES && base.cbData == BYTES);
    HOLDS(CryptDestroyKey(group));
    for (int i = 0; i < 2; i++) {
        DATA_BLOB cut = {BYTES - 1, p};
        MUST(CryptGenKey(provider[i], algorithm, (DWORD)BITS << 16 | CRYPT_PREGEN | CRYPT_EXPORTABLE, &key[i]));
        FAILS(CryptSetKeyParam(key[i], KP_P, (BYTE *)&cut, 0), NTE_BAD_DATA);
        FAILS(CryptSetKeyParam(key[i], KP_P, NULL, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetKeyParam(key[i], KP_X, NULL, 0), NTE_BAD_KEY_STATE);
        FAILS(CryptExportKey(key[i], 0, PUBLICKEYBLOB, 0, NULL, &size[i]), NTE_BAD_KEY_STATE);
        HOLDS(CryptSetKeyParam(key[i], KP_P, (BYTE *)&prime, 0));
        HOLDS(CryptSetKeyParam(key[i], KP_G, (BYTE *)&base, 0));
        HOLDS(CryptSetKeyParam(key[i], KP_X, NULL, 0));
        FAILS(CryptSetKeyParam(key[i], KP_X, NULL, 0), NTE_BAD_KEY_STATE);
        DWORD none = 0;
        HOLDS(CryptGetKeyParam(key[i], KP_VERIFY_PARAMS, NULL, &none, 0));
        size[i] = exported(key[i], PUBLICKEYBLOB, flags, blob[i]);
    }
    bad_blobs(provider[0], key[0], blob[1], size[1]);
    for (int i = 0; i < 2; i++) {
        HOLDS(CryptImportKey(provider[i], blob[!i], size[!i], key[i], 0, &secret[i]));
        IS_TRUE(number(secret[i], KP_ALGID) == CALG_AGREEDKEY_ANY);
        DWORD length = 8;
        FAILS(CryptEncrypt(secret[i], 0, TRUE, 0, text, &length, sizeof text), NTE_BAD_KEY_STATE);
        HOLDS(CryptSetKeyParam(secret[i], KP_ALGID, (BYTE *)&cipher, 0));
        IS_TRUE(number(secret[i], KP_ALGID) == cipher);
    }
    DWORD length = (DWORD)strlen((char *)text) + 1;
    HOLDS(CryptEncrypt(secret[0], 0, TRUE, 0, text, &length, sizeof text));
    IS_TRUE(strcmp((char *)text, "a text for the other one") != 0);
    HOLDS(CryptDecrypt(secret[1], 0, TRUE, 0, text, &length));
    IS_TRUE(length == 25 && !strcmp((char *)text, "a text for the other one"));
    for (int i = 0; i < 2; i++) {
        HOLDS(CryptDestroyKey(secret[i]));
        HOLDS(CryptDestroyKey(key[i]));
        HCRYPTKEY kept = 0;
        /* CALG_DH_EPHEM stays in no container; what an earlier CALG_DH_SF left does. */
        if (algorithm == CALG_DH_SF) HOLDS(CryptGetUserKey(provider[i], AT_KEYEXCHANGE, &kept));
        if (kept) IS_TRUE(number(kept, KP_ALGID) == CALG_DH_SF);
        if (kept) HOLDS(CryptDestroyKey(kept));
        HOLDS(CryptReleaseContext(provider[i], 0));
    }
}

int main(void) {
    dss();
    agree(CALG_DH_EPHEM, CALG_RC4, 0);
    agree(CALG_DH_SF, CALG_3DES, 0);
    agree(CALG_DH_SF, CALG_RC2, CRYPT_BLOB_VER3);
    agree(CALG_DH_EPHEM, CALG_DES, CRYPT_BLOB_VER3);
    return verdict("abi-dss");
}
