/* Questions and what goes on beside them. See pin-prompts.sh.
 *
 * pin-prompts make | threads | beside | failures | words | pad | pad-stores | expired */
#include "protection.h"

#include <pthread.h>
#include <signal.h>

#define CONTAINER "prompts"

static void make(void) {
    HCRYPTPROV provider = 0;
    use_right_pin_source();
    MUST(CryptAcquireContextA(&provider, CONTAINER, PROVIDER, PROV_RSA_AES, CRYPT_NEWKEYSET));
    make_key(provider, AT_KEYEXCHANGE, 0);
    make_key(provider, AT_SIGNATURE, CRYPT_USER_PROTECTED);
    MUST(CryptReleaseContext(provider, 0));
    MUST(CryptAcquireContextA(&provider, "high", PROVIDER, PROV_RSA_AES, CRYPT_NEWKEYSET));
    make_key(provider, AT_KEYEXCHANGE, 0);
    make_key(provider, AT_SIGNATURE, CRYPT_FORCE_KEY_PROTECTION_HIGH);
    MUST(CryptReleaseContext(provider, 0));
}

#define ANSWERS(call, expected) do { \
    DWORD code_ = (call); \
    char found_[20]; \
    snprintf(found_, sizeof found_, "0x%x", code_); \
    check(__LINE__, #call " is " #expected, code_ == (DWORD)(expected), found_, code_); \
} while (0)

#define ASKED(pins, consents) do { \
    char found_[40]; \
    snprintf(found_, sizeof found_, "%d PINs, %d consents", questions("GETPIN"), questions("CONFIRM")); \
    check(__LINE__, #pins " PINs, " #consents " consents", questions("GETPIN") == (pins) && questions("CONFIRM") == (consents), found_, 0); \
    IS_TRUE(questions("OVERLAP") == 0); \
} while (0)

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits until so many questions have been asked. */
static void wait_for_question(int count) {
    double end = seconds() + 20;
    while (questions("GETPIN") + questions("CONFIRM") < count) {
        if (seconds() > end) { printf("no question\n"); exit(1); }
        usleep(5000);
    }
}

// MARK: Threads that want the same

enum { THREADS = 4 };
struct use { HCRYPTPROV provider; DWORD spec, code; };

static void *use(void *argument) {
    struct use *use = argument;
    use->code = sign(use->provider, use->spec);
    return NULL;
}

static void together(struct use uses[THREADS], int one_context, DWORD spec) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        uses[i] = (struct use){one_context && i ? uses[0].provider : opened(CONTAINER, 0), spec, 0};
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, use, &uses[i])) exit(2);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static void threads_want_a_pin(int one_context) {
    struct use uses[THREADS];
    use_token("");
    person("sleep=1 die");
    together(uses, one_context, AT_KEYEXCHANGE);
    for (int i = 0; i < THREADS; i++) ANSWERS(uses[i].code, ERROR_SUCCESS);
    ASKED(1, 0);
    if (counts_calls()) IS_TRUE(calls("C_Login") == 1);
}

