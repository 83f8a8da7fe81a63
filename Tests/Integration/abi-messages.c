/* Session keys by value, generated, and received: each does the same, wherever it is. See abi-messages.sh. */
#include "abi-key-behaviour.h"

/* "token" or "host": where CryptGenKey's keys must be. */
static const char *generated_on;

static const struct cipher ciphers[] = {
    {"RC2", CALG_RC2, 16, 8, 0}, {"RC4", CALG_RC4, 16, 0, 0}, {"DES", CALG_DES, 8, 8, 0},
    {"3DES_112", CALG_3DES_112, 16, 8, 1}, {"3DES", CALG_3DES, 24, 8, 1}, {"AES-128", CALG_AES_128, 16, 16, 1},
    {"AES-192", CALG_AES_192, 24, 16, 1}, {"AES-256", CALG_AES_256, 32, 16, 1},
};

/* What a token keeps is not hashed; what it lets out is. */
static BOOL is_kept_on_token(HCRYPTPROV provider, HCRYPTKEY key) {
    HCRYPTHASH hash = hash_of(provider, CALG_SHA1, "", 0);
    BOOL on_host = CryptHashSessionKey(hash, key, 0);
    CryptDestroyHash(hash);
    return !on_host;
}

// MARK: Generated keys

/* A generated key does what one with its exported value does on the host, in every mode and over a long message. */
static void generated_key(HCRYPTPROV provider, const struct cipher *cipher, DWORD flags) {
    HCRYPTKEY key = 0, twin;
    BYTE value[64], mac[2][16], iv[16] = "vector of a twin", out[MOST];
    DWORD length = 0;
    MUST(CryptGenKey(provider, cipher->algorithm, flags, &key));
    BOOL on_token = cipher->token && !strcmp(generated_on, "token");
    IS_TRUE(is_kept_on_token(provider, key) == (on_token && !(flags & CRYPT_EXPORTABLE)));
    key_behaviour(provider, key, cipher, flags);
    if (!(flags & CRYPT_EXPORTABLE)) {
        FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
        HOLDS(CryptDestroyKey(key));
        return;
    }
    IS_TRUE(value_of(key, value) == cipher->size);
    if (cipher->algorithm <= CALG_3DES_112) {
        BOOL has_parity = cipher->algorithm != CALG_RC2;
        for (DWORD i = 0; has_parity && i < cipher->size; i++) IS_TRUE(__builtin_parity(value[i]) == 1);
    }
    twin = key_of(provider, cipher->algorithm, value, cipher->size, 0);
    IS_TRUE(!is_kept_on_token(provider, twin));
    ENCRYPT_ALIKE(key, twin);
    for (DWORD mode = CRYPT_MODE_CBC; cipher->block && mode <= CRYPT_MODE_CFB; mode += mode) {
        HOLDS(set_number(key, KP_MODE, mode));
        HOLDS(set_number(twin, KP_MODE, mode));
        HOLDS(CryptSetKeyParam(key, KP_IV, iv, 0));
        HOLDS(CryptSetKeyParam(twin, KP_IV, iv, 0));
        ENCRYPT_ALIKE(key, twin);
    }
    if (cipher->block) {
        HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CBC));
        HOLDS(set_number(twin, KP_MODE, CRYPT_MODE_CBC));
        for (int i = 0; i < 2; i++) {
            HCRYPTHASH hash = 0;
            length = 16;
            HOLDS(CryptCreateHash(provider, CALG_MAC, i ? twin : key, 0, &hash));
            HOLDS(CryptHashData(hash, iv, 13, 0));
            HOLDS(CryptGetHashParam(hash, HP_HASHVAL, mac[i], &length, 0));
            IS_TRUE(length == cipher->block);
            HOLDS(CryptDestroyHash(hash));
        }
        SAME(mac[0], length, mac[1], length);
        HOLDS(CryptSetKeyParam(key, KP_IV, iv, 0));
        DWORD count = encrypted(key, iv, 13, out);
        const char *names[] = {"des-cbc", "des-ede3-cbc", "aes-128-cbc", "aes-192-cbc", "aes-256-cbc"};
        const ALG_ID ids[] = {CALG_DES, CALG_3DES, CALG_AES_128, CALG_AES_192, CALG_AES_256};
        for (int i = 0; i < 5; i++) {
            if (cipher->algorithm != ids[i]) continue;
            tell_cipher(names[i], value, cipher->size, iv, cipher->block, iv, 13, cipher->block, out, count);
        }
    }
    // More than goes to a token in one call.
    DWORD size = (2 << 20) + 48;
    BYTE *one = calloc(1, size + 16), *other = calloc(1, size + 16);
    if (!one || !other) exit(2);
    for (DWORD i = 0; i < size; i++) one[i] = other[i] = (BYTE)(i * 7 + (i >> 8));
    DWORD one_length = size, other_length = size;
    HOLDS(CryptSetKeyParam(key, KP_IV, iv, 0));
    HOLDS(CryptSetKeyParam(twin, KP_IV, iv, 0));
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, one, &one_length, size + 16));
    HOLDS(CryptEncrypt(twin, 0, TRUE, 0, other, &other_length, size + 16));
    IS_TRUE(one_length == other_length && !memcmp(one, other, one_length));
    HOLDS(CryptDecrypt(key, 0, TRUE, 0, one, &one_length));
    IS_TRUE(one_length == size);
    for (DWORD i = 0; i < size; i += 997) IS_TRUE(one[i] == (BYTE)(i * 7 + (i >> 8)));
    free(one);
    free(other);
    HOLDS(CryptDestroyKey(key));
    length = 8;
    FAILS(CryptEncrypt(key, 0, TRUE, 0, out, &length, sizeof out), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyKey(twin));
}

