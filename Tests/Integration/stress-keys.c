/* Threads that make, list, use, replace and delete key pairs on one token. See stress-threads.sh, stress-processes.sh.
 *
 * stress-keys SECONDS THREADS [NUMBER PEER]: ends with 0 where no call failed; prints what it did. With two numbers
 * it waits for another process on the same token before it deletes what it has kept: each then uses the other's keys,
 * which are told in the files kept.NUMBER of the working folder. */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wincrypt.h>
#include "consent.h"

#define KEPT 3
#define BITS (1024u << 16)
static const char text[] = "The quick brown fox jumps over the lazy dog";
static const DWORD policies[] = {0, CRYPT_EXPORTABLE, CRYPT_ARCHIVABLE, CRYPT_USER_PROTECTED};
/* The last one is left out where two processes meet: each use of such a key logs in, SoftHSM then empties and writes its
 * token file, and another process that reads it meanwhile loses the token for as long. One process does that well. */
static unsigned policy_count = 4;

static atomic_int failures, stopping;
static atomic_long generated, replaced, signatures, listings, opened, deleted, ephemeral;
static time_t end;

struct container {
    char name[64];
    DWORD spec;
    BYTE blob[512];
    DWORD blob_length;
};

struct worker {
    pthread_t thread;
    int number;
    unsigned made;
    int kept;
    struct container containers[KEPT];
};

static int failed(int line, const char *name, const char *what) {
    DWORD code = GetLastError();
    if (failures++ < 20) printf("line %d: %s: %s failed: 0x%08x\n", line, name, what, code);
    return 0;
}
#define TRY(name, call) ((call) ? 1 : failed(__LINE__, name, #call))

static int public_key(HCRYPTKEY key, const char *name, BYTE blob[512], DWORD *length) {
    *length = 512;
    return TRY(name, CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, length));
}

static HCRYPTHASH hash_text(HCRYPTPROV provider, const char *name) {
    HCRYPTHASH hash = 0;
    if (!TRY(name, CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash))) return 0;
    if (!TRY(name, CryptHashData(hash, (const BYTE *)text, sizeof text - 1, 0))) return 0;
    return hash;
}

/* Signs with the container's pair; a context without a container verifies with the public key in the blob. */
static void sign_and_verify(HCRYPTPROV provider, const char *name, DWORD spec, const BYTE *blob, DWORD blob_length) {
    BYTE signature[512];
    DWORD length = sizeof signature;
    HCRYPTHASH hash = hash_text(provider, name);
    HCRYPTPROV verifier = 0;
    HCRYPTKEY imported = 0;
    if (hash && TRY(name, consent(provider)) && TRY(name, CryptSignHashA(hash, spec, NULL, 0, signature, &length)) &&
        TRY(name, CryptAcquireContextA(&verifier, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT))) {
        HCRYPTHASH other = hash_text(verifier, name);
        if (other && TRY(name, CryptImportKey(verifier, blob, blob_length, 0, 0, &imported)) &&
            TRY(name, CryptVerifySignatureA(other, signature, length, imported, NULL, 0))) signatures++;
        if (imported) TRY(name, CryptDestroyKey(imported));
        if (other) TRY(name, CryptDestroyHash(other));
        TRY(name, CryptReleaseContext(verifier, 0));
    }
    if (hash) TRY(name, CryptDestroyHash(hash));
}

/* Every container that this thread keeps is in the list. */
static void list(HCRYPTPROV provider, const struct worker *worker) {
    const char *self = "list";
    int found = 0;
    DWORD flags = CRYPT_FIRST;
    for (;;) {
        char name[512];
        DWORD length = sizeof name;
        if (!CryptGetProvParam(provider, PP_ENUMCONTAINERS, (BYTE *)name, &length, flags)) {
            if (GetLastError() != ERROR_NO_MORE_ITEMS) failed(__LINE__, self, "PP_ENUMCONTAINERS");
            break;
        }
        for (int i = 0; i < worker->kept; i++) found += !strcmp(name, worker->containers[i].name);
        flags = CRYPT_NEXT;
    }
    if (found != worker->kept && failures++ < 20) printf("%d of %d own containers are listed\n", found, worker->kept);
    listings++;
}

static int generate(HCRYPTPROV provider, struct container *container, DWORD policy) {
    HCRYPTKEY key = 0;
    if (!TRY(container->name, CryptGenKey(provider, container->spec, BITS | policy, &key))) return 0;
    int right = public_key(key, container->name, container->blob, &container->blob_length);
    TRY(container->name, CryptDestroyKey(key));
    return right;
}

