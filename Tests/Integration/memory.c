/* What is left of a secret in the process's memory when nobody needs it any more. See memory.sh. */
#include "abi-session.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

// MARK: Searching

/* Eight bytes of a secret, each bit inverted: what is looked for is nowhere else than where it should not be. */
static uint64_t inverted[4096];
static int count;
/* Which last 16 bits occur among them. */
static BYTE endings[1 << 13];

static void look_for(const BYTE *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    word = ~word;
    if (count == sizeof inverted / sizeof *inverted) exit(2);
    inverted[count++] = word;
    endings[(word & 0xffff) >> 3] |= 1 << (word & 7);
}

/* Every eight bytes of a secret, in both byte orders. */
static void keep_in_mind(const BYTE *secret, DWORD size) {
    BYTE reversed[8];
    for (DWORD i = 0; i + 8 <= size; i += 4) {
        // Zeros, which fill a number up, are everywhere.
        if (!memcmp(secret + i, "\0\0\0\0\0\0\0", 8)) continue;
        look_for(secret + i);
        for (int j = 0; j < 8; j++) reversed[j] = secret[i + 7 - j];
        look_for(reversed);
    }
    explicit_bzero(reversed, sizeof reversed);
}

static void forget(void) {
    count = 0;
    memset(endings, 0, sizeof endings);
}

static int is_known(uint64_t word) {
    if (!(endings[(word & 0xffff) >> 3] & 1 << (word & 7))) return 0;
    for (int i = 0; i < count; i++) {
        if (inverted[i] == word) return 1;
    }
    return 0;
}

/* In how many places of the process's writable memory it stands; `where` is told each. */
static int traces(const char *where) {
    static BYTE piece[1 << 16];
    static char maps[1 << 17];
    int memory = open("/proc/self/mem", O_RDONLY), list = open("/proc/self/maps", O_RDONLY), found = 0;
    if (memory < 0 || list < 0) exit(2);
    size_t length = 0;
    for (ssize_t got; (got = read(list, maps + length, sizeof maps - 1 - length)) > 0;) length += got;
    maps[length] = 0;
    for (char *line = maps; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        unsigned long start, end;
        int name = 0;
        if (sscanf(line, "%lx-%lx rw%*[-x]p %*s %*s %*s%n", &start, &end, &name) != 2 || !name) continue;
        for (unsigned long at = start; at < end; at += sizeof piece - 8) {
            size_t size = end - at < sizeof piece ? end - at : sizeof piece;
            // Not what this function itself has read.
            if (at < (uintptr_t)(piece + sizeof piece) && at + size > (uintptr_t)piece) continue;
            if (pread(memory, piece, size, (off_t)at) != (ssize_t)size) continue;
            for (size_t i = 0; i + 8 <= size; i++) {
                uint64_t word;
                memcpy(&word, piece + i, 8);
                if (!is_known(~word)) continue;
                found++;
                if (where && found <= 8) {
                    printf("    %s: at %lx of %.*s\n", where, at + i, (int)strcspn(line, "\n"), line);
                }
            }
        }
    }
    explicit_bzero(piece, sizeof piece);
    close(memory);
    close(list);
    return found;
}

/* While it is there it can be found, so the search works. */
#define IS_THERE() IS_TRUE(traces(NULL) > 0)
#define IS_GONE(...) do { \
    char what_[80]; \
    snprintf(what_, sizeof what_, __VA_ARGS__); \
    check(__LINE__, what_, traces(what_) == 0, "is left in memory", 0); \
} while (0)

static void fill(BYTE *bytes, DWORD size) {
    if (getrandom(bytes, size, 0) != (ssize_t)size) exit(2);
}

// MARK: Session keys

static const struct { ALG_ID id; DWORD size; } ciphers[] = {
    {CALG_RC2, 16}, {CALG_RC4, 16}, {CALG_DES, 8}, {CALG_3DES_112, 16}, {CALG_3DES, 24}, {CALG_AES_128, 16},
    {CALG_AES_192, 24}, {CALG_AES_256, 32},
};
enum { CIPHERS = sizeof ciphers / sizeof *ciphers };

