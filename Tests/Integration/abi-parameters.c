/* Every PP_ parameter: its value, the size query, a short buffer, flags, stale handles. See abi-parameters.sh. */
#include "abi-check.h"

#include <stddef.h>

#define CONTAINER "parameters"
#define PROVIDER MS_SCARD_PROV_A
#define BAD_TYPE (DWORD)NTE_BAD_TYPE
#define BAD_FLAGS (DWORD)NTE_BAD_FLAGS
#define INVALID ERROR_INVALID_PARAMETER

static HCRYPTPROV context;   // of a container
static HCRYPTPROV bare;      // without one
static HCRYPTPROV released;

// MARK: Reading

/* What holds for each value: returns its size, the value in `value`. */
static DWORD read_value(DWORD parameter, BYTE *value, DWORD room) {
    DWORD size = 0, length;
    HOLDS(CryptGetProvParam(context, parameter, NULL, &size, 0));
    if (size == 0 || size > room) { printf("parameter %u has %u bytes\n", parameter, size); failures++; return 0; }
    memset(value, 0xEE, room);
    for (DWORD missing = 1; missing <= size; missing += size > 1 ? size - 1 : 1) {
        length = size - missing;
        FAILS(CryptGetProvParam(context, parameter, value, &length, 0), ERROR_MORE_DATA);
        IS_TRUE(length == size && value[0] == 0xEE);
    }
    length = 0xFFFFFFFF;
    HOLDS(CryptGetProvParam(context, parameter, NULL, &length, 0));
    IS_TRUE(length == size);
    length = 0xFFFFFFFF;
    HOLDS(CryptGetProvParam(context, parameter, value, &length, 0));
    IS_TRUE(length == size);
    length = size;
    memset(value, 0xEE, room);
    HOLDS(CryptGetProvParam(context, parameter, value, &length, 0));
    IS_TRUE(length == size && (size == room || value[size] == 0xEE));
    FAILS(CryptGetProvParam(context, parameter, value, NULL, 0), INVALID);
    FAILS(CryptGetProvParam(context, parameter, value, &length, 0x40000000), BAD_FLAGS);
    FAILS(CryptGetProvParam(released, parameter, value, &length, 0), INVALID);
    FAILS(CryptGetProvParam(0, parameter, value, &length, 0), INVALID);
    return size;
}

static void is_number(DWORD parameter, DWORD expected) {
    BYTE value[64];
    DWORD number;
    IS_TRUE(read_value(parameter, value, sizeof value) == sizeof number);
    memcpy(&number, value, sizeof number);
    if (number != expected) printf("parameter %u is %u\n", parameter, number);
    IS_TRUE(number == expected);
}

/* NULL for any text. */
static void is_text(DWORD parameter, const char *expected) {
    char value[512];
    DWORD size = read_value(parameter, (BYTE *)value, sizeof value);
    IS_TRUE(size > 1 && strlen(value) + 1 == size);
    if (expected) check(__LINE__, expected, !strcmp(value, expected), value, 0);
}

