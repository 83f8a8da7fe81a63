// Usage: cli-ceremony MODULE TOKEN CLASS LABEL ATTRIBUTE VALUE
//
// Changes one attribute of a key on a token past TokenCSP, as somebody with the PIN (environment variable PIN) may.
// CLASS and ATTRIBUTE are numbers as PKCS#11 has them; VALUE is true, false, or text.

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(int holds, const char *what, unsigned long answer) {
    if (holds) return;
    fprintf(stderr, "cli-ceremony: %s: 0x%lx\n", what, answer);
    exit(1);
}

int main(int count, char **arguments) {
    const char *pin = getenv("PIN");
    need(count == 7 && pin != NULL, "usage: MODULE TOKEN CLASS LABEL ATTRIBUTE VALUE", 0);
    CK_FUNCTION_LIST *module = p11_kit_module_load(arguments[1], 0);
    need(module != NULL, "the module does not load", 0);
    CK_RV answer = p11_kit_module_initialize(module);
    need(answer == CKR_OK, "C_Initialize", answer);

    CK_SLOT_ID slots[16];
    CK_ULONG slot_count = 16;
    answer = module->C_GetSlotList(CK_TRUE, slots, &slot_count);
    need(answer == CKR_OK, "C_GetSlotList", answer);
    CK_SESSION_HANDLE session = 0;
    for (CK_ULONG i = 0; i < slot_count; i++) {
        CK_TOKEN_INFO info;
        if (module->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
        if (strncmp((const char *)info.label, arguments[2], strlen(arguments[2])) != 0) continue;
        answer = module->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
        need(answer == CKR_OK, "C_OpenSession", answer);
        break;
    }
    need(session != 0, "no such token", 0);
    answer = module->C_Login(session, CKU_USER, (unsigned char *)pin, strlen(pin));
    need(answer == CKR_OK, "C_Login", answer);

    CK_OBJECT_CLASS class = strtoul(arguments[3], NULL, 0);
    CK_ATTRIBUTE search[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, arguments[4], strlen(arguments[4])}};
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG found = 0;
    answer = module->C_FindObjectsInit(session, search, 2);
    need(answer == CKR_OK, "C_FindObjectsInit", answer);
    answer = module->C_FindObjects(session, &object, 1, &found);
    need(answer == CKR_OK && found == 1, "no such object", answer);
    module->C_FindObjectsFinal(session);

    CK_BBOOL truth = strcmp(arguments[6], "true") == 0;
    int is_truth = truth || strcmp(arguments[6], "false") == 0;
    CK_ATTRIBUTE change = {strtoul(arguments[5], NULL, 0), is_truth ? (void *)&truth : arguments[6],
                           is_truth ? sizeof truth : strlen(arguments[6])};
    answer = module->C_SetAttributeValue(session, object, &change, 1);
    need(answer == CKR_OK, "C_SetAttributeValue", answer);
    p11_kit_module_finalize(module);
    return 0;
}