static void use(HCRYPTKEY key) {
    BYTE data[64] = "a message";
    DWORD size = 9;
    HCRYPTKEY copy = 0;
    HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &size, sizeof data));
    HOLDS(CryptDuplicateKey(key, NULL, 0, &copy));
    HOLDS(CryptDecrypt(copy, 0, TRUE, 0, data, &size));
    HOLDS(CryptDestroyKey(copy));
}

/* Reads the value of an exportable key and looks for it from now on. */
static void keep_value_in_mind(HCRYPTKEY key) {
    BYTE blob[128];
    DWORD length = sizeof blob;
    MUST(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &length));
    keep_in_mind(blob + 12, length - 12);
    explicit_bzero(blob, sizeof blob);
}

static HCRYPTKEY imported_value(HCRYPTPROV provider, ALG_ID algorithm, DWORD size, DWORD flags) {
    BYTE blob[256];
    HCRYPTKEY key = 0;
    BLOBHEADER header = {PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, algorithm};
    memcpy(blob, &header, 8);
    memcpy(blob + 8, &size, 4);
    fill(blob + 12, size);
    keep_in_mind(blob + 12, size);
    MUST(CryptImportKey(provider, blob, 12 + size, 0, flags, &key));
    explicit_bzero(blob, sizeof blob);
    return key;
}

static void imported_keys(HCRYPTPROV provider) {
    for (int i = 0; i < CIPHERS; i++) {
        HCRYPTKEY key = imported_value(provider, ciphers[i].id, ciphers[i].size, 0);
        IS_THERE();
        HOLDS(CryptDestroyKey(key));
        IS_GONE("key %x, imported and not used", ciphers[i].id);
        forget();
        key = imported_value(provider, ciphers[i].id, ciphers[i].size, CRYPT_EXPORTABLE);
        use(key);
        HOLDS(CryptDestroyKey(key));
        IS_GONE("key %x, imported and used", ciphers[i].id);
        forget();
    }
}

static void derived_keys(HCRYPTPROV provider) {
    const ALG_ID hashes[] = {CALG_MD5, CALG_SHA1, CALG_SHA_256, CALG_SHA_512};
    for (int i = 0; i < CIPHERS * 4; i++) {
        BYTE password[16];
        HCRYPTHASH hash = 0;
        HCRYPTKEY key = 0;
        fill(password, sizeof password);
        hash = hash_of(provider, hashes[i / CIPHERS], password, sizeof password);
        keep_in_mind(password, sizeof password);
        explicit_bzero(password, sizeof password);
        MUST(CryptDeriveKey(provider, ciphers[i % CIPHERS].id, hash, CRYPT_EXPORTABLE, &key));
        keep_value_in_mind(key);
        use(key);
        IS_THERE();
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptDestroyHash(hash));
        IS_GONE("key %x, derived from %x", ciphers[i % CIPHERS].id, hashes[i / CIPHERS]);
        forget();
    }
}

static void generated_keys(HCRYPTPROV provider, int are_on_token) {
    for (int i = 0; i < CIPHERS; i++) {
        // Of a block and a half, the half is left in SoftHSM's random number generator, which is OpenSSL's.
        if (are_on_token && ciphers[i].size == 24) continue;
        HCRYPTKEY key = 0;
        MUST(CryptGenKey(provider, ciphers[i].id, CRYPT_EXPORTABLE, &key));
        keep_value_in_mind(key);
        use(key);
        HOLDS(CryptDestroyKey(key));
        IS_GONE("key %x, generated", ciphers[i].id);
        forget();
    }
}