static void values(void) {
    BYTE value[64];
    DWORD length = sizeof value;
    is_number(PP_IMPTYPE, CRYPT_IMPL_SOFTWARE);
    is_text(PP_NAME, PROVIDER);
    is_number(PP_VERSION, 0x200);
    is_text(PP_CONTAINER, CONTAINER);
    is_number(PP_PROVTYPE, PROV_RSA_FULL);
    is_number(PP_KEYSTORAGE, CRYPT_SEC_DESCR);
    is_number(PP_SYM_KEYSIZE, 128);
    is_number(PP_SESSION_KEYSIZE, 128);
    is_number(PP_KEYSET_TYPE, 0);
    is_number(PP_SIG_KEYSIZE_INC, 8);
    is_number(PP_KEYX_KEYSIZE_INC, 8);
    is_text(PP_UNIQUE_CONTAINER, NULL);
    is_number(PP_KEYSPEC, AT_SIGNATURE | AT_KEYEXCHANGE);
    is_text(PP_SMARTCARD_READER, NULL);
    IS_TRUE(read_value(PP_SMARTCARD_GUID, value, sizeof value) == sizeof(GUID));

    SECURITY_DESCRIPTOR_RELATIVE descriptor;
    IS_TRUE(sizeof descriptor == 20 && offsetof(SECURITY_DESCRIPTOR_RELATIVE, Owner) == 4);
    IS_TRUE(read_value(PP_KEYSET_SEC_DESCR, value, sizeof value) == sizeof descriptor);
    const DWORD all = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION
        | SACL_SECURITY_INFORMATION;
    HOLDS(CryptGetProvParam(context, PP_KEYSET_SEC_DESCR, (BYTE *)&descriptor, &length, all));
    IS_TRUE(descriptor.Revision == SECURITY_DESCRIPTOR_REVISION && descriptor.Control == SE_SELF_RELATIVE);
    IS_TRUE(!descriptor.Owner && !descriptor.Group && !descriptor.Sacl && !descriptor.Dacl);
    FAILS(CryptGetProvParam(context, PP_KEYSET_SEC_DESCR, (BYTE *)&descriptor, &length, all + 1), BAD_FLAGS);

    // It answers by its success, with NULL.
    length = sizeof value;
    HOLDS(CryptGetProvParam(context, PP_USE_HARDWARE_RNG, NULL, &length, 0));
    IS_TRUE(length == 0);
    FAILS(CryptGetProvParam(context, PP_USE_HARDWARE_RNG, value, &length, 0), INVALID);
    FAILS(CryptGetProvParam(context, PP_USE_HARDWARE_RNG, NULL, NULL, 0), INVALID);
    FAILS(CryptGetProvParam(context, PP_USE_HARDWARE_RNG, NULL, &length, 1), BAD_FLAGS);
    FAILS(CryptGetProvParam(released, PP_USE_HARDWARE_RNG, NULL, &length, 0), INVALID);

    // Without a container there is no name of one.
    const DWORD of_containers[] = {PP_CONTAINER, PP_UNIQUE_CONTAINER, PP_KEYSET_SEC_DESCR};
    for (int i = 0; i < 3; i++) FAILS(CryptGetProvParam(bare, of_containers[i], value, &length, 0), (DWORD)NTE_NO_KEY);

    const DWORD untold[] = {
        PP_CHANGE_PASSWORD, PP_CERTCHAIN, PP_KEY_TYPE_SUBTYPE, PP_CONTEXT_INFO, PP_KEYEXCHANGE_KEYSIZE,
        PP_SIGNATURE_KEYSIZE, PP_KEYEXCHANGE_ALG, PP_SIGNATURE_ALG, PP_APPLI_CERT, PP_UI_PROMPT, PP_DELETEKEY,
        PP_ENUMMANDROOTS, PP_ENUMELECTROOTS, PP_ADMIN_PIN, PP_KEYEXCHANGE_PIN, PP_SIGNATURE_PIN, PP_SGC_INFO,
        PP_ENUMEX_SIGNING_PROT, PP_CRYPT_COUNT_KEY_USE, PP_USER_CERTSTORE, PP_PIN_PROMPT_STRING, PP_ROOT_CERTSTORE,
        PP_SMARTCARD_READER_ICON, PP_SECURE_SIGNATURE_PIN, PP_DISMISS_PIN_UI_SEC, 0, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof untold / sizeof *untold; i++) {
        length = sizeof value;
        FAILS(CryptGetProvParam(context, untold[i], NULL, &length, 0), BAD_TYPE);
        FAILS(CryptGetProvParam(context, untold[i], value, &length, 0), BAD_TYPE);
        FAILS(CryptGetProvParam(released, untold[i], value, &length, 0), INVALID);
    }
}

// MARK: Enumerating containers

