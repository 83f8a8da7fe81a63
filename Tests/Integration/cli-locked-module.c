/* SoftHSM, but with a token whose PIN is locked (LOCKED_MODULE=locked) or has one try left (LOCKED_MODULE=final):
   SoftHSM itself never counts. Built and loaded by cli-bad-input.sh. */
#include <p11-kit/pkcs11.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CK_FUNCTION_LIST *softhsm, changed;

static int mode(const char *name)
{
    const char *value = getenv("LOCKED_MODULE");
    return value && strcmp(value, name) == 0;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV answer = softhsm->C_GetTokenInfo(slot, info);
    if (answer == CKR_OK && mode("final")) info->flags |= CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY;
    if (answer == CKR_OK && mode("locked")) info->flags |= CKF_USER_PIN_LOCKED;
    return answer;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
    const char *log = getenv("LOCKED_MODULE_LOG");
    FILE *file = log ? fopen(log, "a") : NULL;
    if (file) {
        fputs("C_Login\n", file);
        fclose(file);
    }
    return mode("locked") || mode("locks") ? CKR_PIN_LOCKED : softhsm->C_Login(session, user, pin, length);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    void *library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : NULL;
    CK_RV answer = get ? get(&softhsm) : CKR_GENERAL_ERROR;
    if (answer != CKR_OK) return answer;
    changed = *softhsm;
    changed.C_GetTokenInfo = get_token_info;
    changed.C_Login = login;
    *list = &changed;
    return CKR_OK;
}