static void hmac_keys(HCRYPTPROV provider) {
    const DWORD sizes[] = {16, 70};
    const ALG_ID hashes[] = {CALG_MD5, CALG_SHA1, CALG_SHA_256, CALG_SHA_512};
    for (int i = 0; i < 8; i++) {
        HCRYPTKEY key = imported_value(provider, CALG_RC2, sizes[i % 2], CRYPT_IPSEC_HMAC_KEY);
        HCRYPTHASH hash = 0;
        HMAC_INFO info = {.HashAlgid = hashes[i / 2]};
        BYTE value[64];
        DWORD length = sizeof value;
        MUST(CryptCreateHash(provider, CALG_HMAC, key, 0, &hash));
        HOLDS(CryptSetHashParam(hash, HP_HMAC_INFO, (BYTE *)&info, 0));
        HOLDS(CryptHashData(hash, (const BYTE *)"data", 4, 0));
        HOLDS(CryptGetHashParam(hash, HP_HASHVAL, value, &length, 0));
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyKey(key));
        IS_GONE("key of %d bytes for an HMAC of %x", sizes[i % 2], hashes[i / 2]);
        forget();
    }
}

static void mac_keys(HCRYPTPROV provider) {
    for (int i = 0; i < CIPHERS; i++) {
        if (ciphers[i].id == CALG_RC4) continue;
        HCRYPTKEY key = imported_value(provider, ciphers[i].id, ciphers[i].size, 0);
        HCRYPTHASH mac = 0, hash = hash_of(provider, CALG_SHA1, "", 0);
        BYTE value[64];
        DWORD length = sizeof value;
        MUST(CryptCreateHash(provider, CALG_MAC, key, 0, &mac));
        HOLDS(CryptHashData(mac, (const BYTE *)"data", 4, 0));
        HOLDS(CryptGetHashParam(mac, HP_HASHVAL, value, &length, 0));
        HOLDS(CryptHashSessionKey(hash, key, 0));
        HOLDS(CryptDestroyHash(hash));
        HOLDS(CryptDestroyHash(mac));
        HOLDS(CryptDestroyKey(key));
        IS_GONE("key %x for a MAC, and hashed", ciphers[i].id);
        forget();
    }
}

static void random_bytes(HCRYPTPROV provider) {
    BYTE bytes[64];
    HOLDS(CryptGenRandom(provider, sizeof bytes, bytes));
    keep_in_mind(bytes, sizeof bytes);
    IS_THERE();
    explicit_bzero(bytes, sizeof bytes);
    IS_GONE("random bytes");
    forget();
}

static void wrapped_keys(HCRYPTPROV provider) {
    for (int i = 0; i < CIPHERS; i++) {
        if (ciphers[i].id != CALG_RC2 && ciphers[i].id != CALG_3DES && ciphers[i].id != CALG_3DES_112) continue;
        HCRYPTKEY kek = imported_value(provider, ciphers[i].id, ciphers[i].size, 0), key = 0;
        BYTE blob[512];
        DWORD length = sizeof blob;
        MUST(CryptGenKey(provider, ciphers[i].id, CRYPT_EXPORTABLE, &key));
        keep_value_in_mind(key);
        MUST(CryptExportKey(key, kek, SYMMETRICWRAPKEYBLOB, 0, blob, &length));
        HOLDS(CryptDestroyKey(key));
        MUST(CryptImportKey(provider, blob, length, kek, 0, &key));
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptDestroyKey(kek));
        IS_GONE("key %x in a SYMMETRICWRAPKEYBLOB", ciphers[i].id);
        forget();
    }
}

/* Plaintext that was encrypted and decrypted; what the program sees is the ciphertext at last. */
static void plaintexts(HCRYPTPROV provider) {
    for (int i = 0; i < CIPHERS; i++) {
        HCRYPTKEY key = 0;
        BYTE data[112];
        DWORD length = 96;
        MUST(CryptGenKey(provider, ciphers[i].id, 0, &key));
        fill(data, length);
        keep_in_mind(data, length);
        HOLDS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data));
        IS_GONE("what key %x encrypted", ciphers[i].id);
        HOLDS(CryptDecrypt(key, 0, TRUE, 0, data, &length));
        IS_THERE();
        explicit_bzero(data, sizeof data);
        IS_GONE("what key %x decrypted", ciphers[i].id);
        HOLDS(CryptDestroyKey(key));
        forget();
    }
}