static void containers(void) {
    char name[MAX_PATH + 2];
    DWORD length = 0;
    HOLDS(CryptGetProvParam(bare, PP_ENUMCONTAINERS, NULL, &length, CRYPT_FIRST));
    IS_TRUE(length == MAX_PATH + 1);
    length = 3;
    FAILS(CryptGetProvParam(bare, PP_ENUMCONTAINERS, (BYTE *)name, &length, CRYPT_FIRST), ERROR_MORE_DATA);
    IS_TRUE(length == MAX_PATH + 1);
    // 0 goes on as CRYPT_NEXT does, and CRYPT_FIRST begins again.
    for (DWORD next = 0; next <= CRYPT_NEXT; next += CRYPT_NEXT) {
        length = sizeof name;
        HOLDS(CryptGetProvParam(bare, PP_ENUMCONTAINERS, (BYTE *)name, &length, CRYPT_FIRST));
        IS_TRUE(length == sizeof name && !strcmp(name, CONTAINER));
        FAILS(CryptGetProvParam(bare, PP_ENUMCONTAINERS, (BYTE *)name, &length, next), ERROR_NO_MORE_ITEMS);
    }
    FAILS(CryptGetProvParam(bare, PP_ENUMCONTAINERS, (BYTE *)name, &length, CRYPT_SGC_ENUM), BAD_FLAGS);
    FAILS(CryptGetProvParam(bare, PP_ENUMCONTAINERS, (BYTE *)name, NULL, CRYPT_FIRST), INVALID);
    FAILS(CryptGetProvParam(released, PP_ENUMCONTAINERS, (BYTE *)name, &length, CRYPT_FIRST), INVALID);
}

// MARK: Setting

/* Taken with that value, but not with flags, nor by a dead context. */
static void is_taken(DWORD parameter, const void *value) {
    HOLDS(CryptSetProvParam(bare, parameter, value, 0));
    FAILS(CryptSetProvParam(bare, parameter, value, 0x40000000), BAD_FLAGS);
    FAILS(CryptSetProvParam(released, parameter, value, 0), INVALID);
    if (parameter != PP_CLIENT_HWND) FAILS(CryptSetProvParam(0, parameter, value, 0), INVALID);
}

