/* A PKCS#11 module that does nothing, and has as little to do as can be: what is measured through it is the caller's
 * own cost. One token, "nothing", that any PIN opens; on it an RSA-2048 pair labelled "bench" and a P-256 pair labelled
 * "curve". Signatures are constant bytes.
 *
 * Sessions have a state each and no lock: one thread a session, as PKCS#11 asks of callers. */
#include <p11-kit/pkcs11.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define SESSIONS 1024
#define PAIRS 2

static struct session {
    int open;
    CK_ULONG size;
    CK_OBJECT_HANDLE found[8];
    CK_ULONG count, next;
} sessions[SESSIONS];
static int logged_in;
static unsigned char modulus[256], point[67];
static const unsigned char exponent[] = {1, 0, 1};
static const unsigned char p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE rsa = CKK_RSA, ec = CKK_EC;
static const CK_ULONG bits = 2048;
static const char *const labels[PAIRS] = {"bench", "curve"};
static const unsigned char ids[PAIRS][16] = {"bench's id 00001", "curve's id 00001"};

#define VALUE(type, value)                                                                                             \
    case type: *size = sizeof value; return &value
#define BYTES(type, value, count)                                                                                      \
    case type: *size = count; return value

/* Objects are numbered 1 public RSA, 2 private RSA, 3 public EC, 4 private EC. */
static const void *attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG *size) {
    int pair = (int)(object - 1) / 2, is_private = object % 2 == 0, is_rsa = pair == 0;
    switch (type) {
    case CKA_CLASS: *size = sizeof(CK_OBJECT_CLASS); return is_private ? &private_class : &public_class;
    case CKA_KEY_TYPE:
        *size = sizeof(CK_KEY_TYPE);
        return is_rsa ? &rsa : &ec;
        BYTES(CKA_LABEL, labels[pair], 5);
        BYTES(CKA_ID, ids[pair], 16);
        VALUE(CKA_TOKEN, yes);
        VALUE(CKA_LOCAL, yes);
    case CKA_PRIVATE:
    case CKA_SENSITIVE:
    case CKA_ALWAYS_SENSITIVE:
    case CKA_NEVER_EXTRACTABLE: *size = 1; return is_private ? &yes : &no;
    case CKA_SIGN: *size = 1; return is_private ? &yes : &no;
    case CKA_VERIFY: *size = 1; return is_private ? &no : &yes;
    case CKA_DECRYPT:
    case CKA_UNWRAP:
    case CKA_DERIVE:
    case CKA_EXTRACTABLE:
    case CKA_ALWAYS_AUTHENTICATE:
    case CKA_ENCRYPT:
    case CKA_WRAP:
    case CKA_WRAP_WITH_TRUSTED:
    case CKA_MODIFIABLE: *size = 1; return &no;
    case CKA_MODULUS:
        if (!is_rsa) return NULL;
        *size = sizeof modulus;
        return modulus;
    case CKA_MODULUS_BITS:
        if (!is_rsa || is_private) return NULL;
        *size = sizeof bits;
        return &bits;
    case CKA_PUBLIC_EXPONENT:
        if (!is_rsa) return NULL;
        *size = sizeof exponent;
        return exponent;
    case CKA_EC_PARAMS:
        if (is_rsa) return NULL;
        *size = sizeof p256;
        return p256;
    case CKA_EC_POINT:
        if (is_rsa || is_private) return NULL;
        *size = sizeof point;
        return point;
    default: return NULL;
    }
}

static CK_RV do_Initialize(void *arguments) {
    (void)arguments;
    for (size_t i = 0; i < sizeof modulus; i++) modulus[i] = (unsigned char)(0xC1 + 7 * i);
    modulus[255] |= 1;
    /* A point of P-256: its generator. */
    static const unsigned char generator[] = {0x04, 0x41, 0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8,
        0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39,
        0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C,
        0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51,
        0xF5};
    memcpy(point, generator, sizeof point);
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
static struct session *at(CK_SESSION_HANDLE handle) {
    return handle && handle < SESSIONS && sessions[handle].open ? &sessions[handle] : NULL;
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

static CK_RV do_GetAttributeValue(
    CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count) {
    if (!at(handle)) return CKR_SESSION_HANDLE_INVALID;
    if (!object || object > 2 * PAIRS) return CKR_OBJECT_HANDLE_INVALID;
    CK_RV answer = CKR_OK;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ULONG size = 0;
        const void *value = attribute(object, template[i].type, &size);
        if (!value) {
            template[i].ulValueLen = (CK_ULONG)-1;
            answer = CKR_ATTRIBUTE_TYPE_INVALID;
            continue;
        }
        if (template[i].pValue && template[i].ulValueLen < size) {
            template[i].ulValueLen = (CK_ULONG)-1;
            answer = CKR_BUFFER_TOO_SMALL;
            continue;
        }
        if (template[i].pValue) memcpy(template[i].pValue, value, size);
        template[i].ulValueLen = size;
    }
    return answer;
}

static CK_RV do_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count) {
    struct session *session = at(handle);
    if (!session) return CKR_SESSION_HANDLE_INVALID;
    session->count = session->next = 0;
    for (CK_OBJECT_HANDLE object = 1; object <= 2 * PAIRS; object++) {
        if (object % 2 == 0 && !logged_in) continue;
        CK_ULONG i = 0, size = 0;
        for (; i < count; i++) {
            const void *value = attribute(object, template[i].type, &size);
            if (!value || size != template[i].ulValueLen || memcmp(value, template[i].pValue, size)) break;
        }
        if (i == count) session->found[session->count++] = object;
    }
    return CKR_OK;
}
static CK_RV do_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *found, CK_ULONG most, CK_ULONG *count) {
    struct session *session = at(handle);
    if (!session) return CKR_SESSION_HANDLE_INVALID;
    for (*count = 0; *count < most && session->next < session->count;)
        found[(*count)++] = session->found[session->next++];
    return CKR_OK;
}
static CK_RV do_FindObjectsFinal(CK_SESSION_HANDLE handle) { return at(handle) ? CKR_OK : CKR_SESSION_HANDLE_INVALID; }

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
    list.C_GetAttributeValue = do_GetAttributeValue;
    list.C_FindObjectsInit = do_FindObjectsInit;
    list.C_FindObjects = do_FindObjects;
    list.C_FindObjectsFinal = do_FindObjectsFinal;
    list.C_SignInit = do_SignInit;
    list.C_Sign = do_Sign;
    list.C_GenerateRandom = do_GenerateRandom;
    *functions = &list;
    return CKR_OK;
}