/* CRYPT_ARCHIVABLE: exportable while a handle is open, and told so. */
static void archivable_key(HCRYPTPROV provider, const struct cipher *cipher) {
    HCRYPTKEY key = 0, copy = 0;
    BYTE value[64], other[64];
    MUST(CryptGenKey(provider, cipher->algorithm, CRYPT_ARCHIVABLE, &key));
    IS_TRUE(number(key, KP_PERMISSIONS) == (0x3b | CRYPT_ARCHIVE));
    IS_TRUE(value_of(key, value) == cipher->size);
    HOLDS(CryptDuplicateKey(key, NULL, 0, &copy));
    HOLDS(CryptDestroyKey(key));
    SAME(other, value_of(copy, other), value, cipher->size);
    HOLDS(CryptDestroyKey(copy));
    IS_TRUE(value_of(copy, other) == 0);
}

// MARK: Keys that come encrypted

/* A SIMPLEBLOB is unwrapped on the token where the container's key is, or on the host. */
static void exchanged_key(
    HCRYPTPROV sender, HCRYPTPROV receiver, HCRYPTKEY exchange, const struct cipher *cipher, DWORD oaep
) {
    BYTE blob[MOST], value[64];
    DWORD length = sizeof blob, public_length = sizeof blob;
    HCRYPTKEY public_key = 0, key = 0, received = 0;
    HOLDS(CryptExportKey(exchange, 0, PUBLICKEYBLOB, 0, blob, &public_length));
    MUST(CryptImportKey(sender, blob, public_length, 0, 0, &public_key));
    MUST(CryptGenKey(sender, cipher->algorithm, CRYPT_EXPORTABLE, &key));
    HOLDS(CryptExportKey(key, public_key, SIMPLEBLOB, oaep, blob, &length));
    IS_TRUE(length == 12 + number(exchange, KP_KEYLEN) / 8);
    MUST(CryptImportKey(receiver, blob, length, exchange, oaep, &received));
    // On the token where that tells how long the key is that it unwrapped, which SoftHSM does not.
    BOOL may_be_on_token = cipher->token && !strcmp(generated_on, "token");
    IS_TRUE(!is_kept_on_token(receiver, received) || may_be_on_token);
    ENCRYPT_ALIKE(key, received);
    IS_TRUE(value_of(received, value) == 0 && GetLastError() == (DWORD)NTE_BAD_KEY_STATE);
    key_behaviour(receiver, received, cipher, 0);
    HOLDS(CryptDestroyKey(received));
    // Without a key the container's is meant.
    MUST(CryptImportKey(receiver, blob, length, 0, oaep | CRYPT_EXPORTABLE, &received));
    ENCRYPT_ALIKE(key, received);
    BYTE original[64];
    SAME(value, value_of(received, value), original, value_of(key, original));
    IS_TRUE(number(received, KP_PERMISSIONS) == 0x3f);
    // One block of OAEP in 256 is by chance one of PKCS #1, with a key of any length, as RC2 has it.
    if (!oaep || cipher->algorithm != CALG_RC2) {
        FAILS(CryptImportKey(receiver, blob, length, exchange, oaep ^ CRYPT_OAEP, &public_key), NTE_BAD_DATA);
    }
    HOLDS(CryptDestroyKey(received));
    HOLDS(CryptDestroyKey(key));
}

int main(int argc, char **argv) {
    const size_t count = sizeof ciphers / sizeof *ciphers;
    generated_on = argc > 1 ? argv[1] : "host";
    HCRYPTPROV aes = provider(NULL, PROV_RSA_AES), receiver = 0;
    BYTE value[32];
    for (DWORD i = 0; i < sizeof value; i++) value[i] = (BYTE)(17 * i + 4);
    for (const struct cipher *cipher = ciphers; cipher < ciphers + count; cipher++) {
        HCRYPTKEY key = key_of(aes, cipher->algorithm, value, cipher->size, CRYPT_EXPORTABLE);
        ROW(key_behaviour(aes, key, cipher, CRYPT_EXPORTABLE), "%s by value", cipher->name);
        HOLDS(CryptDestroyKey(key));
        ROW(generated_key(aes, cipher, 0), "%s generated", cipher->name);
        ROW(generated_key(aes, cipher, CRYPT_EXPORTABLE), "%s generated and exportable", cipher->name);
        ROW(archivable_key(aes, cipher), "%s archivable", cipher->name);
    }
    if (argc > 2) {
        HCRYPTKEY exchange = 0;
        MUST(CryptAcquireContextA(&receiver, argv[2], NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
        MUST(CryptGenKey(receiver, AT_KEYEXCHANGE, 2048u << 16, &exchange));
        for (const struct cipher *cipher = ciphers; cipher < ciphers + count; cipher++) {
            ROW(exchanged_key(aes, receiver, exchange, cipher, 0), "%s in a SIMPLEBLOB", cipher->name);
            ROW(exchanged_key(aes, receiver, exchange, cipher, CRYPT_OAEP), "%s with OAEP", cipher->name);
        }
        HOLDS(CryptReleaseContext(receiver, 0));
        MUST(CryptAcquireContextA(&receiver, argv[2], NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    }
    HOLDS(CryptReleaseContext(aes, 0));
    return verdict("abi-messages");
}
