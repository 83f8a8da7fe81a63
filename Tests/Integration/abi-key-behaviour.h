/* What every session key does, wherever it is: sizes, messages in several calls, padding, parameters, hashes on the
 * way, duplicates. */
#ifndef ABI_KEY_BEHAVIOUR_H
#define ABI_KEY_BEHAVIOUR_H

#include "abi-session.h"

struct cipher {
    const char *name;
    ALG_ID algorithm;
    /* In bytes. */
    DWORD size, block;
    /* Whether tokens make and use such keys. */
    int token;
};

// MARK: Sizes and messages

static void sizes(HCRYPTKEY key, DWORD block) {
    BYTE data[64] = "sixteen bytes ab", untouched[64];
    DWORD length = 0;
    // Without a buffer the size is told, and the message does not begin.
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, NULL, &length, 0));
    IS_TRUE(length == block);
    for (DWORD count = 1; count < 40; count++) {
        length = count;
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, NULL, &length, 0));
        IS_TRUE(length == (block ? (count / block + 1) * block : count));
    }
    length = 2 * block;
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, NULL, &length, 0));
    IS_TRUE(length == 2 * block);

    // A whole block needs two.
    memcpy(untouched, data, sizeof data);
    length = block ? block : 5;
    FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, length + (block ? block - 1 : (DWORD)-1)), ERROR_MORE_DATA);
    IS_TRUE(length == (block ? 2 * block : 5));
    SAME(data, 64, untouched, 64);
    if (!block) return;
    length = block;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, 2 * block));
    IS_TRUE(length == 2 * block);
    HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
    IS_TRUE(length == block);
    SAME(data, block, untouched, block);
    // An empty message is a block of padding.
    length = 0;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, block));
    IS_TRUE(length == block);
    HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
    IS_TRUE(length == 0);
    // Part of a block does not go on.
    length = block + 1;
    FAILS(CryptEncrypt(key, 0, FALSE, 0, data, &length, sizeof data), NTE_BAD_DATA);
    FAILS(CryptDecrypt(key, 0, FALSE, 0, data, &length), NTE_BAD_DATA);
    FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA);
    IS_TRUE(length == block + 1);
    length = 0;
    FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA);
}

static void bad_padding(HCRYPTKEY key, DWORD block) {
    BYTE plain[64], cipher[64], data[64];
    DWORD length;
    memset(plain, 0, sizeof plain);
    // 0, one byte more than a block, and padding that is not all the same.
    const BYTE ends[][2] = {{1, 0}, {17, 17}, {0xff, 0xff}, {1, 2}, {2, 3}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        memcpy(plain + 2 * block - 2, ends[i], 2);
        memcpy(cipher, plain, length = 2 * block);
        HOLDS(CryptEncrypt(key, 0, FALSE, 0, cipher, &length, sizeof cipher));
        length = 0;
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, cipher + 2 * block, &length, block));
        memcpy(data, cipher, length = 2 * block);
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA);
        IS_TRUE(length == 2 * block);
        // The next message starts from the initialization vector.
        memcpy(data, cipher, length = 3 * block);
        HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
        IS_TRUE(length == 2 * block);
        SAME(data, length, plain, 2 * block);
    }
    // A whole block of padding is what a whole number of blocks ends in.
    memset(plain, 0, block);
    memset(plain + block, (int)block, block);
    length = 2 * block;
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, plain, &length, sizeof plain));
    length = 0;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, block));
    length = 2 * block;
    HOLDS(CryptDecrypt(key, 0, TRUE, 0, plain, &length));
    IS_TRUE(length == block);
}

static void stream_restarts(HCRYPTKEY key) {
    BYTE data[] = "a stream cipher adds nothing", cipher[sizeof data];
    DWORD length = sizeof data;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data));
    IS_TRUE(length == sizeof data);
    memcpy(cipher, data, sizeof data);
    HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
    IS_TRUE(!strcmp((const char *)data, "a stream cipher adds nothing"));
    DWORD first = 7, second = sizeof data - 7;
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, data, &first, first));
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data + 7, &second, second));
    SAME(data, sizeof data, cipher, sizeof cipher);
}

