/* Hashes, HMAC, MAC, SSL3_SHAMD5 and what verifies. See abi-hashes.sh. */
#include "abi-session.h"

static HCRYPTPROV aes;

// MARK: Plain hashes

static const struct { ALG_ID algorithm; DWORD size; const char *empty, *abc; } vectors[] = {
    // RFC 1319, 1320, 1321, FIPS 180-2
    {CALG_MD2, 16, "8350e5a3e24c153df2275c9f80692773", "da853b0d3f88d99b30283a69e6ded6bb"},
    {CALG_MD4, 16, "31d6cfe0d16ae931b73c59d7e0c089c0", "a448017aaf21d8525fc10ae87aa6729d"},
    {CALG_MD5, 16, "d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72"},
    {CALG_SHA, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {CALG_SHA1, 20, "da39a3ee5e6b4b0d3255bfef95601890afd80709", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {CALG_SHA_256, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {CALG_SHA_384, 48,
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
    {CALG_SHA_512, 64,
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static DWORD hash_number(HCRYPTHASH hash, DWORD parameter) {
    DWORD value = PRESET, length = sizeof value;
    HOLDS(CryptGetHashParam(hash, parameter, (BYTE *)&value, &length, 0));
    IS_TRUE(length == sizeof value);
    return value;
}

static void plain_hash(HCRYPTPROV provider, size_t index) {
    HCRYPTHASH hash = 0, clone = 0;
    BYTE value[64], other[64];
    DWORD length = 0, size = vectors[index].size;
    HOLDS(CryptCreateHash(provider, vectors[index].algorithm, 0, 0, &hash));
    IS_TRUE(hash_number(hash, HP_ALGID) == vectors[index].algorithm);
    IS_TRUE(hash_number(hash, HP_HASHSIZE) == size);
    HOLDS(CryptGetHashParam(hash, HP_HASHVAL, NULL, &length, 0));
    IS_TRUE(length == size);
    length = size - 1;
    FAILS(CryptGetHashParam(hash, HP_HASHVAL, value, &length, 0), ERROR_MORE_DATA);
    IS_TRUE(length == size);
    // Neither size nor refusal ends it; the clone's end is not the original's.
    HOLDS(CryptHashData(hash, (const BYTE *)"a", 1, 0));
    HOLDS(CryptDuplicateHash(hash, NULL, 0, &clone));
    HOLDS(CryptHashData(clone, (const BYTE *)"bc", 2, CRYPT_USERDATA));
    EQUALS(value, hash_value(clone, value), vectors[index].abc);
    FAILS(CryptHashData(clone, (const BYTE *)"d", 1, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptHashData(hash, (const BYTE *)"b", 1, 0));
    HOLDS(CryptDestroyHash(clone));
    HOLDS(CryptHashData(hash, NULL, 0, 0));
    HOLDS(CryptHashData(hash, (const BYTE *)"c", 1, 0));
    EQUALS(value, hash_value(hash, value), vectors[index].abc);
    EQUALS(value, hash_value(hash, value), vectors[index].abc);
    HOLDS(CryptDuplicateHash(hash, NULL, 0, &clone));
    SAME(value, size, other, hash_value(clone, other));
    FAILS(CryptHashData(clone, (const BYTE *)"d", 1, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptDestroyHash(clone));
    HOLDS(CryptDestroyHash(hash));
    FAILS(CryptDestroyHash(hash), ERROR_INVALID_PARAMETER);
    FAILS(CryptDuplicateHash(hash, NULL, 0, &clone), ERROR_INVALID_PARAMETER);

    HOLDS(CryptCreateHash(provider, vectors[index].algorithm, 0, 0, &hash));
    EQUALS(value, hash_value(hash, value), vectors[index].empty);
    EQUALS(value, hash_value(hash, value), vectors[index].empty);
    FAILS(CryptHashData(hash, (const BYTE *)"a", 1, 0), NTE_BAD_HASH_STATE);
    HOLDS(CryptDestroyHash(hash));
    // A value that is set.
    HOLDS(CryptCreateHash(provider, vectors[index].algorithm, 0, 0, &hash));
    for (DWORD i = 0; i < sizeof other; i++) other[i] = (BYTE)(200 - i);
    HOLDS(CryptSetHashParam(hash, HP_HASHVAL, other, 0));
    SAME(value, hash_value(hash, value), other, size);
    FAILS(CryptHashData(hash, (const BYTE *)"a", 1, 0), NTE_BAD_HASH_STATE);
    FAILS(CryptSetHashParam(hash, HP_HASHVAL, NULL, 0), ERROR_INVALID_PARAMETER);
    const HMAC_INFO info = {.HashAlgid = CALG_MD5};
    FAILS(CryptSetHashParam(hash, HP_HMAC_INFO, (const BYTE *)&info, 0), NTE_BAD_TYPE);
    FAILS(CryptSetHashParam(hash, HP_ALGID, other, 0), NTE_BAD_TYPE);
    FAILS(CryptSetHashParam(hash, HP_HASHVAL, other, 1), NTE_BAD_FLAGS);
    FAILS(CryptGetHashParam(hash, HP_HASHVAL, value, &length, 1), NTE_BAD_FLAGS);
    FAILS(CryptGetHashParam(hash, 99, value, &length, 0), NTE_BAD_TYPE);
    FAILS(CryptHashData(hash, (const BYTE *)"a", 1, ~0u), NTE_BAD_FLAGS);
    HOLDS(CryptDestroyHash(hash));
}

static void refusals(void) {
    HCRYPTPROV full = provider(NULL, PROV_RSA_FULL);
    HCRYPTHASH hash = 0;
    HCRYPTKEY key = key_of_hex(aes, CALG_RC2, "0102030405");
    for (ALG_ID algorithm = CALG_SHA_256; algorithm <= CALG_SHA_512; algorithm++) {
        FAILS(CryptCreateHash(full, algorithm, 0, 0, &hash), NTE_BAD_ALGID);
    }
    const ALG_ID none[] = {0, CALG_RC2, CALG_RSA_SIGN, CALG_TLS1PRF, CALG_HASH_REPLACE_OWF, 0x8007, ~0u};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        FAILS(CryptCreateHash(aes, none[i], 0, 0, &hash), NTE_BAD_ALGID);
    }
    FAILS(CryptCreateHash(aes, CALG_MD5, 0, 8, &hash), NTE_BAD_FLAGS);
    FAILS(CryptCreateHash(aes, CALG_HMAC, 0, 0, &hash), NTE_BAD_KEY);
    FAILS(CryptCreateHash(aes, CALG_MAC, 0, 0, &hash), NTE_BAD_KEY);
    FAILS(CryptCreateHash(aes, CALG_MAC, key_of_hex(aes, CALG_RC4, "0102030405"), 0, &hash), NTE_BAD_KEY);
    FAILS(CryptCreateHash(aes, CALG_MD5, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptCreateHash(0, CALG_MD5, 0, 0, &hash), ERROR_INVALID_PARAMETER);
    FAILS(CryptCreateHash(key, CALG_MD5, 0, 0, &hash), ERROR_INVALID_PARAMETER);
    FAILS(CryptHashData(0xdeadbeef, (const BYTE *)"a", 1, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptCreateHash(full, CALG_MD5, 0, 0, &hash));
    FAILS(CryptHashData(hash, NULL, 1, 0), ERROR_INVALID_PARAMETER);
    // The provider's end is the hash's.
    HOLDS(CryptReleaseContext(full, 0));
    FAILS(CryptHashData(hash, (const BYTE *)"a", 1, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptDestroyHash(hash), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyKey(key));
}

// MARK: HMAC

static HCRYPTHASH hmac(HCRYPTKEY key, HMAC_INFO info) {
    HCRYPTHASH hash = 0;
    MUST(CryptCreateHash(aes, CALG_HMAC, key, 0, &hash));
    HOLDS(CryptSetHashParam(hash, HP_HMAC_INFO, (const BYTE *)&info, 0));
    return hash;
}

static void hmac_vectors(void) {
    static const char data[] = "what do ya want for nothing?";
    static const char large[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    // RFC 2202 and 4231, cases 2 and 6: a key shorter than the block, and one of 80 (131) bytes 0xaa.
    static const struct { ALG_ID algorithm; DWORD large; const char *small_key, *large_key; } rows[] = {
        {CALG_MD5, 80, "750c783e6ab0b503eaa86e310a5db738", "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
        {CALG_SHA1, 80, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
        {CALG_SHA_256, 131, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {CALG_SHA_384, 131,
         "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
         "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952"},
        {CALG_SHA_512, 131,
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
         "caeab1a34d4a6b4b636e070a38bce737",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e52"
         "95e64f73f63f0aec8b915a985d786598"},
    };
    BYTE value[64], aa[131];
    memset(aa, 0xaa, sizeof aa);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HCRYPTKEY jefe = key_of(aes, CALG_RC2, (const BYTE *)"Jefe", 4, CRYPT_IPSEC_HMAC_KEY);
        HCRYPTKEY other = key_of(aes, CALG_RC2, aa, rows[i].large, CRYPT_IPSEC_HMAC_KEY);
        HMAC_INFO info = {.HashAlgid = rows[i].algorithm};
        HCRYPTHASH hash = hmac(jefe, info), clone = 0;
        IS_TRUE(hash_number(hash, HP_HASHSIZE) == strlen(rows[i].small_key) / 2);
        IS_TRUE(hash_number(hash, HP_ALGID) == CALG_HMAC);
        HOLDS(CryptHashData(hash, (const BYTE *)data, 10, 0));
        HOLDS(CryptDuplicateHash(hash, NULL, 0, &clone));
        HOLDS(CryptHashData(hash, (const BYTE *)data + 10, 18, 0));
        EQUALS(value, hash_value(hash, value), rows[i].small_key);
        HOLDS(CryptHashData(clone, (const BYTE *)data + 10, 18, 0));
        EQUALS(value, hash_value(clone, value), rows[i].small_key);
        FAILS(CryptHashData(hash, (const BYTE *)data, 1, 0), NTE_BAD_HASH_STATE);
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyHash(clone));
        hash = hmac(other, info);
        HOLDS(CryptHashData(hash, (const BYTE *)large, sizeof large - 1, 0));
        EQUALS(value, hash_value(hash, value), rows[i].large_key);
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyKey(jefe));
        HOLDS(CryptDestroyKey(other));
    }
    HCRYPTKEY key = key_of_hex(aes, CALG_RC4, "0102030405");
    HCRYPTHASH bare = 0;
    HMAC_INFO none = {.HashAlgid = CALG_HMAC};
    HOLDS(CryptCreateHash(aes, CALG_HMAC, key, 0, &bare));
    FAILS(CryptHashData(bare, (const BYTE *)data, 1, 0), NTE_BAD_HASH_STATE);
    FAILS(CryptSetHashParam(bare, HP_HMAC_INFO, (const BYTE *)&none, 0), NTE_BAD_ALGID);
    FAILS(CryptSetHashParam(bare, HP_HMAC_INFO, NULL, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptDestroyHash(bare));
    HOLDS(CryptDestroyKey(key));
}

/* Strings of zeros in place of the pads: the hash of the key, of zeros up to the string's length, and of the data. */
static void hmac_with_strings(ALG_ID algorithm, DWORD count) {
    BYTE key_bytes[16], zeros[1024] = {0}, whole[2048] = {0}, inner[64], outer[64], value[64];
    memset(key_bytes, 0x5a, sizeof key_bytes);
    HCRYPTKEY key = key_of(aes, CALG_RC2, key_bytes, sizeof key_bytes, 0);
    HMAC_INFO info = {algorithm, zeros, count, zeros, count};
    HCRYPTHASH hash = hmac(key, info);
    HOLDS(CryptHashData(hash, (const BYTE *)"data", 4, 0));
    memcpy(whole, key_bytes, sizeof key_bytes);
    memcpy(whole + count, "data", 4);
    DWORD size = digest(aes, algorithm, whole, count + 4, inner);
    memcpy(whole + count, inner, size);
    digest(aes, algorithm, whole, count + size, outer);
    SAME(value, hash_value(hash, value), outer, size);
    IS_TRUE(hash_number(hash, HP_HASHSIZE) == size);
    HOLDS(CryptDestroyHash(hash));
    HOLDS(CryptDestroyKey(key));
}

// MARK: MAC

static void mac(ALG_ID algorithm, const char *value, DWORD block) {
    HCRYPTKEY key = key_of_hex(aes, algorithm, value), plain = key_of_hex(aes, algorithm, value);
    BYTE message[50], cipher[MOST], code[16], scratch[MOST], iv[16] = "another vector!";
    for (BYTE i = 0; i < sizeof message; i++) message[i] = (BYTE)(3 * i);
    // The key's own vector, mode and message are nothing to the MAC, once it is made under CBC.
    HOLDS(CryptSetKeyParam(key, KP_IV, iv, 0));
    for (DWORD count = 0; count <= sizeof message; count++) {
        DWORD size = encrypted(plain, message, count, cipher), length = block;
        HCRYPTHASH hash = 0, clone = 0;
        HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CBC));
        HOLDS(CryptCreateHash(aes, CALG_MAC, key, 0, &hash));
        HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CFB));
        IS_TRUE(hash_number(hash, HP_HASHSIZE) == block);
        HOLDS(CryptHashData(hash, message, count / 3, 0));
        memset(scratch, 0, block);
        HOLDS(CryptEncrypt(key, 0, FALSE, 0, scratch, &length, sizeof scratch));
        HOLDS(CryptDuplicateHash(hash, NULL, 0, &clone));
        HOLDS(CryptHashData(hash, message + count / 3, count - count / 3, 0));
        SAME(code, hash_value(hash, code), cipher + size - block, block);
        HOLDS(CryptHashData(clone, message + count / 3, count - count / 3, 0));
        SAME(code, hash_value(clone, code), cipher + size - block, block);
        FAILS(CryptHashData(hash, message, 1, 0), NTE_BAD_HASH_STATE);
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyHash(clone));
    }
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyKey(plain));
}

// MARK: SSL3_SHAMD5 and signatures

static void write_file(const char *name, const BYTE *bytes, DWORD count, BOOL reverse) {
    FILE *file = fopen(name, "wb");
    if (!file) exit(2);
    for (DWORD i = 0; i < count; i++) fputc(bytes[reverse ? count - 1 - i : i], file);
    fclose(file);
}

static HCRYPTHASH joint_hash(void) {
    BYTE value[36], found[64];
    DWORD length = 0;
    HCRYPTHASH hash = 0;
    digest(aes, CALG_MD5, "abc", 3, value);
    digest(aes, CALG_SHA1, "abc", 3, value + 16);
    HOLDS(CryptCreateHash(aes, CALG_SSL3_SHAMD5, 0, 0, &hash));
    IS_TRUE(hash_number(hash, HP_HASHSIZE) == 36);
    HOLDS(CryptGetHashParam(hash, HP_HASHVAL, NULL, &length, 0));
    IS_TRUE(length == 36);
    FAILS(CryptHashData(hash, value, 1, 0), NTE_BAD_ALGID);
    HOLDS(CryptSetHashParam(hash, HP_HASHVAL, value, 0));
    FAILS(CryptHashData(hash, value, 1, 0), NTE_BAD_ALGID, NTE_BAD_HASH_STATE);
    SAME(found, hash_value(hash, found), value, 36);
    return hash;
}

/* Signs in a container; what openssl looks at is left in files. */
static void signatures(const char *container) {
    HCRYPTKEY key = 0, imported = 0;
    BYTE blob[MOST], signature[512];
    DWORD length = sizeof blob;
    HCRYPTPROV verifier = aes;
    MUST(CryptAcquireContextA(&aes, container, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    MUST(CryptGenKey(aes, AT_SIGNATURE, 1024u << 16, &key));
    HOLDS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &length));
    write_file("key.blob", blob, length, FALSE);
    MUST(CryptImportKey(verifier, blob, length, 0, 0, &imported));

    HCRYPTHASH hash = joint_hash();
    length = sizeof signature;
    HOLDS(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length));
    write_file("joint.signature", signature, length, TRUE);
    write_file("joint.value", blob, hash_value(hash, blob), FALSE);
    HOLDS(CryptVerifySignatureA(hash, signature, length, imported, NULL, 0));
    HOLDS(CryptDestroyHash(hash));

    const ALG_ID algorithms[] = {CALG_MD2, CALG_MD4, CALG_MD5, CALG_SHA1, CALG_SHA_256, CALG_SHA_384, CALG_SHA_512};
    for (size_t i = 0; i < 7; i++) {
        const DWORD flags[] = {0, CRYPT_NOHASHOID};
        for (int j = 0; j < 2; j++) {
            hash = hash_of(aes, algorithms[i], "abc", 3);
            length = sizeof signature;
            HOLDS(CryptSignHashA(hash, AT_SIGNATURE, NULL, flags[j], signature, &length));
            IS_TRUE(length == 128);
            HOLDS(CryptVerifySignatureA(hash, signature, length, imported, NULL, flags[j]));
            // A signature without the identifier is taken for the old hashes; one that has it is not where it must not.
            BOOL taken = j && algorithms[i] <= CALG_SHA1;
            DWORD other = flags[1 - j];
            if (taken) HOLDS(CryptVerifySignatureA(hash, signature, length, imported, NULL, other));
            else FAILS(CryptVerifySignatureA(hash, signature, length, imported, NULL, other), NTE_BAD_SIGNATURE);
            FAILS(CryptVerifySignatureA(hash, NULL, length, imported, NULL, flags[j]), ERROR_INVALID_PARAMETER);
            FAILS(CryptVerifySignatureA(hash, signature, 0, imported, NULL, flags[j]), NTE_BAD_SIGNATURE);
            FAILS(CryptVerifySignatureA(hash, signature, 64, imported, NULL, flags[j]), NTE_BAD_SIGNATURE);
            FAILS(CryptVerifySignatureA(hash, signature, length, 0, NULL, flags[j]), ERROR_INVALID_PARAMETER);
            signature[50] ^= 4;
            FAILS(CryptVerifySignatureA(hash, signature, length, imported, NULL, flags[j]), NTE_BAD_SIGNATURE);
            HOLDS(CryptDestroyHash(hash));
        }
    }
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptReleaseContext(aes, 0));
    MUST(CryptAcquireContextA(&aes, container, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    aes = verifier;
}

int main(int argc, char **argv) {
    aes = provider(NULL, PROV_RSA_AES);
    HCRYPTPROV full = provider(NULL, PROV_RSA_FULL), base = provider(BASE, PROV_RSA_FULL);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        ROW(plain_hash(aes, i), "hash %x", vectors[i].algorithm);
        if (vectors[i].algorithm > CALG_SHA1) continue;
        ROW(plain_hash(full, i), "hash %x, PROV_RSA_FULL", vectors[i].algorithm);
        ROW(plain_hash(base, i), "hash %x, %s", vectors[i].algorithm, BASE);
    }
    refusals();
    hmac_vectors();
    const DWORD strings[] = {64, 65, 128, 136, 200, 512, 1024};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        ROW(hmac_with_strings(CALG_MD5, strings[i]), "MD5, strings of %u bytes", strings[i]);
        ROW(hmac_with_strings(CALG_SHA1, strings[i]), "SHA-1, strings of %u bytes", strings[i]);
        ROW(hmac_with_strings(CALG_SHA_256, strings[i]), "SHA-256, strings of %u bytes", strings[i]);
        if (strings[i] < 128) continue;
        ROW(hmac_with_strings(CALG_SHA_512, strings[i]), "SHA-512, strings of %u bytes", strings[i]);
    }
    ROW(mac(CALG_RC2, "0102030405060708090a0b0c0d0e0f10", 8), "RC2");
    ROW(mac(CALG_DES, "0123456789abcdef", 8), "DES");
    ROW(mac(CALG_3DES_112, "0123456789abcdef23456789abcdef01", 8), "3DES_112");
    ROW(mac(CALG_3DES, "0123456789abcdef23456789abcdef01456789abcdef0123", 8), "3DES");
    ROW(mac(CALG_AES_128, "0102030405060708090a0b0c0d0e0f10", 16), "AES-128");
    ROW(mac(CALG_AES_256, "0102030405060708090a0b0c0d0e0f100102030405060708090a0b0c0d0e0f10", 16), "AES-256");
    HCRYPTHASH joint = joint_hash();
    HOLDS(CryptDestroyHash(joint));
    if (argc > 1) signatures(argv[1]);
    return verdict("abi-hashes");
}
