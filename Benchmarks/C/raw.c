/* Raw PKCS#11 in C: what everybody else is measured against.
 *
 * raw MODULE LABEL PIN sign rsa|ec THREADS MILLISECONDS   ns a signature, with a session a thread
 * raw MODULE LABEL PIN generate ec|aes session|token N    ns a key, with TokenCSP's template
 * raw MODULE LABEL PIN find NAME N                        ns a C_FindObjects by label and class
 * raw MODULE LABEL PIN enumerate N                        ns for all keys: one find, a batch of attributes a key
 * raw MODULE LABEL PIN delete PREFIX                      ns a key, of all whose label begins so
 * raw MODULE LABEL PIN memory                             KiB after one enumeration */
#include "bench.h"
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *module;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
#define OK(call) MUST((call) == CKR_OK)

static CK_SESSION_HANDLE open_session(void) {
    CK_SESSION_HANDLE handle;
    OK(module->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &handle));
    return handle;
}

static void start(const char *path, const char *label, const char *pin) {
    void *library = dlopen(path, RTLD_NOW);
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)(uintptr_t)(library ? dlsym(library, "C_GetFunctionList") : NULL);
    MUST(get);
    OK(get(&module));
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    OK(module->C_Initialize(&arguments));
    CK_SLOT_ID slots[64];
    CK_ULONG count = 64;
    OK(module->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        OK(module->C_GetTokenInfo(slots[i], &info));
        if (!strncmp((char *)info.label, label, strlen(label)) && info.label[strlen(label)] == ' ') slot = slots[i];
    }
    session = open_session();
    if (*pin) OK(module->C_Login(session, CKU_USER, (unsigned char *)pin, strlen(pin)));
}

static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class, const char *label) {
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, (void *)label, strlen(label)}};
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count = 0;
    OK(module->C_FindObjectsInit(session, template, 2));
    OK(module->C_FindObjects(session, &object, 1, &count));
    OK(module->C_FindObjectsFinal(session));
    return object;
}

/* MARK: Signing */

static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism;
static CK_ULONG data_size;
/* DigestInfo of SHA-256, then a digest; of a curve the digest alone. */
static unsigned char data[51] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static void sign(void *context) {
    CK_SESSION_HANDLE own = (CK_SESSION_HANDLE)(uintptr_t)context;
    unsigned char signature[512];
    CK_ULONG size = sizeof signature;
    OK(module->C_SignInit(own, &mechanism, key));
    OK(module->C_Sign(own, data + sizeof data - data_size, data_size, signature, &size));
}

/* MARK: Generation */

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
#define TRUE_(type) {type, (void *)&yes, 1}
#define FALSE_(type) {type, (void *)&no, 1}

static void generate(const char *kind, const char *place, int number) {
    static const unsigned char p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    const CK_BBOOL *token = strcmp(place, "token") ? &no : &yes;
    unsigned char id[20];
    char label[32];
    snprintf(label, sizeof label, "bench-%d", number);
    for (size_t i = 0; i < sizeof id; i++) id[i] = (unsigned char)(random() & 0xFF);
    CK_OBJECT_HANDLE public_key, private_key;
    if (!strcmp(kind, "ec")) {
        CK_KEY_TYPE type = CKK_EC;
        CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY;
        CK_ATTRIBUTE for_public[] = {
            {CKA_CLASS, &public_class, sizeof public_class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, (void *)token, 1},
            FALSE_(CKA_PRIVATE), {CKA_LABEL, label, strlen(label)}, {CKA_ID, id, sizeof id}, {CKA_EC_PARAMS, (void *)p256, sizeof p256},
            TRUE_(CKA_VERIFY), FALSE_(CKA_ENCRYPT), FALSE_(CKA_WRAP), FALSE_(CKA_DERIVE)};
        CK_ATTRIBUTE for_private[] = {
            {CKA_CLASS, &private_class, sizeof private_class}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_TOKEN, (void *)token, 1},
            TRUE_(CKA_PRIVATE), {CKA_LABEL, label, strlen(label)}, {CKA_ID, id, sizeof id}, TRUE_(CKA_SENSITIVE), FALSE_(CKA_EXTRACTABLE),
            TRUE_(CKA_SIGN), FALSE_(CKA_DECRYPT), FALSE_(CKA_UNWRAP), FALSE_(CKA_DERIVE)};
        CK_MECHANISM generation = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
        OK(module->C_GenerateKeyPair(
            session, &generation, for_public, sizeof for_public / sizeof *for_public, for_private, sizeof for_private / sizeof *for_private,
            &public_key, &private_key));
    } else {
        CK_ULONG size = 32;
        CK_ATTRIBUTE template[] = {
            {CKA_VALUE_LEN, &size, sizeof size}, {CKA_TOKEN, (void *)token, 1}, TRUE_(CKA_PRIVATE), TRUE_(CKA_SENSITIVE), FALSE_(CKA_EXTRACTABLE),
            TRUE_(CKA_ENCRYPT), TRUE_(CKA_DECRYPT), {CKA_LABEL, label, strlen(label)}, {CKA_ID, id, sizeof id}};
        CK_MECHANISM generation = {CKM_AES_KEY_GEN, NULL, 0};
        OK(module->C_GenerateKey(session, &generation, template, sizeof template / sizeof *template, &private_key));
    }
    if (token == &no) {
        OK(module->C_DestroyObject(session, private_key));
        if (!strcmp(kind, "ec")) OK(module->C_DestroyObject(session, public_key));
    }
}

