/* Session ciphers: published vectors in every mode, messages in several calls, sizes, padding, parameters. See
 * abi-ciphers.sh. */
#include "abi-session.h"

#define ZEROS_16 "00000000000000000000000000000000"
#define COUNTING "000102030405060708090a0b0c0d0e0f"
#define FIPS81_IV "1234567890abcdef"
#define AES_128 "2b7e151628aed2a6abf7158809cf4f3c"
#define AES_192 "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"
#define AES_256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define AES_TEXT "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
                 "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define FIPS81_TEXT "4e6f77206973207468652074696d6520666f7220616c6c20"
#define SP800_67_TEXT "5468652071756663" "6b2062726f776e20" "666f78206a756d70"
#define TWO_KEYS "0123456789abcdef23456789abcdef01"
#define THREE_KEYS TWO_KEYS "456789abcdef0123"
#define CBC CRYPT_MODE_CBC
#define ECB CRYPT_MODE_ECB
#define CFB CRYPT_MODE_CFB

/* Ciphertexts are those of the message without its padding. */
static const struct vector {
    /* Of openssl; NULL where it has no such cipher. */
    const char *name;
    ALG_ID algorithm;
    DWORD mode;
    const char *key, *iv, *plain, *cipher;
} vectors[] = {
    // SP 800-38A, F.1, F.2, F.3.7 to F.3.12
    {"aes-128-ecb", CALG_AES_128, ECB, AES_128, "", AES_TEXT,
     "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
     "43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4"},
    {"aes-128-cbc", CALG_AES_128, CBC, AES_128, COUNTING, AES_TEXT,
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
     "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
    {"aes-128-cfb8", CALG_AES_128, CFB, AES_128, COUNTING, AES_TEXT,
     "3b79424c9c0dd436bace9e0ed4586a4f32b9ded50ae3ba69d472e88267fb5052"
     "70cbad1e257691f7c47c5038297edda32ff26d0ed19174096161ecc14086dd62"},
    {"aes-192-ecb", CALG_AES_192, ECB, AES_192, "", AES_TEXT,
     "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef"
     "ef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e"},
    {"aes-192-cbc", CALG_AES_192, CBC, AES_192, COUNTING, AES_TEXT,
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
     "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"},
    {"aes-192-cfb8", CALG_AES_192, CFB, AES_192, COUNTING, AES_TEXT,
     "cda2521ef0a905ca44cd057cbf0d47a0678a7bcfb6aeaa3047b38936021f48bb"
     "b63cefdac02b2e840904efce6f4326be228683739063dc30e937ffedd63e3c94"},
    {"aes-256-ecb", CALG_AES_256, ECB, AES_256, "", AES_TEXT,
     "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"
     "b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7"},
    {"aes-256-cbc", CALG_AES_256, CBC, AES_256, COUNTING, AES_TEXT,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
    {"aes-256-cfb8", CALG_AES_256, CFB, AES_256, COUNTING, AES_TEXT,
     "dc1f1a8520a64db55fcc8ac554844e889700adc6e10c63cf2d8cd2d8ce668f3e"
     "b9191719c47444fb43bff9b9883c2cd051120402009f974998c89d195722a75b"},
    // FIPS 81, tables B1, C1, D2 (continued)
    {"des-ecb", CALG_DES, ECB, "0123456789abcdef", "", FIPS81_TEXT, "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53"},
    {"des-cbc", CALG_DES, CBC, "0123456789abcdef", FIPS81_IV, FIPS81_TEXT,
     "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
    {"des-cfb8", CALG_DES, CFB, "0123456789abcdef", FIPS81_IV, FIPS81_TEXT,
     "f31fda07011462ee187f43d80a7cd9b5b0d290da6e5b9a87"},
    // SP 800-67, B.1; the other modes by pyca/cryptography
    {"des-ede3", CALG_3DES, ECB, THREE_KEYS, "", SP800_67_TEXT, "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"},
    {"des-ede3-cbc", CALG_3DES, CBC, THREE_KEYS, FIPS81_IV, SP800_67_TEXT,
     "38413d4ba2325cf1141f707471ac2ced57db530f0123b5ac"},
    {"des-ede3-cfb8", CALG_3DES, CFB, THREE_KEYS, FIPS81_IV, SP800_67_TEXT,
     "f472da035b7e9ec173ffaefe074c4acfd9f86d3e5643b5c6"},
    {"des-ede3", CALG_3DES_112, ECB, TWO_KEYS, "", SP800_67_TEXT, "c44862f70cf2fbdc9077d0909fa91b884cabd61fc58e0cbb"},
    {"des-ede3-cbc", CALG_3DES_112, CBC, TWO_KEYS, FIPS81_IV, SP800_67_TEXT,
     "b0ed7d5e6849dc73cfb0c1915e64897f8182f143185f6cf1"},
    {"des-ede3-cfb8", CALG_3DES_112, CFB, TWO_KEYS, FIPS81_IV, SP800_67_TEXT,
     "9f836198f822b6afa67b6f9c65870ea0a049852f5e169e9d"},
    // RFC 2268, section 5, the vector with 128 effective bits
    {"rc2-ecb", CALG_RC2, ECB, "88bca90e90875a7f0f79c384627bafb2", "", "0000000000000000", "2269552ab0f85ca6"},
    {"rc2-cbc", CALG_RC2, CBC, "88bca90e90875a7f0f79c384627bafb2", "", "0000000000000000", "2269552ab0f85ca6"},
    // RFC 6229
    {"rc4", CALG_RC4, 0, "0102030405060708090a0b0c0d0e0f10", "", ZEROS_16 ZEROS_16,
     "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c"},
    {"rc4-40", CALG_RC4, 0, "0102030405", "", ZEROS_16 ZEROS_16,
     "b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919"},
    {NULL, CALG_RC4, 0, "01020304050607", "", ZEROS_16 ZEROS_16,
     "293f02d47f37c9b633f2af5285feb46be620f1390d19bd84e2e0fd752031afc1"},
};

// MARK: One vector

/* The message in pieces, the last of them final; what comes out, and its count. */
static DWORD in_pieces(HCRYPTKEY key, BOOL encrypts, const BYTE *data, DWORD count, DWORD piece, BYTE *result) {
    DWORD written = 0;
    BYTE buffer[MOST];
    for (DWORD start = 0; start < count; start += piece) {
        DWORD length = count - start < piece ? count - start : piece;
        BOOL final = start + piece >= count;
        memcpy(buffer, data + start, length);
        if (encrypts) HOLDS(CryptEncrypt(key, 0, final, 0, buffer, &length, sizeof buffer));
        else HOLDS(CryptDecrypt(key, 0, final, 0, buffer, &length));
        memcpy(result + written, buffer, length);
        written += length;
    }
    return written;
}

static void known_answer(HCRYPTPROV provider, const struct vector *vector) {
    BYTE plain[MOST], cipher[MOST], iv[16], data[MOST], whole[MOST];
    HCRYPTKEY key = key_of_hex(provider, vector->algorithm, vector->key);
    DWORD count = from_hex(vector->plain, plain), block = number(key, KP_BLOCKLEN) / 8;
    DWORD iv_count = from_hex(vector->iv, iv);
    from_hex(vector->cipher, cipher);
    if (block) HOLDS(set_number(key, KP_MODE, vector->mode));
    if (iv_count) HOLDS(CryptSetKeyParam(key, KP_IV, iv, 0));

    // Not final: no padding, and the message goes on.
    memcpy(data, plain, count);
    DWORD length = count;
    HOLDS(CryptEncrypt(key, 0, FALSE, 0, data, &length, count));
    EQUALS(data, length, vector->cipher);
    length = 0;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data + count, &length, block));
    IS_TRUE(length == block);

    // Final: the same with the padding, and the next message starts anew.
    DWORD size = encrypted(key, plain, count, whole);
    IS_TRUE(size == count + block);
    EQUALS(whole, count, vector->cipher);
    SAME(whole, size, data, count + block);
    for (DWORD piece = block ? block : 5; piece <= count; piece += piece) {
        SAME(whole, size, data, in_pieces(key, TRUE, plain, count, piece, data));
        EQUALS(data, in_pieces(key, FALSE, whole, size, piece, data), vector->plain);
    }

    // Not final: the padding is data.
    memcpy(data, whole, size);
    length = size;
    HOLDS(CryptDecrypt(key, 0, FALSE, 0, data, &length));
    IS_TRUE(length == size);
    EQUALS(data, count, vector->plain);
    for (DWORD i = count; i < size; i++) IS_TRUE(data[i] == block);
    if (block) HOLDS(CryptSetKeyParam(key, KP_IV, iv_count ? iv : (const BYTE[16]){0}, 0));

    if (vector->name) {
        // Of 3DES_112 openssl gets the first key once more.
        BYTE value[32];
        DWORD bytes = from_hex(vector->key, value);
        if (vector->algorithm == CALG_3DES_112) memcpy(value + 16, value, 8), bytes = 24;
        if (vector->mode == CBC && !iv_count) memset(iv, 0, iv_count = block);
        tell_cipher(vector->name, value, bytes, iv, iv_count, plain, count, block, whole, size);
    }
    HOLDS(CryptDestroyKey(key));
}

// MARK: RC2's effective length

struct effective { const char *key; DWORD bits; const char *plain, *cipher; };

/* RFC 2268, section 5. Keys that a provider has not come with CRYPT_IPSEC_HMAC_KEY. */
static const struct effective effectives[] = {
    {"0000000000000000", 63, "0000000000000000", "ebb773f993278eff"},
    {"ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49"},
    {"3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2"},
    {"88", 64, "0000000000000000", "61a8a244adacccf0"},
    {"88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f"},
    {"88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000", "1a807d272bbe5db1"},
    {"88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000", "2269552ab0f85ca6"},
    {"88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", 129, "0000000000000000",
     "5b78d3a43dfff1f1"},
};

static void effective_length(HCRYPTPROV provider, const struct effective *row) {
    BYTE value[64], data[8];
    DWORD bytes = from_hex(row->key, value), length = from_hex(row->cipher, data);
    HCRYPTKEY key = key_of(provider, CALG_RC2, value, bytes, CRYPT_IPSEC_HMAC_KEY | CRYPT_NO_SALT);
    IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == 8 * bytes);
    HOLDS(set_number(key, KP_EFFECTIVE_KEYLEN, row->bits));
    IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == row->bits);
    IS_TRUE(number(key, KP_KEYLEN) == 8 * bytes);
    HOLDS(set_number(key, KP_MODE, ECB));
    HOLDS(CryptDecrypt(key, 0, FALSE, 0, data, &length));
    EQUALS(data, length, row->plain);
    // A key beyond 128 bits decrypts and does not encrypt.
    if (bytes <= 16) HOLDS(CryptEncrypt(key, 0, FALSE, 0, data, &length, sizeof data));
    else FAILS(CryptEncrypt(key, 0, FALSE, 0, data, &length, sizeof data), NTE_BAD_KEY);
    EQUALS(data, length, bytes <= 16 ? row->cipher : row->plain);
    HOLDS(CryptDestroyKey(key));
}

