/* CryptEncrypt and CryptDecrypt with every kind of key. See parity.sh. */
#include "parity.h"

static const DWORD counts[] = {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1000};
enum { COUNTS = sizeof counts / sizeof *counts };

/* Keys of the ciphers by value, then keys that CryptGenKey made. */
enum { KEYS = CIPHERS + 3 };

static HCRYPTKEY new_key(size_t index) {
    static const ALG_ID made[] = {CALG_3DES, CALG_AES_128, CALG_RC4};
    HCRYPTKEY key = 0;
    if (index < CIPHERS) return key_of(reader, ciphers[index].id, value, ciphers[index].count, 0);
    MUST(CryptGenKey(reader, made[index - CIPHERS], 0, &key));
    return key;
}

static DWORD final_size(DWORD count, DWORD block) { return block ? count + block - count % block : count; }

static void fill(BYTE *data) {
    for (DWORD i = 0; i < MOST; i++) data[i] = (BYTE)(i * 31 + 7);
}

/* How long the ciphertext is, without a buffer and with each that is too short; nothing is changed, and no message begins. */
static void sizes(HCRYPTKEY key, DWORD block) {
    BYTE data[MOST], before[MOST];
    fill(before);
    for (int i = 0; i < COUNTS; i++) {
        for (int final = 0; final < 2; final++) {
            DWORD count = counts[i], size = final ? final_size(count, block) : count;
            const DWORD rooms[] = {0, size, 5000, ~0u};
            for (int j = 0; j < 4; j++) {
                DWORD length = count;
                HOLDS(CryptEncrypt(key, 0, final, 0, NULL, &length, rooms[j]));
                IS_TRUE(length == size);
            }
            const DWORD shorts[] = {0, 1, count / 2, count ? count - 1 : 0, size ? size - 1 : 0};
            for (int j = 0; j < 5; j++) {
                if (shorts[j] >= size) continue;
                DWORD length = count;
                memcpy(data, before, sizeof data);
                ROW(FAILS(CryptEncrypt(key, 0, final, 0, data, &length, shorts[j]), ERROR_MORE_DATA), "%u of %u", shorts[j], size);
                IS_TRUE(length == size && !memcmp(data, before, sizeof data));
            }
        }
    }
}

/* Whole messages, what is behind them untouched. */
static void messages(HCRYPTKEY key, DWORD block) {
    BYTE data[MOST], plain[MOST];
    fill(plain);
    for (int i = 0; i < COUNTS; i++) {
        DWORD count = counts[i], size = final_size(count, block), length = count;
        memcpy(data, plain, sizeof data);
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, size));
        IS_TRUE(length == size && !memcmp(data + size, plain + size, sizeof data - size));
        if (count > 7) IS_TRUE(memcmp(data, plain, count) != 0);
        HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
        IS_TRUE(length == count && !memcmp(data, plain, count));
        IS_TRUE(!memcmp(data + size, plain + size, sizeof data - size));
    }
    if (!block) return;
    /* Part of a block is refused, in the middle of a message and at the end of a ciphertext; nothing changes. */
    for (DWORD count = 1; count < 2 * block; count++) {
        if (count % block == 0) continue;
        DWORD length = count;
        memcpy(data, plain, sizeof data);
        FAILS(CryptEncrypt(key, 0, FALSE, 0, data, &length, sizeof data), NTE_BAD_DATA);
        IS_TRUE(length == count && !memcmp(data, plain, sizeof data));
        FAILS(CryptDecrypt(key, 0, FALSE, 0, data, &length), NTE_BAD_DATA);
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA);
        IS_TRUE(length == count && !memcmp(data, plain, sizeof data));
    }
    DWORD length = 0;
    FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA);
    IS_TRUE(length == 0);
    HOLDS(CryptDecrypt(key, 0, FALSE, 0, data, &length));
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, data, &length, 0));
    IS_TRUE(length == 0);
}