/* MARK: Lists */

static CK_ULONG all(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *objects, CK_ULONG most) {
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}};
    CK_ULONG sum = 0, count;
    OK(module->C_FindObjectsInit(session, template, 1));
    do {
        OK(module->C_FindObjects(session, objects + sum, most - sum < 512 ? most - sum : 512, &count));
        sum += count;
    } while (count && sum < most);
    OK(module->C_FindObjectsFinal(session));
    return sum;
}

static CK_OBJECT_HANDLE objects[40000];

static CK_ULONG enumerate(void) {
    CK_ULONG count = all(CKO_PUBLIC_KEY, objects, 20000);
    for (CK_ULONG i = 0; i < count; i++) {
        unsigned char label[256], id[64], modulus[512], point[160], parameters[32];
        CK_KEY_TYPE type;
        CK_BBOOL flags[4];
        CK_ATTRIBUTE template[] = {
            {CKA_LABEL, label, sizeof label}, {CKA_ID, id, sizeof id}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_VERIFY, flags, 1},
            {CKA_ENCRYPT, flags + 1, 1}, {CKA_WRAP, flags + 2, 1}, {CKA_DERIVE, flags + 3, 1}, {CKA_MODULUS, modulus, sizeof modulus},
            {CKA_EC_POINT, point, sizeof point}, {CKA_EC_PARAMS, parameters, sizeof parameters}};
        CK_RV answer = module->C_GetAttributeValue(session, objects[i], template, sizeof template / sizeof *template);
        MUST(answer == CKR_OK || answer == CKR_ATTRIBUTE_TYPE_INVALID);
    }
    return count;
}

static int begins(CK_OBJECT_HANDLE object, const char *prefix) {
    char label[256];
    CK_ATTRIBUTE template = {CKA_LABEL, label, sizeof label};
    OK(module->C_GetAttributeValue(session, object, &template, 1));
    return template.ulValueLen >= strlen(prefix) && !memcmp(label, prefix, strlen(prefix));
}

int main(int count, char **arguments) {
    MUST(count >= 5);
    const char *test = arguments[4], *one = count > 5 ? arguments[5] : "", *two = count > 6 ? arguments[6] : "";
    int number = count > 7 ? atoi(arguments[7]) : 0;
    start(arguments[1], arguments[2], arguments[3]);
    double result = 0;
    if (!strcmp(test, "sign")) {
        int is_rsa = !strcmp(one, "rsa"), threads = atoi(two);
        key = find(CKO_PRIVATE_KEY, is_rsa ? "bench" : "curve");
        MUST(key);
        mechanism.mechanism = is_rsa ? CKM_RSA_PKCS : CKM_ECDSA;
        data_size = is_rsa ? 51 : 32;
        void *contexts[64];
        for (int i = 0; i < threads; i++) contexts[i] = (void *)(uintptr_t)open_session();
        result = bench(sign, contexts, threads, (unsigned)number);
    } else if (!strcmp(test, "generate")) {
        generate(one, two, 0);
        uint64_t begin = now_ns();
        for (int i = 1; i <= number; i++) generate(one, two, i);
        result = (double)(now_ns() - begin) / number;
    } else if (!strcmp(test, "find")) {
        MUST(find(CKO_PUBLIC_KEY, one));
        uint64_t begin = now_ns();
        for (int i = 0; i < atoi(two); i++) MUST(find(CKO_PUBLIC_KEY, one));
        result = (double)(now_ns() - begin) / atoi(two);
    } else if (!strcmp(test, "enumerate")) {
        enumerate();
        uint64_t begin = now_ns();
        for (int i = 0; i < atoi(one); i++) enumerate();
        result = (double)(now_ns() - begin) / atoi(one);
    } else if (!strcmp(test, "delete")) {
        CK_ULONG sum = all(CKO_PUBLIC_KEY, objects, 20000), gone = 0;
        sum += all(CKO_PRIVATE_KEY, objects + sum, 20000);
        for (CK_ULONG i = 0; i < sum; i++) if (begins(objects[i], one)) objects[gone++] = objects[i];
        MUST(gone);
        uint64_t begin = now_ns();
        for (CK_ULONG i = 0; i < gone; i++) OK(module->C_DestroyObject(session, objects[i]));
        result = (double)(now_ns() - begin) / ((double)gone / 2);
    } else if (!strcmp(test, "memory")) {
        enumerate();
        result = (double)peak_kib();
    } else {
        return 64;
    }
    printf("%.1f\n", result);
    return 0;
}
