/* The main job over the C functions. See abi-main.sh. */
#include "abi-check.h"

#include <pthread.h>

#define BITS 2048u
static const char text[] = "The quick brown fox jumps over the lazy dog";

// MARK: Small helpers

static DWORD key_number(HCRYPTKEY key, DWORD parameter) {
    DWORD value = 0, length = sizeof value;
    HOLDS(CryptGetKeyParam(key, parameter, (BYTE *)&value, &length, 0));
    IS_TRUE(length == sizeof value);
    return value;
}

static DWORD provider_number(HCRYPTPROV provider, DWORD parameter) {
    DWORD value = 0, length = sizeof value;
    HOLDS(CryptGetProvParam(provider, parameter, (BYTE *)&value, &length, 0));
    IS_TRUE(length == sizeof value);
    return value;
}

/* A string parameter by the two-call protocol; its length counts the NUL. */
static char *provider_string(HCRYPTPROV provider, DWORD parameter, char *buffer, DWORD size) {
    DWORD length = 0;
    HOLDS(CryptGetProvParam(provider, parameter, NULL, &length, 0));
    IS_TRUE(length > 0 && length <= size);
    buffer[0] = 0;
    DWORD short_length = length - 1;
    FAILS(CryptGetProvParam(provider, parameter, (BYTE *)buffer, &short_length, 0), ERROR_MORE_DATA);
    IS_TRUE(short_length == length);
    HOLDS(CryptGetProvParam(provider, parameter, (BYTE *)buffer, &length, 0));
    IS_TRUE(length == strlen(buffer) + 1);
    return buffer;
}

static HCRYPTHASH hash_text(HCRYPTPROV provider) {
    HCRYPTHASH hash = 0;
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptHashData(hash, (const BYTE *)text, 10, 0));
    HOLDS(CryptHashData(hash, (const BYTE *)text + 10, sizeof text - 1 - 10, 0));
    return hash;
}

static void write_file(const char *name, const char *suffix, const void *data, size_t length) {
    char path[64];
    snprintf(path, sizeof path, "%s.%s", name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file)) exit(2);
}

// MARK: Keys, signatures, blobs

static void key_parameters(HCRYPTKEY key, DWORD spec, int exportable) {
    IS_TRUE(key_number(key, KP_ALGID) == (spec == AT_SIGNATURE ? CALG_RSA_SIGN : CALG_RSA_KEYX));
    IS_TRUE(key_number(key, KP_KEYLEN) == BITS);
    IS_TRUE(key_number(key, KP_BLOCKLEN) == BITS);
    IS_TRUE(key_number(key, KP_PERMISSIONS) == (exportable ? 0x3fu : 0x3bu));
    DWORD length = 0;
    if (!exportable) FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
}