// MARK: Parameters

static void parameters(HCRYPTKEY key, const struct cipher *cipher, DWORD flags) {
    BYTE iv[16], vector[] = "initialization!", data[64], other[64];
    DWORD length = 0, block = cipher->block;
    IS_TRUE(number(key, KP_ALGID) == cipher->algorithm);
    IS_TRUE(number(key, KP_BLOCKLEN) == 8 * block);
    IS_TRUE(number(key, KP_KEYLEN) == 8 * cipher->size);
    IS_TRUE(number(key, KP_MODE) == (block ? CRYPT_MODE_CBC : 0));
    IS_TRUE(number(key, KP_PADDING) == PKCS5_PADDING);
    IS_TRUE(number(key, KP_PERMISSIONS) == (flags & CRYPT_EXPORTABLE ? 0x3fu : 0x3bu));
    HOLDS(CryptGetKeyParam(key, KP_MODE_BITS, NULL, &length, 0));
    IS_TRUE(length == sizeof(DWORD));
    IS_TRUE(number(key, KP_MODE_BITS) != PRESET);
    length = 77;
    HOLDS(CryptGetKeyParam(key, KP_SALT, NULL, &length, 0));
    IS_TRUE(length == 0);
    length = sizeof data;
    HOLDS(CryptGetKeyParam(key, KP_SALT, data, &length, 0));
    IS_TRUE(length == 0);
    length = 0;
    HOLDS(CryptGetKeyParam(key, KP_IV, NULL, &length, 0));
    IS_TRUE(length == block);
    length = sizeof iv;
    memset(iv, 1, sizeof iv);
    HOLDS(CryptGetKeyParam(key, KP_IV, iv, &length, 0));
    IS_TRUE(length == block);
    for (DWORD i = 0; i < block; i++) IS_TRUE(iv[i] == 0);

    FAILS(CryptGetKeyParam(key, KP_MODE, NULL, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptGetKeyParam(key, KP_MODE, NULL, &length, 1), NTE_BAD_FLAGS);
    FAILS(CryptSetKeyParam(key, KP_MODE, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetKeyParam(key, KP_IV, NULL, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetKeyParam(key, KP_MODE, iv, 1), NTE_BAD_FLAGS);
    FAILS(CryptSetKeyParam(key, KP_ALGID, iv, 0), NTE_BAD_TYPE);
    FAILS(CryptGetKeyParam(key, KP_P, NULL, &length, 0), NTE_BAD_TYPE);
    FAILS(CryptGetKeyParam(key, 999, NULL, &length, 0), NTE_BAD_TYPE);
    HOLDS(set_number(key, KP_PADDING, PKCS5_PADDING));
    FAILS(set_number(key, KP_PADDING, RANDOM_PADDING), NTE_BAD_DATA);
    FAILS(set_number(key, KP_PADDING, ZERO_PADDING), NTE_BAD_DATA);
    if (!(flags & CRYPT_EXPORTABLE)) FAILS(set_number(key, KP_PERMISSIONS, 0x3f), NTE_BAD_DATA, NTE_BAD_FLAGS);
    HOLDS(set_number(key, KP_PERMISSIONS, 0x3b));
    IS_TRUE(number(key, KP_PERMISSIONS) == (flags & CRYPT_EXPORTABLE ? 0x3fu : 0x3bu));
    if (!block) return;

    // The vector counts at once, and between messages.
    length = block - 1;
    FAILS(CryptGetKeyParam(key, KP_IV, iv, &length, 0), ERROR_MORE_DATA);
    IS_TRUE(length == block);
    DWORD count = encrypted(key, vector, 15, data);
    HOLDS(CryptSetKeyParam(key, KP_IV, vector, 0));
    HOLDS(CryptGetKeyParam(key, KP_IV, iv, &length, 0));
    SAME(iv, block, vector, block);
    IS_TRUE(encrypted(key, vector, 15, other) == count);
    IS_TRUE(memcmp(data, other, block) != 0);
    SAME(data, encrypted(key, vector, 15, data), other, count);
    // One block of CBC, by hand from ECB: the message's first block is the vector itself, so zeros are encrypted.
    HOLDS(set_number(key, KP_MODE, CRYPT_MODE_ECB));
    IS_TRUE(number(key, KP_MODE) == CRYPT_MODE_ECB);
    memset(data, 0, block);
    encrypted(key, data, block, data);
    if (block == 8) SAME(data, block, other, block);

    // OFB and CTS can be set, and not be used.
    for (DWORD mode = CRYPT_MODE_OFB; mode <= CRYPT_MODE_CTS; mode += 2) {
        HOLDS(set_number(key, KP_MODE, mode));
        IS_TRUE(number(key, KP_MODE) == mode);
        length = block;
        FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data), NTE_BAD_ALGID);
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_ALGID);
        IS_TRUE(length == block);
    }
    FAILS(set_number(key, KP_MODE, 0), NTE_BAD_DATA);
    FAILS(set_number(key, KP_MODE, 6), NTE_BAD_DATA);
    HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CBC));
}

