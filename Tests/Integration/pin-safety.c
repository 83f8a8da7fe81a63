/* What wrong PINs cost. See pin-safety.sh.
 *
 * pin-safety make:            the container "safe", with keys that ask and one that does not
 * pin-safety random KIND:     200 operations in three threads with one wrong PIN, which is KIND's: set (the program's),
 *                             source (a pin-source's), person (entered at each question), mixed (beside a right one)
 * pin-safety many:            200 operations with many different wrong PINs, and nobody to ask
 * pin-safety last-try:        what is said before the last try, and who may use it
 * pin-safety lock:            a person locks the PIN; the security officer unlocks it
 * pin-safety reset:           a person logs in, and wrong PINs are forgotten by the token
 * A number behind it is the seed. */
#include "protection.h"

#include <pthread.h>

#define CONTAINER "safe"
enum { OPERATIONS = 200, THREADS = 3 };

static void make(void) {
    HCRYPTPROV provider = 0;
    use_right_pin_source();
    MUST(CryptAcquireContextA(&provider, CONTAINER, PROVIDER, PROV_RSA_AES, CRYPT_NEWKEYSET));
    make_key(provider, AT_KEYEXCHANGE, CRYPT_EXPORTABLE);
    make_key(provider, AT_SIGNATURE, CRYPT_USER_PROTECTED);
    MUST(CryptReleaseContext(provider, 0));
}

// MARK: Operations

static const char *wrong = "99999";
static atomic_int refused;

struct actor { HCRYPTPROV own, shared; unsigned seed; int sets_pin; };

static HCRYPTPROV acquire(int sets_pin) {
    HCRYPTPROV provider = opened(CONTAINER, 0);
    if (sets_pin) MUST(set_pin(provider, wrong));
    return provider;
}

static void is_refused_as(DWORD code, DWORD other) {
    char found[20];
    snprintf(found, sizeof found, "0x%x", code);
    check(__LINE__, "SCARD_W_WRONG_CHV", code == (DWORD)SCARD_W_WRONG_CHV || code == other, found, code);
    refused++;
}

/* What wants a login answers that the PIN is wrong. */
static void is_refused(BOOL answer) { is_refused_as(answer ? ERROR_SUCCESS : GetLastError(), SCARD_W_WRONG_CHV); }

static BOOL signs(HCRYPTPROV provider, DWORD spec) {
    DWORD code = sign(provider, spec);
    SetLastError(code);
    return code == ERROR_SUCCESS;
}

static void operate(struct actor *actor) {
    BYTE data[1024] = {0};
    DWORD length = sizeof data, flags = CRYPT_FIRST;
    HCRYPTKEY key = 0, other = 0;
    HCRYPTPROV provider = rand_r(&actor->seed) % 2 ? actor->own : actor->shared;
    switch (rand_r(&actor->seed) % 11) {
    case 0: is_refused(signs(provider, AT_KEYEXCHANGE)); break;
    case 1:
        // The key that asks: what the program set is taken for one use, and then there is nobody.
        is_refused_as(sign(provider, AT_SIGNATURE), SCARD_W_CARD_NOT_AUTHENTICATED);
        break;
    case 2:
        MUST(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
        length = 5;
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data));
        is_refused(CryptDecrypt(key, 0, TRUE, 0, data, &length));
        CryptDestroyKey(key);
        break;
    case 3: is_refused(CryptGenKey(provider, AT_SIGNATURE, 1024u << 16, &key)); break;
    case 4: {
        // A context that is not asked for anything: the program's PIN does not go with a name.
        HCRYPTPROV none = 0;
        if (!actor->sets_pin) is_refused(CryptAcquireContextA(&none, CONTAINER, PROVIDER, PROV_RSA_AES, CRYPT_DELETEKEYSET));
        break;
    }
    case 5:
        MUST(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
        is_refused(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, data, &length));
        CryptDestroyKey(key);
        break;
    case 6:
        HOLDS(CryptGetProvParam(provider, PP_ENUMCONTAINERS, data, &length, flags));
        break;
    case 7: {
        HCRYPTPROV third = acquire(actor->sets_pin);
        is_refused(signs(third, AT_KEYEXCHANGE));
        CryptReleaseContext(third, 0);
        break;
    }
    case 8:
        CryptReleaseContext(actor->own, 0);
        actor->own = acquire(actor->sets_pin);
        break;
    case 9:
        if (actor->sets_pin) MUST(set_pin(provider, wrong));
        break;
    case 10:
        MUST(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
        MUST(CryptGenKey(provider, CALG_3DES, CRYPT_EXPORTABLE, &other));
        HOLDS(CryptExportKey(other, key, SIMPLEBLOB, 0, data, &length));
        CryptDestroyKey(other);
        is_refused(CryptImportKey(provider, data, length, key, 0, &other));
        CryptDestroyKey(key);
        break;
    }
}

