/* RSA encryption with the C functions. See abi-rsa.sh. */
#include "abi-blobs.h"

static const BYTE message[] = "The quick brown fox jumps over the lazy dog, once and again";

// MARK: Any exchange key

static void round_trips(HCRYPTKEY key, HCRYPTKEY public_key, DWORD size) {
    BYTE data[MOST], plain[MOST];
    for (DWORD i = 0; i < size; i++) plain[i] = (BYTE)(i * 11 + 1);
    for (int oaep = 0; oaep < 2; oaep++) {
        DWORD flags = oaep ? CRYPT_OAEP : 0, most = size - (oaep ? 42 : 11);
        const DWORD counts[] = {0, 1, 16, most - 1, most};
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            for (int with_public = 0; with_public < 2; with_public++) {
                DWORD length = counts[i];
                memcpy(data, plain, size);
                HOLDS(CryptEncrypt(with_public ? public_key : key, 0, TRUE, flags, data, &length, size));
                IS_TRUE(length == size && memcmp(data, plain, size) != 0);
                ROW(HOLDS(CryptDecrypt(key, 0, TRUE, flags, data, &length)), "%u bytes, OAEP %d", counts[i], oaep);
                SAME(data, length, plain, counts[i]);
            }
        }
        /* Twice the same is not the same twice. */
        BYTE again[MOST];
        DWORD length = 5;
        memcpy(data, plain, 5);
        memcpy(again, plain, 5);
        HOLDS(CryptEncrypt(key, 0, TRUE, flags, data, &length, size));
        length = 5;
        HOLDS(CryptEncrypt(key, 0, TRUE, flags, again, &length, size));
        IS_TRUE(memcmp(data, again, size) != 0);
    }
}

static void sizes(HCRYPTKEY key, DWORD size) {
    BYTE data[MOST] = {0}, before[MOST] = {0};
    IS_TRUE(number(key, KP_BLOCKLEN) == size * 8 && number(key, KP_KEYLEN) == size * 8);
    for (int oaep = 0; oaep < 2; oaep++) {
        DWORD flags = oaep ? CRYPT_OAEP : 0, most = size - (oaep ? 42 : 11);
        const DWORD counts[] = {0, 1, most, most + 1, size + 100};
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            DWORD length = counts[i];
            HOLDS(CryptEncrypt(key, 0, TRUE, flags, NULL, &length, 0));
            IS_TRUE(length == size);
            length = counts[i];
            HOLDS(CryptEncrypt(key, 0, TRUE, flags, NULL, &length, size));
            IS_TRUE(length == size);
        }
        const DWORD rooms[] = {0, 1, size / 2, size - 1};
        for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
            DWORD length = rooms[i] < 10 ? rooms[i] : 10;
            ROW(FAILS(CryptEncrypt(key, 0, TRUE, flags, data, &length, rooms[i]), ERROR_MORE_DATA), "%u bytes of room", rooms[i]);
            IS_TRUE(length == size && !memcmp(data, before, size));
        }
        const DWORD too_long[] = {most + 1, size, size + 1, 2 * size};
        for (size_t i = 0; i < sizeof too_long / sizeof *too_long; i++) {
            DWORD length = too_long[i];
            ROW(FAILS(CryptEncrypt(key, 0, TRUE, flags, data, &length, sizeof data), NTE_BAD_LEN), "%u bytes", too_long[i]);
            IS_TRUE(length == too_long[i] && !memcmp(data, before, size));
        }
    }
}

