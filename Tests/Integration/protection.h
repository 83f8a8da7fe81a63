/* Helpers of protection-table.c, silence.c and pin-*.c: a person who answers as the test says (protection-pinentry.bash),
   a look at the calls that the token got (Tests/FaultModule), and a process of its own for each case.

   From the environment: PROTECTION_TOKEN (the token's URI without a PIN), PROTECTION_PERSON (the pinentry's folder),
   PROTECTION_FAULTS (the fault module's path, where the token is behind it). */
#ifndef PROTECTION_H
#define PROTECTION_H

#include "abi-check.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROVIDER MS_ENH_RSA_AES_PROV_A

static inline const char *environment(const char *name) {
    const char *value = getenv(name);
    if (!value) { printf("%s is not set\n", name); exit(2); }
    return value;
}

// MARK: A person

static inline const char *person_file(const char *name) {
    static _Thread_local char path[600];
    snprintf(path, sizeof path, "%s/%s", environment("PROTECTION_PERSON"), name);
    return path;
}

static inline void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file)) { printf("%s is not written\n", path); exit(2); }
}

/* The right PIN. */
static inline const char *pin(void) {
    static char text[300];
    FILE *file = fopen(person_file("pin"), "r");
    if (!file || !fgets(text, sizeof text, file)) { printf("no PIN\n"); exit(2); }
    fclose(file);
    return text;
}

/* What the person answers from now on, see protection-pinentry.bash. Forgets the questions before. */
static inline void person(const char *answers) {
    char line[1300];
    snprintf(line, sizeof line, "%s\n", answers);
    write_text(person_file("answers"), line);
    write_text(person_file("log"), "");
    unlink(person_file("open"));
}

/* How often the person was asked this (GETPIN, CONFIRM), or with these words: a line of the log has the text. */
static inline int questions(const char *text) {
    char line[4096];
    int count = 0;
    FILE *file = fopen(person_file("log"), "r");
    while (file && fgets(line, sizeof line, file)) count += strstr(line, text) != NULL;
    if (file) fclose(file);
    return count;
}

/* Whether there is anybody: without the program nobody can be asked. */
static inline void person_is_there(int is_there) {
    if (chmod(person_file("pinentry"), is_there ? 0755 : 0644)) exit(2);
}

// MARK: The token

/* The token with a PIN source, or without ("") one. */
static inline void use_token(const char *pin_source) {
    char uri[1200];
    snprintf(uri, sizeof uri, "%s%s%s", environment("PROTECTION_TOKEN"), *pin_source ? "&pin-source=" : "", pin_source);
    setenv("TOKENCSP_TOKEN", uri, 1);
}

static inline void use_right_pin_source(void) {
    char source[700];
    snprintf(source, sizeof source, "file:%s", person_file("pin"));
    use_token(source);
}

static inline void *fault_symbol(const char *name) {
    void *library = getenv("PROTECTION_FAULTS") ? dlopen(getenv("PROTECTION_FAULTS"), RTLD_NOW) : NULL;
    return library ? dlsym(library, name) : NULL;
}

/* Calls that the token got, by the fault module's count; 0 where it is not there. "*" are all. */
static inline unsigned long calls(const char *function) {
    unsigned long (*count)(const char *) = (unsigned long (*)(const char *))fault_symbol("fault_calls");
    return count ? count(function) : 0;
}

static inline int counts_calls(void) { return getenv("PROTECTION_FAULTS") != NULL; }

static inline void faults(const char *rules) {
    void (*set)(const char *) = (void (*)(const char *))fault_symbol("fault_rules");
    if (!set) { printf("no fault module\n"); exit(2); }
    set(rules);
}

// MARK: CryptoAPI

static inline HCRYPTPROV opened(const char *container, DWORD flags) {
    HCRYPTPROV provider = 0;
    /* CRYPT_VERIFYCONTEXT takes a name with the smart card provider alone. */
    if (flags == CRYPT_VERIFYCONTEXT && container)
        MUST(CryptAcquireContextA(&provider, container, MS_SCARD_PROV_A, PROV_RSA_FULL, flags));
    else
        MUST(CryptAcquireContextA(&provider, container, PROVIDER, PROV_RSA_AES, flags));
    return provider;
}

static inline BOOL set_pin(HCRYPTPROV provider, const char *value) {
    return CryptSetProvParam(provider, PP_SIGNATURE_PIN, (const BYTE *)value, 0);
}

static inline HCRYPTHASH hashed(HCRYPTPROV provider) {
    HCRYPTHASH hash = 0;
    MUST(CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash));
    MUST(CryptHashData(hash, (const BYTE *)"text", 4, 0));
    return hash;
}

/* Signs, and answers the last error; ERROR_SUCCESS where it signed. */
static inline DWORD sign(HCRYPTPROV provider, DWORD spec) {
    BYTE signature[1024];
    DWORD length = sizeof signature;
    HCRYPTHASH hash = hashed(provider);
    SetLastError(PRESET);
    DWORD code = CryptSignHashA(hash, spec, NULL, 0, signature, &length) ? ERROR_SUCCESS : GetLastError();
    CryptDestroyHash(hash);
    return code;
}

static inline void make_key(HCRYPTPROV provider, DWORD spec, DWORD flags) {
    HCRYPTKEY key = 0;
    MUST(CryptGenKey(provider, spec, 1024u << 16 | flags, &key));
    MUST(CryptDestroyKey(key));
}

// MARK: Cases

/* Shared with the processes of the cases. */
struct tally { atomic_int checks, failures, cases; };
static struct tally *tally;

/* Runs a case in a process of its own, which has used no token yet. One that hangs or crashes has failed. */
#define CASE(statements, ...) do { \
    if (!tally) tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); \
    fflush(stdout); \
    tally->cases++; \
    int before_ = tally->failures; \
    pid_t child_ = fork(); \
    if (child_ == 0) { \
        alarm(60); \
        checks = failures = 0; \
        statements; \
        tally->checks += checks; \
        tally->failures += failures; \
        fflush(stdout); \
        _exit(failures != 0); \
    } \
    int status_ = 0; \
    while (waitpid(child_, &status_, 0) < 0 && errno == EINTR) continue; \
    if (status_) { \
        if (tally->failures == before_) tally->failures++; \
        printf("    …in: "); printf(__VA_ARGS__); printf(" (status 0x%x)\n", status_); \
    } \
} while (0)

static inline int cases_verdict(const char *program) {
    if (!tally) return 2;
    printf("%s: %d cases, %d checks, %d failed\n", program, tally->cases, tally->checks, tally->failures);
    return tally->failures != 0;
}

#endif
