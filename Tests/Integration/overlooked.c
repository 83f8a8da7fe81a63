/* Two processes of one user on one SoftHSM token. See overlooked.sh.
 *
 * SoftHSM does not see what another process made between its own last search and what it makes itself. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wincrypt.h>

static int end(int line, const char *what) {
    printf("line %d: %s: 0x%08x\n", line, what, GetLastError());
    exit(1);
}
#define TRY(call) ((call) ? (void)0 : (void)end(__LINE__, #call))

static HCRYPTPROV acquire(const char *name, DWORD flags) {
    HCRYPTPROV provider = 0;
    TRY(CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, flags));
    return provider;
}

static void generate(HCRYPTPROV provider, DWORD bits) {
    HCRYPTKEY key = 0;
    TRY(CryptGenKey(provider, AT_SIGNATURE, bits << 16, &key));
    TRY(CryptDestroyKey(key));
}

/* The other process makes a container, or deletes it, when it is told to, and says when it has. */
static int tell[2], hear[2];

static void other(void) {
    char order;
    while (read(tell[0], &order, 1) == 1) {
        HCRYPTPROV provider = 0;
        usleep(100000);
        if (order == 'm') {
            generate(provider = acquire("theirs", CRYPT_NEWKEYSET), 1024);
            TRY(CryptReleaseContext(provider, 0));
        } else {
            TRY(CryptAcquireContextA(&provider, "theirs", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
        }
        TRY(write(hear[1], &order, 1) == 1);
    }
    exit(0);
}

/* What the other one does falls into the time that a pair of so many bits takes. */
static void generate_meanwhile(HCRYPTPROV provider, char order) {
    char answer;
    TRY(write(tell[1], &order, 1) == 1);
    generate(provider, 4096);
    TRY(read(hear[0], &answer, 1) == 1 && answer == order);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    TRY(pipe(tell) == 0 && pipe(hear) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(tell[1]);
        other();
    }
    for (int round = 0; round < 3; round++) {
        HCRYPTPROV own = acquire("ours", CRYPT_NEWKEYSET), theirs, deleted;
        HCRYPTKEY key = 0;
        generate_meanwhile(own, 'm');
        theirs = acquire("theirs", 0);
        TRY(CryptGetUserKey(theirs, AT_SIGNATURE, &key));
        TRY(CryptDestroyKey(key));
        TRY(CryptReleaseContext(theirs, 0));
        generate_meanwhile(own, 'd');
        TRY(!CryptAcquireContextA(&theirs, "theirs", NULL, PROV_RSA_AES, 0) && GetLastError() == (DWORD)NTE_BAD_KEYSET);
        TRY(CryptReleaseContext(own, 0));
        TRY(CryptAcquireContextA(&deleted, "ours", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    }
    close(tell[1]);
    int status = 0;
    TRY(waitpid(child, &status, 0) == child && status == 0);
    printf("both processes saw what the other one did\n");
    return 0;
}
