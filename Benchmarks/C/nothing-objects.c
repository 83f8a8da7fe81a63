/* The objects of nothing.c, and searches for them. */
#include "nothing.h"
#include <string.h>

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE rsa = CKK_RSA, ec = CKK_EC;
static const CK_ULONG bits = 2048;
/* Odd, and of 2,048 bits: nobody divides by it. */
static const unsigned char modulus[256] = {[0] = 0xC1, [7] = 0x53, [255] = 0x01};
static const unsigned char exponent[] = {1, 0, 1};
static const unsigned char p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
/* A point of P-256: its generator. */
static const unsigned char point[] = {0x04, 0x41, 0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6,
    0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2,
    0x96, 0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33,
    0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5};

#define HAS(type, value) {type, (void *)&(value), sizeof(value)}
#define TEXT(type, value) {type, (void *)(value), sizeof(value) - 1}
#define NO(type) HAS(type, no)

#define OF_ALL                                                                                                         \
    HAS(CKA_TOKEN, yes), HAS(CKA_LOCAL, yes), NO(CKA_DECRYPT), NO(CKA_UNWRAP), NO(CKA_DERIVE), NO(CKA_EXTRACTABLE),    \
        NO(CKA_ALWAYS_AUTHENTICATE), NO(CKA_ENCRYPT), NO(CKA_WRAP), NO(CKA_WRAP_WITH_TRUSTED), NO(CKA_MODIFIABLE)
#define OF_PUBLIC                                                                                                      \
    HAS(CKA_CLASS, public_class), NO(CKA_PRIVATE), NO(CKA_SENSITIVE), NO(CKA_ALWAYS_SENSITIVE),                        \
        NO(CKA_NEVER_EXTRACTABLE), NO(CKA_SIGN), HAS(CKA_VERIFY, yes)
#define OF_PRIVATE                                                                                                     \
    HAS(CKA_CLASS, private_class), HAS(CKA_PRIVATE, yes), HAS(CKA_SENSITIVE, yes), HAS(CKA_ALWAYS_SENSITIVE, yes),     \
        HAS(CKA_NEVER_EXTRACTABLE, yes), HAS(CKA_SIGN, yes), NO(CKA_VERIFY)
#define OF_RSA                                                                                                         \
    HAS(CKA_KEY_TYPE, rsa), TEXT(CKA_LABEL, "bench"), TEXT(CKA_ID, "bench's id"), HAS(CKA_MODULUS, modulus),           \
        HAS(CKA_PUBLIC_EXPONENT, exponent)
#define OF_EC                                                                                                          \
    HAS(CKA_KEY_TYPE, ec), TEXT(CKA_LABEL, "curve"), TEXT(CKA_ID, "curve's id"), HAS(CKA_EC_PARAMS, p256)

#define OBJECTS 4
/* By handle; 0 is none. */
static const CK_ATTRIBUTE objects[OBJECTS + 1][32] = {
    [1] = {OF_RSA, OF_PUBLIC, OF_ALL, HAS(CKA_MODULUS_BITS, bits)},
    [2] = {OF_RSA, OF_PRIVATE, OF_ALL},
    [3] = {OF_EC, OF_PUBLIC, OF_ALL, HAS(CKA_EC_POINT, point)},
    [4] = {OF_EC, OF_PRIVATE, OF_ALL},
};

static const CK_ATTRIBUTE *attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    for (const CK_ATTRIBUTE *one = objects[object]; one->pValue; one++)
        if (one->type == type) return one;
    return NULL;
}

CK_RV get_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count) {
    if (!at(handle)) return CKR_SESSION_HANDLE_INVALID;
    if (!object || object > OBJECTS) return CKR_OBJECT_HANDLE_INVALID;
    CK_RV answer = CKR_OK;
    for (CK_ATTRIBUTE *asked = template; asked < template + count; asked++) {
        const CK_ATTRIBUTE *found = attribute(object, asked->type);
        int is_too_small = found && asked->pValue && asked->ulValueLen < found->ulValueLen;
        if (!found) answer = CKR_ATTRIBUTE_TYPE_INVALID;
        if (is_too_small) answer = CKR_BUFFER_TOO_SMALL;
        asked->ulValueLen = !found || is_too_small ? (CK_ULONG)-1 : found->ulValueLen;
        if (found && asked->pValue && !is_too_small) memcpy(asked->pValue, found->pValue, found->ulValueLen);
    }
    return answer;
}

static int matches(CK_OBJECT_HANDLE object, const CK_ATTRIBUTE *template, CK_ULONG count) {
    for (CK_ULONG i = 0; i < count; i++) {
        const CK_ATTRIBUTE *found = attribute(object, template[i].type);
        if (!found || found->ulValueLen != template[i].ulValueLen) return 0;
        if (memcmp(found->pValue, template[i].pValue, found->ulValueLen)) return 0;
    }
    return 1;
}

CK_RV find_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count) {
    struct session *session = at(handle);
    if (!session) return CKR_SESSION_HANDLE_INVALID;
    session->count = session->next = 0;
    for (CK_OBJECT_HANDLE object = 1; object <= OBJECTS; object++) {
        int is_private = object % 2 == 0;
        if ((logged_in || !is_private) && matches(object, template, count)) session->found[session->count++] = object;
    }
    return CKR_OK;
}

CK_RV find(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *found, CK_ULONG most, CK_ULONG *count) {
    struct session *session = at(handle);
    if (!session) return CKR_SESSION_HANDLE_INVALID;
    for (*count = 0; *count < most && session->next < session->count;)
        found[(*count)++] = session->found[session->next++];
    return CKR_OK;
}

CK_RV find_final(CK_SESSION_HANDLE handle) { return at(handle) ? CKR_OK : CKR_SESSION_HANDLE_INVALID; }
