/* The CP functions with what they must refuse: a part of abi-hostile.c, which has the handles. */
#ifndef ABI_HOSTILE_CSP_H
#define ABI_HOSTILE_CSP_H

#include <cspdk.h>

/* Codes that FAILS compares as DWORDs. */
#define BAD_UID (DWORD)NTE_BAD_UID
#define BAD_KEY (DWORD)NTE_BAD_KEY
#define BAD_HASH (DWORD)NTE_BAD_HASH

/* Each of the 25 but CPAcquireContext, with the error that the handles call for. */
static void csp_context(HCRYPTPROV context, DWORD code) {
    BYTE data[512] = {0};
    DWORD length = sizeof data;
    uintptr_t made;
    FAILS(CPReleaseContext(context, 0), code);
    FAILS(CPReleaseContext(context, 1), code);
    FAILS(CPGetProvParam(context, PP_PROVTYPE, data, &length, 0), code);
    FAILS(CPSetProvParam(context, PP_SIGNATURE_PIN, (const BYTE *)"x", 0), code);
    FAILS(CPSetProvParam(context, PP_CLIENT_HWND, data, 0), code);
    FAILS(CPGenRandom(context, sizeof data, data), code);
    FAILS(CPGenKey(context, CALG_AES_128, 0, &made), code);
    FAILS(CPGetUserKey(context, AT_SIGNATURE, &made), code);
    FAILS(CPImportKey(context, blob, blob_length, 0, 0, &made), code);
    FAILS(CPCreateHash(context, CALG_SHA_256, 0, 0, &made), code);
}

static void csp_key(HCRYPTPROV context, HCRYPTKEY bad, HCRYPTHASH right_hash, DWORD code) {
    BYTE data[512] = {0};
    DWORD length = sizeof data, permissions = 0x3b;
    uintptr_t made;
    FAILS(CPDestroyKey(context, bad), code);
    FAILS(CPDuplicateKey(context, bad, NULL, 0, &made), code);
    FAILS(CPGetKeyParam(context, bad, KP_ALGID, data, &length, 0), code);
    FAILS(CPSetKeyParam(context, bad, KP_PERMISSIONS, (const BYTE *)&permissions, 0), code);
    FAILS(CPExportKey(context, bad, 0, PUBLICKEYBLOB, 0, data, &length), code);
    FAILS(CPEncrypt(context, bad, 0, TRUE, 0, data, &length, sizeof data), code);
    FAILS(CPDecrypt(context, bad, 0, TRUE, 0, data, &length), code);
    FAILS(CPHashSessionKey(context, right_hash, bad, 0), code);
    FAILS(CPVerifySignature(context, right_hash, data, 256, bad, NULL, 0), code);
    if (bad == 0) return;  // where 0 is no key
    FAILS(CPImportKey(context, blob, blob_length, bad, 0, &made), code);
    FAILS(CPCreateHash(context, CALG_HMAC, bad, 0, &made), code);
}

static void csp_hash(HCRYPTPROV context, HCRYPTHASH bad, HCRYPTKEY right_key, DWORD code) {
    BYTE data[512] = {0};
    DWORD length = sizeof data;
    uintptr_t made;
    FAILS(CPDestroyHash(context, bad), code);
    FAILS(CPDuplicateHash(context, bad, NULL, 0, &made), code);
    FAILS(CPHashData(context, bad, data, sizeof data, 0), code);
    FAILS(CPHashSessionKey(context, bad, right_key, 0), code);
    FAILS(CPGetHashParam(context, bad, HP_HASHVAL, data, &length, 0), code);
    FAILS(CPSetHashParam(context, bad, HP_HASHVAL, data, 0), code);
    FAILS(CPSignHash(context, bad, AT_SIGNATURE, NULL, 0, data, &length), code);
    FAILS(CPVerifySignature(context, bad, data, 256, right_key, NULL, 0), code);
    FAILS(CPDeriveKey(context, CALG_AES_128, bad, 0, &made), code);
    if (bad == 0) return;  // where 0 is no hash
    FAILS(CPEncrypt(context, right_key, bad, TRUE, 0, data, &length, sizeof data), code);
    FAILS(CPDecrypt(context, right_key, bad, TRUE, 0, data, &length), code);
}

