/* Key pairs that openssl made: imported, used, exported again. See openssl-keys.sh. */
#include "abi-blobs.h"

/* Signs with the pair, decrypts what openssl encrypted, and is the same blob again. */
static void use(HCRYPTPROV context, const char *name, ALG_ID algorithm) {
    DWORD spec = algorithm == CALG_RSA_SIGN ? AT_SIGNATURE : AT_KEYEXCHANGE, length = MOST, size;
    BYTE blob[MOST], again[MOST], data[MOST];
    char file[64];
    HCRYPTKEY key = 0;
    snprintf(file, sizeof file, "%s.blob", name);
    size = read_file(file, blob);
    put_number(blob, AT_ALGORITHM, algorithm);
    HOLDS(CryptImportKey(context, blob, size, 0, CRYPT_EXPORTABLE, &key));
    SAME(again, exported(key, 0, PRIVATEKEYBLOB, 0, again), blob, size);
    IS_TRUE(number(key, KP_KEYLEN) == get_number(blob, AT_BITS));
    HCRYPTHASH hash = hash_of(context, CALG_SHA_256, "a message", 9);
    HOLDS(CryptSignHashA(hash, spec, NULL, 0, data, &length));
    reverse(data, length);
    snprintf(file, sizeof file, "%s.signature", name);
    write_file(file, data, length);
    if (spec == AT_KEYEXCHANGE) {
        snprintf(file, sizeof file, "%s.encrypted", name);
        length = read_file(file, data);
        reverse(data, length);
        HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
        SAME(data, length, (const BYTE *)"a message", 9);
    }
    snprintf(file, sizeof file, "%s.public", name);
    length = exported(key, 0, PUBLICKEYBLOB, 0, again);
    write_file(file, again, length);
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptDestroyKey(key));
}

/* Usage: openssl-keys host|token NAME sign|exchange */
int main(int count, char **arguments) {
    if (count < 4) return 64;
    int is_host = !strcmp(arguments[1], "host");
    HCRYPTPROV context = is_host ? aes() : container("openssl", CRYPT_NEWKEYSET);
    use(context, arguments[2], strcmp(arguments[3], "sign") ? CALG_RSA_KEYX : CALG_RSA_SIGN);
    HOLDS(CryptReleaseContext(context, 0));
    if (!is_host) IS_TRUE(CryptAcquireContextA(&context, "openssl", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    return verdict("openssl-keys");
}