// MARK: RSA

/* Behind the header and the modulus everything is secret. */
static void keep_numbers_in_mind(const BYTE *blob, DWORD length) {
    DWORD bits;
    memcpy(&bits, blob + 12, 4);
    keep_in_mind(blob + 20 + bits / 8, length - 20 - bits / 8);
}

/* The n-th PRIVATEKEYBLOB that openssl made. */
static DWORD private_blob(BYTE *blob, DWORD room) {
    static int number;
    char name[32];
    snprintf(name, sizeof name, "%d.blob", number++);
    int file = open(name, O_RDONLY);
    ssize_t length = read(file, blob, room);
    if (length <= 20) exit(2);
    close(file);
    keep_numbers_in_mind(blob, (DWORD)length);
    return (DWORD)length;
}

/* The same for a key that is exportable. */
static void export_pair(HCRYPTPROV provider, HCRYPTKEY key) {
    BYTE blob[4096];
    DWORD length = sizeof blob;
    HCRYPTKEY session = 0;
    MUST(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length));
    keep_numbers_in_mind(blob, length);
    explicit_bzero(blob, sizeof blob);
    MUST(CryptGenKey(provider, CALG_AES_256, 0, &session));
    length = sizeof blob;
    HOLDS(CryptExportKey(key, session, PRIVATEKEYBLOB, 0, blob, &length));
    HOLDS(CryptDestroyKey(session));
}

static HCRYPTKEY imported_pair(HCRYPTPROV provider, ALG_ID algorithm, DWORD flags, HCRYPTKEY under) {
    BYTE blob[4096];
    DWORD length = private_blob(blob, sizeof blob);
    HCRYPTKEY key = 0;
    memcpy(blob + 4, &algorithm, 4);
    if (under) {
        DWORD size = length - 8;
        MUST(CryptEncrypt(under, 0, TRUE, 0, blob + 8, &size, sizeof blob - 8));
        length = 8 + size;
    }
    MUST(CryptImportKey(provider, blob, length, under, flags, &key));
    explicit_bzero(blob, sizeof blob);
    return key;
}

static void use_pair(HCRYPTPROV provider, HCRYPTKEY key, ALG_ID algorithm) {
    BYTE data[512];
    DWORD length = sizeof data;
    HCRYPTHASH hash = hash_of(provider, CALG_SHA1, "data", 4);
    HOLDS(CryptSignHashA(hash, algorithm == CALG_RSA_SIGN ? AT_SIGNATURE : AT_KEYEXCHANGE, NULL, 0, data, &length));
    HOLDS(CryptVerifySignatureA(hash, data, length, key, NULL, 0));
    HOLDS(CryptDestroyHash(hash));
    for (DWORD flags = 0; flags <= CRYPT_OAEP && algorithm == CALG_RSA_KEYX; flags += CRYPT_OAEP) {
        length = 32;
        fill(data, length);
        keep_in_mind(data, length);
        HOLDS(CryptEncrypt(key, 0, TRUE, flags, data, &length, sizeof data));
        HOLDS(CryptDecrypt(key, 0, TRUE, flags, data, &length));
        IS_TRUE(length == 32);
        explicit_bzero(data, sizeof data);
    }
}