static void *act(void *argument) {
    struct actor *actor = argument;
    for (int i = 0; i < OPERATIONS / THREADS + 1; i++) operate(actor);
    return NULL;
}

static void at_random(const char *kind, unsigned seed) {
    pthread_t threads[THREADS];
    struct actor actors[THREADS];
    char source[700];
    int sets_pin = !strcmp(kind, "set") || !strcmp(kind, "mixed");
    HCRYPTPROV right = 0;
    write_text(person_file("wrong"), wrong);
    snprintf(source, sizeof source, "file:%s", person_file("wrong"));
    use_token(!strcmp(kind, "source") ? source : "");
    person_is_there(!strcmp(kind, "person"));
    person("pin=99999");
    if (!strcmp(kind, "mixed")) {
        right = opened(CONTAINER, 0);
        MUST(set_pin(right, pin()));
        IS_TRUE(sign(right, AT_KEYEXCHANGE) == ERROR_SUCCESS);
    }
    HCRYPTPROV shared = acquire(sets_pin);
    for (int i = 0; i < THREADS; i++) {
        actors[i] = (struct actor){acquire(sets_pin), shared, seed * 100 + (unsigned)i, sets_pin};
        if (pthread_create(&threads[i], NULL, act, &actors[i])) exit(2);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    IS_TRUE(refused > 50);
    if (counts_calls()) {
        // Beside a right login a wrong PIN is compared, and not sent.
        char found[40];
        snprintf(found, sizeof found, "%lu wrong PINs", calls("wrong PINs"));
        check(__LINE__, "the token saw the wrong PIN once", calls("wrong PINs") == (right ? 0 : 1), found, 0);
    }
    if (right) IS_TRUE(sign(right, AT_KEYEXCHANGE) == ERROR_SUCCESS);
}

/* Different ones, by program and by source: they stop before the last try. */
static void many(unsigned seed) {
    person_is_there(0);
    int is_kept = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        char value[20], source[700];
        snprintf(value, sizeof value, "%05d", 90000 + rand_r(&seed) % 1000);
        write_text(person_file("wrong"), value);
        snprintf(source, sizeof source, "file:%s", person_file("wrong"));
        int by_program = rand_r(&seed) % 2;
        use_token(by_program ? "" : source);
        HCRYPTPROV provider = opened(CONTAINER, 0);
        if (by_program) MUST(set_pin(provider, value));
        DWORD code = sign(provider, i % 2 ? AT_SIGNATURE : AT_KEYEXCHANGE);
        char found[20];
        snprintf(found, sizeof found, "0x%x", code);
        // A source is no consent: it is not even read for a key that asks.
        int is_right = code == (DWORD)SCARD_W_WRONG_CHV || code == (DWORD)SCARD_W_CARD_NOT_AUTHENTICATED;
        check(__LINE__, "wrong, or not sent", is_right, found, code);
        is_kept += code == (DWORD)SCARD_W_CARD_NOT_AUTHENTICATED;
        CryptReleaseContext(provider, 0);
    }
    IS_TRUE(is_kept > OPERATIONS / 2);
    if (counts_calls()) IS_TRUE(calls("wrong PINs") <= 2);
}

// MARK: A person

static DWORD sign_once(const char *program_pin) {
    HCRYPTPROV provider = opened(CONTAINER, 0);
    if (program_pin) MUST(set_pin(provider, program_pin));
    DWORD code = sign(provider, AT_KEYEXCHANGE);
    MUST(CryptReleaseContext(provider, 0));
    return code;
}

#define ANSWERS(call, expected) do { \
    DWORD code_ = (call); \
    char found_[20]; \
    snprintf(found_, sizeof found_, "0x%x", code_); \
    check(__LINE__, #call " is " #expected, code_ == (DWORD)(expected), found_, code_); \
} while (0)