/* The public key travels to a context without a container, which verifies what `provider` signed. */
static void sign_and_verify(HCRYPTPROV provider, HCRYPTKEY key, DWORD spec, const char *name, BOOL wide) {
    BYTE blob[1024], signature[512], reversed[512];
    DWORD blob_length = 0, length = 0;
    HOLDS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, NULL, &blob_length));
    IS_TRUE(blob_length == sizeof(BLOBHEADER) + sizeof(RSAPUBKEY) + BITS / 8);
    HOLDS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &blob_length));
    const RSAPUBKEY *rsa = (const RSAPUBKEY *)(blob + sizeof(BLOBHEADER));
    IS_TRUE(rsa->magic == 0x31415352 && rsa->bitlen == BITS && rsa->pubexp == 65537);
    write_file(name, "blob", blob, blob_length);

    HCRYPTHASH hash = hash_text(provider);
    HOLDS(wide ? CryptSignHashW(hash, spec, NULL, 0, NULL, &length) : CryptSignHashA(hash, spec, NULL, 0, NULL, &length));
    IS_TRUE(length == BITS / 8);
    HOLDS(wide ? CryptSignHashW(hash, spec, NULL, 0, signature, &length)
               : CryptSignHashA(hash, spec, NULL, 0, signature, &length));
    IS_TRUE(length == BITS / 8);
    FAILS(CryptHashData(hash, (const BYTE *)text, 1, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptDestroyHash(hash));
    for (DWORD i = 0; i < length && i < sizeof reversed; i++) reversed[i] = signature[length - 1 - i];
    write_file(name, "sig", reversed, length);
    write_file(name, "data", text, sizeof text - 1);

    HCRYPTPROV verifier = 0;
    HCRYPTKEY imported = 0;
    MUST(CryptAcquireContextA(&verifier, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptImportKey(verifier, blob, blob_length, 0, 0, &imported));
    IS_TRUE(key_number(imported, KP_KEYLEN) == BITS);
    IS_TRUE(key_number(imported, KP_PERMISSIONS) == 0x3b);
    hash = hash_text(verifier);
    HOLDS(wide ? CryptVerifySignatureW(hash, signature, length, imported, NULL, 0)
               : CryptVerifySignatureA(hash, signature, length, imported, NULL, 0));
    signature[7] ^= 1;
    FAILS(CryptVerifySignatureA(hash, signature, length, imported, NULL, 0), NTE_BAD_SIGNATURE);
    FAILS(CryptVerifySignatureA(hash, signature, length - 1, imported, NULL, 0), NTE_BAD_SIGNATURE);
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptDestroyKey(imported));
    HOLDS(CryptReleaseContext(verifier, 0));
}