/* Wrong padding ends the message: the next starts from the vector; the length stays. */
static void bad_padding(HCRYPTKEY key, DWORD block) {
    BYTE data[64], good[64];
    if (!block) return;
    DWORD length = 20;
    memcpy(good, value, 20);
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, good, &length, sizeof good));
    DWORD size = length;
    for (DWORD mode = CRYPT_MODE_CBC; mode <= CRYPT_MODE_CFB; mode += CRYPT_MODE_CFB - CRYPT_MODE_CBC) {
        HOLDS(set_number(key, KP_MODE, mode));
        memcpy(good, value, 20);
        length = 20;
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, good, &length, sizeof good));
        memcpy(data, good, size);
        /* The byte that the last one of the padding depends on, and no other. */
        data[mode == CRYPT_MODE_CBC ? size - 1 - block : size - 1] ^= 0x80;
        length = size;
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA);
        IS_TRUE(length == size);
        memcpy(data, good, size);
        HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
        SAME(data, length, value, 20);
        /* In the middle of a message. */
        memcpy(data, good, size);
        length = block;
        HOLDS(CryptDecrypt(key, 0, FALSE, 0, data, &length));
        SAME(data, block, value, block);
        length = size - block;
        HOLDS(CryptDecrypt(key, 0, TRUE, 0, data + block, &length));
        SAME(data, block + length, value, 20);
    }
    HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CBC));
    for (DWORD mode = CRYPT_MODE_OFB; mode <= CRYPT_MODE_CTS; mode += 2) {
        HOLDS(set_number(key, KP_MODE, mode));
        length = block;
        FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data), NTE_BAD_ALGID);
        FAILS(CryptEncrypt(key, 0, FALSE, 0, data, &length, sizeof data), NTE_BAD_ALGID);
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_ALGID);
        IS_TRUE(length == block);
    }
    HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CBC));
}

/* A message in pieces is the message; each direction goes on where it was. */
static void pieces(HCRYPTKEY key, DWORD block) {
    BYTE whole[256], parts[256];
    HCRYPTKEY other = 0;
    HOLDS(CryptDuplicateKey(key, NULL, 0, &other));
    for (DWORD piece = block ? block : 1; piece < 100; piece += piece) {
        DWORD length = 100, written = 0;
        memset(whole, 'p', 100);
        memset(parts, 'p', 100);
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, whole, &length, sizeof whole));
        for (DWORD at = 0; at < 100; at += piece) {
            BOOL final = at + piece >= 100;
            DWORD part = final ? 100 - at : piece;
            HOLDS(CryptEncrypt(other, 0, final, 0, parts + at, &part, sizeof parts - at));
            written += part;
        }
        SAME(parts, written, whole, length);
    }
    HOLDS(CryptDestroyKey(other));
}

static void hashing(HCRYPTKEY key, DWORD block) {
    BYTE data[64], one[64], other[64];
    HCRYPTHASH with = sha1(reader), by_hand = sha1(reader), done = sha1(reader);
    DWORD length = 20;
    memcpy(data, value, 64);
    HOLDS(CryptEncrypt(key, with, TRUE, 0, data, &length, sizeof data));
    HOLDS(CryptDecrypt(key, with, TRUE, 0, data, &length));
    HOLDS(CryptHashData(by_hand, value, 20, 0));
    HOLDS(CryptHashData(by_hand, value, 20, 0));
    SAME(one, hash_value(with, one), other, hash_value(by_hand, other));
    /* Neither a size query nor what fails is hashed. */
    HOLDS(CryptEncrypt(key, done, TRUE, 0, NULL, &length, 0));
    length = 20;
    FAILS(CryptEncrypt(key, done, TRUE, 0, data, &length, 19), ERROR_MORE_DATA);
    if (block) {
        length = block + 1;
        FAILS(CryptEncrypt(key, done, FALSE, 0, data, &length, sizeof data), NTE_BAD_DATA);
        FAILS(CryptDecrypt(key, done, TRUE, 0, data, &length), NTE_BAD_DATA);
    }
    SAME(one, hash_value(done, one), other, digest(reader, CALG_SHA1, "data", 4, other));
    length = 20;
    memcpy(data, value, 64);
    FAILS(CryptEncrypt(key, done, TRUE, 0, data, &length, sizeof data), NTE_BAD_HASH_STATE);
    SAME(data, length, value, 20);
    HOLDS(CryptDestroyHash(with));
    HOLDS(CryptDestroyHash(by_hand));
    HOLDS(CryptDestroyHash(done));
}