static void last_try(void) {
    use_token("");
    person_is_there(0);
    // Two tries of three are used up by the program.
    ANSWERS(sign_once("90001"), SCARD_W_WRONG_CHV);
    ANSWERS(sign_once("90002"), SCARD_W_WRONG_CHV);
    // The third is nobody's but a person's: no PIN that is at hand is sent, right or wrong.
    ANSWERS(sign_once("90003"), SCARD_W_CARD_NOT_AUTHENTICATED);
    ANSWERS(sign_once(pin()), SCARD_W_CARD_NOT_AUTHENTICATED);
    use_right_pin_source();
    ANSWERS(sign_once(NULL), SCARD_W_CARD_NOT_AUTHENTICATED);
    HCRYPTPROV silent = opened(CONTAINER, CRYPT_SILENT);
    ANSWERS(sign(silent, AT_KEYEXCHANGE), SCARD_W_CARD_NOT_AUTHENTICATED);
    // A person hears of it, and may leave it.
    person_is_there(1);
    person("cancel");
    ANSWERS(sign_once(NULL), SCARD_W_CANCELLED_BY_USER);
    IS_TRUE(questions("GETPIN") == 1 && questions("LAST TRY") == 1);
    // What the token has rejected is not sent, not even for a person.
    person("pin=90001 pin=90002 cancel");
    ANSWERS(sign_once(NULL), SCARD_W_CANCELLED_BY_USER);
    IS_TRUE(questions("GETPIN") == 3 && questions("LAST TRY") == 3 && questions("not sent again") == 2);
    person("right");
    ANSWERS(sign_once(NULL), ERROR_SUCCESS);
    IS_TRUE(questions("GETPIN") == 1 && questions("LAST TRY") == 1);
    use_token("");
    ANSWERS(sign_once(pin()), ERROR_SUCCESS);
    if (counts_calls()) IS_TRUE(calls("wrong PINs") == 2);
}

static char *officer_pin(void) {
    static char text[300];
    FILE *file = fopen(person_file("so.pin"), "r");
    if (!file || !fgets(text, sizeof text, file)) exit(2);
    fclose(file);
    return text;
}

/* The security officer sets a user PIN, the same as before. */
static DWORD unlock(const char *officer) {
    HCRYPTPROV provider = opened(CONTAINER, 0);
    SetLastError(0);
    if (!CryptSetProvParam(provider, PP_ADMIN_PIN, (const BYTE *)officer, 0)) return GetLastError();
    return set_pin(provider, pin()) ? ERROR_SUCCESS : GetLastError();
}

static void lock(void) {
    use_token("");
    person_is_there(1);
    person("pin=90001 pin=90002 pin=90003 right");
    ANSWERS(sign_once(NULL), SCARD_W_CHV_BLOCKED);
    IS_TRUE(questions("GETPIN") == 3 && questions("LAST TRY") == 1 && questions("fewer tries") == 1);
    if (counts_calls()) IS_TRUE(calls("wrong PINs") == 3);
    // Nobody is asked for what cannot help.
    person("right");
    ANSWERS(sign_once(NULL), SCARD_W_CHV_BLOCKED);
    ANSWERS(sign_once(pin()), SCARD_W_CHV_BLOCKED);
    use_right_pin_source();
    ANSWERS(sign_once(NULL), SCARD_W_CHV_BLOCKED);
    IS_TRUE(questions("GETPIN") == 0);
    if (counts_calls()) IS_TRUE(calls("wrong PINs") == 3);
}

static void unlock_and_go_on(void) {
    ANSWERS(unlock("80000001"), SCARD_W_WRONG_CHV);
    ANSWERS(unlock(officer_pin()), ERROR_SUCCESS);
    use_right_pin_source();
    ANSWERS(sign_once(NULL), ERROR_SUCCESS);
    use_token("");
    person("right");
    ANSWERS(sign_once(NULL), ERROR_SUCCESS);
    IS_TRUE(questions("GETPIN") == 1 && questions("LAST TRY") == 0 && questions("fewer tries") == 0);
}

static void reset(void) {
    use_token("");
    person_is_there(1);
    person("right");
    ANSWERS(sign_once(NULL), ERROR_SUCCESS);
}

int main(int count, char **arguments) {
    const char *command = count > 1 ? arguments[1] : "", *kind = count > 2 ? arguments[2] : "";
    unsigned seed = count > 3 ? (unsigned)atoi(arguments[3]) : 1;
    if (!strcmp(command, "make")) CASE(make(), "making");
    else if (!strcmp(command, "random")) CASE(at_random(kind, seed), "%s, seed %u", kind, seed);
    else if (!strcmp(command, "many")) CASE(many(seed), "many, seed %u", seed);
    else if (!strcmp(command, "last-try")) CASE(last_try(), "the last try");
    else if (!strcmp(command, "lock")) CASE(lock(), "locking");
    else if (!strcmp(command, "lock-and-unlock")) CASE((lock(), unlock_and_go_on()), "locking and unlocking");
    else if (!strcmp(command, "unlock")) CASE(unlock_and_go_on(), "unlocking");
    else if (!strcmp(command, "reset")) CASE(reset(), "a right PIN");
    else return 64;
    return cases_verdict(command);
}