static void setting(void) {
    void *window = NULL;
    const DWORD seconds = 30;
    const WCHAR lone[] = {'a', 0xDC00, 0};
    static BYTE endless[4096];
    memset(endless, 'a', sizeof endless);
    is_taken(PP_CLIENT_HWND, &window);
    HOLDS(CryptSetProvParam(0, PP_CLIENT_HWND, (const BYTE *)&window, 0));
    FAILS(CryptSetProvParam(0, PP_CLIENT_HWND, (const BYTE *)&window, 1), BAD_FLAGS);
    is_taken(PP_PIN_PROMPT_STRING, u"The PIN, please");
    is_taken(PP_UI_PROMPT, u"The card, please");
    is_taken(PP_DISMISS_PIN_UI_SEC, &seconds);
    is_taken(PP_KEYEXCHANGE_PIN, "1234");
    is_taken(PP_SIGNATURE_PIN, "1234");
    is_taken(PP_ADMIN_PIN, "12345678");
    is_taken(PP_DELETEKEY, NULL);
    is_taken(PP_USE_HARDWARE_RNG, NULL);
    const DWORD forgotten[] = {
        PP_PIN_PROMPT_STRING, PP_UI_PROMPT, PP_KEYEXCHANGE_PIN, PP_SIGNATURE_PIN, PP_ADMIN_PIN};
    for (int i = 0; i < 5; i++) {
        is_taken(forgotten[i], NULL);
        FAILS(CryptSetProvParam(bare, forgotten[i], endless, 0), BAD_FLAGS);
        FAILS(CryptSetProvParam(bare, forgotten[i], (const BYTE *)(i < 2 ? (const void *)lone : ""), 0), BAD_FLAGS);
    }
    FAILS(CryptSetProvParam(bare, PP_DISMISS_PIN_UI_SEC, NULL, 0), INVALID);
    FAILS(CryptSetProvParam(bare, PP_USE_HARDWARE_RNG, (const BYTE *)&seconds, 0), INVALID);

    // A security descriptor is refused, for nothing would hold to it.
    const SECURITY_DESCRIPTOR_RELATIVE empty = {SECURITY_DESCRIPTOR_REVISION, 0, SE_SELF_RELATIVE, 0, 0, 0, 0};
    const DWORD access = DACL_SECURITY_INFORMATION;
    FAILS(CryptSetProvParam(context, PP_KEYSET_SEC_DESCR, (const BYTE *)&empty, access), ERROR_NOT_SUPPORTED);
    FAILS(CryptSetProvParam(context, PP_KEYSET_SEC_DESCR, (const BYTE *)&empty, 0x10), BAD_FLAGS);
    FAILS(CryptSetProvParam(context, PP_KEYSET_SEC_DESCR, NULL, access), INVALID);
    FAILS(CryptSetProvParam(released, PP_KEYSET_SEC_DESCR, (const BYTE *)&empty, access), INVALID);

    const DWORD unsettable[] = {
        PP_ENUMCONTAINERS, PP_IMPTYPE, PP_NAME, PP_VERSION, PP_CONTAINER, PP_CONTEXT_INFO, PP_KEYEXCHANGE_KEYSIZE,
        PP_SIGNATURE_KEYSIZE, PP_KEYEXCHANGE_ALG, PP_SIGNATURE_ALG, PP_PROVTYPE, PP_KEYSPEC, PP_ENUMEX_SIGNING_PROT,
        PP_USER_CERTSTORE, PP_SMARTCARD_READER, PP_SMARTCARD_GUID, PP_ROOT_CERTSTORE, PP_SECURE_KEYEXCHANGE_PIN,
        PP_SECURE_SIGNATURE_PIN, 0, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof unsettable / sizeof *unsettable; i++) {
        FAILS(CryptSetProvParam(context, unsettable[i], (const BYTE *)"", 0), BAD_TYPE);
        FAILS(CryptSetProvParam(context, unsettable[i], NULL, 0), BAD_TYPE);
        FAILS(CryptSetProvParam(released, unsettable[i], NULL, 0), INVALID);
    }
}

/* PP_DELETEKEY is for keys without a container. */
static void deleting(void) {
    HCRYPTKEY key = 0, again = 0;
    MUST(CryptGenKey(bare, AT_SIGNATURE, 1024u << 16, &key));
    HOLDS(CryptGetUserKey(bare, AT_SIGNATURE, &again));
    HOLDS(CryptDestroyKey(again));
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptSetProvParam(bare, PP_DELETEKEY, NULL, 0));
    FAILS(CryptGetUserKey(bare, AT_SIGNATURE, &again), (DWORD)NTE_NO_KEY);
    MUST(CryptGenKey(context, AT_SIGNATURE, 1024u << 16, &key));
    HOLDS(CryptDestroyKey(key));
    FAILS(CryptSetProvParam(context, PP_DELETEKEY, NULL, 0), (DWORD)NTE_PERM);
    HOLDS(CryptGetUserKey(context, AT_SIGNATURE, &again));
}

int main(void) {
    MUST(CryptAcquireContextA(&context, CONTAINER, PROVIDER, PROV_RSA_FULL, CRYPT_NEWKEYSET));
    MUST(CryptAcquireContextA(&bare, NULL, PROVIDER, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    MUST(CryptAcquireContextA(&released, NULL, PROVIDER, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    HOLDS(CryptReleaseContext(released, 0));
    values();
    containers();
    setting();
    deleting();
    HOLDS(CryptReleaseContext(bare, 0));
    HOLDS(CryptReleaseContext(context, 0));
    MUST(CryptAcquireContextA(&context, CONTAINER, PROVIDER, PROV_RSA_FULL, CRYPT_DELETEKEYSET));
    return verdict("abi-parameters");
}
