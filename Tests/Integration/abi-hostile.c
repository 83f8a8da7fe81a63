/* Every function with what it must refuse. See abi-hostile.sh. */
#include "abi-check.h"

#include <pthread.h>
#include <sys/mman.h>

#define BAD_HANDLES 9
#define HUGE_LENGTH 0xFFFFFFFFu

static HCRYPTPROV provider, reader;  // a container's and one without a container
static HCRYPTKEY key;                // its signature key
static HCRYPTHASH hash;
static BYTE blob[512];
static DWORD blob_length = sizeof blob;

// MARK: Handles that are none

static uintptr_t no_cell[4] = {0x54545454, 0x54545454, 0x54545454, 0x54545454};
static uintptr_t bad_provider[BAD_HANDLES], bad_key[BAD_HANDLES], bad_hash[BAD_HANDLES];

static void make_handles(void) {
    HCRYPTPROV released = 0;
    HCRYPTKEY destroyed_key = 0, orphan_key = 0, session_key = 0;
    HCRYPTHASH destroyed_hash = 0, orphan_hash = 0;
    MUST(CryptAcquireContextA(&provider, "hostile", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptAcquireContextA(&reader, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptGenKey(provider, AT_SIGNATURE, 2048u << 16, &key));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &blob_length));

    MUST(CryptGetUserKey(provider, AT_SIGNATURE, &destroyed_key));
    MUST(CryptDestroyKey(destroyed_key));
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &destroyed_hash));
    MUST(CryptDestroyHash(destroyed_hash));
    MUST(CryptAcquireContextA(&released, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptImportKey(released, blob, blob_length, 0, 0, &orphan_key));
    MUST(CryptGenKey(released, CALG_AES_256, 0, &session_key));
    MUST(CryptCreateHash(released, CALG_SHA_256, 0, 0, &orphan_hash));
    MUST(CryptReleaseContext(released, 0));

    const uintptr_t common[] = {0, 1, 0xdeadbeef, UINTPTR_MAX, (uintptr_t)no_cell};
    memcpy(bad_provider, common, sizeof common);
    memcpy(bad_key, common, sizeof common);
    memcpy(bad_hash, common, sizeof common);
    const uintptr_t providers[] = {released, key, hash, provider + 1};
    const uintptr_t keys[] = {destroyed_key, orphan_key, provider, hash};
    const uintptr_t hashes[] = {destroyed_hash, orphan_hash, provider, key};
    memcpy(bad_provider + 5, providers, sizeof providers);
    memcpy(bad_key + 5, keys, sizeof keys);
    memcpy(bad_hash + 5, hashes, sizeof hashes);
    FAILS(CryptDestroyKey(session_key), ERROR_INVALID_PARAMETER);

    /* Programs read through a provider's handle, a stale one too. */
    IS_TRUE(*(const uintptr_t *)provider != 0);
    IS_TRUE(*(const uintptr_t *)released != 0);
}

