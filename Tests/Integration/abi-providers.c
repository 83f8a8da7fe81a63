/* What each provider has (PP_ENUMALGS, PP_ENUMALGS_EX), and the default provider of a type. See abi-providers.sh. */
#include "abi-session.h"

#define AES_PROVIDER MS_ENH_RSA_AES_PROV_A
#define STANDARD_AES "TokenCSP RSA and AES Provider"
#define STANDARD_RSA "TokenCSP RSA Provider"
#define WIDE(text) u"" text

// MARK: Algorithms

struct expected { ALG_ID algorithm; DWORD standard, least, most; };

/* Lengths in bits, without parity; those of RSA are not all Windows'. */
#define SIGNING {CALG_RSA_SIGN, 2048, 384, 16384}, {CALG_RSA_KEYX, 2048, 384, 16384}
#define OLD_HASHES {CALG_SHA1, 160, 160, 160}, {CALG_MD2, 128, 128, 128}, {CALG_MD4, 128, 128, 128}, \
    {CALG_MD5, 128, 128, 128}, {CALG_SSL3_SHAMD5, 288, 288, 288}, {CALG_MAC, 0, 0, 0}, {CALG_HMAC, 0, 0, 0}
#define STRONG_CIPHERS {CALG_RC2, 128, 40, 128}, {CALG_RC4, 128, 40, 128}, {CALG_DES, 56, 56, 56}, \
    {CALG_3DES_112, 112, 112, 112}, {CALG_3DES, 168, 168, 168}

static const struct expected base_has[] = {
    SIGNING, OLD_HASHES, {CALG_RC2, 40, 40, 56}, {CALG_RC4, 40, 40, 56}, {CALG_DES, 56, 56, 56},
};
static const struct expected strong_has[] = {SIGNING, OLD_HASHES, STRONG_CIPHERS};
static const struct expected aes_has[] = {
    SIGNING, OLD_HASHES, STRONG_CIPHERS, {CALG_AES_128, 128, 128, 128}, {CALG_AES_192, 192, 192, 192},
    {CALG_AES_256, 256, 256, 256}, {CALG_SHA_256, 256, 256, 256}, {CALG_SHA_384, 384, 384, 384},
    {CALG_SHA_512, 512, 512, 512},
};

static const struct expected *find(const struct expected *list, size_t count, ALG_ID algorithm) {
    for (size_t i = 0; i < count; i++) if (list[i].algorithm == algorithm) return list + i;
    return NULL;
}

/* Each algorithm once, in both lists, in the same order, with CRYPT_NEXT and with 0. */
static void algorithms(const char *name, DWORD type, const struct expected *list, size_t count) {
    HCRYPTPROV context = provider(name, type);
    PROV_ENUMALGS plain;
    PROV_ENUMALGS_EX extended;
    DWORD length = 0, seen = 0;
    HOLDS(CryptGetProvParam(context, PP_ENUMALGS, NULL, &length, CRYPT_FIRST));
    IS_TRUE(length == sizeof plain && length == 32);
    length = 0;
    HOLDS(CryptGetProvParam(context, PP_ENUMALGS_EX, NULL, &length, CRYPT_FIRST));
    IS_TRUE(length == sizeof extended && length == 88);
    length = sizeof plain - 1;
    FAILS(CryptGetProvParam(context, PP_ENUMALGS, (BYTE *)&plain, &length, CRYPT_FIRST), ERROR_MORE_DATA);
    for (DWORD flags = CRYPT_FIRST;; flags = seen % 2 ? CRYPT_NEXT : 0) {
        DWORD extended_length = sizeof extended;
        length = sizeof plain;
        BOOL more = CryptGetProvParam(context, PP_ENUMALGS, (BYTE *)&plain, &length, flags);
        if (!more) IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
        BOOL both = CryptGetProvParam(context, PP_ENUMALGS_EX, (BYTE *)&extended, &extended_length, flags);
        if (!both) IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
        IS_TRUE(more == both);
        if (!more || !both || seen == 100) break;
        const struct expected *entry = find(list, count, plain.aiAlgid);
        ROW(IS_TRUE(entry != NULL), "algorithm %x", plain.aiAlgid);
        IS_TRUE(extended.aiAlgid == plain.aiAlgid && extended.dwDefaultLen == plain.dwBitLen);
        if (entry) {
            ROW(IS_TRUE(extended.dwDefaultLen == entry->standard && extended.dwMinLen == entry->least
                    && extended.dwMaxLen == entry->most),
                "algorithm %x: %u, %u to %u", plain.aiAlgid, plain.dwBitLen, extended.dwMinLen, extended.dwMaxLen);
        }
        IS_TRUE(plain.dwNameLen == strlen(plain.szName) + 1 && plain.dwNameLen > 1);
        IS_TRUE(extended.dwNameLen == plain.dwNameLen && !strcmp(extended.szName, plain.szName));
        IS_TRUE(extended.dwLongNameLen == strlen(extended.szLongName) + 1 && extended.dwLongNameLen > 1);
        seen++;
    }
    IS_TRUE(seen == count);
    FAILS(CryptGetProvParam(context, PP_ENUMALGS, (BYTE *)&plain, &length, 8), NTE_BAD_FLAGS);
    // What is listed is there: ciphers make keys, of the default length too.
    for (size_t i = 0; i < count; i++) {
        if (GET_ALG_CLASS(list[i].algorithm) != ALG_CLASS_DATA_ENCRYPT) continue;
        HCRYPTKEY key = 0;
        HOLDS(CryptGenKey(context, list[i].algorithm, 0, &key));
        // KP_KEYLEN of DES and 3DES counts the parity.
        DWORD parity = list[i].standard % 56 == 0 ? list[i].standard / 7 : 0;
        IS_TRUE(number(key, KP_KEYLEN) == list[i].standard + parity);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptGenKey(context, list[i].algorithm, list[i].most << 16, &key));
        HOLDS(CryptDestroyKey(key));
    }
    HOLDS(CryptReleaseContext(context, 0));
}