/* Whatever is wrong: the same code, and the length as it was. */
static void bad_ciphertexts(HCRYPTKEY key, DWORD size, int rejects_silently) {
    BYTE data[MOST], good[MOST];
    for (int oaep = 0; oaep < 2; oaep++) {
        DWORD flags = oaep ? CRYPT_OAEP : 0, length = 20;
        memset(good, 7, 20);
        HOLDS(CryptEncrypt(key, 0, TRUE, flags, good, &length, size));
        const DWORD lengths[] = {1, size / 2, size - 1, size + 1, 2 * size};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            memcpy(data, good, size);
            length = lengths[i];
            ROW(FAILS(CryptDecrypt(key, 0, TRUE, flags, data, &length), NTE_BAD_DATA), "%u bytes", lengths[i]);
            IS_TRUE(length == lengths[i] && !memcmp(data, good, size));
        }
        length = 0;
        FAILS(CryptDecrypt(key, 0, TRUE, flags, data, &length), NTE_BAD_DATA);
        IS_TRUE(length == 0);
        for (int kind = 0; kind < 5; kind++) {
            memcpy(data, good, size);
            if (kind == 0) memset(data, 0, size);
            if (kind == 1) memset(data, 0xFF, size);
            if (kind == 2) data[0] ^= 1;
            if (kind == 3) data[size - 2] ^= 1;
            if (kind == 4) reverse(data, size);
            BYTE before[MOST];
            memcpy(before, data, size);
            length = size;
            /* NSS answers a key's own random text for a bad PKCS#1 padding, always the same. */
            if (rejects_silently && !oaep && CryptDecrypt(key, 0, TRUE, flags, data, &length)) continue;
            length = size;
            memcpy(data, before, size);
            ROW(FAILS(CryptDecrypt(key, 0, TRUE, flags, data, &length), NTE_BAD_DATA), "kind %d, OAEP %d", kind, oaep);
            IS_TRUE(length == size && !memcmp(data, before, size));
        }
        /* Each padding is the other's garbage: one OAEP block of 700 happens to be a good PKCS#1 block of other bytes. */
        memcpy(data, good, size);
        length = size;
        if (oaep && CryptDecrypt(key, 0, TRUE, 0, data, &length)) {
            BYTE plain[20];
            memset(plain, 7, sizeof plain);
            IS_TRUE(length != sizeof plain || memcmp(data, plain, length));
            continue;
        }
        memcpy(data, good, size);
        length = size;
        FAILS(CryptDecrypt(key, 0, TRUE, flags ^ CRYPT_OAEP, data, &length), NTE_BAD_DATA);
        IS_TRUE(length == size);
    }
}

static void hashing(HCRYPTPROV provider, HCRYPTKEY key, DWORD size) {
    BYTE data[MOST], value_one[64], value_two[64], value_three[64];
    DWORD count = digest(provider, CALG_SHA1, message, sizeof message, value_one), length = sizeof message;
    HCRYPTHASH one = hash_of(provider, CALG_SHA1, "", 0), other = hash_of(provider, CALG_SHA1, "", 0);
    memcpy(data, message, sizeof message);
    HOLDS(CryptEncrypt(key, one, TRUE, 0, data, &length, size));
    HOLDS(CryptDecrypt(key, other, TRUE, 0, data, &length));
    SAME(value_one, count, value_two, hash_value(one, value_two));
    SAME(value_one, count, value_three, hash_value(other, value_three));
    /* A hash that is over: nothing is encrypted. */
    length = sizeof message;
    FAILS(CryptEncrypt(key, one, TRUE, 0, data, &length, size), NTE_BAD_HASH_STATE);
    SAME(data, length, message, sizeof message);
    /* What is not encrypted is not hashed. */
    HCRYPTHASH third = hash_of(provider, CALG_SHA1, message, sizeof message);
    length = size;
    FAILS(CryptEncrypt(key, third, TRUE, 0, data, &length, sizeof data), NTE_BAD_LEN);
    FAILS(CryptDecrypt(key, third, TRUE, CRYPT_OAEP, data, &length), NTE_BAD_DATA);
    SAME(value_one, count, value_two, hash_value(third, value_two));
    length = 1;
    FAILS(CryptEncrypt(key, 0xdeadbeef, TRUE, 0, data, &length, size), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyHash(one));
    HOLDS(CryptDestroyHash(other));
    HOLDS(CryptDestroyHash(third));
}

static void misuse(HCRYPTKEY key, HCRYPTKEY public_key, DWORD size) {
    BYTE data[MOST] = {0};
    DWORD length = 1;
    static const DWORD flags[] = {1, 2, 0x20, 0x80, 0x41, ~0u};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        length = 1;
        FAILS(CryptEncrypt(key, 0, TRUE, flags[i], data, &length, size), NTE_BAD_FLAGS);
        length = size;
        FAILS(CryptDecrypt(key, 0, TRUE, flags[i], data, &length), NTE_BAD_FLAGS);
    }
    FAILS(CryptEncrypt(key, 0, TRUE, 0, data, NULL, size), ERROR_INVALID_PARAMETER);
    FAILS(CryptDecrypt(key, 0, TRUE, 0, data, NULL), ERROR_INVALID_PARAMETER);
    length = size;
    FAILS(CryptDecrypt(key, 0, TRUE, 0, NULL, &length), ERROR_INVALID_PARAMETER);
    FAILS(CryptEncrypt(0, 0, TRUE, 0, data, &length, size), ERROR_INVALID_PARAMETER);
    FAILS(CryptDecrypt(0xdeadbeef, 0, TRUE, 0, data, &length), ERROR_INVALID_PARAMETER);
    length = 4;
    HOLDS(CryptEncrypt(public_key, 0, TRUE, 0, data, &length, size));
    FAILS(CryptDecrypt(public_key, 0, TRUE, 0, data, &length), NTE_NO_KEY, NTE_BAD_KEY);
    IS_TRUE(length == size);
}