static void csp_handles(void) {
    for (int i = 0; i < BAD_HANDLES; i++) {
        csp_context(bad_provider[i], BAD_UID);
        // The context is looked at first: nothing is right where it is not.
        csp_key(bad_provider[i], key, hash, BAD_UID);
        csp_hash(bad_provider[i], hash, key, BAD_UID);
        csp_key(provider, bad_key[i], hash, BAD_KEY);
        csp_hash(provider, bad_hash[i], key, BAD_HASH);
    }
    // Live ones, but of another context; each is as good as ever afterwards.
    HCRYPTKEY foreign_key = 0;
    HCRYPTHASH foreign_hash = 0;
    BYTE data[512];
    DWORD length = sizeof data;
    MUST(CPImportKey(reader, blob, blob_length, 0, 0, &foreign_key));
    MUST(CPCreateHash(reader, CALG_SHA_256, 0, 0, &foreign_hash));
    csp_key(provider, foreign_key, hash, BAD_KEY);
    csp_key(reader, key, foreign_hash, BAD_KEY);
    csp_hash(provider, foreign_hash, key, BAD_HASH);
    csp_hash(reader, hash, foreign_key, BAD_HASH);
    FAILS(CPExportKey(provider, key, foreign_key, SIMPLEBLOB, 0, data, &length), BAD_KEY);
    // The same handles serve both families of functions.
    HOLDS(CryptExportKey(foreign_key, 0, PUBLICKEYBLOB, 0, data, &length));
    HOLDS(CPExportKey(provider, key, 0, PUBLICKEYBLOB, 0, data, &length));
    HOLDS(CryptDestroyKey(foreign_key));
    FAILS(CPDestroyKey(reader, foreign_key), BAD_KEY);
    HOLDS(CPDestroyHash(reader, foreign_hash));
    FAILS(CryptDestroyHash(foreign_hash), ERROR_INVALID_PARAMETER);
}

/* Pointers, lengths and flags, of which the Crypt functions say what is wrong. */
static void csp_arguments(void) {
    uintptr_t made = 0;
    DWORD length = 0;
    BYTE data[512] = {0};
    VTableProvStruc table = {0};
    static char endless[65536];
    memset(endless, 'a', sizeof endless);
    FAILS(CPAcquireContext(NULL, "hostile", 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPAcquireContext(&made, "hostile", 0, &table), ERROR_INVALID_PARAMETER);
    FAILS(CPAcquireContext(&made, endless, 0, NULL), NTE_BAD_KEYSET_PARAM);
    FAILS(CPAcquireContext(&made, "\xff\xfe", 0, NULL), NTE_BAD_KEYSET_PARAM);
    FAILS(CPAcquireContext(&made, NULL, HUGE_LENGTH, NULL), NTE_BAD_FLAGS);
    table = (VTableProvStruc){.Version = 3, .dwProvType = PROV_RSA_AES, .pszProvName = endless};
    FAILS(CPAcquireContext(&made, NULL, CRYPT_VERIFYCONTEXT, &table), NTE_BAD_KEYSET_PARAM);
    IS_TRUE(made == 0);
    FAILS(CPGenKey(provider, CALG_AES_128, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPGetUserKey(provider, AT_SIGNATURE, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPDuplicateKey(provider, key, &length, 0, &made), ERROR_INVALID_PARAMETER);
    FAILS(CPDuplicateKey(provider, key, NULL, 1, &made), ERROR_INVALID_PARAMETER);
    FAILS(CPDuplicateKey(provider, key, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPDeriveKey(provider, CALG_AES_128, hash, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPGetKeyParam(provider, key, KP_KEYLEN, data, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPGetKeyParam(provider, key, KP_KEYLEN, data, &length, 0), ERROR_MORE_DATA);
    FAILS(CPSetKeyParam(provider, key, KP_PERMISSIONS, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPExportKey(provider, key, 0, PUBLICKEYBLOB, 0, data, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPExportKey(provider, key, 0, HUGE_LENGTH, 0, data, &length), NTE_BAD_TYPE);
    FAILS(CPImportKey(provider, NULL, HUGE_LENGTH, 0, 0, &made), ERROR_INVALID_PARAMETER);
    FAILS(CPImportKey(provider, blob, HUGE_LENGTH, 0, 0, &made), ERROR_INVALID_PARAMETER, NTE_BAD_DATA);
    FAILS(CPEncrypt(provider, key, 0, TRUE, 0, data, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPDecrypt(provider, key, 0, TRUE, 0, NULL, &length), ERROR_INVALID_PARAMETER);
    FAILS(CPCreateHash(provider, CALG_SHA_256, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPCreateHash(provider, 0xFFFFFFFF, 0, 0, &made), NTE_BAD_ALGID);
    FAILS(CPDuplicateHash(provider, hash, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPHashData(provider, hash, data, HUGE_LENGTH, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPHashData(provider, hash, data, sizeof data, 0xFFFFFFFF), NTE_BAD_FLAGS);
    FAILS(CPSetHashParam(provider, hash, HP_HASHVAL, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPGetHashParam(provider, hash, HP_HASHSIZE, data, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPSignHash(provider, hash, AT_SIGNATURE, NULL, 0, data, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPVerifySignature(provider, hash, NULL, 256, key, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPVerifySignature(provider, hash, data, HUGE_LENGTH, key, NULL, 0), NTE_BAD_SIGNATURE);
    FAILS(CPGenRandom(provider, HUGE_LENGTH, data), ERROR_INVALID_PARAMETER);
    FAILS(CPGenRandom(provider, 1, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CPGetProvParam(provider, PP_NAME, data, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CPGetProvParam(provider, 0xFFFFFFFF, data, &length, 0), NTE_BAD_TYPE);
    FAILS(CPSetProvParam(provider, 0xFFFFFFFF, data, 0), NTE_BAD_TYPE);
}

#endif