static void host_pairs(void) {
    for (int way = 0; way < 4; way++) {
        HCRYPTPROV provider_ = provider(MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES);
        ALG_ID algorithm = way == 1 ? CALG_RSA_SIGN : CALG_RSA_KEYX;
        HCRYPTKEY session = 0, key = 0;
        if (way == 3) MUST(CryptGenKey(provider_, CALG_AES_256, 0, &session));
        key = imported_pair(provider_, algorithm, CRYPT_EXPORTABLE, session);
        IS_THERE();
        if (way > 0) use_pair(provider_, key, algorithm);
        if (way > 1) export_pair(provider_, key);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(provider_, 0));
        IS_GONE("a pair on the host, %s",
            (const char *[]){"imported", "that signed", "that decrypted and left", "that came under a key"}[way]);
        forget();
    }
}

static void simple_blobs(HCRYPTPROV provider, HCRYPTKEY exchange, const char *where) {
    for (int i = 0; i < CIPHERS; i++) {
        for (DWORD flags = 0; flags <= CRYPT_OAEP; flags += CRYPT_OAEP) {
            HCRYPTKEY key = imported_value(provider, ciphers[i].id, ciphers[i].size, CRYPT_EXPORTABLE);
            BYTE blob[1024];
            DWORD length = sizeof blob;
            MUST(CryptExportKey(key, exchange, SIMPLEBLOB, flags, blob, &length));
            HOLDS(CryptDestroyKey(key));
            IS_GONE("key %x that left in a SIMPLEBLOB (%s)", ciphers[i].id, where);
            MUST(CryptImportKey(provider, blob, length, exchange, flags, &key));
            use(key);
            HOLDS(CryptDestroyKey(key));
            IS_GONE("key %x that came in a SIMPLEBLOB (%s)", ciphers[i].id, where);
            forget();
        }
    }
}

// MARK: On the token

static HCRYPTPROV container(const char *name, DWORD flags) {
    HCRYPTPROV provider = 0;
    MUST(CryptAcquireContextA(&provider, name, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, flags));
    return provider;
}

static void delete_container(const char *name) {
    HCRYPTPROV provider = 0;
    MUST(CryptAcquireContextA(&provider, name, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, CRYPT_DELETEKEYSET));
}

static void token_pairs(void) {
    for (int way = 0; way < 4; way++) {
        HCRYPTPROV provider = container("memory", CRYPT_NEWKEYSET);
        ALG_ID algorithm = way == 1 ? CALG_RSA_SIGN : CALG_RSA_KEYX;
        DWORD flags = way == 3 ? CRYPT_ARCHIVABLE : way == 2 ? CRYPT_EXPORTABLE : 0;
        HCRYPTKEY key = imported_pair(provider, algorithm, flags, 0);
        if (way > 0) use_pair(provider, key, algorithm);
        if (way > 1) export_pair(provider, key);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(provider, 0));
        IS_GONE("a pair on the token, %s",
            (const char *[]){"imported", "that signed", "that decrypted and left", "archivable"}[way]);
        delete_container("memory");
        forget();
    }
}

/* The token's own: what leaves is known only then. */
static void generated_pairs(void) {
    for (DWORD flags = CRYPT_EXPORTABLE; flags <= CRYPT_ARCHIVABLE; flags *= CRYPT_ARCHIVABLE / CRYPT_EXPORTABLE) {
        HCRYPTPROV provider = container("memory", CRYPT_NEWKEYSET);
        HCRYPTKEY key = 0;
        MUST(CryptGenKey(provider, AT_KEYEXCHANGE, 2048u << 16 | flags, &key));
        export_pair(provider, key);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(provider, 0));
        IS_GONE("a pair that the token made, flags %x", flags);
        delete_container("memory");
        forget();
    }
}

