/* The same by CryptoAPI, linked to libtokencsp.
 *
 * abi sign rsa|ec THREADS MILLISECONDS    ns a signature: CryptSetHashParam and CryptSignHash, a context a thread
 * abi encrypt|decrypt SIZE MILLISECONDS   ns a call: AES-256-CBC with a host key, in place, no padding
 * abi hash SIZE MILLISECONDS              ns a CryptHashData, SHA-256
 *
 * The token is TOKENCSP_TOKEN's. */
#include "bench.h"
#include <windows.h>
#include <wincrypt.h>

struct signer { HCRYPTPROV provider; HCRYPTHASH hash; };
static BYTE digest[32] = {1, 2, 3};

static void sign(void *context) {
    struct signer *signer = context;
    BYTE signature[512];
    DWORD size = sizeof signature;
    MUST(CryptSetHashParam(signer->hash, HP_HASHVAL, digest, 0));
    MUST(CryptSignHashA(signer->hash, AT_SIGNATURE, NULL, 0, signature, &size));
    /* The value of a finished hash cannot be set again. */
}

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
static void update(void *context) { (void)context; MUST(CryptHashData(hash, buffer, size, 0)); }

int main(int count, char **arguments) {
    MUST(count >= 4);
    const char *test = arguments[1];
    void *contexts[64] = {0};
    double result;
    if (!strcmp(test, "sign")) {
        MUST(count >= 5);
        int is_rsa = !strcmp(arguments[2], "rsa"), threads = atoi(arguments[3]);
        static struct signer signers[64];
        for (int i = 0; i < threads; i++) {
            MUST(CryptAcquireContextA(
                &signers[i].provider, is_rsa ? "bench" : "curve", is_rsa ? "TokenCSP RSA and AES Provider" : "TokenCSP Elliptic Curve Provider",
                is_rsa ? PROV_RSA_AES : PROV_EC_ECDSA_FULL, 0));
            MUST(CryptCreateHash(signers[i].provider, CALG_SHA_256, 0, 0, &signers[i].hash));
            contexts[i] = &signers[i];
        }
        result = bench(sign, contexts, threads, (unsigned)atoi(arguments[4]));
    } else {
        HCRYPTPROV provider;
        MUST(CryptAcquireContextA(&provider, NULL, "Microsoft Enhanced RSA and AES Cryptographic Provider", PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
        size = (DWORD)atoi(arguments[2]);
        buffer = calloc(1, size);
        MUST(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
        struct { BLOBHEADER header; DWORD count; BYTE key[32]; } blob = {{PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, CALG_AES_256}, 32, {7}};
        MUST(CryptImportKey(provider, (BYTE *)&blob, sizeof blob, 0, 0, &key));
        void (*work)(void *) = !strcmp(test, "hash") ? update : !strcmp(test, "encrypt") ? encrypt : decrypt;
        result = bench(work, contexts, 1, (unsigned)atoi(arguments[3]));
    }
    printf("%.1f\n", result);
    return 0;
}
