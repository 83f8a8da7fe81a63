/* Gets a PIN in one way, signs, releases its context, and stops itself (SIGSTOP) for pin-memory.py to look into its memory.

   pin-memory make FILE                       makes the containers alice, protected and high with the PIN in FILE
   pin-memory WAY CONTAINER [FILE [OTHER]]    FILE holds the PIN, OTHER another: the new one, or the security officer's
   The PIN itself is neither an argument nor in the environment. */
#include "abi-check.h"

#include <fcntl.h>
#include <p11-kit/pin.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <tokencsp.h>
#include <unistd.h>

static const char *container, *file, *other;

/* No stdio: its buffers would keep the PIN. */
static DWORD read_pin(const char *path, void *bytes, DWORD room) {
    int descriptor = open(path, O_RDONLY);
    ssize_t count = descriptor < 0 ? -1 : read(descriptor, bytes, room);
    if (count <= 0) { printf("%s has no PIN\n", path); exit(2); }
    close(descriptor);
    return (DWORD)count;
}

static HCRYPTPROV open_container(const char *name, DWORD flags) {
    HCRYPTPROV context = 0;
    MUST(CryptAcquireContextA(&context, name, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, flags));
    return context;
}

/* The program's own copy is wiped by it. */
static void set_pin(HCRYPTPROV context, DWORD parameter, const char *path) {
    BYTE bytes[1024] = {0};
    read_pin(path, bytes, sizeof bytes - 1);
    HOLDS(CryptSetProvParam(context, parameter, bytes, 0));
    explicit_bzero(bytes, sizeof bytes);
}

static BOOL sign(HCRYPTPROV context) {
    HCRYPTHASH hash = 0;
    BYTE signature[512];
    DWORD length = sizeof signature;
    MUST(CryptCreateHash(context, CALG_SHA_256, 0, 0, &hash));
    BOOL signs = CryptHashData(hash, (const BYTE *)"text", 4, 0) &&
        CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length);
    DWORD code = GetLastError();
    CryptDestroyHash(hash);
    SetLastError(code);
    return signs;
}

// MARK: Who is asked

static int questions;

/* Writes the PIN where the library wants it and nowhere else. */
static DWORD CALLBACK ask(const TOKENCSP_QUESTION *question, BYTE *pin, DWORD *count, void *context) {
    (void)context;
    questions++;
    if (question->dwQuestion == TOKENCSP_ASK_CONSENT) return ERROR_SUCCESS;
    *count = read_pin(question->dwQuestion == TOKENCSP_ASK_NEW_PIN ? other : file, pin, *count);
    return ERROR_SUCCESS;
}

static void use_callback(HCRYPTPROV context) {
    TOKENCSP_INTERACTION interaction = {ask, NULL};
    HOLDS(CryptSetProvParam(context, PP_TOKENCSP_INTERACTION, (BYTE *)&interaction, 0));
}

static void wipe_pin(void *bytes) {
    explicit_bzero(bytes, 1024);
    free(bytes);
}

/* What p11-kit asks for a pin-source that is no file's name. */
static P11KitPin *registered(const char *source, P11KitUri *uri, const char *words, P11KitPinFlags flags, void *data) {
    (void)source, (void)uri, (void)words, (void)flags, (void)data;
    questions++;
    unsigned char *bytes = malloc(1024);
    return p11_kit_pin_new_for_buffer(bytes, read_pin(file, bytes, 1024), wipe_pin);
}

/* Several threads wait for one answer, each with a context of its own. */
static void *sign_in_thread(void *unused) {
    HCRYPTPROV context = open_container(container, 0);
    HOLDS(sign(context));
    HOLDS(CryptReleaseContext(context, 0));
    return unused;
}

// MARK: -

/* It must be found, in every form: the search can fail. */
static void plant(void) {
    unsigned char pin[1024], *plain = malloc(1024), *wide = calloc(2, 1024);
    char *digits = malloc(4096), *escaped = malloc(4096);
    DWORD count = read_pin(file, pin, sizeof pin);
    memcpy(plain, pin + 3, 8);
    for (DWORD i = 0; i < count; i++) {
        wide[2 * i] = pin[i];
        sprintf(digits + 2 * i, "%02X", pin[i]);
        sprintf(escaped + 3 * i, "%%%02x", pin[i]);
    }
    explicit_bzero(pin, sizeof pin);
}

static void make(void) {
    const char *names[] = {"alice", "protected", "high"};
    const DWORD flags[] = {0, CRYPT_USER_PROTECTED, CRYPT_FORCE_KEY_PROTECTION_HIGH};
    for (int i = 0; i < 3; i++) {
        HCRYPTKEY key = 0;
        HCRYPTPROV context = open_container(names[i], CRYPT_NEWKEYSET);
        set_pin(context, PP_SIGNATURE_PIN, container);
        MUST(CryptGenKey(context, AT_SIGNATURE, 1024u << 16 | flags[i], &key));
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(context, 0));
    }
}

