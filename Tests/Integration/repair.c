/* Repair touches nobody's living key: after a logout by another library of the process, and after somebody deleted the
 * public half of a pair. */
#include <p11-kit/p11-kit.h>

#include "abi-check.h"


static HCRYPTPROV acquired(DWORD flags) {
    HCRYPTPROV provider = 0;
    IS_TRUE(CryptAcquireContextA(&provider, "alice", NULL, PROV_RSA_AES, flags));
    return provider;
}

static void signs(HCRYPTPROV provider, DWORD spec) {
    HCRYPTHASH hash = 0;
    HCRYPTKEY key = 0;
    BYTE signature[512];
    DWORD length = sizeof signature;
    HOLDS(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    HOLDS(CryptHashData(hash, (const BYTE *)"data", 4, 0));
    HOLDS(CryptSignHashA(hash, spec, NULL, 0, signature, &length));
    HOLDS(CryptGetUserKey(provider, spec, &key));
    HOLDS(CryptVerifySignatureA(hash, signature, length, key, NULL, 0));
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyHash(hash));
}

/* What any other user of p11-kit in the process may do. */
static void foreign_logout(const char *path) {
    CK_FUNCTION_LIST *module = p11_kit_module_load(path, 0);
    IS_TRUE(module != NULL);
    if (module == NULL) return;
    IS_TRUE(p11_kit_module_initialize(module) == CKR_OK);
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;
    IS_TRUE(module->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_SESSION_HANDLE session = 0;
        if (module->C_OpenSession(slots[i], CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK) continue;
        CK_SESSION_INFO info;
        IS_TRUE(module->C_GetSessionInfo(session, &info) == CKR_OK);
        module->C_Logout(session);
        module->C_CloseSession(session);
    }
}

int main(int count, char **arguments) {
    const char *part = count > 1 ? arguments[1] : "";
    if (strcmp(part, "logout") == 0) {
        HCRYPTKEY key = 0;
        HCRYPTPROV provider = acquired(CRYPT_NEWKEYSET);
        HOLDS(CryptGenKey(provider, AT_SIGNATURE, 1024u << 16, &key));
        HOLDS(CryptDestroyKey(key));
        signs(provider, AT_SIGNATURE);
        foreign_logout(arguments[2]);
        signs(provider, AT_SIGNATURE); /* logs in again */
        foreign_logout(arguments[2]);
        HCRYPTPROV second = acquired(0);
        HOLDS(CryptGenKey(second, AT_KEYEXCHANGE, 1024u << 16, &key));
        HOLDS(CryptDestroyKey(key));
        foreign_logout(arguments[2]);
        HCRYPTPROV third = acquired(0);
        signs(third, AT_SIGNATURE);
        signs(third, AT_KEYEXCHANGE);
        signs(provider, AT_SIGNATURE);
        HOLDS(CryptReleaseContext(third, 0));
        HOLDS(CryptReleaseContext(second, 0));
        HOLDS(CryptReleaseContext(provider, 0));
    } else if (strcmp(part, "half") == 0) {
        /* The public half of the signature pair is gone; an exchange key is made, which looks the container over. */
        HCRYPTKEY key = 0;
        HCRYPTPROV provider = acquired(0);
        HOLDS(CryptGenKey(provider, AT_KEYEXCHANGE, 1024u << 16, &key));
        HOLDS(CryptDestroyKey(key));
        signs(provider, AT_SIGNATURE);
        HOLDS(CryptReleaseContext(provider, 0));
        provider = acquired(0);
        signs(provider, AT_KEYEXCHANGE);
        HOLDS(CryptReleaseContext(provider, 0));
    }
    return verdict("repair");
}