static void handles_of_providers(void) {
    BYTE data[16];
    DWORD length;
    uintptr_t made;
    for (int i = 0; i < BAD_HANDLES; i++) {
        HCRYPTPROV bad = bad_provider[i];
        length = sizeof data;
        FAILS(CryptReleaseContext(bad, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptReleaseContext(bad, 1), ERROR_INVALID_PARAMETER);
        FAILS(CryptContextAddRef(bad, NULL, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptGenKey(bad, AT_SIGNATURE, 0, &made), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetUserKey(bad, AT_SIGNATURE, &made), ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(bad, blob, blob_length, 0, 0, &made), ERROR_INVALID_PARAMETER);
        FAILS(CryptCreateHash(bad, CALG_SHA_256, 0, 0, &made), ERROR_INVALID_PARAMETER);
        FAILS(CryptGenRandom(bad, sizeof data, data), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetProvParam(bad, PP_PROVTYPE, data, &length, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetProvParam(bad, PP_SIGNATURE_PIN, (const BYTE *)"x", 0), ERROR_INVALID_PARAMETER);
    }
}

static void handles_of_keys(void) {
    BYTE data[512];
    DWORD length, permissions = 0x3b;
    uintptr_t made;
    for (int i = 0; i < BAD_HANDLES; i++) {
        HCRYPTKEY bad = bad_key[i];
        length = sizeof data;
        FAILS(CryptDestroyKey(bad), ERROR_INVALID_PARAMETER);
        FAILS(CryptExportKey(bad, 0, PUBLICKEYBLOB, 0, data, &length), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetKeyParam(bad, KP_ALGID, data, &length, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetKeyParam(bad, KP_PERMISSIONS, (const BYTE *)&permissions, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptVerifySignatureA(hash, data, 256, bad, NULL, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptVerifySignatureW(hash, data, 256, bad, NULL, 0), ERROR_INVALID_PARAMETER);
        if (bad == 0) continue;  // where 0 is no key
        FAILS(CryptExportKey(key, bad, SIMPLEBLOB, 0, data, &length), ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(provider, blob, blob_length, bad, 0, &made), ERROR_INVALID_PARAMETER);
        FAILS(CryptCreateHash(provider, CALG_HMAC, bad, 0, &made), ERROR_INVALID_PARAMETER);
    }
}

static void handles_of_hashes(void) {
    BYTE data[512] = {0};
    DWORD length;
    uintptr_t made;
    for (int i = 0; i < BAD_HANDLES; i++) {
        HCRYPTHASH bad = bad_hash[i];
        length = sizeof data;
        FAILS(CryptDestroyHash(bad), ERROR_INVALID_PARAMETER);
        FAILS(CryptDuplicateHash(bad, NULL, 0, &made), ERROR_INVALID_PARAMETER);
        FAILS(CryptHashData(bad, data, sizeof data, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetHashParam(bad, HP_HASHVAL, data, &length, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetHashParam(bad, HP_HASHVAL, data, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptSignHashA(bad, AT_SIGNATURE, NULL, 0, data, &length), ERROR_INVALID_PARAMETER);
        FAILS(CryptSignHashW(bad, AT_SIGNATURE, NULL, 0, data, &length), ERROR_INVALID_PARAMETER);
        FAILS(CryptVerifySignatureA(bad, data, 256, key, NULL, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptVerifySignatureW(bad, data, 256, key, NULL, 0), ERROR_INVALID_PARAMETER);
    }
}

// MARK: Acquiring and the lists of providers

static void acquiring(void) {
    HCRYPTPROV made = 1;
    static char endless[65536], long_name[301];
    static WCHAR endless_wide[65536];
    memset(endless, 'a', sizeof endless);
    memset(endless_wide, 1, sizeof endless_wide);
    memset(long_name, 'a', sizeof long_name - 1);
    const WCHAR lone[] = {'a', 0xD800, 'b', 0};
    FAILS(CryptAcquireContextA(NULL, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), ERROR_INVALID_PARAMETER);
    FAILS(CryptAcquireContextW(NULL, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), ERROR_INVALID_PARAMETER);
    FAILS(CryptAcquireContextA(&made, NULL, NULL, 0, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE);
    IS_TRUE(made == 0);
    FAILS(CryptAcquireContextW(&made, NULL, NULL, 1000, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE);
    FAILS(CryptAcquireContextA(&made, NULL, NULL, HUGE_LENGTH, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE);
    FAILS(CryptAcquireContextA(&made, NULL, NULL, 999, CRYPT_VERIFYCONTEXT), NTE_PROV_TYPE_NOT_DEF);
    FAILS(CryptAcquireContextA(&made, NULL, "No such provider", PROV_RSA_AES, CRYPT_VERIFYCONTEXT), NTE_KEYSET_NOT_DEF);
    FAILS(CryptAcquireContextW(&made, NULL, MS_DEF_PROV_W, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), NTE_PROV_TYPE_NO_MATCH);
    FAILS(CryptAcquireContextA(&made, NULL, NULL, PROV_RSA_AES, HUGE_LENGTH), NTE_BAD_FLAGS);
    FAILS(CryptAcquireContextA(&made, "no such container", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    FAILS(CryptAcquireContextA(&made, "\xff\xfe", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET_PARAM);
    FAILS(CryptAcquireContextA(&made, NULL, "\xc3", PROV_RSA_AES, CRYPT_VERIFYCONTEXT), NTE_BAD_KEYSET_PARAM);
    FAILS(CryptAcquireContextW(&made, lone, NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET_PARAM);
    FAILS(CryptAcquireContextA(&made, endless, NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET_PARAM);
    FAILS(CryptAcquireContextW(&made, endless_wide, NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET_PARAM);
    FAILS(CryptAcquireContextA(&made, long_name, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_BAD_KEYSET_PARAM);
    IS_TRUE(made == 0);

    FAILS(CryptContextAddRef(provider, &(DWORD){0}, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptContextAddRef(provider, NULL, 1), ERROR_INVALID_PARAMETER);
}

/* One of the two enumerations, in one of its forms. */
#define ENUMERATION(function, unit) do { \
    unit name_[256]; \
    DWORD type_, length_ = sizeof name_; \
    FAILS(function(0, &type_, 0, &type_, name_, &length_), ERROR_INVALID_PARAMETER); \
    FAILS(function(0, NULL, 1, &type_, name_, &length_), NTE_BAD_FLAGS); \
    FAILS(function(0, NULL, 0, NULL, name_, &length_), ERROR_INVALID_PARAMETER); \
    FAILS(function(0, NULL, 0, &type_, name_, NULL), ERROR_INVALID_PARAMETER); \
    FAILS(function(0xFFFFFFFF, NULL, 0, &type_, name_, &length_), ERROR_NO_MORE_ITEMS); \
    FAILS(function(1000, NULL, 0, &type_, NULL, &length_), ERROR_NO_MORE_ITEMS); \
    length_ = 0; \
    FAILS(function(0, NULL, 0, &type_, name_, &length_), ERROR_MORE_DATA); \
    IS_TRUE(length_ > 1); \
    length_ = HUGE_LENGTH; \
    HOLDS(function(0, NULL, 0, &type_, name_, &length_)); \
    IS_TRUE(length_ > 1 && length_ < sizeof name_ && name_[length_ / sizeof(unit) - 1] == 0); \
} while (0)

#define DEFAULT_PROVIDER(function, unit) do { \
    unit name_[256]; \
    DWORD length_ = sizeof name_; \
    FAILS(function(PROV_RSA_AES, &length_, CRYPT_USER_DEFAULT, name_, &length_), ERROR_INVALID_PARAMETER); \
    FAILS(function(PROV_RSA_AES, NULL, HUGE_LENGTH, name_, &length_), NTE_BAD_FLAGS); \
    FAILS(function(PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT, name_, NULL), ERROR_INVALID_PARAMETER); \
    FAILS(function(0, NULL, CRYPT_USER_DEFAULT, name_, &length_), NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER); \
    FAILS(function(HUGE_LENGTH, NULL, CRYPT_USER_DEFAULT, name_, &length_), NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER); \
    length_ = 0; \
    FAILS(function(PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT, name_, &length_), ERROR_MORE_DATA); \
    IS_TRUE(length_ > 1); \
    length_ = HUGE_LENGTH; \
    HOLDS(function(PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT, name_, &length_)); \
    IS_TRUE(length_ > 1 && length_ < sizeof name_ && name_[length_ / sizeof(unit) - 1] == 0); \
} while (0)

static void lists(void) {
    ENUMERATION(CryptEnumProvidersA, char);
    ENUMERATION(CryptEnumProvidersW, WCHAR);
    ENUMERATION(CryptEnumProviderTypesA, char);
    ENUMERATION(CryptEnumProviderTypesW, WCHAR);
    DEFAULT_PROVIDER(CryptGetDefaultProviderA, char);
    DEFAULT_PROVIDER(CryptGetDefaultProviderW, WCHAR);
}

// MARK: Null pointers, lengths and values

/* A parameter of four bytes. */
#define NUMBER(function, handle, parameter) do { \
    DWORD value_ = 0, length_ = 0; \
    FAILS(function(handle, parameter, (BYTE *)&value_, NULL, 0), ERROR_INVALID_PARAMETER); \
    FAILS(function(handle, parameter, NULL, NULL, 0), ERROR_INVALID_PARAMETER); \
    FAILS(function(handle, parameter, (BYTE *)&value_, &length_, 0), ERROR_MORE_DATA); \
    IS_TRUE(length_ == 4 && value_ == 0); \
    length_ = HUGE_LENGTH; \
    HOLDS(function(handle, parameter, NULL, &length_, 0)); \
    IS_TRUE(length_ == 4); \
    length_ = HUGE_LENGTH; \
    HOLDS(function(handle, parameter, (BYTE *)&value_, &length_, 0)); \
    IS_TRUE(length_ == 4 && value_ != 0); \
    FAILS(function(handle, 0xFFFFFFFF, (BYTE *)&value_, &length_, 0), NTE_BAD_TYPE); \
    FAILS(function(handle, 0, (BYTE *)&value_, &length_, 0), NTE_BAD_TYPE); \
} while (0)

static void provider_arguments(void) {
    BYTE data[64];
    NUMBER(CryptGetProvParam, provider, PP_PROVTYPE);
    FAILS(CryptSetProvParam(provider, 0xFFFFFFFF, data, 0), NTE_BAD_TYPE);
    HOLDS(CryptSetProvParam(0, PP_CLIENT_HWND, data, 0));
    HOLDS(CryptSetProvParam(0, PP_CLIENT_HWND, NULL, 0));
    FAILS(CryptSetProvParam(0, PP_CLIENT_HWND, data, 1), NTE_BAD_FLAGS);
    HOLDS(CryptGenRandom(provider, 0, data));
    HOLDS(CryptGenRandom(provider, 0, NULL));
    FAILS(CryptGenRandom(provider, sizeof data, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptGenRandom(provider, HUGE_LENGTH, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptGenRandom(provider, HUGE_LENGTH, data), ERROR_INVALID_PARAMETER);
}

static void key_arguments(void) {
    uintptr_t made = 0;
    DWORD length = 0;
    BYTE data[512];
    FAILS(CryptGenKey(provider, AT_SIGNATURE, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptGenKey(provider, 0, 0, &made), NTE_BAD_ALGID);
    FAILS(CryptGenKey(provider, 0xFFFFFFFF, 0, &made), NTE_BAD_ALGID);
    FAILS(CryptGenKey(provider, AT_SIGNATURE, 0xFFFFFFFF, &made), ERROR_INVALID_PARAMETER, NTE_BAD_FLAGS);
    FAILS(CryptGenKey(provider, AT_SIGNATURE, 0xFFFF0000, &made), ERROR_INVALID_PARAMETER, NTE_BAD_FLAGS);
    FAILS(CryptGenKey(provider, AT_SIGNATURE, 1u << 16, &made), ERROR_INVALID_PARAMETER, NTE_BAD_FLAGS);
    FAILS(CryptGetUserKey(provider, AT_SIGNATURE, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptGetUserKey(provider, AT_KEYEXCHANGE, &made), NTE_NO_KEY);
    FAILS(CryptGetUserKey(provider, 0, &made), NTE_BAD_KEY, NTE_NO_KEY);
    FAILS(CryptGetUserKey(provider, 0xFFFFFFFF, &made), NTE_BAD_KEY, NTE_NO_KEY);

    FAILS(CryptImportKey(provider, blob, blob_length, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptImportKey(provider, NULL, blob_length, 0, 0, &made), ERROR_INVALID_PARAMETER);
    FAILS(CryptImportKey(provider, NULL, 0, 0, 0, &made), ERROR_INVALID_PARAMETER, NTE_BAD_DATA);
    FAILS(CryptImportKey(provider, blob, 0, 0, 0, &made), ERROR_INVALID_PARAMETER, NTE_BAD_DATA);
    FAILS(CryptImportKey(provider, blob, HUGE_LENGTH, 0, 0, &made), ERROR_INVALID_PARAMETER, NTE_BAD_DATA);
    for (length = 1; length < blob_length; length++)
        FAILS(CryptImportKey(provider, blob, length, 0, 0, &made), ERROR_INVALID_PARAMETER, NTE_BAD_DATA);
    const size_t zeros_length = 8 << 20;
    BYTE *zeros = mmap(NULL, zeros_length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAILS(CryptImportKey(provider, zeros, (DWORD)zeros_length, 0, 0, &made), NTE_BAD_DATA, NTE_BAD_TYPE, NTE_BAD_VER);
    FAILS(CryptImportKey(provider, zeros, HUGE_LENGTH, 0, 0, &made), ERROR_INVALID_PARAMETER);
    munmap(zeros, zeros_length);

    FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, data, NULL), ERROR_INVALID_PARAMETER);
    length = 0;
    FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, data, &length), ERROR_MORE_DATA);
    IS_TRUE(length == blob_length);
    length = HUGE_LENGTH;
    HOLDS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, data, &length));
    IS_TRUE(length == blob_length && !memcmp(data, blob, blob_length));
    FAILS(CryptExportKey(key, 0, 0xFFFFFFFF, 0, data, &length), NTE_BAD_TYPE);
    FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0xFFFFFFFF, data, &length), NTE_BAD_FLAGS);

    NUMBER(CryptGetKeyParam, key, KP_KEYLEN);
    FAILS(CryptGetKeyParam(key, KP_KEYLEN, NULL, &length, 0xFFFFFFFF), NTE_BAD_FLAGS);
    FAILS(CryptSetKeyParam(key, 0xFFFFFFFF, data, 0), NTE_BAD_TYPE);
    FAILS(CryptSetKeyParam(key, KP_PERMISSIONS, NULL, 0), ERROR_INVALID_PARAMETER);
}

static void hash_arguments(void) {
    uintptr_t made = 0;
    BYTE data[64] = {0};
    DWORD length = 0;
    FAILS(CryptCreateHash(provider, CALG_SHA_256, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptCreateHash(provider, 0, 0, 0, &made), NTE_BAD_ALGID);
    FAILS(CryptCreateHash(provider, 0xFFFFFFFF, 0, 0, &made), NTE_BAD_ALGID);
    FAILS(CryptCreateHash(provider, CALG_SHA_256, 0, 0xFFFFFFFF, &made), NTE_BAD_FLAGS);
    FAILS(CryptDuplicateHash(hash, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptDuplicateHash(hash, &length, 0, &made), ERROR_INVALID_PARAMETER);
    FAILS(CryptDuplicateHash(hash, NULL, 1, &made), ERROR_INVALID_PARAMETER);

    HOLDS(CryptHashData(hash, data, 0, 0));
    HOLDS(CryptHashData(hash, NULL, 0, 0));
    FAILS(CryptHashData(hash, NULL, 1, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashData(hash, NULL, HUGE_LENGTH, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashData(hash, data, HUGE_LENGTH, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashData(hash, data, sizeof data, 0xFFFFFFFF), NTE_BAD_FLAGS);
    NUMBER(CryptGetHashParam, hash, HP_HASHSIZE);
    FAILS(CryptSetHashParam(hash, 0xFFFFFFFF, data, 0), NTE_BAD_TYPE);
    FAILS(CryptSetHashParam(hash, HP_HASHVAL, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetHashParam(hash, HP_HASHVAL, data, 0xFFFFFFFF), NTE_BAD_FLAGS);
    FAILS(CryptGetHashParam(hash, HP_HASHVAL, data, &length, 0), ERROR_MORE_DATA);
    IS_TRUE(length == 32);
}

/* One of the two forms of signing and verifying. */
#define SIGNATURES(sign, verify, description) do { \
    BYTE signature_[512]; \
    DWORD length_ = 0; \
    HCRYPTHASH hash_ = 0; \
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash_)); \
    FAILS(sign(hash_, AT_SIGNATURE, NULL, 0, signature_, NULL), ERROR_INVALID_PARAMETER); \
    FAILS(sign(hash_, AT_SIGNATURE, description, 0, signature_, &length_), ERROR_INVALID_PARAMETER); \
    FAILS(sign(hash_, AT_SIGNATURE, NULL, 0, signature_, &length_), ERROR_MORE_DATA); \
    IS_TRUE(length_ == 256); \
    length_ = HUGE_LENGTH; \
    FAILS(sign(hash_, AT_KEYEXCHANGE, NULL, 0, signature_, &length_), NTE_NO_KEY); \
    FAILS(sign(hash_, 0, NULL, 0, signature_, &length_), NTE_BAD_ALGID, NTE_BAD_KEY, NTE_NO_KEY); \
    FAILS(sign(hash_, 0xFFFFFFFF, NULL, 0, signature_, &length_), NTE_BAD_ALGID, NTE_BAD_KEY, NTE_NO_KEY); \
    FAILS(sign(hash_, AT_SIGNATURE, NULL, 0xFFFFFFFF, signature_, &length_), NTE_BAD_FLAGS); \
    length_ = HUGE_LENGTH; \
    HOLDS(sign(hash_, AT_SIGNATURE, NULL, 0, signature_, &length_)); \
    IS_TRUE(length_ == 256); \
    HOLDS(verify(hash_, signature_, length_, key, NULL, 0)); \
    FAILS(verify(hash_, NULL, length_, key, NULL, 0), ERROR_INVALID_PARAMETER); \
    FAILS(verify(hash_, NULL, 0, key, NULL, 0), ERROR_INVALID_PARAMETER); \
    FAILS(verify(hash_, signature_, 0, key, NULL, 0), NTE_BAD_SIGNATURE); \
    FAILS(verify(hash_, signature_, HUGE_LENGTH, key, NULL, 0), NTE_BAD_SIGNATURE); \
    FAILS(verify(hash_, signature_, length_, key, description, 0), ERROR_INVALID_PARAMETER); \
    FAILS(verify(hash_, signature_, length_, key, NULL, 0xFFFFFFFF), NTE_BAD_FLAGS); \
    HOLDS(CryptDestroyHash(hash_)); \
} while (0)

static void signature_arguments(void) {
    SIGNATURES(CryptSignHashA, CryptVerifySignatureA, "description");
    SIGNATURES(CryptSignHashW, CryptVerifySignatureW, u"description");
}

// MARK: The functions of a cryptographic service provider

#include "abi-hostile-csp.h"

// MARK: Handles that die while they are used

static _Atomic HCRYPTHASH racing_hash;
static _Atomic HCRYPTKEY racing_key;
static _Atomic HCRYPTPROV racing_provider;
static atomic_int stop;

/* A call into a race: it may succeed or find its handle dead. */
#define RACES(call) do { \
    BOOL answer_ = (call); \
    DWORD code_ = GetLastError(); \
    if (!answer_) check(__LINE__, #call, code_ == ERROR_INVALID_PARAMETER, "failed otherwise in a race", code_); \
} while (0)

static void *use_racing_handles(void *unused) {
    BYTE data[64] = {0};
    while (!stop) {
        DWORD length = sizeof data;
        HCRYPTHASH copy = 0;
        RACES(CryptHashData(racing_hash, data, sizeof data, 0));
        RACES(CryptDuplicateHash(racing_hash, NULL, 0, &copy));
        if (copy) RACES(CryptDestroyHash(copy));
        RACES(CryptGetKeyParam(racing_key, KP_KEYLEN, data, &length, 0));
        RACES(CryptGenRandom(racing_provider, 8, data));
        RACES(CryptDestroyHash(racing_hash));
        RACES(CryptDestroyKey(racing_key));
    }
    return unused;
}

static void races(void) {
    pthread_t thread[4];
    for (int i = 0; i < 4; i++) if (pthread_create(&thread[i], NULL, use_racing_handles, NULL)) exit(2);
    for (int i = 0; i < 2000; i++) {
        HCRYPTPROV made = 0;
        uintptr_t child = 0;
        MUST(CryptAcquireContextA(&made, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
        racing_provider = made;
        MUST(CryptCreateHash(made, CALG_SHA_256, 0, 0, &child));
        racing_hash = child;
        MUST(CryptImportKey(made, blob, blob_length, 0, 0, &child));
        racing_key = child;
        MUST(CryptReleaseContext(made, 0));
    }
    stop = 1;
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
}

int main(void) {
    make_handles();
    handles_of_providers();
    handles_of_keys();
    handles_of_hashes();
    acquiring();
    lists();
    provider_arguments();
    key_arguments();
    hash_arguments();
    signature_arguments();
    csp_handles();
    csp_arguments();
    races();

    FAILS(CryptReleaseContext(reader, 1), NTE_BAD_FLAGS);
    FAILS(CryptReleaseContext(reader, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptReleaseContext(provider, 0));
    MUST(CryptAcquireContextA(&provider, "hostile", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    return verdict("abi-hostile");
}