static void effective_lengths(HCRYPTPROV provider) {
    for (size_t i = 0; i < sizeof effectives / sizeof *effectives; i++) {
        ROW(effective_length(provider, effectives + i), "key %s, %u bits", effectives[i].key, effectives[i].bits);
    }
}

// MARK: CFB by hand

/* CFB with a feedback of 8 bits is what ECB makes of it, padded; a message can be cut anywhere before its end. */
static void feedback_of_8_bits(HCRYPTPROV provider, ALG_ID algorithm, const char *value) {
    HCRYPTKEY ecb = key_of_hex(provider, algorithm, value), cfb = key_of_hex(provider, algorithm, value);
    DWORD block = number(ecb, KP_BLOCKLEN) / 8;
    BYTE vector[16] = "initialization!", data[64], expected[64], scratch[32];
    HOLDS(set_number(ecb, KP_MODE, ECB));
    HOLDS(set_number(cfb, KP_MODE, CFB));
    HOLDS(CryptSetKeyParam(cfb, KP_IV, vector, 0));
    memset(expected, 'x', block + block - 1);
    expected[2 * block - 1] = 1;
    for (DWORD i = 0; i < 2 * block; i++) {
        DWORD length = block;
        memcpy(scratch, vector, block);
        HOLDS(CryptEncrypt(ecb, 0, FALSE, 0, scratch, &length, sizeof scratch));
        expected[i] ^= scratch[0];
        memmove(vector, vector + 1, block - 1);
        vector[block - 1] = expected[i];
    }
    memset(data, 'x', 2 * block - 1);
    DWORD length = block;
    HOLDS(CryptEncrypt(cfb, 0, FALSE, 0, data, &length, block));
    IS_TRUE(length == block);
    length = block - 1;
    // 7 bytes become 8 (15 become 16).
    HOLDS(CryptEncrypt(cfb, 0, TRUE, 0, data + block, &length, block));
    IS_TRUE(length == block);
    SAME(data, 2 * block, expected, 2 * block);
    DWORD first = block, second = block;
    HOLDS(CryptDecrypt(cfb, 0, FALSE, 0, data, &first));
    HOLDS(CryptDecrypt(cfb, 0, TRUE, 0, data + block, &second));
    IS_TRUE(first + second == 2 * block - 1);
    for (DWORD i = 0; i < first + second; i++) IS_TRUE(data[i] == 'x');
    memset(data, 'x', 2 * block - 1);
    for (DWORD i = 0; i < block; i++) {
        length = 1;
        HOLDS(CryptEncrypt(cfb, 0, FALSE, 0, data + i, &length, 1));
    }
    SAME(data, block, expected, block);
    // A feedback of a whole block can be set; what it would encrypt is no CFB of 8 bits.
    IS_TRUE(number(cfb, KP_MODE_BITS) == 8);
    HOLDS(set_number(cfb, KP_MODE_BITS, 8 * block));
    IS_TRUE(number(cfb, KP_MODE_BITS) == 8 * block);
    length = block;
    FAILS(CryptEncrypt(cfb, 0, FALSE, 0, data, &length, block), NTE_BAD_ALGID);
    FAILS(set_number(cfb, KP_MODE_BITS, 8 * block + 8), NTE_BAD_DATA);
    FAILS(set_number(cfb, KP_MODE_BITS, 0), NTE_BAD_DATA);
    HOLDS(CryptDestroyKey(ecb));
    HOLDS(CryptDestroyKey(cfb));
}

