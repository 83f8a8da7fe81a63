/* A program that signs, and whose user is asked by the library: how it lives with signals meanwhile.
 *
 * prompt-program MODE CONTAINER
 *   sign       once                          handler  twice, with a handler of its own
 *   ignore     once, signals ignored         thread   once, in a second thread, and the signals in the first
 *   exit       a second thread signs, the first ends the process by exit(5) after a second
 *   leave      a second thread signs, the first ends the process by exit(5) when SIGUSR1 comes
 *   fork       a second thread signs, the first forks a child that ends by exit(0)
 *   consent    three times, after it has set the PIN that stands in DEMO_PIN
 *   silent     once, with CRYPT_SILENT
 *   twice, thrice                        words    once, with PP_PIN_PROMPT_STRING */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <windows.h>

static const char *container;
static DWORD flags;
static HCRYPTPROV provider;

static void said(const char *text) {
    if (write(1, text, strlen(text)) < 0) _exit(99);
}

static void handler(int number) {
    (void)number;
    said("handled\n");
}

static void handle(void (*function)(int)) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (unsigned i = 0; i < 4; i++) signal(numbers[i], function);
}

static void failed(const char *what) {
    char line[80];
    snprintf(line, sizeof line, "%s: 0x%08X\n", what, (unsigned)GetLastError());
    said(line);
}

static void acquire(void) {
    if (CryptAcquireContextA(&provider, container, NULL, PROV_RSA_AES, flags)) return;
    failed("CryptAcquireContext");
    exit(3);
}

static void *sign(void *unused) {
    HCRYPTHASH hash = 0;
    BYTE signature[512];
    DWORD length = sizeof signature;
    if (!CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash) || !CryptHashData(hash, (const BYTE *)"data", 4, 0)) {
        failed("CryptCreateHash");
    } else if (CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length)) {
        said("signed\n");
    } else {
        failed("CryptSignHash");
    }
    CryptDestroyHash(hash);
    return unused;
}

int main(int count, char **arguments) {
    if (count < 3) return 64;
    const char *mode = arguments[1];
    container = arguments[2];
    if (strcmp(mode, "silent") == 0) flags = CRYPT_SILENT;
    acquire();
    pthread_t thread;
    if (strcmp(mode, "handler") == 0) {
        handle(handler);
        sign(NULL);
        sign(NULL);
    } else if (strcmp(mode, "ignore") == 0) {
        handle(SIG_IGN);
        sign(NULL);
    } else if (strcmp(mode, "thread") == 0) {
        handle(handler);
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        if (pthread_create(&thread, NULL, sign, NULL) != 0) return 2;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_join(thread, NULL);
        sign(NULL);
    } else if (strcmp(mode, "exit") == 0) {
        if (pthread_create(&thread, NULL, sign, NULL) != 0) return 2;
        sleep(1);
        exit(5);
    } else if (strcmp(mode, "leave") == 0) {
        sigset_t one;
        int number;
        sigemptyset(&one);
        sigaddset(&one, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &one, NULL);
        if (pthread_create(&thread, NULL, sign, NULL) != 0) return 2;
        sigwait(&one, &number);
        exit(5);
    } else if (strcmp(mode, "fork") == 0) {
        if (pthread_create(&thread, NULL, sign, NULL) != 0) return 2;
        sleep(1);
        pid_t child = fork();
        if (child == 0) exit(0);
        waitpid(child, NULL, 0);
        said("forked\n");
        pthread_join(thread, NULL);
    } else if (strcmp(mode, "consent") == 0) {
        const char *pin = getenv("DEMO_PIN");
        if (pin == NULL || !CryptSetProvParam(provider, PP_SIGNATURE_PIN, (const BYTE *)pin, 0)) return 2;
        for (int i = 0; i < 3; i++) sign(NULL);
    } else {
        int uses = strcmp(mode, "thrice") == 0 ? 3 : strcmp(mode, "twice") == 0 ? 2 : 1;
        if (strcmp(mode, "words") == 0
            && !CryptSetProvParam(provider, PP_PIN_PROMPT_STRING, (const BYTE *)u"Pay 5 euros", 0)) return 2;
        for (int i = 0; i < uses; i++) sign(NULL);
    }
    CryptReleaseContext(provider, 0);
    return 0;
}