/* DSS and Diffie-Hellman pairs that left and came back, and what two of them agreed on. */
static void domain_pairs(void) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0, other = 0, agreed = 0;
    for (int way = 0; way < 2; way++) {
        BYTE blob[1024];
        DWORD length = sizeof blob, size = way ? 128 : 20;
        MUST(CryptAcquireContextA(&provider, "memory", MS_ENH_DSS_DH_PROV_A, PROV_DSS_DH, CRYPT_NEWKEYSET));
        MUST(CryptGenKey(provider, way ? CALG_DH_SF : CALG_DSS_SIGN, 1024u << 16 | CRYPT_EXPORTABLE, &key));
        MUST(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length));
        keep_in_mind(blob + 16 + 2 * 128 + (way ? 0 : 20), size);
        IS_THERE();
        HOLDS(CryptDestroyKey(key));
        MUST(CryptImportKey(provider, blob, length, 0, 0, &key));
        explicit_bzero(blob, sizeof blob);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(provider, 0));
        IS_GONE("the private number of a %s pair", way ? "Diffie-Hellman" : "DSS");
        MUST(CryptAcquireContextA(&provider, "memory", MS_ENH_DSS_DH_PROV_A, PROV_DSS_DH, CRYPT_DELETEKEYSET));
        forget();
    }
    MUST(CryptAcquireContextA(&provider, NULL, MS_ENH_DSS_DH_PROV_A, PROV_DSS_DH, CRYPT_VERIFYCONTEXT));
    BYTE blob[256];
    DWORD length = sizeof blob;
    ALG_ID cipher = CALG_RC4;
    MUST(CryptGenKey(provider, CALG_DH_EPHEM, 0, &key));
    MUST(CryptGenKey(provider, CALG_DH_EPHEM, 0, &other));
    MUST(CryptExportKey(other, 0, PUBLICKEYBLOB, 0, blob, &length));
    MUST(CryptImportKey(provider, blob, length, key, CRYPT_EXPORTABLE, &agreed));
    MUST(CryptSetKeyParam(agreed, KP_ALGID, (BYTE *)&cipher, 0));
    keep_value_in_mind(agreed);
    use(agreed);
    IS_THERE();
    HOLDS(CryptDestroyKey(agreed));
    IS_GONE("what two Diffie-Hellman keys agreed on");
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyKey(other));
    HOLDS(CryptReleaseContext(provider, 0));
    forget();
}

static void token_session_keys(void) {
    HCRYPTPROV provider = container("memory", CRYPT_NEWKEYSET);
    HCRYPTKEY exchange = 0;
    MUST(CryptGenKey(provider, AT_KEYEXCHANGE, 2048 << 16, &exchange));
    generated_keys(provider, 1);
    plaintexts(provider);
    simple_blobs(provider, exchange, "token");
    for (int i = 0; i < CIPHERS; i++) {
        HCRYPTKEY key = imported_value(provider, ciphers[i].id, ciphers[i].size, CRYPT_EXPORTABLE);
        BYTE blob[1024];
        DWORD length = sizeof blob;
        MUST(CryptExportKey(key, 0, OPAQUEKEYBLOB, 0, blob, &length));
        HOLDS(CryptDestroyKey(key));
        MUST(CryptImportKey(provider, blob, length, 0, 0, &key));
        HOLDS(CryptDestroyKey(key));
        IS_GONE("key %x in an OPAQUEKEYBLOB", ciphers[i].id);
        forget();
    }
    HOLDS(CryptDestroyKey(exchange));
    HOLDS(CryptReleaseContext(provider, 0));
    delete_container("memory");
}

/* What two keys agree on, here one with itself. */
static void agree(HCRYPTPROV provider, HCRYPTKEY key, ALG_ID cipher) {
    BYTE blob[1024];
    DWORD length = sizeof blob;
    HCRYPTKEY agreed = 0;
    MUST(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &length));
    MUST(CryptImportKey(provider, blob, length, key, CRYPT_EXPORTABLE, &agreed));
    MUST(set_number(agreed, KP_ALGID, cipher));
    keep_value_in_mind(agreed);
    use(agreed);
    HOLDS(CryptDestroyKey(agreed));
}