static void CryptEncrypt_section(void) {
    BYTE data[256] = {0};
    DWORD length = 16;
    REFUSES(bad_key, CryptEncrypt(bad, 0, TRUE, 0, data, &length, sizeof data));
    REFUSES_BUT_0(bad_hash, CryptEncrypt(secret, bad, TRUE, 0, data, &length, sizeof data));
    FAILS(CryptEncrypt(secret, 0, TRUE, 0, data, NULL, sizeof data), ERROR_INVALID_PARAMETER);
    FAILS(CryptEncrypt(secret, 0, TRUE, 0, NULL, NULL, sizeof data), ERROR_INVALID_PARAMETER);
    for (size_t i = 0; i < KEYS; i++) {
        HCRYPTKEY key = new_key(i);
        DWORD block = number(key, KP_BLOCKLEN) / 8;
        ROW(sizes(key, block), "key %zu", i);
        ROW(messages(key, block), "key %zu", i);
        ROW(pieces(key, block), "key %zu", i);
        ROW(hashing(key, block), "key %zu", i);
        const DWORD flags[] = {1, 0x20, CRYPT_OAEP, 0x80000000, ~0u};
        for (int j = 0; j < 5; j++) {
            length = 16;
            FAILS(CryptEncrypt(key, 0, TRUE, flags[j], data, &length, sizeof data), NTE_BAD_FLAGS);
            FAILS(CryptEncrypt(key, 0, TRUE, flags[j], NULL, &length, 0), NTE_BAD_FLAGS);
            IS_TRUE(length == 16);
        }
        length = ~0u;
        FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data), ERROR_MORE_DATA);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data), ERROR_INVALID_PARAMETER);
    }
    /* RSA: by both halves of an exchange pair, by no signature pair. */
    const HCRYPTKEY pairs[] = {exchange, public_exchange, signer, public_signer};
    for (int i = 0; i < 4; i++) {
        for (DWORD oaep = 0; oaep <= CRYPT_OAEP; oaep += CRYPT_OAEP) {
            DWORD most = oaep ? 86 : 117;
            length = 5;
            if (i > 1) {
                FAILS(CryptEncrypt(pairs[i], 0, TRUE, oaep, data, &length, sizeof data), NTE_BAD_KEY);
                FAILS(CryptEncrypt(pairs[i], 0, TRUE, oaep, NULL, &length, 0), NTE_BAD_KEY);
                IS_TRUE(length == 5);
                continue;
            }
            for (DWORD count = 0; count <= most; count += most) {
                length = count;
                HOLDS(CryptEncrypt(pairs[i], 0, count != 0, oaep, data, &length, 128));
                IS_TRUE(length == 128);
                length = count;
                HOLDS(CryptEncrypt(pairs[i], 0, TRUE, oaep, NULL, &length, 0));
                IS_TRUE(length == 128);
                length = count;
                FAILS(CryptEncrypt(pairs[i], 0, TRUE, oaep, data, &length, 127), ERROR_MORE_DATA);
                IS_TRUE(length == 128);
            }
            length = most + 1;
            FAILS(CryptEncrypt(pairs[i], 0, TRUE, oaep, data, &length, sizeof data), NTE_BAD_LEN);
            IS_TRUE(length == most + 1);
        }
        length = 5;
        FAILS(CryptEncrypt(pairs[i], 0, TRUE, 0x80, data, &length, sizeof data), i > 1 ? NTE_BAD_KEY : NTE_BAD_FLAGS, NTE_BAD_FLAGS);
        REFUSES_BUT_0(bad_hash, CryptEncrypt(pairs[i], bad, TRUE, 0, data, &length, sizeof data));
    }
}