static void make(struct worker *worker) {
    struct container *container = &worker->containers[worker->kept];
    unsigned number = worker->made++;
    HCRYPTPROV provider = 0;
    snprintf(container->name, sizeof container->name, "stress-%d-%d-%u", getpid(), worker->number, number);
    container->spec = number & 1 ? AT_SIGNATURE : AT_KEYEXCHANGE;
    const char *name = container->name;
    if (!TRY(name, CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET))) return;
    worker->kept++;
    if (generate(provider, container, policies[number / 2 % policy_count])) {
        generated++;
        sign_and_verify(provider, name, container->spec, container->blob, container->blob_length);
    }
    list(provider, worker);
    if (number % 5 == 4 && generate(provider, container, policies[number % policy_count])) {
        replaced++;
        sign_and_verify(provider, name, container->spec, container->blob, container->blob_length);
    }
    TRY(name, CryptReleaseContext(provider, 0));
}

/* A kept container opens again, and holds the key that was made in it. */
static void reopen(struct container *container) {
    const char *name = container->name;
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    BYTE blob[512];
    DWORD length;
    if (!TRY(name, CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, 0))) return;
    if (TRY(name, CryptGetUserKey(provider, container->spec, &key))) {
        if (public_key(key, name, blob, &length)) {
            if (length != container->blob_length || memcmp(blob, container->blob, length)) {
                if (failures++ < 20) printf("%s holds another key than was made\n", name);
            }
            sign_and_verify(provider, name, container->spec, container->blob, container->blob_length);
            opened++;
        }
        TRY(name, CryptDestroyKey(key));
    }
    TRY(name, CryptReleaseContext(provider, 0));
}

static void delete(struct worker *worker, int index) {
    HCRYPTPROV provider = 0;
    const char *name = worker->containers[index].name;
    if (TRY(name, CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET))) deleted++;
    worker->containers[index] = worker->containers[--worker->kept];
}

/* A pair of session objects beside all that. */
static void make_ephemeral(const char *name) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    BYTE blob[512];
    DWORD length;
    if (!TRY(name, CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT))) return;
    if (TRY(name, CryptGenKey(provider, AT_SIGNATURE, BITS, &key))) {
        if (public_key(key, name, blob, &length)) sign_and_verify(provider, name, AT_SIGNATURE, blob, length);
        TRY(name, CryptDestroyKey(key));
        ephemeral++;
    }
    TRY(name, CryptReleaseContext(provider, 0));
}

static void *work(void *argument) {
    struct worker *worker = argument;
    while (time(NULL) < end && !stopping) {
        if (worker->kept == KEPT) delete(worker, (int)(worker->made % KEPT));
        make(worker);
        for (int i = 0; i < worker->kept; i++) reopen(&worker->containers[i]);
        if (worker->made % 4 == 0) make_ephemeral("ephemeral");
        if (failures > 50) stopping = 1;
    }
    return NULL;
}

/* Tells the other process something by a file that appears at once as a whole. */
static void tell(const char *what, const char *number, const struct worker *workers, int threads) {
    char path[64], partial[80];
    snprintf(path, sizeof path, "%s.%s", what, number);
    snprintf(partial, sizeof partial, "%s.partial", path);
    FILE *file = fopen(partial, "wb");
    if (!file) exit(2);
    for (int i = 0; i < threads; i++)
        fwrite(workers[i].containers, sizeof(struct container), (size_t)workers[i].kept, file);
    if (fclose(file) || rename(partial, path)) exit(2);
}

static FILE *hear(const char *what, const char *number) {
    char path[64];
    snprintf(path, sizeof path, "%s.%s", what, number);
    for (int tries = 0; tries < 6000; tries++) {
        FILE *file = fopen(path, "rb");
        if (file) return file;
        usleep(10000);
    }
    printf("the other process does not come to an end\n");
    exit(3);
}

/* What this process saw come and go all the time is what the other one has kept. */
static void use_the_others(const char *number, const char *peer, const struct worker *workers, int threads) {
    struct container container;
    long before = opened, others = 0;
    tell("kept", number, workers, threads);
    FILE *file = hear("kept", peer);
    while (fread(&container, sizeof container, 1, file) == 1) {
        others++;
        reopen(&container);
    }
    fclose(file);
    printf("of the other process' %ld containers %ld are right\n", others, opened - before);
    tell("used", number, workers, 0);
    fclose(hear("used", peer));
}

int main(int count, char **arguments) {
    if (count != 3 && count != 5) return 64;
    setvbuf(stdout, NULL, _IOLBF, 0);
    int threads = atoi(arguments[2]);
    if (count == 5) policy_count = 3;
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    end = time(NULL) + atoi(arguments[1]);
    for (int i = 0; i < threads; i++) {
        workers[i].number = i;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i])) return 2;
    }
    for (int i = 0; i < threads; i++) pthread_join(workers[i].thread, NULL);
    if (count == 5) use_the_others(arguments[3], arguments[4], workers, threads);
    for (int i = 0; i < threads; i++)
        while (workers[i].kept > 0) delete(&workers[i], 0);
    free(workers);
    printf("%d threads, %s s: generated %ld, replaced %ld, session pairs %ld, signed and verified %ld, listed %ld, "
           "opened again %ld, deleted %ld; %d failures\n", threads, arguments[1], generated, replaced, ephemeral,
           signatures, listings, opened, deleted, failures);
    return failures != 0 || generated == 0;
}
