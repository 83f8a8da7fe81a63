/* Raw PKCS#11 in C: what everybody else is measured against. One test a run, one number on standard output.
 *
 *   raw MODULE TOKEN PIN sign rsa|ec THREADS MILLISECONDS   ns a signature, with a session a thread
 *   raw MODULE TOKEN PIN signs rsa|ec N                     ns a signature, of exactly N in a row
 *   raw MODULE TOKEN PIN generate ec|aes session|token N    ns a key: TokenCSP's template, and it is read back
 *   raw MODULE TOKEN PIN open PREFIX N                      ns a search by label, of PREFIX-1 to PREFIX-N
 *   raw MODULE TOKEN PIN enumerate N                        ns for all public keys: one search, a read of each
 *   raw MODULE TOKEN PIN delete PREFIX N                    ns a pair, of PREFIX-1 to PREFIX-N, a search by label each
 *   raw MODULE TOKEN PIN delete-handles PREFIX              ns a pair, of all whose label begins so
 *   raw MODULE TOKEN PIN memory                             KiB at most, with one enumeration done
 * and to make ready
 *   raw MODULE TOKEN PIN fill OBJECTS                       the keys "bench" and "curve", then pairs "key-1" and so on
 *   raw MODULE TOKEN PIN pairs PREFIX N                     pairs PREFIX-1 to PREFIX-N
 *   raw MODULE TOKEN PIN clear PREFIX                       without the objects whose label begins so
 *
 * An empty PIN logs nobody in. `signs ec 1` and `generate ec token 0` are what a whole process has to do at least. */
#include "raw.h"
#include <dlfcn.h>

CK_FUNCTION_LIST *module;
CK_SESSION_HANDLE session;
static CK_SLOT_ID slot;

CK_SESSION_HANDLE open_session(void) {
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
    int has_token = 0;
    OK(module->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count && !has_token; i++) {
        CK_TOKEN_INFO info;
        OK(module->C_GetTokenInfo(slots[i], &info));
        has_token = !strncmp((char *)info.label, label, strlen(label)) && info.label[strlen(label)] == ' ';
        slot = slots[i];
    }
    MUST(has_token);
    session = open_session();
    if (*pin) OK(module->C_Login(session, CKU_USER, (unsigned char *)(uintptr_t)pin, strlen(pin)));
}

static double result(const char *test, const char *one, const char *two, const char *three) {
    int is_rsa = !strcmp(one, "rsa"), on_token = !strcmp(two, "token");
    if (!strcmp(test, "sign")) return sign_in_threads(is_rsa, atoi(two), (unsigned)atoi(three));
    if (!strcmp(test, "signs")) return sign_in_a_row(is_rsa, atoi(two));
    if (!strcmp(test, "generate"))
        return strcmp(one, "aes") ? generate_pairs(on_token, atoi(three)) : generate_secrets(on_token, atoi(three));
    if (!strcmp(test, "open")) return find_each(one, atoi(two));
    if (!strcmp(test, "enumerate")) return enumerate(atoi(one));
    if (!strcmp(test, "delete")) return delete_by_name(one, atoi(two));
    if (!strcmp(test, "delete-handles")) return delete_by_handle(one);
    if (!strcmp(test, "memory")) return enumerate(1), (double)peak_kib();
    if (!strcmp(test, "fill")) return fill((CK_ULONG)atol(one)), 0;
    if (!strcmp(test, "clear")) return clear(one), 0;
    if (!strcmp(test, "pairs")) return make_pairs(one, atoi(two)), 0;
    exit(64);
}

int main(int count, char **arguments) {
    MUST(count >= 5);
    start(arguments[1], arguments[2], arguments[3]);
    printf("%.1f\n", result(arguments[4], count > 5 ? arguments[5] : "", count > 6 ? arguments[6] : "",
                         count > 7 ? arguments[7] : ""));
    OK(module->C_Finalize(NULL));
    return 0;
}