// MARK: The default provider

static const char *default_name(DWORD type, DWORD flags) {
    static char names[4][128];
    static int turn;
    char *name = names[turn++ % 4];
    DWORD length = 0, size = 128;
    HOLDS(CryptGetDefaultProviderA(type, NULL, flags, NULL, &length));
    size = length - 1;
    FAILS(CryptGetDefaultProviderA(type, NULL, flags, name, &size), ERROR_MORE_DATA);
    IS_TRUE(size == length);
    HOLDS(CryptGetDefaultProviderA(type, NULL, flags, name, &size));
    IS_TRUE(size == strlen(name) + 1);
    WCHAR wide[128];
    size = sizeof wide;
    HOLDS(CryptGetDefaultProviderW(type, NULL, flags, wide, &size));
    IS_TRUE(size == 2 * length && (char)wide[0] == name[0] && wide[length - 1] == 0);
    return name;
}

#define IS_DEFAULT(type, flags, name) do { \
    const char *default_ = default_name(type, flags); \
    check(__LINE__, "default of " #type, !strcmp(default_, name), default_, GetLastError()); \
} while (0)

/* What CryptAcquireContext takes where no provider is named. */
static void opens(DWORD type, const char *name) {
    char found[128] = "";
    DWORD length = sizeof found;
    HCRYPTPROV context = provider(NULL, type);
    HOLDS(CryptGetProvParam(context, PP_NAME, (BYTE *)found, &length, 0));
    check(__LINE__, name, !strcmp(found, name), found, 0);
    HOLDS(CryptReleaseContext(context, 0));
}

