/* Signatures of a digest that is there. */
#include "raw.h"

static CK_OBJECT_HANDLE key;
static CK_MECHANISM mechanism;
static CK_ULONG data_size;
/* DigestInfo of SHA-256, then a digest; of a curve the digest alone. */
static unsigned char data[51] = {
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

static void sign(void *context) {
    CK_SESSION_HANDLE own = (CK_SESSION_HANDLE)(uintptr_t)context;
    unsigned char signature[512];
    CK_ULONG size = sizeof signature;
    OK(module->C_SignInit(own, &mechanism, key));
    OK(module->C_Sign(own, data + sizeof data - data_size, data_size, signature, &size));
}

static void find_key(int is_rsa) {
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    const char *label = is_rsa ? "bench" : "curve";
    CK_ATTRIBUTE template[] = {IS(CKA_CLASS, class), {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)}};
    MUST(find(template, COUNT(template), &key, 1) == 1);
    mechanism.mechanism = is_rsa ? CKM_RSA_PKCS : CKM_ECDSA;
    data_size = is_rsa ? 51 : 32;
}

double sign_in_threads(int is_rsa, int threads, unsigned milliseconds) {
    void *contexts[MOST_THREADS];
    find_key(is_rsa);
    for (int i = 0; i < threads; i++) contexts[i] = (void *)(uintptr_t)open_session();
    return bench(sign, contexts, threads, milliseconds);
}

double sign_in_a_row(int is_rsa, int count) {
    find_key(is_rsa);
    uint64_t begin = now_ns();
    for (int i = 0; i < count; i++) sign((void *)(uintptr_t)session);
    return (double)(now_ns() - begin) / count;
}