static void CryptDecrypt_section(void) {
    BYTE data[MOST] = {0}, cipher[MOST];
    DWORD length = 16;
    REFUSES(bad_key, CryptDecrypt(bad, 0, TRUE, 0, data, &length));
    REFUSES_BUT_0(bad_hash, CryptDecrypt(secret, bad, TRUE, 0, data, &length));
    FAILS(CryptDecrypt(secret, 0, TRUE, 0, data, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptDecrypt(secret, 0, TRUE, 0, NULL, &length), ERROR_INVALID_PARAMETER);
    for (size_t i = 0; i < KEYS; i++) {
        HCRYPTKEY key = new_key(i);
        DWORD block = number(key, KP_BLOCKLEN) / 8;
        ROW(bad_padding(key, block), "key %zu", i);
        const DWORD flags[] = {1, 0x20, CRYPT_OAEP, 0x80000000, ~0u};
        for (int j = 0; j < 5; j++) {
            length = 16;
            FAILS(CryptDecrypt(key, 0, TRUE, flags[j], data, &length), NTE_BAD_FLAGS);
            IS_TRUE(length == 16);
        }
        length = ~0u;
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), ERROR_INVALID_PARAMETER);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), ERROR_INVALID_PARAMETER);
    }
    for (DWORD oaep = 0; oaep <= CRYPT_OAEP; oaep += CRYPT_OAEP) {
        length = 20;
        memcpy(cipher, value, 20);
        HOLDS(CryptEncrypt(public_exchange, 0, TRUE, oaep, cipher, &length, 128));
        memcpy(data, cipher, 128);
        HOLDS(CryptDecrypt(exchange, 0, TRUE, oaep, data, &length));
        SAME(data, length, value, 20);
        /* Any other length, garbage, the other padding, and keys that do not decrypt: the data and its length stay. */
        const DWORD sizes_[] = {0, 1, 64, 127, 129, 256};
        for (int i = 0; i < 6; i++) {
            length = sizes_[i];
            memcpy(data, cipher, 128);
            FAILS(CryptDecrypt(exchange, 0, TRUE, oaep, data, &length), NTE_BAD_DATA);
            IS_TRUE(length == sizes_[i] && !memcmp(data, cipher, 128));
        }
        length = 128;
        for (int i = 0; i < 4; i++) {
            const BYTE fills[] = {0, 1, 0x7F, 0xFF};
            BYTE before[128];
            memset(before, fills[i], 128);
            memcpy(data, before, 128);
            FAILS(CryptDecrypt(exchange, 0, TRUE, oaep, data, &length), NTE_BAD_DATA);
            IS_TRUE(length == 128 && !memcmp(data, before, 128));
        }
        memcpy(data, cipher, 128);
        FAILS(CryptDecrypt(exchange, 0, TRUE, oaep ^ CRYPT_OAEP, data, &length), NTE_BAD_DATA);
        FAILS(CryptDecrypt(public_exchange, 0, TRUE, oaep, data, &length), NTE_BAD_KEY, NTE_NO_KEY);
        FAILS(CryptDecrypt(signer, 0, TRUE, oaep, data, &length), NTE_BAD_KEY);
        FAILS(CryptDecrypt(public_signer, 0, TRUE, oaep, data, &length), NTE_BAD_KEY);
        IS_TRUE(length == 128 && !memcmp(data, cipher, 128));
    }
    FAILS(CryptDecrypt(exchange, 0, TRUE, 0x80, data, &length), NTE_BAD_FLAGS);
    FAILS(CryptDecrypt(exchange, 0, TRUE, ~0u, data, &length), NTE_BAD_FLAGS);
    REFUSES_BUT_0(bad_hash, CryptDecrypt(exchange, bad, TRUE, 0, data, &length));
}

static const struct section sections[] = {SECTION(CryptEncrypt), SECTION(CryptDecrypt)};

int main(int arguments, char **argument) {
    return parity("parity-ciphers", sections, sizeof sections / sizeof *sections, arguments, argument);
}
