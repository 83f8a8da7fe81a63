/* nettle and OpenSSL's EVP, for the ciphers and hashes that are the host's.
 *
 * crypto nettle|evp encrypt|decrypt|hash SIZE MILLISECONDS    ns a call: AES-256-CBC or SHA-256 */
#include "bench.h"
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/sha2.h>
#include <openssl/evp.h>

static struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cbc;
static struct sha256_ctx sha;
static EVP_CIPHER_CTX *cipher;
static EVP_MD_CTX *digest;
static uint8_t *buffer;
static size_t size;

static void nettle_encrypt(void *c) {
    (void)c;
    CBC_ENCRYPT(&cbc, aes256_encrypt, size, buffer, buffer);
}
static void nettle_decrypt(void *c) {
    (void)c;
    CBC_DECRYPT(&cbc, aes256_decrypt, size, buffer, buffer);
}
static void nettle_hash(void *c) {
    (void)c;
    sha256_update(&sha, size, buffer);
}
static void evp_crypt(void *c) {
    (void)c;
    int count = 0;
    MUST(EVP_CipherUpdate(cipher, buffer, &count, buffer, (int)size));
}
static void evp_hash(void *c) {
    (void)c;
    MUST(EVP_DigestUpdate(digest, buffer, size));
}

int main(int count, char **arguments) {
    MUST(count >= 5);
    int is_nettle = !strcmp(arguments[1], "nettle"), is_hash = !strcmp(arguments[2], "hash"),
        encrypts = !strcmp(arguments[2], "encrypt");
    static const uint8_t key[32] = {7}, iv[16];
    size = (size_t)atol(arguments[3]);
    buffer = calloc(1, size);
    if (encrypts)
        aes256_set_encrypt_key(&cbc.ctx, key);
    else
        aes256_set_decrypt_key(&cbc.ctx, key);
    sha256_init(&sha);
    cipher = EVP_CIPHER_CTX_new();
    MUST(EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key, iv, encrypts));
    EVP_CIPHER_CTX_set_padding(cipher, 0);
    digest = EVP_MD_CTX_new();
    MUST(EVP_DigestInit_ex(digest, EVP_sha256(), NULL));
    void *contexts[1] = {NULL};
    void (*work)(void *) = is_hash      ? (is_nettle ? nettle_hash : evp_hash)
                           : !is_nettle ? evp_crypt
                           : encrypts   ? nettle_encrypt
                                        : nettle_decrypt;
    printf("%.1f\n", bench(work, contexts, 1, (unsigned)atoi(arguments[4])));
    return 0;
}
