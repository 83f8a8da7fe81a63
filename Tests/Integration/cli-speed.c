/* cli-speed.c MODULE TOKEN-LABEL NUMBER: makes that many P-256 pairs on a token, named key-0001 and so on. The PIN is in
 * the environment variable PIN. */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(call)                                                          \
    do {                                                                       \
        unsigned long answer = (call);                                         \
        if (answer != CKR_OK) {                                                \
            fprintf(stderr, "%s: 0x%lX\n", #call, answer);                     \
            return 1;                                                          \
        }                                                                      \
    } while (0)

int main(int count, char **arguments) {
    CK_FUNCTION_LIST *functions;
    CK_C_GetFunctionList list;
    CK_SLOT_ID slots[16], slot = 0;
    CK_ULONG number = 16, at;
    CK_SESSION_HANDLE session;
    char *pin = getenv("PIN");
    void *module = count == 4 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    int found = 0;

    if (!module || !pin)
        return 2;
    *(void **)&list = dlsym(module, "C_GetFunctionList");
    REQUIRE(list(&functions));
    REQUIRE(functions->C_Initialize(NULL));
    REQUIRE(functions->C_GetSlotList(CK_TRUE, slots, &number));
    for (at = 0; at < number; at++) {
        CK_TOKEN_INFO info;
        REQUIRE(functions->C_GetTokenInfo(slots[at], &info));
        if (!memcmp(info.label, arguments[2], strlen(arguments[2]))) {
            slot = slots[at];
            found = 1;
        }
    }
    if (!found)
        return 3;
    REQUIRE(functions->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
    REQUIRE(functions->C_Login(session, CKU_USER, (unsigned char *)pin, strlen(pin)));
    for (at = 1; at <= strtoul(arguments[3], NULL, 10); at++) {
        unsigned char curve[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
        unsigned char yes = CK_TRUE, id[2] = {at >> 8, at & 0xFF};
        char label[16];
        CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
        CK_OBJECT_HANDLE public_key, private_key;
        snprintf(label, sizeof label, "key-%04lu", at);
        CK_ATTRIBUTE public_template[] = {
            {CKA_TOKEN, &yes, 1}, {CKA_VERIFY, &yes, 1}, {CKA_EC_PARAMS, curve, sizeof curve},
            {CKA_LABEL, label, strlen(label)}, {CKA_ID, id, sizeof id},
        };
        CK_ATTRIBUTE private_template[] = {
            {CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_SENSITIVE, &yes, 1}, {CKA_SIGN, &yes, 1},
            {CKA_LABEL, label, strlen(label)}, {CKA_ID, id, sizeof id},
        };
        REQUIRE(functions->C_GenerateKeyPair(session, &mechanism, public_template, 5, private_template, 6,
                                             &public_key, &private_key));
    }
    REQUIRE(functions->C_Finalize(NULL));
    return 0;
}