int main(void) {
    HCRYPTPROV aes = provider(NULL, PROV_RSA_AES), strong = provider(STRONG, PROV_RSA_FULL);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = vectors + i;
        ROW(known_answer(aes, vector), "vector %zu, algorithm %x, mode %u", i, vector->algorithm, vector->mode);
        if (strncmp(vector->name ? vector->name : "rc4", "aes", 3)) {
            ROW(known_answer(strong, vector), "%x under %s", vector->algorithm, STRONG);
        }
    }
    ROW(effective_lengths(aes), "the RSA and AES provider");
    ROW(effective_lengths(strong), STRONG);
    ROW(effective_lengths(provider(ENHANCED, PROV_RSA_FULL)), ENHANCED);
    ROW(feedback_of_8_bits(aes, CALG_RC2, AES_128), "RC2");
    ROW(feedback_of_8_bits(aes, CALG_DES, "0123456789abcdef"), "DES");
    ROW(feedback_of_8_bits(aes, CALG_3DES_112, TWO_KEYS), "3DES_112");
    ROW(feedback_of_8_bits(aes, CALG_3DES, THREE_KEYS), "3DES");
    ROW(feedback_of_8_bits(aes, CALG_AES_128, AES_128), "AES-128");
    ROW(feedback_of_8_bits(aes, CALG_AES_192, AES_192), "AES-192");
    ROW(feedback_of_8_bits(aes, CALG_AES_256, AES_256), "AES-256");
    return verdict("abi-ciphers");
}
