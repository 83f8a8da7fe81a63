/* A PKCS#11 module that does nothing, and has as little to do as can be: what is measured through it is the caller's
 * own cost. One token, "nothing", that any PIN opens; on it an RSA-2048 pair labelled "bench" and a P-256 pair labelled
 * "curve". Signatures are constant bytes.
 *
 * Sessions have a state each and no lock: one thread a session, as PKCS#11 asks of callers. */
#include "nothing.h"
#include <stddef.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct session sessions[SESSIONS];
int logged_in;

static CK_RV do_Initialize(void *arguments) {
    (void)arguments;
    return CKR_OK;
}

static CK_RV do_Finalize(void *reserved) {
    (void)reserved;
    return CKR_OK;
}

static void pad(unsigned char *field, size_t size, const char *text) {
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}

static CK_RV do_GetInfo(CK_INFO *info) {
    memset(info, 0, sizeof *info);
    info->cryptokiVersion.major = 2;
    info->cryptokiVersion.minor = 40;
    pad(info->manufacturerID, sizeof info->manufacturerID, "TokenCSP");
    pad(info->libraryDescription, sizeof info->libraryDescription, "Does nothing");
    return CKR_OK;
}

static CK_RV do_GetSlotList(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count) {
    (void)present;
    if (list && *count < 1) {
        *count = 1;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (list) list[0] = 7;
    *count = 1;
    return CKR_OK;
}

static CK_RV do_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info) {
    (void)slot;
    memset(info, 0, sizeof *info);
    pad(info->slotDescription, sizeof info->slotDescription, "Nothing");
    pad(info->manufacturerID, sizeof info->manufacturerID, "TokenCSP");
    info->flags = CKF_TOKEN_PRESENT;
    return CKR_OK;
}

static CK_RV do_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    (void)slot;
    memset(info, 0, sizeof *info);
    pad(info->label, sizeof info->label, "nothing");
    pad(info->manufacturerID, sizeof info->manufacturerID, "TokenCSP");
    pad(info->model, sizeof info->model, "nothing");
    pad(info->serialNumber, sizeof info->serialNumber, "1");
    info->flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED;
    info->ulMaxSessionCount = info->ulMaxRwSessionCount = SESSIONS - 1;
    info->ulMinPinLen = 4;
    info->ulMaxPinLen = 64;
    return CKR_OK;
}

static const CK_MECHANISM_TYPE mechanisms[] = {CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA};
static CK_RV do_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count) {
    (void)slot;
    CK_ULONG have = sizeof mechanisms / sizeof *mechanisms;
    if (list && *count < have) {
        *count = have;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (list) memcpy(list, mechanisms, sizeof mechanisms);
    *count = have;
    return CKR_OK;
}
static CK_RV do_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info) {
    (void)slot;
    *info = (CK_MECHANISM_INFO){512, 4096, CKF_SIGN | CKF_VERIFY | CKF_GENERATE_KEY_PAIR};
    if (type == CKM_ECDSA || type == CKM_EC_KEY_PAIR_GEN) {
        info->ulMinKeySize = 256;
        info->ulMaxKeySize = 521;
    }
    return CKR_OK;
}

static CK_RV do_OpenSession(
    CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session) {
    (void)slot;
    (void)flags;
    (void)application;
    (void)notify;
    for (CK_ULONG i = 1; i < SESSIONS; i++)
        if (!__atomic_exchange_n(&sessions[i].open, 1, __ATOMIC_ACQ_REL)) {
            *session = i;
            return CKR_OK;
        }
    return CKR_SESSION_COUNT;
}
static CK_RV do_CloseSession(CK_SESSION_HANDLE handle) {
    struct session *session = at(handle);
    if (!session) return CKR_SESSION_HANDLE_INVALID;
    __atomic_store_n(&session->open, 0, __ATOMIC_RELEASE);
    return CKR_OK;
}
static CK_RV do_CloseAllSessions(CK_SLOT_ID slot) {
    (void)slot;
    memset(sessions, 0, sizeof sessions);
    return CKR_OK;
}
static CK_RV do_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info) {
    if (!at(handle)) return CKR_SESSION_HANDLE_INVALID;
    *info = (CK_SESSION_INFO){
        7, logged_in ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION, CKF_SERIAL_SESSION | CKF_RW_SESSION, 0};
    return CKR_OK;
}
static CK_RV do_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, unsigned char *pin, CK_ULONG count) {
    (void)user;
    (void)pin;
    (void)count;
    if (!at(handle)) return CKR_SESSION_HANDLE_INVALID;
    if (logged_in) return CKR_USER_ALREADY_LOGGED_IN;
    logged_in = 1;
    return CKR_OK;
}
static CK_RV do_Logout(CK_SESSION_HANDLE handle) {
    (void)handle;
    logged_in = 0;
    return CKR_OK;
}

static CK_RV do_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    (void)mechanism;
    struct session *session = at(handle);
    if (!session) return CKR_SESSION_HANDLE_INVALID;
    session->size = key > 2 ? 64 : 256;
    return CKR_OK;
}
static CK_RV do_Sign(
    CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG count, unsigned char *signature, CK_ULONG *size) {
    (void)data;
    (void)count;
    struct session *session = at(handle);
    if (!session || !session->size) return CKR_OPERATION_NOT_INITIALIZED;
    if (!signature) {
        *size = session->size;
        return CKR_OK;
    }
    if (*size < session->size) {
        *size = session->size;
        return CKR_BUFFER_TOO_SMALL;
    }
    *size = session->size;
    session->size = 0;
    signature[0] = 1;
    return CKR_OK;
}
static CK_RV do_GenerateRandom(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG count) {
    (void)handle;
    memset(data, 0x5A, count);
    return CKR_OK;
}

static CK_RV unsupported(void) { return CKR_FUNCTION_NOT_SUPPORTED; }

static CK_FUNCTION_LIST list;
EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **functions) {
    /* Every function that is not here refuses. */
    void **slots = (void **)(void *)((char *)&list + offsetof(CK_FUNCTION_LIST, C_Initialize));
    for (size_t i = 0; i < (sizeof list - offsetof(CK_FUNCTION_LIST, C_Initialize)) / sizeof *slots; i++)
        slots[i] = (void *)unsupported;
    list.version = (CK_VERSION){2, 40};
    list.C_Initialize = do_Initialize;
    list.C_Finalize = do_Finalize;
    list.C_GetInfo = do_GetInfo;
    list.C_GetFunctionList = C_GetFunctionList;
    list.C_GetSlotList = do_GetSlotList;
    list.C_GetSlotInfo = do_GetSlotInfo;
    list.C_GetTokenInfo = do_GetTokenInfo;
    list.C_GetMechanismList = do_GetMechanismList;
    list.C_GetMechanismInfo = do_GetMechanismInfo;
    list.C_OpenSession = do_OpenSession;
    list.C_CloseSession = do_CloseSession;
    list.C_CloseAllSessions = do_CloseAllSessions;
    list.C_GetSessionInfo = do_GetSessionInfo;
    list.C_Login = do_Login;
    list.C_Logout = do_Logout;
    list.C_GetAttributeValue = get_attributes;
    list.C_FindObjectsInit = find_init;
    list.C_FindObjects = find;
    list.C_FindObjectsFinal = find_final;
    list.C_SignInit = do_SignInit;
    list.C_Sign = do_Sign;
    list.C_GenerateRandom = do_GenerateRandom;
    *functions = &list;
    return CKR_OK;
}