static void narrow_keys(void) {
    HCRYPTPROV provider = 0, again = 0;
    HCRYPTKEY key = 0, user = 0;
    char buffer[1024];
    FAILS(CryptAcquireContextA(&provider, "narrow", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    IS_TRUE(provider == 0);
    SetLastError(PRESET);
    MUST(CryptAcquireContextA(&provider, "narrow", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    IS_TRUE(GetLastError() == ERROR_SUCCESS);
    IS_TRUE(*(const uintptr_t *)provider != 0);
    FAILS(CryptAcquireContextA(&again, "narrow", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_EXISTS);
    FAILS(CryptGetUserKey(provider, AT_SIGNATURE, &user), NTE_NO_KEY);

    MUST(CryptGenKey(provider, AT_SIGNATURE, BITS << 16, &key));
    key_parameters(key, AT_SIGNATURE, 0);
    sign_and_verify(provider, key, AT_SIGNATURE, "narrow", FALSE);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptGetUserKey(provider, AT_SIGNATURE, &user));
    key_parameters(user, AT_SIGNATURE, 0);
    FAILS(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), NTE_NO_KEY);

    IS_TRUE(!strcmp(provider_string(provider, PP_CONTAINER, buffer, sizeof buffer), "narrow"));
    IS_TRUE(strcmp(provider_string(provider, PP_UNIQUE_CONTAINER, buffer, sizeof buffer), "narrow") != 0);
    provider_string(provider, PP_NAME, buffer, sizeof buffer);
    HCRYPTPROV by_name = 0;
    MUST(CryptAcquireContextA(&by_name, "narrow", buffer, PROV_RSA_AES, 0));
    HOLDS(CryptReleaseContext(by_name, 0));
    IS_TRUE(provider_number(provider, PP_PROVTYPE) == PROV_RSA_AES);
    IS_TRUE(provider_number(provider, PP_KEYSPEC) == (AT_KEYEXCHANGE | AT_SIGNATURE));
    IS_TRUE(provider_number(provider, PP_KEYSET_TYPE) == 0);
    HOLDS(CryptReleaseContext(provider, 0));
    FAILS(CryptGetKeyParam(user, KP_ALGID, NULL, &(DWORD){0}, 0), ERROR_INVALID_PARAMETER);
}

static void wide_keys(void) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    MUST(CryptAcquireContextW(&provider, u"wide", u"", PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptGenKey(provider, AT_KEYEXCHANGE, BITS << 16 | CRYPT_EXPORTABLE, &key));
    key_parameters(key, AT_KEYEXCHANGE, 1);
    sign_and_verify(provider, key, AT_KEYEXCHANGE, "wide", TRUE);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptReleaseContext(provider, 0));

    /* The name is the same in both forms: UTF-16 in, UTF-8 out. */
    char buffer[1024];
    MUST(CryptAcquireContextW(&provider, u"Schlüssel 鍵 🔑", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    IS_TRUE(!strcmp(provider_string(provider, PP_CONTAINER, buffer, sizeof buffer), u8"Schlüssel 鍵 🔑"));
    HOLDS(CryptReleaseContext(provider, 0));
    provider = 1;
    MUST(CryptAcquireContextA(&provider, u8"Schlüssel 鍵 🔑", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    IS_TRUE(provider == 0);
    FAILS(CryptAcquireContextW(&provider, u"Schlüssel 鍵 🔑", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
}

static void session_keys_and_random(void) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    BYTE random[32] = {0}, zero[32] = {0};
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    HOLDS(CryptGenKey(provider, CALG_AES_256, 0, &key));
    IS_TRUE(key_number(key, KP_ALGID) == CALG_AES_256);
    IS_TRUE(key_number(key, KP_KEYLEN) == 256);
    IS_TRUE(key_number(key, KP_BLOCKLEN) == 128);
    IS_TRUE(key_number(key, KP_PERMISSIONS) == 0x3b);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptGenRandom(provider, sizeof random, random));
    IS_TRUE(memcmp(random, zero, sizeof zero) != 0);
    HOLDS(CryptSetProvParam(provider, PP_USE_HARDWARE_RNG, NULL, 0));
    memset(random, 0, sizeof random);
    HOLDS(CryptGenRandom(provider, sizeof random, random));
    IS_TRUE(memcmp(random, zero, sizeof zero) != 0);
    HOLDS(CryptReleaseContext(provider, 0));
}

// MARK: Hashes

static void hashes(void) {
    static const BYTE abc[32] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
        0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    HCRYPTPROV provider = 0;
    HCRYPTHASH hash = 0, copy = 0;
    BYTE value[64];
    DWORD size = 0, length = sizeof size;
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptGetHashParam(hash, HP_HASHSIZE, (BYTE *)&size, &length, 0));
    IS_TRUE(size == 32);
    HOLDS(CryptHashData(hash, (const BYTE *)"ab", 2, 0));
    MUST(CryptDuplicateHash(hash, NULL, 0, &copy));
    HOLDS(CryptHashData(copy, (const BYTE *)"c", 1, 0));
    length = sizeof value;
    HOLDS(CryptGetHashParam(copy, HP_HASHVAL, value, &length, 0));
    IS_TRUE(length == 32 && !memcmp(value, abc, 32));
    FAILS(CryptHashData(copy, (const BYTE *)"d", 1, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptHashData(hash, (const BYTE *)"c", 1, 0));
    HOLDS(CryptGetHashParam(hash, HP_HASHVAL, value, &length, 0));
    IS_TRUE(length == 32 && !memcmp(value, abc, 32));
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptDestroyHash(copy));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptSetHashParam(hash, HP_HASHVAL, abc, 0));
    memset(value, 0, sizeof value);
    HOLDS(CryptGetHashParam(hash, HP_HASHVAL, value, &length, 0));
    IS_TRUE(!memcmp(value, abc, 32));
    HOLDS(CryptReleaseContext(provider, 0));
    FAILS(CryptDestroyHash(hash), ERROR_INVALID_PARAMETER);
}

// MARK: Enumerations

static void containers(void) {
    HCRYPTPROV provider = 0;
    char name[MAX_PATH + 1];
    DWORD length = 0, flags = CRYPT_FIRST, seen = 0, count = 0;
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    HOLDS(CryptGetProvParam(provider, PP_ENUMCONTAINERS, NULL, &length, CRYPT_FIRST));
    IS_TRUE(length == MAX_PATH + 1);
    for (; count < 1000; flags = CRYPT_NEXT, count++) {
        length = sizeof name;
        SetLastError(PRESET);
        if (!CryptGetProvParam(provider, PP_ENUMCONTAINERS, (BYTE *)name, &length, flags)) break;
        IS_TRUE(length == sizeof name);
        seen |= !strcmp(name, "narrow") ? 1 : !strcmp(name, "wide") ? 2 : 0;
    }
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
    IS_TRUE(seen == 3);
    HOLDS(CryptReleaseContext(provider, 0));
}

static void algorithms(void) {
    HCRYPTPROV provider = 0;
    PROV_ENUMALGS_EX algorithm;
    DWORD length, flags = CRYPT_FIRST, count = 0, rsa = 0;
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    for (; count < 1000; flags = CRYPT_NEXT, count++) {
        length = sizeof algorithm;
        SetLastError(PRESET);
        if (!CryptGetProvParam(provider, PP_ENUMALGS_EX, (BYTE *)&algorithm, &length, flags)) break;
        if (algorithm.aiAlgid == CALG_RSA_SIGN) rsa = algorithm.dwMaxLen;
        IS_TRUE(algorithm.dwNameLen == strlen(algorithm.szName) + 1);
    }
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
    IS_TRUE(count > 4 && rsa >= BITS);
    HOLDS(CryptReleaseContext(provider, 0));
}

static void providers(void) {
    char name[256];
    WCHAR wide[256];
    DWORD index = 0, type, length, wide_type, wide_length;
    for (; index < 1000; index++) {
        SetLastError(PRESET);
        if (!CryptEnumProvidersA(index, NULL, 0, &type, NULL, &length)) break;
        DWORD size = length, short_size = length - 1, huge = (DWORD)-1000;
        HOLDS(CryptEnumProvidersA(index, NULL, 0, &type, name, &size));
        IS_TRUE(size == length && size == strlen(name) + 1);
        FAILS(CryptEnumProvidersA(index, NULL, 0, &type, name, &short_size), ERROR_MORE_DATA);
        IS_TRUE(short_size == length);
        HOLDS(CryptEnumProvidersA(index, NULL, 0, &type, name, &huge));
        IS_TRUE(huge == length);
        HOLDS(CryptEnumProvidersW(index, NULL, 0, &wide_type, NULL, &wide_length));
        IS_TRUE(wide_length == 2 * length && wide_type == type);
        HOLDS(CryptEnumProvidersW(index, NULL, 0, &wide_type, wide, &wide_length));
        for (DWORD i = 0; i < length && i < 256; i++) IS_TRUE(wide[i] == (BYTE)name[i]);
        HCRYPTPROV provider = 0;
        HOLDS(CryptAcquireContextW(&provider, NULL, wide, type, CRYPT_VERIFYCONTEXT) && (SetLastError(PRESET), TRUE));
        HOLDS(CryptReleaseContext(provider, 0));
    }
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
    IS_TRUE(index > 1);

    for (index = 0; index < 1000; index++) {
        SetLastError(PRESET);
        if (!CryptEnumProviderTypesA(index, NULL, 0, &type, NULL, &length)) break;
        IS_TRUE(length <= sizeof name);
        HOLDS(CryptEnumProviderTypesA(index, NULL, 0, &type, name, &length));
        wide_length = sizeof wide;
        HOLDS(CryptEnumProviderTypesW(index, NULL, 0, &wide_type, wide, &wide_length));
        IS_TRUE(wide_type == type && wide_length == 2 * length);
        length = sizeof name;
        HOLDS(CryptGetDefaultProviderA(type, NULL, CRYPT_USER_DEFAULT, name, &length));
        wide_length = sizeof wide;
        HOLDS(CryptGetDefaultProviderW(type, NULL, CRYPT_MACHINE_DEFAULT, wide, &wide_length));
        IS_TRUE(wide_length == 2 * length && length == strlen(name) + 1);
    }
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
    IS_TRUE(index > 0);
}

// MARK: Handles and threads

static void references(void) {
    HCRYPTPROV provider = 0;
    HCRYPTHASH hash = 0;
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptContextAddRef(provider, NULL, 0));
    HOLDS(CryptReleaseContext(provider, 0));
    HOLDS(CryptHashData(hash, (const BYTE *)text, 3, 0));
    FAILS(CryptReleaseContext(provider, 1), NTE_BAD_FLAGS);
    FAILS(CryptHashData(hash, (const BYTE *)text, 3, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptDestroyHash(hash), ERROR_INVALID_PARAMETER);
    FAILS(CryptReleaseContext(provider, 0), ERROR_INVALID_PARAMETER);
    IS_TRUE(*(const uintptr_t *)provider != 0);
}

static HCRYPTPROV shared;

static void *sign_in_thread(void *unused) {
    HCRYPTKEY key = 0;
    HOLDS(CryptGetUserKey(shared, AT_SIGNATURE, &key));
    for (int i = 0; i < 25; i++) {
        BYTE signature[BITS / 8];
        DWORD length = sizeof signature;
        HCRYPTHASH hash = hash_text(shared);
        HOLDS(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length));
        HOLDS(CryptVerifySignatureA(hash, signature, length, key, NULL, 0));
        HOLDS(CryptDestroyHash(hash));
    }
    HOLDS(CryptDestroyKey(key));
    return unused;
}

static void threads(void) {
    pthread_t thread[8];
    MUST(CryptAcquireContextA(&shared, "narrow", NULL, PROV_RSA_AES, 0));
    for (int i = 0; i < 8; i++) if (pthread_create(&thread[i], NULL, sign_in_thread, NULL)) exit(2);
    for (int i = 0; i < 8; i++) pthread_join(thread[i], NULL);
    HOLDS(CryptReleaseContext(shared, 0));
}

// MARK: The three runs

static void delete_containers(void) {
    HCRYPTPROV open = 0, provider = 1;
    MUST(CryptAcquireContextA(&open, "narrow", NULL, PROV_RSA_AES, 0));
    MUST(CryptAcquireContextA(&provider, "narrow", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    IS_TRUE(provider == 0);
    MUST(CryptAcquireContextW(&provider, u"wide", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    FAILS(CryptAcquireContextA(&provider, "narrow", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    FAILS(CryptAcquireContextW(&provider, u"wide", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    FAILS(CryptAcquireContextA(&provider, "narrow", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET), NTE_BAD_KEYSET);
    HOLDS(CryptReleaseContext(open, 0));
}

/* The token may want the PIN for the new container or only for its key. */
static void wrong_pin(void) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    SetLastError(PRESET);
    if (CryptAcquireContextA(&provider, "never", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET)) {
        FAILS(CryptGenKey(provider, AT_SIGNATURE, BITS << 16, &key), SCARD_W_WRONG_CHV);
        HOLDS(CryptReleaseContext(provider, 0));
    } else {
        IS_TRUE(GetLastError() == (DWORD)SCARD_W_WRONG_CHV);
        IS_TRUE(provider == 0);
    }
}

int main(int count, char **arguments) {
    const char *run = count == 2 ? arguments[1] : "";
    if (!strcmp(run, "main")) {
        narrow_keys();
        wide_keys();
        session_keys_and_random();
        hashes();
        containers();
        algorithms();
        providers();
        references();
        threads();
    } else if (!strcmp(run, "delete")) {
        delete_containers();
    } else if (!strcmp(run, "wrong-pin")) {
        wrong_pin();
    } else {
        fprintf(stderr, "usage: abi-main main|delete|wrong-pin\n");
        return 64;
    }
    return verdict("abi-main");
}