/* A refusal is for all who waited as well. */
static void threads_are_refused(int one_context) {
    struct use uses[THREADS];
    use_token("");
    person("sleep-cancel=1 right");
    together(uses, one_context, AT_KEYEXCHANGE);
    for (int i = 0; i < THREADS; i++) ANSWERS(uses[i].code, SCARD_W_CANCELLED_BY_USER);
    ASKED(1, 0);
    person("right");
    ANSWERS(sign(uses[0].provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
}

/* Consent is each use's own: one question after the other. */
static void threads_want_consent(int one_context) {
    struct use uses[THREADS];
    use_right_pin_source();
    person("sleep=0.2 sleep=0.2 sleep-cancel=0.2 right");
    together(uses, one_context, AT_SIGNATURE);
    int refusals = 0;
    for (int i = 0; i < THREADS; i++) {
        if (uses[i].code) ANSWERS(uses[i].code, SCARD_W_CANCELLED_BY_USER);
        refusals += uses[i].code != 0;
    }
    IS_TRUE(refusals == 1);
    ASKED(0, THREADS);
}

// MARK: What goes on beside an open question

struct beside { HCRYPTPROV provider; atomic_int stop, signatures, lists; };

static void *go_on(void *argument) {
    struct beside *beside = argument;
    while (!beside->stop) {
        char name[300];
        DWORD length = sizeof name;
        IS_TRUE(sign(beside->provider, AT_KEYEXCHANGE) == ERROR_SUCCESS);
        beside->signatures++;
        if (beside->signatures % 10) continue;
        IS_TRUE(CryptGetProvParam(beside->provider, PP_ENUMCONTAINERS, (BYTE *)name, &length, CRYPT_FIRST));
        HCRYPTPROV other = opened(CONTAINER, 0);
        CryptReleaseContext(other, 0);
        beside->lists++;
    }
    return NULL;
}

/* A question is open for three seconds in one thread; another signs with a key that asks nothing. */
static void open_question(int one_context, const char *container, int pins, int consents) {
    struct beside beside = {0};
    pthread_t thread, asking;
    use_token("");
    struct use asked = {opened(container, 0), AT_SIGNATURE, 0};
    beside.provider = one_context ? asked.provider : opened(CONTAINER, 0);
    MUST(set_pin(beside.provider, pin()));
    IS_TRUE(sign(beside.provider, AT_KEYEXCHANGE) == ERROR_SUCCESS);
    if (one_context) IS_TRUE(sign(beside.provider, AT_SIGNATURE) == ERROR_SUCCESS);
    person("sleep=3");
    if (pthread_create(&asking, NULL, use, &asked)) exit(2);
    wait_for_question(1);
    if (pthread_create(&thread, NULL, go_on, &beside)) exit(2);
    usleep(2000000);
    beside.stop = 1;
    pthread_join(thread, NULL);
    printf("%d signatures and %d lists beside an open question\n", beside.signatures, beside.lists);
    IS_TRUE(beside.signatures >= 100 && beside.lists > 0);
    pthread_join(asking, NULL);
    ANSWERS(asked.code, ERROR_SUCCESS);
    ASKED(pins, consents);
}

/* The context goes while its question is open. */
static void released_meanwhile(void) {
    pthread_t asking;
    use_token("");
    struct use asked = {opened(CONTAINER, 0), AT_SIGNATURE, 0};
    person("sleep=1");
    if (pthread_create(&asking, NULL, use, &asked)) exit(2);
    wait_for_question(1);
    CryptReleaseContext(asked.provider, 0);
    pthread_join(asking, NULL);
    IS_TRUE(asked.code == ERROR_SUCCESS || asked.code == ERROR_INVALID_PARAMETER || asked.code == (DWORD)NTE_BAD_UID
        || asked.code == (DWORD)NTE_BAD_HASH);
    person("right");
    ANSWERS(sign(opened(CONTAINER, 0), AT_SIGNATURE), ERROR_SUCCESS);
}

// MARK: Questions that come to nothing

static void *kill_pinentry(void *unused) {
    wait_for_question(1);
    FILE *file = fopen(person_file("process"), "r");
    int process = 0;
    if (!file || fscanf(file, "%d", &process) != 1 || kill(process, SIGKILL)) printf("not killed\n");
    if (file) fclose(file);
    return unused;
}

/* Nothing is begun, nothing is lost, and the next use works. */
static void come_to_nothing(const char *answer, DWORD code, DWORD spec, int repeats) {
    use_token("");
    HCRYPTPROV provider = opened(CONTAINER, 0);
    unsigned long open = 0;
    for (int i = 0; i < repeats; i++) {
        unsigned long operations = calls("C_SignInit"), logins = calls("C_Login");
        person(answer);
        pthread_t killer;
        int kills = !strcmp(answer, "sleep=30");
        if (kills && pthread_create(&killer, NULL, kill_pinentry, NULL)) exit(2);
        double start = seconds();
        ANSWERS(sign(provider, spec), code);
        IS_TRUE(seconds() - start < 10);
        if (kills) pthread_join(killer, NULL);
        IS_TRUE(questions("GETPIN") + questions("CONFIRM") == 1);
        IS_TRUE(calls("C_SignInit") == operations && calls("C_Login") == logins);
        if (i == 0) open = calls("C_OpenSession") - calls("C_CloseSession");
    }
    IS_TRUE(calls("C_OpenSession") - calls("C_CloseSession") == open);
    person("right");
    ANSWERS(sign(provider, spec), ERROR_SUCCESS);
    ANSWERS(sign(provider, spec), ERROR_SUCCESS);
}

/* The same for a yes that was wanted. */
static void consent_comes_to_nothing(const char *answer, DWORD code) {
    use_token("");
    HCRYPTPROV provider = opened(CONTAINER, 0);
    person("right");
    ANSWERS(sign(provider, AT_SIGNATURE), ERROR_SUCCESS);
    ANSWERS(sign(provider, AT_SIGNATURE), ERROR_SUCCESS);
    ASKED(1, 1);
    unsigned long operations = calls("C_SignInit"), open = calls("C_OpenSession") - calls("C_CloseSession");
    person(answer);
    ANSWERS(sign(provider, AT_SIGNATURE), code);
    ASKED(0, 1);
    IS_TRUE(calls("C_SignInit") == operations && calls("C_OpenSession") - calls("C_CloseSession") == open);
    ANSWERS(sign(provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
    person("right");
    ANSWERS(sign(provider, AT_SIGNATURE), ERROR_SUCCESS);
}

// MARK: What is said

static void words(const char *program) {
    static const WCHAR prompt[] = {'P', 'l', 'e', 'a', 's', 'e', '!', 0};
    char process[40], asker[80];
    use_token("");
    HCRYPTPROV provider = opened(CONTAINER, 0);
    MUST(CryptSetProvParam(provider, PP_PIN_PROMPT_STRING, (const BYTE *)prompt, 0));
    person("pin=90009 cancel");
    ANSWERS(sign(provider, AT_SIGNATURE), SCARD_W_CANCELLED_BY_USER);
    ASKED(2, 0);
    snprintf(process, sizeof process, "process %d", (int)getpid());
    snprintf(asker, sizeof asker, "\"%s\"", program);
    const char *each[] = {process, asker, "sign", "signature key", "container \"" CONTAINER "\"", "Token: ", "Please!", "asks at each use"};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) check(__LINE__, each[i], questions(each[i]) == 2, "is not said", 0);
    IS_TRUE(questions("Wrong PIN") == 1);
    IS_TRUE(questions("90009") == 0);
    person("right");
    ANSWERS(sign(provider, AT_SIGNATURE), ERROR_SUCCESS);
}

// MARK: A PIN pad

static void pad(void) {
    use_token("");
    setenv("FAULT_PAD_PIN", pin(), 1);
    faults("pad");
    person("die");
    HCRYPTPROV provider = opened(CONTAINER, 0), high = opened("high", 0);
    ANSWERS(sign(opened(CONTAINER, CRYPT_SILENT), AT_KEYEXCHANGE), NTE_SILENT_CONTEXT);
    IS_TRUE(calls("C_Login") == 0);
    ANSWERS(sign(provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
    ANSWERS(sign(provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
    IS_TRUE(calls("C_Login") == 1);
    // Each use of a key that asks is an entry at the pad, of which the token itself wants one; the first is the login.
    for (int i = 0; i < 2; i++) {
        unsigned long before = calls("C_Login");
        ANSWERS(sign(high, AT_SIGNATURE), ERROR_SUCCESS);
        char found[40];
        snprintf(found, sizeof found, "%lu logins", calls("C_Login") - before);
        check(__LINE__, "one entry at the pad, and one before it for the login", calls("C_Login") - before == (i ? 1 : 2), found, 0);
    }
    faults("pad\nfail C_Login 50 1");
    ANSWERS(sign(high, AT_SIGNATURE), SCARD_W_CANCELLED_BY_USER);
    faults("pad\nfail C_Login a0 1");
    ANSWERS(sign(high, AT_SIGNATURE), ERROR_SUCCESS);
    faults("pad");
    // The context that was there before keeps on.
    ANSWERS(sign(provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
    // An entry at the pad proves nothing for a context with a PIN of its own.
    HCRYPTPROV wrong = opened(CONTAINER, CRYPT_SILENT);
    MUST(set_pin(wrong, "99999"));
    ANSWERS(sign(wrong, AT_KEYEXCHANGE), SCARD_W_WRONG_CHV);
    ANSWERS(sign(wrong, AT_KEYEXCHANGE), SCARD_W_WRONG_CHV);
    ANSWERS(sign(provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
    ASKED(0, 0);
}

/* The same on a token that stores CKA_ALWAYS_AUTHENTICATE and does nothing: the login at the pad is the entry. */
static void pad_stores(void) {
    use_token("");
    setenv("FAULT_PAD_PIN", pin(), 1);
    faults("pad");
    person("die");
    HCRYPTPROV high = opened("high", 0);
    for (int i = 0; i < 3; i++) {
        ANSWERS(sign(high, AT_SIGNATURE), ERROR_SUCCESS);
        setenv("FAULT_PAD_PIN", "99999", 1);
        ANSWERS(sign(high, AT_SIGNATURE), SCARD_W_WRONG_CHV);
        setenv("FAULT_PAD_PIN", pin(), 1);
    }
    ASKED(0, 0);
}

static void pad_refused(const char *rules, const char *value, DWORD code, unsigned long logins) {
    use_token("");
    setenv("FAULT_PAD_PIN", value ? value : pin(), 1);
    faults(rules);
    person("die");
    HCRYPTPROV provider = opened(CONTAINER, 0);
    ANSWERS(sign(provider, AT_KEYEXCHANGE), code);
    char found[40];
    snprintf(found, sizeof found, "%lu logins", calls("C_Login"));
    check(__LINE__, "entries at the pad", calls("C_Login") == logins, found, 0);
    setenv("FAULT_PAD_PIN", pin(), 1);
    if (code == (DWORD)SCARD_W_CHV_BLOCKED) return;
    ANSWERS(sign(provider, AT_KEYEXCHANGE), ERROR_SUCCESS);
    ASKED(0, 0);
}

// MARK: A PIN that has expired

static void expired(void) {
    const char *old = pin();
    char first[300], second[320], answers[1200];
    snprintf(first, sizeof first, "%s", old);
    snprintf(second, sizeof second, "new-%s", first);
    use_token("");
    faults("expired");
    // Nobody can be asked for a new one.
    person_is_there(0);
    HCRYPTPROV provider = opened(CONTAINER, 0);
    MUST(set_pin(provider, first));
    ANSWERS(sign(provider, AT_KEYEXCHANGE), NTE_PASSWORD_CHANGE_REQUIRED);
    HCRYPTPROV silent = opened(CONTAINER, CRYPT_SILENT);
    MUST(set_pin(silent, first));
    ANSWERS(sign(silent, AT_KEYEXCHANGE), NTE_PASSWORD_CHANGE_REQUIRED);
    IS_TRUE(calls("C_SetPIN") == 0);
    // Somebody can, and does not want to.
    person_is_there(1);
    HCRYPTPROV asking = opened(CONTAINER, 0);
    person("right cancel");
    ANSWERS(sign(asking, AT_KEYEXCHANGE), SCARD_W_CANCELLED_BY_USER);
    ASKED(2, 0);
    IS_TRUE(calls("C_SetPIN") == 0);
    // Two that differ, then a new one twice.
    snprintf(answers, sizeof answers, "right pin=%s pin=other pin=%s pin=%s die", second, second, second);
    person(answers);
    ANSWERS(sign(asking, AT_KEYEXCHANGE), ERROR_SUCCESS);
    IS_TRUE(questions("expired") > 0 && calls("C_SetPIN") == 1);
    write_text(person_file("pin"), second);
    person("right");
    ANSWERS(sign(opened(CONTAINER, 0), AT_KEYEXCHANGE), ERROR_SUCCESS);
    ANSWERS(sign(provider, AT_KEYEXCHANGE), SCARD_W_WRONG_CHV);
}

int main(int count, char **arguments) {
    const char *command = count > 1 ? arguments[1] : "";
    person_is_there(1);
    if (!strcmp(command, "make")) {
        CASE(make(), "making");
    } else if (!strcmp(command, "threads")) {
        for (int one = 0; one < 2; one++) {
            CASE(threads_want_a_pin(one), "threads want a PIN, %d", one);
            CASE(threads_are_refused(one), "threads are refused, %d", one);
            CASE(threads_want_consent(one), "threads want consent, %d", one);
        }
    } else if (!strcmp(command, "beside")) {
        CASE(open_question(0, CONTAINER, 1, 0), "an open question");
        CASE(open_question(1, CONTAINER, 0, 1), "an open question of the same context");
        CASE(open_question(0, "high", 1, 0), "an open question for a PIN each time");
        CASE(released_meanwhile(), "released meanwhile");
    } else if (!strcmp(command, "failures")) {
        CASE(come_to_nothing("cancel", SCARD_W_CANCELLED_BY_USER, AT_KEYEXCHANGE, 10), "cancel");
        CASE(come_to_nothing("cancel", SCARD_W_CANCELLED_BY_USER, AT_SIGNATURE, 10), "cancel, a key that asks");
        CASE(come_to_nothing("die", SCARD_W_CARD_NOT_AUTHENTICATED, AT_KEYEXCHANGE, 3), "a pinentry that dies");
        CASE(come_to_nothing("silence", ERROR_TIMEOUT, AT_SIGNATURE, 2), "no answer");
        CASE(come_to_nothing("sleep=30", SCARD_W_CARD_NOT_AUTHENTICATED, AT_SIGNATURE, 2), "a pinentry that is killed");
        CASE(consent_comes_to_nothing("cancel", SCARD_W_CANCELLED_BY_USER), "no consent");
        CASE(consent_comes_to_nothing("silence", ERROR_TIMEOUT), "no answer to the question for consent");
        CASE(consent_comes_to_nothing("die", SCARD_W_CARD_NOT_AUTHENTICATED), "a pinentry that dies, consent");
    } else if (!strcmp(command, "words")) {
        CASE(words("pin-prompts"), "words");
    } else if (!strcmp(command, "pad")) {
        CASE(pad(), "a pad");
        CASE(pad_refused("pad\nfail C_Login 50 1", NULL, SCARD_W_CANCELLED_BY_USER, 1), "cancelled at the pad");
        CASE(pad_refused("pad\nfail C_Login a0 2", NULL, ERROR_SUCCESS, 3), "a wrong PIN at the pad, twice");
        CASE(pad_refused("pad", "90001", SCARD_W_WRONG_CHV, 3), "a wrong PIN at the pad, three times");
        CASE(pad_refused("pad\nlock 3", "90001", SCARD_W_CHV_BLOCKED, 3), "locked at the pad");
    } else if (!strcmp(command, "pad-stores")) {
        CASE(pad_stores(), "a pad of a token that enforces nothing");
    } else if (!strcmp(command, "expired")) {
        CASE(expired(), "an expired PIN");
    } else {
        return 64;
    }
    return cases_verdict(command);
}