// MARK: Hashes on the way, duplicates, refusals

static void hash_on_the_way(HCRYPTPROV provider, HCRYPTKEY key, DWORD block) {
    const BYTE message[] = "the hash gets the plaintext, without padding, in both directions";
    const DWORD count = sizeof message - 1;
    BYTE data[128], value[64], expected[64];
    DWORD size = digest(provider, CALG_MD5, message, count, expected), length = count;
    HCRYPTHASH one = hash_of(provider, CALG_MD5, "", 0), other = hash_of(provider, CALG_MD5, "", 0);
    memcpy(data, message, count);
    // Neither a size nor what is not encrypted is hashed.
    HOLDS(CryptEncrypt(key, one, TRUE, 0, NULL, &length, 0));
    length = count;
    FAILS(CryptEncrypt(key, one, TRUE, 0, data, &length, count - 1), ERROR_MORE_DATA);
    length = 3;
    if (block) FAILS(CryptEncrypt(key, one, FALSE, 0, data, &length, sizeof data), NTE_BAD_DATA);
    DWORD first = 32, rest = count - 32;
    HOLDS(CryptEncrypt(key, one, FALSE, 0, data, &first, sizeof data));
    HOLDS(CryptEncrypt(key, one, TRUE, 0, data + 32, &rest, sizeof data - 32));
    SAME(value, hash_value(one, value), expected, size);
    length = 32 + rest;
    first = 32;
    HOLDS(CryptDecrypt(key, other, FALSE, 0, data, &first));
    HOLDS(CryptDecrypt(key, other, TRUE, 0, data + 32, &rest));
    IS_TRUE(32 + rest == count);
    SAME(data, count, message, count);
    SAME(value, hash_value(other, value), expected, size);
    // A hash that is finished takes nothing more.
    length = count;
    FAILS(CryptEncrypt(key, one, TRUE, 0, data, &length, sizeof data), NTE_BAD_HASH_STATE);
    SAME(data, count, message, count);
    HOLDS(CryptDestroyHash(other));
    FAILS(CryptEncrypt(key, other, TRUE, 0, data, &length, sizeof data), ERROR_INVALID_PARAMETER);
    FAILS(CryptDecrypt(key, other, TRUE, 0, data, &length), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyHash(one));
}