static void default_providers(void) {
    const WCHAR aes[] = WIDE("Microsoft Enhanced RSA and AES Cryptographic Provider");
    const DWORD user = CRYPT_USER_DEFAULT;
    DWORD length = 0, reserved = 0;
    FAILS(CryptGetDefaultProviderA(PROV_RSA_FULL, NULL, 0, NULL, &length), NTE_BAD_FLAGS);
    FAILS(CryptGetDefaultProviderA(PROV_RSA_FULL, NULL, 8, NULL, &length), NTE_BAD_FLAGS);
    FAILS(CryptGetDefaultProviderA(PROV_RSA_FULL, &reserved, user, NULL, &length), ERROR_INVALID_PARAMETER);
    FAILS(CryptGetDefaultProviderA(PROV_RSA_FULL, NULL, CRYPT_USER_DEFAULT, NULL, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptGetDefaultProviderA(0, NULL, user, NULL, &length), NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER);
    FAILS(CryptGetDefaultProviderA(1000, NULL, CRYPT_MACHINE_DEFAULT, NULL, &length), NTE_BAD_PROV_TYPE);
    FAILS(CryptGetDefaultProviderA(999, NULL, CRYPT_USER_DEFAULT, NULL, &length), NTE_PROV_TYPE_NOT_DEF);
    IS_DEFAULT(PROV_RSA_FULL, CRYPT_USER_DEFAULT, STANDARD_RSA);
    IS_DEFAULT(PROV_RSA_AES, CRYPT_USER_DEFAULT, STANDARD_AES);
    opens(PROV_RSA_FULL, STANDARD_RSA);

    // Each form sets the user's, and leaves the machine's and other types alone.
    HOLDS(CryptSetProviderA(BASE, PROV_RSA_FULL));
    IS_DEFAULT(PROV_RSA_FULL, CRYPT_USER_DEFAULT, BASE);
    IS_DEFAULT(PROV_RSA_FULL, CRYPT_MACHINE_DEFAULT, STANDARD_RSA);
    IS_DEFAULT(PROV_RSA_AES, CRYPT_USER_DEFAULT, STANDARD_AES);
    opens(PROV_RSA_FULL, BASE);
    HOLDS(CryptSetProviderW(aes, PROV_RSA_AES));
    IS_DEFAULT(PROV_RSA_AES, CRYPT_USER_DEFAULT, AES_PROVIDER);
    opens(PROV_RSA_AES, AES_PROVIDER);
    HOLDS(CryptSetProviderExA(ENHANCED, PROV_RSA_FULL, NULL, CRYPT_USER_DEFAULT));
    IS_DEFAULT(PROV_RSA_FULL, CRYPT_USER_DEFAULT, ENHANCED);
    opens(PROV_RSA_FULL, ENHANCED);

    // What is refused changes nothing.
    FAILS(CryptSetProviderA("No such provider", PROV_RSA_FULL), NTE_KEYSET_NOT_DEF);
    FAILS(CryptSetProviderA(BASE, PROV_RSA_AES), NTE_PROV_TYPE_NO_MATCH);
    FAILS(CryptSetProviderA(NULL, PROV_RSA_FULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetProviderW(NULL, PROV_RSA_FULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetProviderA(BASE, 0), NTE_BAD_PROV_TYPE);
    FAILS(CryptSetProviderA(BASE, 1000), NTE_BAD_PROV_TYPE);
    FAILS(CryptSetProviderExA(BASE, PROV_RSA_FULL, &reserved, CRYPT_USER_DEFAULT), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetProviderExA(BASE, PROV_RSA_FULL, NULL, 0), NTE_BAD_FLAGS);
    FAILS(CryptSetProviderExA(BASE, PROV_RSA_FULL, NULL, CRYPT_DELETE_DEFAULT), NTE_BAD_FLAGS);
    FAILS(CryptSetProviderExA(BASE, PROV_RSA_FULL, NULL, CRYPT_MACHINE_DEFAULT | CRYPT_USER_DEFAULT), NTE_BAD_FLAGS);
    FAILS(CryptSetProviderExA(BASE, PROV_RSA_FULL, NULL, 8 | CRYPT_USER_DEFAULT), NTE_BAD_FLAGS);
    IS_DEFAULT(PROV_RSA_FULL, CRYPT_USER_DEFAULT, ENHANCED);
    IS_DEFAULT(PROV_RSA_AES, CRYPT_USER_DEFAULT, AES_PROVIDER);

    HOLDS(CryptSetProviderExA(ENHANCED, PROV_RSA_FULL, NULL, CRYPT_USER_DEFAULT | CRYPT_DELETE_DEFAULT));
    IS_DEFAULT(PROV_RSA_FULL, CRYPT_USER_DEFAULT, STANDARD_RSA);
    opens(PROV_RSA_FULL, STANDARD_RSA);
    IS_DEFAULT(PROV_RSA_AES, CRYPT_USER_DEFAULT, AES_PROVIDER);
    HOLDS(CryptSetProviderExW(aes, PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT | CRYPT_DELETE_DEFAULT));
    IS_DEFAULT(PROV_RSA_AES, CRYPT_USER_DEFAULT, STANDARD_AES);
    // Deleting what is not there is no failure.
    HOLDS(CryptSetProviderExW(aes, PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT | CRYPT_DELETE_DEFAULT));
}

int main(int argc, char **argv) {
    // "set" leaves a default behind, "see" finds what another run, or a hand, has left.
    if (argc > 2 && !strcmp(argv[1], "set")) {
        HOLDS(CryptSetProviderA(argv[2], PROV_RSA_FULL));
    } else if (argc > 2 && !strcmp(argv[1], "see")) {
        IS_DEFAULT(PROV_RSA_FULL, CRYPT_USER_DEFAULT, argv[2]);
        opens(PROV_RSA_FULL, argv[2]);
    } else if (argc > 1 && !strcmp(argv[1], "refused")) {
        FAILS(CryptSetProviderA(BASE, PROV_RSA_FULL), (DWORD)NTE_PERM);
    } else {
        ROW(algorithms(BASE, PROV_RSA_FULL, base_has, sizeof base_has / sizeof *base_has), BASE);
        ROW(algorithms(STRONG, PROV_RSA_FULL, strong_has, sizeof strong_has / sizeof *strong_has), STRONG);
        ROW(algorithms(ENHANCED, PROV_RSA_FULL, strong_has, sizeof strong_has / sizeof *strong_has), ENHANCED);
        ROW(algorithms(AES_PROVIDER, PROV_RSA_AES, aes_has, sizeof aes_has / sizeof *aes_has), AES_PROVIDER);
        default_providers();
    }
    return verdict("abi-providers");
}