/* The public half, as its owner's correspondents have it. */
static HCRYPTKEY public_half(HCRYPTPROV provider, HCRYPTKEY key, ALG_ID algorithm) {
    BYTE blob[MOST];
    HCRYPTKEY public_key = 0;
    DWORD length = exported(key, 0, PUBLICKEYBLOB, 0, blob);
    put_number(blob, AT_ALGORITHM, algorithm);
    MUST(CryptImportKey(provider, blob, length, 0, 0, &public_key));
    return public_key;
}

static void exchange_key(HCRYPTPROV provider, HCRYPTKEY key, int rejects_silently) {
    DWORD size = number(key, KP_KEYLEN) / 8;
    HCRYPTKEY public_key = public_half(provider, key, CALG_RSA_KEYX);
    round_trips(key, public_key, size);
    sizes(key, size);
    sizes(public_key, size);
    bad_ciphertexts(key, size, rejects_silently);
    hashing(provider, key, size);
    misuse(key, public_key, size);
    HOLDS(CryptDestroyKey(public_key));
}

/* Signature keys neither encrypt nor decrypt. */
static void signature_key(HCRYPTPROV provider, HCRYPTKEY key) {
    BYTE data[MOST] = {0};
    HCRYPTKEY public_key = public_half(provider, key, CALG_RSA_SIGN);
    for (DWORD flags = 0; flags <= CRYPT_OAEP; flags += CRYPT_OAEP) {
        DWORD length = 4;
        FAILS(CryptEncrypt(key, 0, TRUE, flags, data, &length, sizeof data), NTE_BAD_KEY);
        FAILS(CryptEncrypt(key, 0, TRUE, flags, NULL, &length, 0), NTE_BAD_KEY);
        FAILS(CryptEncrypt(public_key, 0, TRUE, flags, data, &length, sizeof data), NTE_BAD_KEY);
        IS_TRUE(length == 4);
        length = number(key, KP_KEYLEN) / 8;
        FAILS(CryptDecrypt(key, 0, TRUE, flags, data, &length), NTE_BAD_KEY);
    }
    HOLDS(CryptDestroyKey(public_key));
}

// MARK: openssl as witness

/* Ciphertexts for openssl, in its byte order. */
static void tell(const char *name, HCRYPTKEY key) {
    char file[64];
    for (int oaep = 0; oaep < 2; oaep++) {
        BYTE data[MOST];
        DWORD length = sizeof message;
        memcpy(data, message, sizeof message);
        HOLDS(CryptEncrypt(key, 0, TRUE, oaep ? CRYPT_OAEP : 0, data, &length, sizeof data));
        reverse(data, length);
        snprintf(file, sizeof file, "%s.%s.ours", name, oaep ? "oaep" : "pkcs1");
        write_file(file, data, length);
    }
    write_file("message", message, sizeof message);
}

/* What openssl made: ciphertexts of the message, blocks that are no PKCS#1, and a session key with a message under it. */
static void hear(HCRYPTPROV provider, const char *name, HCRYPTKEY key) {
    char file[64];
    BYTE data[MOST], blob[MOST];
    for (int oaep = 0; oaep < 2; oaep++) {
        snprintf(file, sizeof file, "%s.%s.theirs", name, oaep ? "oaep" : "pkcs1");
        DWORD length = read_file(file, data);
        reverse(data, length);
        HOLDS(CryptDecrypt(key, 0, TRUE, oaep ? CRYPT_OAEP : 0, data, &length));
        SAME(data, length, message, sizeof message);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(file, sizeof file, "%s.bad.%d", name, i);
        FILE *there = fopen(file, "rb");
        if (!there) break;
        fclose(there);
        DWORD size = read_file(file, data), length = size;
        reverse(data, size);
        memcpy(blob, data, size);
        ROW(FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA), "%s", file);
        IS_TRUE(length == size && !memcmp(data, blob, size));
        IS_TRUE(i < 7);
    }
    static const struct { const char *name; ALG_ID id; DWORD iv; } ciphers_[] = {
        {"aes-256-cbc", CALG_AES_256, 16}, {"aes-128-cbc", CALG_AES_128, 16}, {"des-ede3-cbc", CALG_3DES, 8}
    };
    for (size_t i = 0; i < 3; i++) {
        HCRYPTKEY session = 0;
        snprintf(file, sizeof file, "%s.%s.key", name, ciphers_[i].name);
        BLOBHEADER header = {SIMPLEBLOB, CUR_BLOB_VERSION, 0, ciphers_[i].id};
        memcpy(blob, &header, 8);
        put_number(blob, 8, CALG_RSA_KEYX);
        DWORD size = read_file(file, blob + 12);
        reverse(blob + 12, size);
        HOLDS(CryptImportKey(provider, blob, 12 + size, key, 0, &session));
        snprintf(file, sizeof file, "%s.%s", name, ciphers_[i].name);
        DWORD length = read_file(file, data);
        HOLDS(CryptSetKeyParam(session, KP_IV, (const BYTE *)"0123456789abcdef", 0));
        HOLDS(CryptDecrypt(session, 0, TRUE, 0, data, &length));
        SAME(data, length, message, sizeof message);
        HOLDS(CryptDestroyKey(session));
    }
}

