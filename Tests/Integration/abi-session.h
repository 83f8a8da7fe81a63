/* Helpers of the C programs about session keys and hashes: bytes as hexadecimal text, keys by value, their numbers. */
#ifndef ABI_SESSION_H
#define ABI_SESSION_H

#include "abi-check.h"

#include <strings.h>

#define BASE MS_DEF_PROV_A
#define STRONG MS_STRONG_PROV_A
#define ENHANCED MS_ENHANCED_PROV_A

enum { MOST = 4096 };

static inline DWORD from_hex(const char *text, BYTE *bytes) {
    DWORD count = 0;
    for (unsigned byte; sscanf(text + 2 * count, "%2x", &byte) == 1; count++) bytes[count] = (BYTE)byte;
    return count;
}

/* A text that lasts until the eighth call after this one. */
static inline const char *to_hex(const BYTE *bytes, DWORD count) {
    static char texts[8][2 * MOST + 1];
    static int turn;
    char *text = texts[turn++ % 8];
    text[0] = 0;
    for (DWORD i = 0; i < count && i < MOST; i++) sprintf(text + 2 * i, "%02x", bytes[i]);
    return text;
}

/* The bytes are those of the text. */
#define EQUALS(bytes, count, text) do { \
    const char *found_ = to_hex(bytes, count); \
    check(__LINE__, #bytes " = " #text, !strcasecmp(found_, text), found_, GetLastError()); \
} while (0)

#define SAME(bytes, count, others, other_count) EQUALS(bytes, count, to_hex(others, other_count))

/* Runs the statements for a row of a table, and names the row where a check of theirs failed. */
#define ROW(statements, ...) do { \
    int before_ = failures; \
    statements; \
    if (failures != before_) { printf("    …in: "); printf(__VA_ARGS__); printf("\n"); } \
} while (0)

static inline HCRYPTPROV provider(const char *name, DWORD type) {
    HCRYPTPROV provider = 0;
    MUST(CryptAcquireContextA(&provider, NULL, name, type, CRYPT_VERIFYCONTEXT));
    return provider;
}

/* A blob of header, count and value. */
static inline DWORD plain_blob(BYTE *blob, ALG_ID algorithm, const BYTE *value, DWORD count) {
    BLOBHEADER header = {PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, algorithm};
    memcpy(blob, &header, 8);
    memcpy(blob + 8, &count, 4);
    memcpy(blob + 12, value, count);
    return 12 + count;
}

static inline HCRYPTKEY key_of(HCRYPTPROV provider, ALG_ID algorithm, const BYTE *value, DWORD count, DWORD flags) {
    BYTE blob[MOST + 12];
    HCRYPTKEY key = 0;
    MUST(CryptImportKey(provider, blob, plain_blob(blob, algorithm, value, count), 0, flags, &key));
    return key;
}

/* A key without salt. */
static inline HCRYPTKEY key_of_hex(HCRYPTPROV provider, ALG_ID algorithm, const char *value) {
    BYTE bytes[MOST];
    return key_of(provider, algorithm, bytes, from_hex(value, bytes), CRYPT_EXPORTABLE | CRYPT_NO_SALT);
}

/* The value of an exportable key; its count, 0 where the key does not go out. */
static inline DWORD value_of(HCRYPTKEY key, BYTE *value) {
    BYTE blob[MOST + 12];
    DWORD length = sizeof blob, count;
    if (!CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &length) || length < 12) return 0;
    memcpy(&count, blob + 8, 4);
    if (count != length - 12) return 0;
    memcpy(value, blob + 12, count);
    return count;
}

static inline DWORD number(HCRYPTKEY key, DWORD parameter) {
    DWORD value = PRESET, length = sizeof value;
    if (!CryptGetKeyParam(key, parameter, (BYTE *)&value, &length, 0) || length != sizeof value) return PRESET;
    return value;
}

static inline BOOL set_number(HCRYPTKEY key, DWORD parameter, DWORD value) {
    return CryptSetKeyParam(key, parameter, (const BYTE *)&value, 0);
}

/* What a whole message becomes; its count, 0 for a failure. The key is back at its initialization vector. */
static inline DWORD encrypted(HCRYPTKEY key, const BYTE *plain, DWORD count, BYTE *cipher) {
    memmove(cipher, plain, count);
    DWORD length = count;
    return CryptEncrypt(key, 0, TRUE, 0, cipher, &length, MOST) ? length : 0;
}

/* Two keys do the same. */
#define ENCRYPT_ALIKE(one, other) do { \
    const BYTE message_[] = "a message of 31 bytes and a NUL"; \
    BYTE first_[MOST], second_[MOST]; \
    DWORD count_ = encrypted(one, message_, sizeof message_, first_); \
    IS_TRUE(count_ >= sizeof message_); \
    SAME(first_, count_, second_, encrypted(other, message_, sizeof message_, second_)); \
} while (0)

static inline HCRYPTHASH hash_of(HCRYPTPROV provider, ALG_ID algorithm, const void *data, DWORD count) {
    HCRYPTHASH hash = 0;
    MUST(CryptCreateHash(provider, algorithm, 0, 0, &hash));
    MUST(CryptHashData(hash, data, count, 0));
    return hash;
}

static inline DWORD hash_value(HCRYPTHASH hash, BYTE *value) {
    DWORD length = MOST;
    return CryptGetHashParam(hash, HP_HASHVAL, value, &length, 0) ? length : 0;
}

/* The hash of some bytes. */
static inline DWORD digest(HCRYPTPROV provider, ALG_ID algorithm, const void *data, DWORD count, BYTE *value) {
    HCRYPTHASH hash = hash_of(provider, algorithm, data, count);
    DWORD length = hash_value(hash, value);
    CryptDestroyHash(hash);
    return length;
}

/* A line for openssl to look at: message with its padding, and ciphertext. */
static inline void tell_cipher(
    const char *name, const BYTE *key, DWORD key_count, const BYTE *iv, DWORD iv_count, const BYTE *plain, DWORD count,
    DWORD block, const BYTE *cipher, DWORD cipher_count
) {
    FILE *file = fopen("ciphers.txt", "a");
    if (!file) exit(2);
    BYTE padded[MOST];
    memcpy(padded, plain, count);
    DWORD padding = block ? block - count % block : 0;
    memset(padded + count, (int)padding, padding);
    fprintf(file, "%s %s %s", name, to_hex(key, key_count), iv_count ? to_hex(iv, iv_count) : "-");
    fprintf(file, " %s %s\n", to_hex(padded, count + padding), to_hex(cipher, cipher_count));
    fclose(file);
}

#endif