/* A pair of another family, in a file whose secret number stands at `offset`: on the token, and as session objects. */
static void family(const char *path, const char *name, DWORD type, DWORD offset, DWORD size) {
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        BYTE blob[2048];
        HCRYPTPROV provider = 0;
        HCRYPTKEY key = 0;
        int file = open(path, O_RDONLY);
        ssize_t length = read(file, blob, sizeof blob);
        if (length < (ssize_t)(offset + size)) exit(2);
        close(file);
        keep_in_mind(blob + offset, size);
        IS_THERE();
        MUST(CryptAcquireContextA(
            &provider, is_kept ? "memory" : NULL, name, type, is_kept ? CRYPT_NEWKEYSET : CRYPT_VERIFYCONTEXT));
        MUST(CryptImportKey(provider, blob, (DWORD)length, 0, CRYPT_EXPORTABLE, &key));
        explicit_bzero(blob, sizeof blob);
        if (GET_ALG_CLASS(number(key, KP_ALGID)) == ALG_CLASS_SIGNATURE) use_pair(provider, key, CALG_RSA_SIGN);
        else agree(provider, key, type == PROV_DSS_DH ? CALG_3DES_112 : CALG_AES_256);
        // Where SoftHSM wraps a key on a curve, OpenSSL (i2d_ECPrivateKey) frees a copy of its number as it is.
        DWORD room = sizeof blob;
        if (type != PROV_EC_ECDSA_FULL) HOLDS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &room));
        explicit_bzero(blob, sizeof blob);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptReleaseContext(provider, 0));
        IS_GONE("%s, %s", strrchr(path, '/'), is_kept ? "kept" : "not kept");
        if (is_kept) MUST(CryptAcquireContextA(&provider, "memory", name, type, CRYPT_DELETEKEYSET));
        forget();
    }
}

/* The PIN in a file, which the program sets, or the token's URI names the file. */
static void pin(const char *path, int is_set) {
    char text[256] = "";
    int file = open(path, O_RDONLY);
    ssize_t length = read(file, text, sizeof text - 1);
    if (length < 8) exit(2);
    close(file);
    keep_in_mind((BYTE *)text, (DWORD)length);
    HCRYPTPROV provider = container(is_set ? "set" : "named", CRYPT_NEWKEYSET);
    HCRYPTKEY key = 0;
    if (is_set) HOLDS(CryptSetProvParam(provider, PP_SIGNATURE_PIN, (BYTE *)text, 0));
    explicit_bzero(text, sizeof text);
    if (is_set) IS_THERE();
    MUST(CryptGenKey(provider, AT_SIGNATURE, 1024 << 16, &key));
    use_pair(provider, key, CALG_RSA_SIGN);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptReleaseContext(provider, 0));
    IS_GONE("the PIN");
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    HCRYPTPROV aes = provider(MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES);
    if (!strcmp(what, "imported")) imported_keys(aes);
    else if (!strcmp(what, "derived")) derived_keys(aes);
    else if (!strcmp(what, "generated")) generated_keys(aes, 0);
    else if (!strcmp(what, "hashed")) {
        hmac_keys(aes);
        mac_keys(aes);
        random_bytes(aes);
    }
    else if (!strcmp(what, "wrapped")) wrapped_keys(aes);
    else if (!strcmp(what, "plaintexts")) plaintexts(aes);
    else if (!strcmp(what, "pairs")) host_pairs();
    else if (!strcmp(what, "simple")) {
        HCRYPTKEY exchange = imported_pair(aes, CALG_RSA_KEYX, 0, 0);
        forget();
        simple_blobs(aes, exchange, "host");
    }
    else if (!strcmp(what, "token-pairs")) token_pairs();
    else if (!strcmp(what, "token-generated")) generated_pairs();
    else if (!strcmp(what, "token-domains")) domain_pairs();
    else if (!strcmp(what, "token-session-keys")) token_session_keys();
    else if (!strcmp(what, "family") && argc > 6) family(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]), atoi(argv[6]));
    else if (!strcmp(what, "pin") && argc > 3) pin(argv[2], !strcmp(argv[3], "set"));
    else return 2;
    return verdict(what);
}