// MARK: Where the key is

static void host(void) {
    HCRYPTPROV provider = aes();
    HCRYPTKEY key = import_pair(provider, CALG_RSA_KEYX, 0), sign = import_pair(provider, CALG_RSA_SIGN, 0);
    exchange_key(provider, key, 0);
    signature_key(provider, sign);
    tell("host", key);
    write_file("host.blob", short_coefficient, sizeof short_coefficient);
    HOLDS(CryptReleaseContext(provider, 0));
    provider = aes();
    key = import_exponent_of_one(provider);
    BYTE data[128], before[128];
    /* The block itself: type, padding, separator. */
    static const struct { DWORD at; BYTE byte; } faults[] = {{0, 1}, {1, 0}, {1, 1}, {1, 3}, {2, 0}, {5, 0}, {9, 0}};
    for (size_t i = 0; i <= sizeof faults / sizeof *faults; i++) {
        memset(data, 0x5A, sizeof data);
        data[0] = 0;
        data[1] = 2;
        if (i < sizeof faults / sizeof *faults) {
            data[100] = 0;
            data[faults[i].at] = faults[i].byte;
        }
        reverse(data, 128);
        memcpy(before, data, 128);
        DWORD length = 128;
        ROW(FAILS(CryptDecrypt(key, 0, TRUE, 0, data, &length), NTE_BAD_DATA), "fault %zu", i);
        IS_TRUE(length == 128 && !memcmp(data, before, 128));
    }
    memset(data, 0x5A, sizeof data);
    memcpy(data, "\0\2", 2);
    data[100] = 0;
    reverse(data, 128);
    DWORD length = 128;
    HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
    IS_TRUE(length == 27 && data[0] == 0x5A);
    HOLDS(CryptReleaseContext(provider, 0));
}

static void token(int rejects_silently) {
    HCRYPTPROV provider = container("rsa", CRYPT_NEWKEYSET), ephemeral = aes();
    HCRYPTKEY key = 0, sign = 0;
    BYTE blob[MOST];
    MUST(CryptGenKey(provider, AT_SIGNATURE, 1024u << 16, &sign));
    signature_key(provider, sign);
    HOLDS(CryptDestroyKey(sign));
    MUST(CryptGenKey(provider, AT_KEYEXCHANGE, 2048u << 16 | CRYPT_EXPORTABLE, &key));
    exchange_key(provider, key, rejects_silently);
    tell("token", key);
    write_file("token.blob", blob, exported(key, 0, PRIVATEKEYBLOB, 0, blob));
    HOLDS(CryptDestroyKey(key));
    /* Found again by another context. */
    HOLDS(CryptReleaseContext(provider, 0));
    FAILS(CryptDecrypt(key, 0, TRUE, 0, blob, &(DWORD){256}), ERROR_INVALID_PARAMETER);
    provider = container("rsa", 0);
    MUST(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
    exchange_key(provider, key, rejects_silently);
    HOLDS(CryptReleaseContext(provider, 0));

    MUST(CryptGenKey(ephemeral, AT_KEYEXCHANGE, 1024u << 16, &key));
    exchange_key(ephemeral, key, rejects_silently);
    MUST(CryptGenKey(ephemeral, AT_SIGNATURE, 1024u << 16, &sign));
    signature_key(ephemeral, sign);
    HOLDS(CryptReleaseContext(ephemeral, 0));
}

static void host_hear(void) {
    HCRYPTPROV provider = aes();
    hear(provider, "host", import_pair(provider, CALG_RSA_KEYX, 0));
    HOLDS(CryptReleaseContext(provider, 0));
}

static void token_hear(void) {
    HCRYPTPROV provider = container("rsa", 0);
    HCRYPTKEY key = 0;
    MUST(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
    hear(provider, "token", key);
    HOLDS(CryptReleaseContext(provider, 0));
    IS_TRUE(CryptAcquireContextA(&provider, "rsa", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    if (!strcmp(what, "host")) {
        host();
    } else if (!strcmp(what, "host-hear")) {
        host_hear();
    } else if (!strcmp(what, "token")) {
        token(0);
    } else if (!strcmp(what, "token-rejecting-silently")) {
        token(1);
    } else if (!strcmp(what, "token-hear")) {
        token_hear();
    } else {
        return 64;
    }
    return verdict("abi-rsa");
}