/* A duplicate goes on where its original was; each goes its own way, and outlives the other. */
static void duplicates(HCRYPTKEY key, DWORD block) {
    BYTE message[48] = "three blocks of sixteen bytes, for all ciphers!", whole[64], one[64], other[64];
    HCRYPTKEY copy = 0, again = 0;
    HOLDS(CryptDuplicateKey(key, NULL, 0, &again));
    if (block) HOLDS(CryptSetKeyParam(again, KP_IV, message, 0));
    DWORD size = encrypted(again, message, 48, whole), length = 16, rest = 32, copied = 32;
    IS_TRUE(size == 48 + block);
    memcpy(one, message, 48);
    HOLDS(CryptEncrypt(again, 0, FALSE, 0, one, &length, sizeof one));
    HOLDS(CryptDuplicateKey(again, NULL, 0, &copy));
    HOLDS(CryptEncrypt(again, 0, TRUE, 0, one + 16, &rest, sizeof one - 16));
    SAME(one, 16 + rest, whole, size);
    HOLDS(CryptDestroyKey(again));
    memcpy(other, one, 16);
    memcpy(other + 16, message + 16, 32);
    HOLDS(CryptEncrypt(copy, 0, TRUE, 0, other + 16, &copied, sizeof other - 16));
    SAME(other, 16 + copied, whole, size);
    IS_TRUE(number(copy, KP_ALGID) == number(key, KP_ALGID));
    IS_TRUE(number(copy, KP_PERMISSIONS) == number(key, KP_PERMISSIONS));
    if (block) {
        DWORD iv_count = 16;
        HOLDS(CryptGetKeyParam(copy, KP_IV, other, &iv_count, 0));
        SAME(other, iv_count, message, block);
        HOLDS(CryptSetKeyParam(copy, KP_IV, (const BYTE[16]){0}, 0));
    }
    ENCRYPT_ALIKE(copy, key);
    HOLDS(CryptDestroyKey(copy));
    FAILS(CryptDestroyKey(copy), ERROR_INVALID_PARAMETER);
    length = 16;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, one, &length, sizeof one));
    DWORD reserved = 0;
    FAILS(CryptDuplicateKey(key, &reserved, 0, &copy), ERROR_INVALID_PARAMETER);
    FAILS(CryptDuplicateKey(key, NULL, 1, &copy), ERROR_INVALID_PARAMETER, NTE_BAD_FLAGS);
    FAILS(CryptDuplicateKey(key, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
}

static void refusals(HCRYPTKEY key) {
    const HCRYPTKEY none[] = {0, 0xdeadbeef};
    BYTE data[64] = {0};
    DWORD length = 16;
    for (int i = 0; i < 2; i++) {
        HCRYPTKEY copy = 0;
        FAILS(CryptEncrypt(none[i], 0, TRUE, 0, data, &length, sizeof data), ERROR_INVALID_PARAMETER);
        FAILS(CryptDecrypt(none[i], 0, TRUE, 0, data, &length), ERROR_INVALID_PARAMETER);
        FAILS(CryptDuplicateKey(none[i], NULL, 0, &copy), ERROR_INVALID_PARAMETER);
        FAILS(CryptSetKeyParam(none[i], KP_MODE, data, 0), ERROR_INVALID_PARAMETER);
        FAILS(CryptGetKeyParam(none[i], KP_MODE, data, &length, 0), ERROR_INVALID_PARAMETER);
    }
    FAILS(CryptEncrypt(key, 0xdeadbeef, TRUE, 0, data, &length, sizeof data), ERROR_INVALID_PARAMETER);
    FAILS(CryptEncrypt(key, 0, TRUE, 0, data, NULL, sizeof data), ERROR_INVALID_PARAMETER);
    FAILS(CryptDecrypt(key, 0, TRUE, 0, data, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptDecrypt(key, 0, TRUE, 0, NULL, &length), ERROR_INVALID_PARAMETER);
    FAILS(CryptEncrypt(key, 0, TRUE, CRYPT_OAEP, data, &length, sizeof data), NTE_BAD_FLAGS);
    FAILS(CryptDecrypt(key, 0, TRUE, CRYPT_OAEP, data, &length), NTE_BAD_FLAGS);
    length = 0xffffffff;
    FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data), ERROR_MORE_DATA);
    length = 0xffffffff;
    FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), ERROR_INVALID_PARAMETER);
    IS_TRUE(length == 0xffffffff);
}

static void key_behaviour(HCRYPTPROV provider, HCRYPTKEY key, const struct cipher *cipher, DWORD flags) {
    parameters(key, cipher, flags);
    if (cipher->block) HOLDS(CryptSetKeyParam(key, KP_IV, (const BYTE[16]){0}, 0));
    sizes(key, cipher->block);
    if (cipher->block) bad_padding(key, cipher->block);
    else stream_restarts(key);
    hash_on_the_way(provider, key, cipher->block);
    duplicates(key, cipher->block);
    refusals(key);
}

#endif