static void stop(void) {
    fflush(stdout);
    // Yama lets only ancestors look into a process, unless it says otherwise.
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    raise(SIGSTOP);
}

int main(int count, char **arguments) {
    if (count < 3) return 64;
    const char *way = arguments[1];
    container = arguments[2];
    file = count > 3 ? arguments[3] : NULL;
    other = count > 4 ? arguments[4] : NULL;
    if (!strcmp(way, "make")) {
        make();
        return verdict(way);
    }
    if (!strcmp(way, "registered")) p11_kit_pin_register_callback("known-by-name", registered, NULL, NULL);
    HCRYPTPROV context = open_container(container, 0);
    if (!strcmp(way, "planted")) plant();
    else if (!strcmp(way, "set") || !strcmp(way, "held")) {
        set_pin(context, PP_SIGNATURE_PIN, file);
        HOLDS(sign(context));
        if (!strcmp(way, "held")) stop();
    } else if (!strcmp(way, "set-unused")) {
        set_pin(context, PP_KEYEXCHANGE_PIN, file);
    } else if (!strcmp(way, "set-twice")) {
        // The wrong one first. What hangs on the context outlives it.
        HCRYPTKEY key = 0;
        HCRYPTHASH hash = 0;
        set_pin(context, PP_SIGNATURE_PIN, other);
        FAILS(sign(context), SCARD_W_WRONG_CHV);
        set_pin(context, PP_SIGNATURE_PIN, file);
        HOLDS(sign(context));
        HOLDS(CryptGetUserKey(context, AT_SIGNATURE, &key));
        HOLDS(CryptCreateHash(context, CALG_SHA_256, 0, 0, &hash));
        MUST(open_container("protected", 0));
    } else if (!strcmp(way, "set-wrong")) {
        set_pin(context, PP_SIGNATURE_PIN, file);
        FAILS(sign(context), SCARD_W_WRONG_CHV);
        FAILS(sign(context), SCARD_W_WRONG_CHV);
    } else if (!strcmp(way, "set-each")) {
        for (int i = 0; i < 2; i++) {
            set_pin(context, PP_SIGNATURE_PIN, file);
            HOLDS(sign(context));
        }
    } else if (!strcmp(way, "unblock")) {
        set_pin(context, PP_ADMIN_PIN, other);
        set_pin(context, PP_SIGNATURE_PIN, file);
        HOLDS(sign(context));
    } else if (!strcmp(way, "unblock-wrong")) {
        BYTE pin[1024] = {0};
        read_pin(file, pin, sizeof pin - 1);
        set_pin(context, PP_ADMIN_PIN, other);
        FAILS(CryptSetProvParam(context, PP_SIGNATURE_PIN, pin, 0), SCARD_W_WRONG_CHV);
        explicit_bzero(pin, sizeof pin);
    } else if (!strcmp(way, "unblock-unused")) {
        set_pin(context, PP_ADMIN_PIN, other);
    } else if (!strcmp(way, "generate")) {
        // What a key's protection is worth is tried out, with the PIN.
        HCRYPTKEY key = 0;
        HCRYPTPROV made = open_container("new", CRYPT_NEWKEYSET);
        set_pin(made, PP_SIGNATURE_PIN, file);
        HOLDS(CryptGenKey(made, AT_SIGNATURE, 1024u << 16 | CRYPT_FORCE_KEY_PROTECTION_HIGH, &key));
        HOLDS(CryptReleaseContext(made, 0));
    } else if (!strcmp(way, "expired")) {
        set_pin(context, PP_SIGNATURE_PIN, file);
        use_callback(context);
        HOLDS(sign(context));
        HOLDS(questions == 1);
    } else if (!strcmp(way, "callback")) {
        use_callback(context);
        for (int i = 0; i < 3; i++) HOLDS(sign(context));
        HOLDS(questions == (!strcmp(container, "alice") ? 1 : 3));
    } else if (!strcmp(way, "callback-wrong")) {
        use_callback(context);
        FAILS(sign(context), SCARD_W_WRONG_CHV);
        HOLDS(questions == 3);
    } else if (!strcmp(way, "threads")) {
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, sign_in_thread, NULL);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    } else if (!strcmp(way, "asked-wrong")) {
        FAILS(sign(context), SCARD_W_WRONG_CHV);
    } else if (!strcmp(way, "asked-cancelled")) {
        FAILS(sign(context), SCARD_W_CANCELLED_BY_USER);
    } else if (!strcmp(way, "asked-unusable")) {
        FAILS(sign(context), SCARD_E_INVALID_CHV, SCARD_W_CARD_NOT_AUTHENTICATED);
    } else if (!strcmp(way, "asked-twice")) {
        HOLDS(sign(context));
        HOLDS(sign(context));
    } else if (!strcmp(way, "asked") || !strcmp(way, "registered")) {
        HOLDS(sign(context));
        if (*way == 'r') HOLDS(questions == 1);
    } else return 64;
    HOLDS(CryptReleaseContext(context, 0));
    int status = verdict(way);
    if (!status) stop();
    return status;
}
