/* CryptoAPI, linked to libtokencsp. One test a run, one number on standard output.
 *
 *   abi sign rsa|ec THREADS MILLISECONDS   ns a signature: CryptSetHashParam, CryptSignHash; a context a thread
 *   abi sign-anew rsa|ec MILLISECONDS      the same in one thread, and a hash for each
 *   abi signs rsa|ec N                     ns a signature, of exactly N in a row
 *   abi encrypt|decrypt SIZE MILLISECONDS  ns a call: AES-256-CBC with a host key, in place, no last block
 *   abi hash SIZE MILLISECONDS             ns a CryptHashData, SHA-256
 *
 * The token is TOKENCSP_TOKEN's. CryptSetHashParam replaces the value that a hash has, signed or not: Microsoft's page
 * names no state in which it is refused. A program that does not count on that makes a hash for each signature. */
#include "bench.h"
#include <windows.h>
#include <wincrypt.h>

struct signer {
    HCRYPTPROV provider;
    HCRYPTHASH hash;
};
static BYTE digest[32] = {1, 2, 3};

static void set_and_sign(HCRYPTHASH hash) {
    BYTE signature[512];
    DWORD size = sizeof signature;
    MUST(CryptSetHashParam(hash, HP_HASHVAL, digest, 0));
    MUST(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &size));
}

static void sign(void *context) { set_and_sign(((struct signer *)context)->hash); }

static void sign_anew(void *context) {
    HCRYPTHASH hash;
    MUST(CryptCreateHash(((struct signer *)context)->provider, CALG_SHA_256, 0, 0, &hash));
    set_and_sign(hash);
    MUST(CryptDestroyHash(hash));
}

static struct signer signer(const char *kind) {
    int is_rsa = !strcmp(kind, "rsa");
    struct signer signer;
    MUST(CryptAcquireContextA(&signer.provider, is_rsa ? "bench" : "curve",
        is_rsa ? "Microsoft Enhanced RSA and AES Cryptographic Provider" : "TokenCSP Elliptic Curve Provider",
        is_rsa ? PROV_RSA_AES : PROV_EC_ECDSA_FULL, 0));
    MUST(CryptCreateHash(signer.provider, CALG_SHA_256, 0, 0, &signer.hash));
    return signer;
}

static double signing(const char *test, const char *kind, const char *one, const char *two) {
    static struct signer signers[MOST_THREADS];
    void *contexts[MOST_THREADS];
    int threads = strcmp(test, "sign") ? 1 : atoi(one);
    MUST(threads > 0 && threads <= MOST_THREADS);
    for (int i = 0; i < threads; i++) {
        signers[i] = signer(kind);
        contexts[i] = &signers[i];
    }
    if (!strcmp(test, "sign")) return bench(sign, contexts, threads, (unsigned)atoi(two));
    if (!strcmp(test, "sign-anew")) return bench(sign_anew, contexts, 1, (unsigned)atoi(one));
    uint64_t begin = now_ns();
    for (int i = 0; i < atoi(one); i++) sign(&signers[0]);
    return (double)(now_ns() - begin) / atoi(one);
}

/* MARK: On the host */

static HCRYPTKEY key;
static HCRYPTHASH hash;
static BYTE *buffer;
static DWORD size;

static void encrypt(void *context) {
    (void)context;
    DWORD count = size;
    MUST(CryptEncrypt(key, 0, FALSE, 0, buffer, &count, size));
}

static void decrypt(void *context) {
    (void)context;
    DWORD count = size;
    MUST(CryptDecrypt(key, 0, FALSE, 0, buffer, &count));
}

static void update(void *context) {
    (void)context;
    MUST(CryptHashData(hash, buffer, size, 0));
}

static double on_host(const char *test, const char *bytes, const char *milliseconds) {
    HCRYPTPROV provider;
    MUST(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    size = (DWORD)atoi(bytes);
    buffer = calloc(1, size);
    MUST(buffer);
    MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    struct {
        BLOBHEADER header;
        DWORD count;
        BYTE key[32];
    } blob = {{PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, CALG_AES_256}, 32, {7}};
    MUST(CryptImportKey(provider, (BYTE *)&blob, sizeof blob, 0, 0, &key));
    void *contexts[] = {NULL};
    return bench(!strcmp(test, "hash")      ? update
                 : !strcmp(test, "encrypt") ? encrypt
                                            : decrypt,
        contexts, 1, (unsigned)atoi(milliseconds));
}

int main(int count, char **arguments) {
    MUST(count >= 4);
    int signs = !strncmp(arguments[1], "sign", 4);
    printf("%.1f\n", signs ? signing(arguments[1], arguments[2], arguments[3], count > 4 ? arguments[4] : "0")
                           : on_host(arguments[1], arguments[2], arguments[3]));
    return 0;
}
