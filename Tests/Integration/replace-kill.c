/* One container whose signature key is replaced again and again, or checked. See replace-kill.sh.
 *
 * replace-kill loop NAME:   makes the container unless it is there, then new keys until somebody ends the program; says
 *                           "ready" and the hash of each key that is complete.
 * replace-kill check NAME:  opens the container, signs, verifies; says "key HASH", "empty" or "absent". 1 for a failure.
 * replace-kill make NAME:   as check, but first makes container and key where they are not there.
 * replace-kill once NAME:   makes a new key in the container, and counts the calls that change a file, by the library
 *                           replace-points.c that is preloaded.
 * replace-kill delete NAME: removes the container. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wincrypt.h>

#define BITS (2048u << 16)
static const char text[] = "The quick brown fox jumps over the lazy dog";

static void failed(const char *what) {
    printf("%s failed: 0x%08x\n", what, GetLastError());
    exit(1);
}
#define MUST(call) do { if (!(call)) failed(#call); } while (0)

/* FNV-1a over the public key. */
static unsigned long long fingerprint(HCRYPTKEY key, BYTE blob[1024], DWORD *length) {
    unsigned long long hash = 0xcbf29ce484222325u;
    *length = 1024;
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, length));
    for (DWORD i = 0; i < *length; i++) hash = (hash ^ blob[i]) * 0x100000001b3u;
    return hash;
}

static HCRYPTHASH hash_text(HCRYPTPROV provider) {
    HCRYPTHASH hash = 0;
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    MUST(CryptHashData(hash, (const BYTE *)text, sizeof text - 1, 0));
    return hash;
}

static void use(HCRYPTPROV provider, HCRYPTKEY key) {
    BYTE blob[1024], signature[512];
    DWORD blob_length, length = sizeof signature;
    unsigned long long hash = fingerprint(key, blob, &blob_length);
    const RSAPUBKEY *rsa = (const RSAPUBKEY *)(blob + sizeof(BLOBHEADER));
    if (rsa->bitlen != BITS >> 16 || blob_length != sizeof(BLOBHEADER) + sizeof *rsa + rsa->bitlen / 8) {
        printf("the public key is not complete\n");
        exit(1);
    }
    HCRYPTPROV verifier = 0;
    HCRYPTKEY imported = 0;
    MUST(CryptSignHashA(hash_text(provider), AT_SIGNATURE, NULL, 0, signature, &length));
    MUST(CryptAcquireContextA(&verifier, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptImportKey(verifier, blob, blob_length, 0, 0, &imported));
    MUST(CryptVerifySignatureA(hash_text(verifier), signature, length, imported, NULL, 0));
    printf("key %016llx\n", hash);
}

static HCRYPTPROV opened_or_made(const char *name) {
    HCRYPTPROV provider = 0;
    if (!CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, 0))
        MUST(CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    return provider;
}

static void loop(const char *name) {
    BYTE blob[1024];
    DWORD length;
    printf("ready\n");
    HCRYPTPROV provider = opened_or_made(name);
    for (;;) {
        HCRYPTKEY key = 0;
        MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
        printf("key %016llx\n", fingerprint(key, blob, &length));
        MUST(CryptDestroyKey(key));
    }
}

__attribute__((weak)) void kill_points_arm(void);
__attribute__((weak)) int kill_points_count(void);

static void once(const char *name) {
    if (!kill_points_arm || !kill_points_count) exit(64);
    BYTE blob[1024];
    DWORD length;
    HCRYPTKEY key = 0;
    HCRYPTPROV provider = opened_or_made(name);
    // Logged in before: SoftHSM writes its token file at each login, and a kill within that costs the whole token.
    MUST(CryptGetUserKey(provider, AT_SIGNATURE, &key));
    use(provider, key);
    kill_points_arm();
    MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
    int points = kill_points_count();
    printf("key %016llx\npoints %d\n", fingerprint(key, blob, &length), points);
}

static void check(const char *name) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    if (!CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, 0)) {
        if (GetLastError() != (DWORD)NTE_BAD_KEYSET) failed("CryptAcquireContextA");
        printf("absent\n");
    } else if (!CryptGetUserKey(provider, AT_SIGNATURE, &key)) {
        if (GetLastError() != (DWORD)NTE_NO_KEY) failed("CryptGetUserKey");
        printf("empty\n");
    } else {
        use(provider, key);
    }
}

static void make(const char *name) {
    HCRYPTPROV provider = opened_or_made(name);
    HCRYPTKEY key = 0;
    if (!CryptGetUserKey(provider, AT_SIGNATURE, &key)) MUST(CryptGenKey(provider, AT_SIGNATURE, BITS, &key));
    use(provider, key);
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 3) return 64;
    const char *command = arguments[1], *name = arguments[2];
    HCRYPTPROV provider = 0;
    if (!strcmp(command, "loop")) loop(name);
    else if (!strcmp(command, "once")) once(name);
    else if (!strcmp(command, "check")) check(name);
    else if (!strcmp(command, "make")) make(name);
    else if (!strcmp(command, "delete"))
        MUST(CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    else return 64;
    return 0;
}
