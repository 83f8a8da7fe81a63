/* Contexts, providers, random numbers: a section for each function. See parity.sh. */
#include "parity.h"

static const char *const families[] = {
    NULL, "", MS_DEF_PROV_A, MS_STRONG_PROV_A, MS_ENHANCED_PROV_A, "TokenCSP RSA Provider", MS_SCARD_PROV_A
};

// MARK: CryptAcquireContext

/* What comes without a name, and all that is refused. `text` is A_ or W_. */
#define ACQUIRE(function, text) do { \
    HCRYPTPROV made = 1; \
    FAILS(function(NULL, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), ERROR_INVALID_PARAMETER, (DWORD)NTE_BAD_KEYSET); \
    FAILS(function(&made, NULL, NULL, 0, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE); \
    IS_TRUE(made == 0); \
    FAILS(function(&made, NULL, NULL, 1000, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE); \
    FAILS(function(&made, NULL, NULL, ~0u, 0), NTE_BAD_PROV_TYPE); \
    FAILS(function(&made, NULL, NULL, 999, CRYPT_VERIFYCONTEXT), NTE_PROV_TYPE_NOT_DEF); \
    FAILS(function(&made, NULL, NULL, PROV_RSA_SCHANNEL, CRYPT_VERIFYCONTEXT), NTE_PROV_TYPE_NOT_DEF); \
    FAILS(function(&made, NULL, text("No such provider"), PROV_RSA_FULL, CRYPT_VERIFYCONTEXT), NTE_KEYSET_NOT_DEF); \
    FAILS(function(&made, NULL, text("microsoft base cryptographic provider v1.0"), PROV_RSA_AES, CRYPT_VERIFYCONTEXT), \
        NTE_KEYSET_NOT_DEF, NTE_PROV_TYPE_NO_MATCH); \
    FAILS(function(&made, NULL, text("Microsoft Strong Cryptographic Provider"), PROV_RSA_AES, CRYPT_VERIFYCONTEXT), \
        NTE_PROV_TYPE_NO_MATCH); \
    /* Names of nothing, whatever the type: the type is looked at first. */ \
    FAILS(function(&made, NULL, text("No such provider"), 0, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE); \
    /* CRYPT_VERIFYCONTEXT is four bits, each of which alone means nothing; others are not known. */ \
    const DWORD known = CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET | CRYPT_MACHINE_KEYSET | CRYPT_SILENT | 0x80; \
    for (DWORD bit = 1; bit; bit <<= 1) { \
        if (bit & known) continue; \
        ROW(FAILS(function(&made, NULL, NULL, PROV_RSA_AES, bit), NTE_BAD_FLAGS), "flag %x", bit); \
        if (bit >> 28) continue; \
        ROW(FAILS(function(&made, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT | bit), NTE_BAD_FLAGS), "flag %x", bit); \
    } \
    FAILS(function(&made, NULL, NULL, PROV_RSA_AES, ~0u), NTE_BAD_FLAGS); \
    FAILS(function(&made, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT | CRYPT_DELETEKEYSET), NTE_BAD_FLAGS); \
    FAILS(function(&made, text("parity"), NULL, PROV_RSA_AES, CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET), NTE_BAD_FLAGS); \
    FAILS(function(&made, text("no such container"), NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET); \
    FAILS(function(&made, text("no such container"), NULL, PROV_RSA_AES, CRYPT_SILENT), NTE_BAD_KEYSET); \
    FAILS(function(&made, text("no such container"), NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET), NTE_BAD_KEYSET); \
    FAILS(function(&made, text("parity"), NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_EXISTS); \
    FAILS(function(&made, text("parity"), NULL, PROV_RSA_AES, CRYPT_MACHINE_KEYSET), NTE_BAD_KEYSET); \
    FAILS(function(&made, text("parity"), NULL, PROV_RSA_AES, 0x80), NTE_BAD_FLAGS); \
    FAILS(function(&made, text("a\\b"), NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_BAD_KEYSET_PARAM); \
    IS_TRUE(made == 0); \
    /* A name and CRYPT_VERIFYCONTEXT: public information under our names, nothing under Microsoft's software ones. */ \
    FAILS(function(&made, text("parity"), text("Microsoft Enhanced RSA and AES Cryptographic Provider"), PROV_RSA_AES, \
        CRYPT_VERIFYCONTEXT), NTE_BAD_FLAGS); \
    FAILS(function(&made, text("no such container"), text("Microsoft Strong Cryptographic Provider"), PROV_RSA_FULL, \
        CRYPT_VERIFYCONTEXT), NTE_BAD_FLAGS); \
    FAILS(function(&made, text("no such container"), NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), NTE_BAD_KEYSET); \
    SetLastError(PRESET); \
    MUST(function(&made, text("parity"), NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT)); \
    IS_TRUE(GetLastError() == ERROR_SUCCESS); \
    IS_TRUE(user_key_bits(made, AT_SIGNATURE) == 1024); \
    HOLDS(CryptReleaseContext(made, 0)); \
    /* Success resets the last error, and the handle can be read through. */ \
    const DWORD flags[] = {CRYPT_VERIFYCONTEXT, CRYPT_VERIFYCONTEXT | CRYPT_SILENT, CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET, \
        CRYPT_VERIFYCONTEXT | CRYPT_MACHINE_KEYSET}; \
    for (int i = 0; i < 4; i++) { \
        SetLastError(PRESET); \
        ROW(IS_TRUE(function(&made, text(""), text(""), PROV_RSA_AES, flags[i])), "flags %x", flags[i]); \
        IS_TRUE(GetLastError() == ERROR_SUCCESS && *(const uintptr_t *)made != 0); \
        HOLDS(CryptReleaseContext(made, 0)); \
    } \
    /* The default container. */ \
    FAILS(function(&made, NULL, NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET); \
    FAILS(function(&made, NULL, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET), NTE_BAD_KEYSET); \
    SetLastError(PRESET); \
    MUST(function(&made, NULL, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET)); \
    IS_TRUE(GetLastError() == ERROR_SUCCESS); \
    FAILS(CryptGetUserKey(made, AT_SIGNATURE, &(HCRYPTKEY){0}), NTE_NO_KEY); \
    HOLDS(CryptReleaseContext(made, 0)); \
    FAILS(function(&made, text(""), NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET), NTE_EXISTS); \
    MUST(function(&made, text(""), NULL, PROV_RSA_FULL, 0)); \
    HOLDS(CryptReleaseContext(made, 0)); \
    made = 1; \
    SetLastError(PRESET); \
    MUST(function(&made, NULL, NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET)); \
    IS_TRUE(made == 0 && GetLastError() == ERROR_SUCCESS); \
    FAILS(function(&made, NULL, NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET); \
} while (0)

static void CryptAcquireContextA_section(void) {
    HCRYPTPROV made = 0, other = 0;
    ACQUIRE(CryptAcquireContextA, A_);
    /* One set of containers for all names of the RSA family; another for the machine. */
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        for (size_t j = 0; j < sizeof families / sizeof *families; j++) {
            MUST(CryptAcquireContextA(&made, "family", families[i], PROV_RSA_FULL, CRYPT_NEWKEYSET));
            FAILS(CryptAcquireContextA(&other, "family", families[j], PROV_RSA_FULL, CRYPT_NEWKEYSET), NTE_EXISTS);
            HOLDS(CryptReleaseContext(made, 0));
            MUST(CryptAcquireContextA(&made, "family", families[j], PROV_RSA_FULL, CRYPT_SILENT));
            HOLDS(CryptReleaseContext(made, 0));
            MUST(CryptAcquireContextA(&made, "family", families[j], PROV_RSA_FULL, CRYPT_DELETEKEYSET));
        }
    }
    MUST(CryptAcquireContextA(&made, "twice", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptAcquireContextA(&other, "twice", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET | CRYPT_MACHINE_KEYSET));
    HOLDS(CryptReleaseContext(made, 0));
    HOLDS(CryptReleaseContext(other, 0));
    MUST(CryptAcquireContextA(&made, "twice", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET | CRYPT_MACHINE_KEYSET));
    FAILS(CryptAcquireContextA(&made, "twice", NULL, PROV_RSA_AES, CRYPT_MACHINE_KEYSET), NTE_BAD_KEYSET);
    MUST(CryptAcquireContextA(&made, "twice", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    /* A name of 260 bytes is one, of 261 none. */
    char name[262] = "";
    memset(name, 'n', 261);
    FAILS(CryptAcquireContextA(&made, name, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_BAD_KEYSET_PARAM);
    name[260] = 0;
    MUST(CryptAcquireContextA(&made, name, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    HOLDS(CryptReleaseContext(made, 0));
    MUST(CryptAcquireContextA(&made, name, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    /* What is not UTF-8. */
    FAILS(CryptAcquireContextA(&made, "\xff", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_BAD_KEYSET_PARAM);
}

static void CryptAcquireContextW_section(void) {
    HCRYPTPROV made = 0;
    ACQUIRE(CryptAcquireContextW, W_);
    MUST(CryptAcquireContextW(&made, u"breit \x00e4", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    HOLDS(CryptReleaseContext(made, 0));
    MUST(CryptAcquireContextA(&made, "breit \xc3\xa4", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    const WCHAR lone[] = {0xDC00, 0};
    FAILS(CryptAcquireContextW(&made, lone, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_BAD_KEYSET_PARAM);
}

// MARK: References

static void CryptReleaseContext_section(void) {
    HCRYPTPROV made = 0, second = 0;
    BYTE data[16];
    for (int i = 0; i < BAD; i++) FAILS(CryptReleaseContext(bad_provider[i], i % 2), ERROR_INVALID_PARAMETER);
    /* Flags: released all the same. */
    const DWORD flags[] = {1, 0x80000000, ~0u};
    for (int i = 0; i < 3; i++) {
        MUST(CryptAcquireContextA(&made, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
        FAILS(CryptReleaseContext(made, flags[i]), NTE_BAD_FLAGS);
        FAILS(CryptReleaseContext(made, flags[i]), ERROR_INVALID_PARAMETER);
        FAILS(CryptReleaseContext(made, 0), ERROR_INVALID_PARAMETER);
    }
    /* Keys and hashes end with it, of this context alone. */
    MUST(CryptAcquireContextA(&made, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    MUST(CryptAcquireContextA(&second, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    HCRYPTKEY key = key_of(made, CALG_RC2, value, 16, 0), other_key = key_of(second, CALG_RC2, value, 16, 0);
    HCRYPTHASH digest = sha1(made), other_digest = sha1(second);
    HOLDS(CryptReleaseContext(made, 0));
    FAILS(CryptHashData(digest, data, 1, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptDestroyHash(digest), ERROR_INVALID_PARAMETER);
    FAILS(CryptDestroyKey(key), ERROR_INVALID_PARAMETER);
    FAILS(CryptGenRandom(made, 16, data), ERROR_INVALID_PARAMETER);
    HOLDS(CryptHashData(other_digest, data, 1, 0));
    HOLDS(CryptDestroyHash(other_digest));
    HOLDS(CryptDestroyKey(other_key));
    HOLDS(CryptReleaseContext(second, 0));
    /* The container may be deleted before; the context is released afterwards. */
    MUST(CryptAcquireContextA(&made, "short-lived", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptAcquireContextA(&second, "short-lived", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    IS_TRUE(second == 0);
    FAILS(CryptGetUserKey(made, AT_SIGNATURE, &key), NTE_NO_KEY, (DWORD)NTE_BAD_KEYSET);
    FAILS(CryptGenKey(made, AT_SIGNATURE, 1024u << 16, &key), (DWORD)NTE_BAD_KEYSET);
    HOLDS(CryptGenRandom(made, 16, data));
    HOLDS(CryptReleaseContext(made, 0));
    FAILS(CryptAcquireContextA(&made, "short-lived", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
}

static void CryptContextAddRef_section(void) {
    HCRYPTPROV made = 0;
    DWORD reserved = 0;
    REFUSES(bad_provider, CryptContextAddRef(bad, NULL, 0));
    FAILS(CryptContextAddRef(reader, &reserved, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptContextAddRef(reader, NULL, 1), ERROR_INVALID_PARAMETER, (DWORD)NTE_BAD_FLAGS);
    MUST(CryptAcquireContextA(&made, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    HCRYPTHASH digest = sha1(made);
    for (int i = 0; i < 3; i++) HOLDS(CryptContextAddRef(made, NULL, 0));
    HOLDS(CryptReleaseContext(made, 0));
    /* Flags take a reference away as well. */
    FAILS(CryptReleaseContext(made, 1), NTE_BAD_FLAGS);
    HOLDS(CryptReleaseContext(made, 0));
    HOLDS(CryptHashData(digest, (const BYTE *)"x", 1, 0));
    HOLDS(CryptReleaseContext(made, 0));
    FAILS(CryptHashData(digest, (const BYTE *)"x", 1, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptContextAddRef(made, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptReleaseContext(made, 0), ERROR_INVALID_PARAMETER);
}

// MARK: Lists

/* Every item by both calls; the number of items. */
#define ENUMERATE(function, unit, each) ({ \
    DWORD index = 0, type = 0, reserved_ = 0, length = 0; \
    unit name[300]; \
    FAILS(function(0, &reserved_, 0, &type, NULL, &length), ERROR_INVALID_PARAMETER); \
    FAILS(function(0, NULL, 1, &type, NULL, &length), NTE_BAD_FLAGS); \
    FAILS(function(0, NULL, ~0u, &type, NULL, &length), NTE_BAD_FLAGS); \
    FAILS(function(0, NULL, 0, NULL, NULL, &length), ERROR_INVALID_PARAMETER); \
    FAILS(function(0, NULL, 0, &type, NULL, NULL), ERROR_INVALID_PARAMETER); \
    FAILS(function(0, NULL, 0, &type, name, NULL), ERROR_INVALID_PARAMETER); \
    for (;; index++) { \
        length = type = 0; \
        SetLastError(PRESET); \
        if (!function(index, NULL, 0, &type, NULL, &length)) break; \
        IS_TRUE(GetLastError() == PRESET); \
        const DWORD needed = length, first_type = type; \
        IS_TRUE(needed > sizeof(unit) && needed <= sizeof name && needed % sizeof(unit) == 0); \
        memset(name, 0x5A, sizeof name); \
        for (length = 0; length < needed; length = length + 1 < needed ? needed - 1 : needed) { \
            DWORD size = length; \
            FAILS(function(index, NULL, 0, &type, name, &size), ERROR_MORE_DATA); \
            IS_TRUE(size == needed && ((const BYTE *)name)[0] == 0x5A); \
        } \
        const DWORD rooms[] = {needed, needed + 1, (DWORD)-1, (DWORD)-1000}; \
        for (int i = 0; i < 4; i++) { \
            type = 0, length = rooms[i]; \
            HOLDS(function(index, NULL, 0, &type, name, &length)); \
            IS_TRUE(length == needed && type == first_type && name[needed / sizeof(unit) - 1] == 0); \
            IS_TRUE(((const BYTE *)name)[needed] == 0x5A); \
        } \
        for (DWORD i = 0; i + 1 < needed / sizeof(unit); i++) IS_TRUE(name[i] != 0); \
        each; \
    } \
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS); \
    const DWORD beyond[] = {index, index + 1, 1000, 0x80000000, ~0u}; \
    for (int i = 0; i < 5; i++) { \
        length = sizeof name; \
        FAILS(function(beyond[i], NULL, 0, &type, name, &length), ERROR_NO_MORE_ITEMS); \
        FAILS(function(beyond[i], NULL, 0, &type, NULL, &length), ERROR_NO_MORE_ITEMS); \
    } \
    index; \
})

/* A listed provider opens by its name and type, and tells both. */
static void opens(const char *name, DWORD type) {
    HCRYPTPROV made = 0;
    char found[300] = "";
    DWORD length = sizeof found, found_type = 0;
    ROW(MUST(CryptAcquireContextA(&made, NULL, name, type, CRYPT_VERIFYCONTEXT)), "%s", name);
    HOLDS(CryptGetProvParam(made, PP_NAME, (BYTE *)found, &length, 0));
    IS_TRUE(!strcmp(found, name) && length == strlen(name) + 1);
    length = sizeof found_type;
    HOLDS(CryptGetProvParam(made, PP_PROVTYPE, (BYTE *)&found_type, &length, 0));
    IS_TRUE(found_type == type);
    HOLDS(CryptReleaseContext(made, 0));
}

static void opens_wide(const WCHAR *name, DWORD type) {
    HCRYPTPROV made = 0;
    MUST(CryptAcquireContextW(&made, NULL, name, type, CRYPT_VERIFYCONTEXT));
    HOLDS(CryptReleaseContext(made, 0));
}

static DWORD providers, types;

static void CryptEnumProvidersA_section(void) {
    static const char *const names[] = {
        MS_DEF_PROV_A, MS_STRONG_PROV_A, MS_ENHANCED_PROV_A, MS_ENH_RSA_AES_PROV_A, MS_SCARD_PROV_A,
        "TokenCSP RSA and AES Provider", "TokenCSP RSA Provider"
    };
    DWORD found = 0;
    providers = ENUMERATE(CryptEnumProvidersA, char, {
        opens(name, type);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) found += !strcmp(names[i], name);
    });
    IS_TRUE(found == sizeof names / sizeof *names && providers >= found);
}

static void CryptEnumProvidersW_section(void) {
    IS_TRUE((ENUMERATE(CryptEnumProvidersW, WCHAR, opens_wide(name, type))) == providers);
}

static void CryptEnumProviderTypesA_section(void) {
    DWORD rsa = 0;
    types = ENUMERATE(CryptEnumProviderTypesA, char, {
        HCRYPTPROV made = 0;
        MUST(CryptAcquireContextA(&made, NULL, NULL, type, CRYPT_VERIFYCONTEXT));
        HOLDS(CryptReleaseContext(made, 0));
        rsa += type == PROV_RSA_FULL || type == PROV_RSA_AES;
    });
    IS_TRUE(rsa == 2 && types >= 2);
}

static void CryptEnumProviderTypesW_section(void) {
    IS_TRUE((ENUMERATE(CryptEnumProviderTypesW, WCHAR, {})) == types);
}

// MARK: The default provider

#define DEFAULT(function, unit, text) do { \
    unit name_[300]; \
    DWORD reserved_ = 0, length_ = 0; \
    const DWORD bad_flags_[] = {0, 3, 4, 8, 1000, ~0u}; \
    for (int i_ = 0; i_ < 6; i_++) FAILS(function(PROV_RSA_FULL, NULL, bad_flags_[i_], NULL, &length_), NTE_BAD_FLAGS); \
    for (DWORD flags = CRYPT_MACHINE_DEFAULT; flags <= CRYPT_USER_DEFAULT; flags++) { \
        FAILS(function(PROV_RSA_FULL, &reserved_, flags, NULL, &length_), ERROR_INVALID_PARAMETER); \
        FAILS(function(PROV_RSA_FULL, NULL, flags, NULL, NULL), ERROR_INVALID_PARAMETER); \
        FAILS(function(PROV_RSA_FULL, NULL, flags, name_, NULL), ERROR_INVALID_PARAMETER); \
        FAILS(function(0, NULL, flags, NULL, &length_), (DWORD)NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER); \
        FAILS(function(1000, NULL, flags, NULL, &length_), (DWORD)NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER); \
        FAILS(function(~0u, NULL, flags, NULL, &length_), (DWORD)NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER); \
        FAILS(function(999, NULL, flags, NULL, &length_), NTE_PROV_TYPE_NOT_DEF); \
        DWORD size_ = TWO_CALLS(sizeof name_, function(PROV_RSA_AES, NULL, flags, (unit *)data, &length)); \
        length_ = sizeof name_; \
        HOLDS(function(PROV_RSA_AES, NULL, flags, name_, &length_)); \
        IS_TRUE(length_ == size_ && !memcmp(name_, text("TokenCSP RSA and AES Provider"), length_)); \
    } \
} while (0)

static void CryptGetDefaultProviderA_section(void) { DEFAULT(CryptGetDefaultProviderA, char, A_); }
static void CryptGetDefaultProviderW_section(void) { DEFAULT(CryptGetDefaultProviderW, WCHAR, W_); }

static void is_default(const char *expected) {
    char name[300] = "";
    DWORD length = sizeof name;
    HOLDS(CryptGetDefaultProviderA(PROV_RSA_FULL, NULL, CRYPT_USER_DEFAULT, name, &length));
    check(__LINE__, expected, !strcmp(name, expected), name, GetLastError());
}

/* `set` is a call with `name` and `type`. */
#define SET_DEFAULT(text, set) do { \
    const void *name = text("Microsoft Strong Cryptographic Provider"); \
    DWORD type = PROV_RSA_FULL; \
    HOLDS(set); \
    is_default(MS_STRONG_PROV_A); \
    name = NULL; \
    FAILS(set, ERROR_INVALID_PARAMETER); \
    name = text("No such provider"); \
    FAILS(set, NTE_KEYSET_NOT_DEF); \
    name = text("Microsoft Enhanced RSA and AES Cryptographic Provider"); \
    FAILS(set, NTE_PROV_TYPE_NO_MATCH); \
    name = text("Microsoft Base Cryptographic Provider v1.0"); \
    type = 0; \
    FAILS(set, NTE_BAD_PROV_TYPE); \
    type = 1000; \
    FAILS(set, NTE_BAD_PROV_TYPE); \
    type = 999; \
    FAILS(set, NTE_PROV_TYPE_NO_MATCH); \
    is_default(MS_STRONG_PROV_A); \
    type = PROV_RSA_FULL; \
    HOLDS(set); \
    is_default(MS_DEF_PROV_A); \
} while (0)

static void CryptSetProviderA_section(void) { SET_DEFAULT(A_, CryptSetProviderA(name, type)); }
static void CryptSetProviderW_section(void) { SET_DEFAULT(W_, CryptSetProviderW(name, type)); }

#define SET_DEFAULT_EX(function, text) do { \
    DWORD reserved = 0; \
    const void *base = text("Microsoft Base Cryptographic Provider v1.0"); \
    SET_DEFAULT(text, function(name, type, NULL, CRYPT_USER_DEFAULT)); \
    FAILS(function(base, PROV_RSA_FULL, &reserved, CRYPT_USER_DEFAULT), ERROR_INVALID_PARAMETER); \
    const DWORD bad_flags[] = {0, 3, 4, 7, 8, 10, ~0u}; \
    for (int i = 0; i < 7; i++) ROW(FAILS(function(base, PROV_RSA_FULL, NULL, bad_flags[i]), NTE_BAD_FLAGS), "%x", bad_flags[i]); \
    is_default(MS_DEF_PROV_A); \
    HOLDS(function(base, PROV_RSA_FULL, NULL, CRYPT_USER_DEFAULT | CRYPT_DELETE_DEFAULT)); \
    is_default("TokenCSP RSA Provider"); \
    HOLDS(function(base, PROV_RSA_FULL, NULL, CRYPT_USER_DEFAULT | CRYPT_DELETE_DEFAULT)); \
} while (0)

static void CryptSetProviderExA_section(void) { SET_DEFAULT_EX(CryptSetProviderExA, A_); }
static void CryptSetProviderExW_section(void) { SET_DEFAULT_EX(CryptSetProviderExW, W_); }

// MARK: Random numbers

static void CryptGenRandom_section(void) {
    BYTE data[512], zeros[512] = {0};
    REFUSES(bad_provider, CryptGenRandom(bad, sizeof data, data));
    FAILS(CryptGenRandom(reader, 1, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptGenRandom(reader, ~0u, NULL), ERROR_INVALID_PARAMETER);
    HOLDS(CryptGenRandom(reader, 0, NULL));
    for (DWORD count = 0; count <= 64; count++) {
        memset(data, 0, sizeof data);
        HOLDS(CryptGenRandom(count % 2 ? reader : box, count, data));
        IS_TRUE(!memcmp(data + count, zeros, sizeof data - count));
        if (count >= 16) IS_TRUE(memcmp(data, zeros, count) != 0);
    }
    /* What stands in the buffer does not come back. */
    memset(data, 0, 32);
    HOLDS(CryptGenRandom(reader, 32, data));
    memcpy(zeros, data, 32);
    memset(data, 0, 32);
    HOLDS(CryptGenRandom(reader, 32, data));
    IS_TRUE(memcmp(data, zeros, 32) != 0);
}

// MARK: Parameters of a provider

static void CryptGetProvParam_section(void) {
    static const DWORD numbers[] = {
        PP_IMPTYPE, PP_VERSION, PP_PROVTYPE, PP_KEYSTORAGE, PP_KEYSET_TYPE, PP_SIG_KEYSIZE_INC, PP_KEYX_KEYSIZE_INC, PP_KEYSPEC
    };
    static const DWORD texts[] = {PP_NAME, PP_CONTAINER, PP_UNIQUE_CONTAINER};
    DWORD size = 0, number_ = 0, flags[] = {1, 2, 0x80000000, ~0u};
    char text[512];
    REFUSES(bad_provider, CryptGetProvParam(bad, PP_PROVTYPE, (BYTE *)&number_, &size, 0));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ROW(IS_TRUE(TWO_CALLS(4, CryptGetProvParam(box, numbers[i], data, &length, 0)) == 4), "parameter %u", numbers[i]);
        FAILS(CryptGetProvParam(box, numbers[i], (BYTE *)&number_, NULL, 0), ERROR_INVALID_PARAMETER);
        for (int j = 0; j < 4; j++) {
            size = 4;
            FAILS(CryptGetProvParam(box, numbers[i], (BYTE *)&number_, &size, flags[j]), NTE_BAD_FLAGS);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        DWORD needed = TWO_CALLS(sizeof text, CryptGetProvParam(box, texts[i], data, &length, 0));
        size = sizeof text;
        HOLDS(CryptGetProvParam(box, texts[i], (BYTE *)text, &size, 0));
        IS_TRUE(needed == strlen(text) + 1);
        IS_TRUE(strcmp(text, "parity") == (texts[i] == PP_CONTAINER ? 0 : strcmp(text, "parity")));
    }
    size = sizeof number_;
    HOLDS(CryptGetProvParam(box, PP_KEYSET_TYPE, (BYTE *)&number_, &size, 0));
    IS_TRUE(number_ == 0);
    HOLDS(CryptGetProvParam(box, PP_KEYSPEC, (BYTE *)&number_, &size, 0));
    IS_TRUE(number_ == (AT_KEYEXCHANGE | AT_SIGNATURE));
    HOLDS(CryptGetProvParam(box, PP_KEYSTORAGE, (BYTE *)&number_, &size, 0));
    IS_TRUE(number_ & CRYPT_SEC_DESCR);
    HOLDS(CryptGetProvParam(box, PP_SIG_KEYSIZE_INC, (BYTE *)&number_, &size, 0));
    IS_TRUE(number_ == 8);
    FAILS(CryptGetProvParam(box, 0, (BYTE *)&number_, &size, 0), NTE_BAD_TYPE);
    FAILS(CryptGetProvParam(box, 0xFFFF, (BYTE *)&number_, &size, 0), NTE_BAD_TYPE);
    FAILS(CryptGetProvParam(box, ~0u, NULL, &size, 0), NTE_BAD_TYPE);

    /* PP_ENUMCONTAINERS: the size is that of the longest name, and a fitting call leaves the length alone. */
    size = 0;
    HOLDS(CryptGetProvParam(reader, PP_ENUMCONTAINERS, NULL, &size, CRYPT_FIRST));
    IS_TRUE(size == 261);
    size = 3;
    FAILS(CryptGetProvParam(reader, PP_ENUMCONTAINERS, (BYTE *)text, &size, CRYPT_FIRST), ERROR_MORE_DATA);
    IS_TRUE(size == 261);
    DWORD seen = 0, count = 0;
    for (DWORD flag = CRYPT_FIRST;; flag = count % 2 ? CRYPT_NEXT : 0, count++) {
        size = 261;
        SetLastError(PRESET);
        if (!CryptGetProvParam(reader, PP_ENUMCONTAINERS, (BYTE *)text, &size, flag) || count > 100) break;
        IS_TRUE(size == 261 && GetLastError() == PRESET);
        seen += !strcmp(text, "parity");
    }
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS && seen == 1);
    FAILS(CryptGetProvParam(reader, PP_ENUMCONTAINERS, (BYTE *)text, &size, CRYPT_NEXT), ERROR_NO_MORE_ITEMS);
    FAILS(CryptGetProvParam(reader, PP_ENUMCONTAINERS, (BYTE *)text, &size, 0x10), NTE_BAD_FLAGS);
    FAILS(CryptGetProvParam(reader, PP_ENUMCONTAINERS, (BYTE *)text, NULL, CRYPT_FIRST), ERROR_INVALID_PARAMETER);
}

static void CryptSetProvParam_section(void) {
    const BYTE zero[16] = {0};
    HCRYPTPROV made = 0;
    REFUSES(bad_provider, CryptSetProvParam(bad, PP_KEYEXCHANGE_PIN, (const BYTE *)"1234", 0));
    REFUSES_BUT_0(bad_provider, CryptSetProvParam(bad, PP_CLIENT_HWND, zero, 0));
    HOLDS(CryptSetProvParam(0, PP_CLIENT_HWND, zero, 0));
    HOLDS(CryptSetProvParam(reader, PP_CLIENT_HWND, zero, 0));
    FAILS(CryptSetProvParam(reader, 0, zero, 0), NTE_BAD_TYPE);
    FAILS(CryptSetProvParam(reader, 0xFFFF, zero, 0), NTE_BAD_TYPE);
    FAILS(CryptSetProvParam(reader, ~0u, NULL, 0), NTE_BAD_TYPE);
    FAILS(CryptSetProvParam(reader, PP_SIGNATURE_PIN, (const BYTE *)"1234", ~0u), NTE_BAD_FLAGS);
    /* What can be read alone. */
    static const DWORD read_only[] = {PP_NAME, PP_CONTAINER, PP_ENUMCONTAINERS, PP_VERSION, PP_PROVTYPE, PP_KEYSPEC};
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++)
        FAILS(CryptSetProvParam(reader, read_only[i], zero, 0), NTE_BAD_TYPE);
    /* A PIN is taken, and taken back. */
    MUST(CryptAcquireContextA(&made, "parity", NULL, PROV_RSA_AES, 0));
    HOLDS(CryptSetProvParam(made, PP_SIGNATURE_PIN, NULL, 0));
    HOLDS(CryptSetProvParam(made, PP_KEYEXCHANGE_PIN, NULL, 0));
    IS_TRUE(user_key_bits(made, AT_SIGNATURE) == 1024);
    HOLDS(CryptReleaseContext(made, 0));
}

static const struct section sections[] = {
    SECTION(CryptAcquireContextA), SECTION(CryptAcquireContextW), SECTION(CryptReleaseContext),
    SECTION(CryptContextAddRef), SECTION(CryptEnumProvidersA), SECTION(CryptEnumProvidersW),
    SECTION(CryptEnumProviderTypesA), SECTION(CryptEnumProviderTypesW), SECTION(CryptGetDefaultProviderA),
    SECTION(CryptGetDefaultProviderW), SECTION(CryptSetProviderA), SECTION(CryptSetProviderW),
    SECTION(CryptSetProviderExA), SECTION(CryptSetProviderExW), SECTION(CryptGenRandom), SECTION(CryptGetProvParam),
    SECTION(CryptSetProvParam),
};

int main(int arguments, char **argument) {
    return parity("parity-providers", sections, sizeof sections / sizeof *sections, arguments, argument);
}
