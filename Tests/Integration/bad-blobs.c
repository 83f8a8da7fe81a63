/* Blobs that are none: cut, with wrong headers, with numbers that make no key. See bad-blobs.sh. */
#include "abi-blobs.h"

// MARK: Good blobs

struct good { const char *name; BYTE bytes[MOST]; DWORD size; HCRYPTKEY by; DWORD flags; };
enum { MOST_GOOD = 24 };
static struct good goods[MOST_GOOD];
static int good_count;

static void add(const char *name, HCRYPTKEY key, HCRYPTKEY under, DWORD type, HCRYPTKEY by, DWORD flags) {
    struct good *good = goods + good_count++;
    good->name = name;
    good->by = by;
    good->flags = flags;
    good->size = exported(key, under, type, type == SIMPLEBLOB ? flags & CRYPT_OAEP : 0, good->bytes);
    ROW(IS_TRUE(good->size > 16), "%s", name);
}

/* One of every type, made with the context's keys. */
static void make_goods(HCRYPTPROV context, int has_container) {
    HCRYPTKEY exchange = 0, sign = 0, triple = key_of(context, CALG_3DES, value, 24, CRYPT_EXPORTABLE);
    HCRYPTKEY rc2 = key_of(context, CALG_RC2, value, 16, CRYPT_EXPORTABLE), rc4 = key_of(context, CALG_RC4, value, 16, CRYPT_EXPORTABLE);
    HCRYPTKEY small = key_of(context, CALG_RC2, value, 5, CRYPT_EXPORTABLE), aes_128 = key_of(context, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    HCRYPTKEY hmac = key_of(context, CALG_RC2, value, 40, CRYPT_EXPORTABLE | CRYPT_IPSEC_HMAC_KEY);
    good_count = 0;
    MUST(CryptGetUserKey(context, AT_KEYEXCHANGE, &exchange));
    MUST(CryptGetUserKey(context, AT_SIGNATURE, &sign));
    add("PUBLICKEYBLOB of an exchange key", exchange, 0, PUBLICKEYBLOB, 0, 0);
    add("PUBLICKEYBLOB of a signature key", sign, 0, PUBLICKEYBLOB, 0, 0);
    add("PRIVATEKEYBLOB of an exchange key", exchange, 0, PRIVATEKEYBLOB, 0, 0);
    add("PRIVATEKEYBLOB of a signature key", sign, 0, PRIVATEKEYBLOB, 0, CRYPT_EXPORTABLE);
    add("PRIVATEKEYBLOB under 3DES", exchange, triple, PRIVATEKEYBLOB, triple, 0);
    add("PRIVATEKEYBLOB under AES", sign, aes_128, PRIVATEKEYBLOB, aes_128, 0);
    add("PRIVATEKEYBLOB under RC4", sign, rc4, PRIVATEKEYBLOB, rc4, 0);
    add("SIMPLEBLOB of AES", aes_128, exchange, SIMPLEBLOB, 0, 0);
    add("SIMPLEBLOB of 3DES", triple, exchange, SIMPLEBLOB, 0, CRYPT_EXPORTABLE);
    add("SIMPLEBLOB with OAEP", aes_128, exchange, SIMPLEBLOB, 0, CRYPT_OAEP);
    add("PLAINTEXTKEYBLOB of AES", aes_128, 0, PLAINTEXTKEYBLOB, 0, 0);
    add("PLAINTEXTKEYBLOB of 3DES", triple, 0, PLAINTEXTKEYBLOB, 0, CRYPT_EXPORTABLE);
    add("PLAINTEXTKEYBLOB of RC2", rc2, 0, PLAINTEXTKEYBLOB, 0, 0);
    add("PLAINTEXTKEYBLOB of 40 bits", small, 0, PLAINTEXTKEYBLOB, 0, CRYPT_NO_SALT);
    add("PLAINTEXTKEYBLOB for an HMAC", hmac, 0, PLAINTEXTKEYBLOB, 0, CRYPT_IPSEC_HMAC_KEY);
    add("SYMMETRICWRAPKEYBLOB of 3DES", triple, triple, SYMMETRICWRAPKEYBLOB, triple, 0);
    add("SYMMETRICWRAPKEYBLOB of RC2", rc2, rc2, SYMMETRICWRAPKEYBLOB, rc2, 0);
    if (has_container) {
        add("OPAQUEKEYBLOB of AES", aes_128, 0, OPAQUEKEYBLOB, 0, 0);
        add("OPAQUEKEYBLOB of RC2", rc2, 0, OPAQUEKEYBLOB, 0, 0);
    }
    HOLDS(CryptDestroyKey(exchange));
    HOLDS(CryptDestroyKey(sign));
}

/* What stays as it is, whatever is imported. */
struct picture { BYTE exchange[256], sign[256]; DWORD exchange_size, sign_size; CK_ULONG objects; };

static struct picture picture(HCRYPTPROV context, const char *module) {
    struct picture result = {0};
    result.exchange_size = user_modulus(context, AT_KEYEXCHANGE, result.exchange);
    result.sign_size = user_modulus(context, AT_SIGNATURE, result.sign);
    result.objects = *module ? objects(module) : 0;
    return result;
}

static HCRYPTPROV context;
static const char *module;
static struct picture before;

static void is_unchanged(void) {
    struct picture after = picture(context, module);
    IS_TRUE(after.exchange_size == 128 && after.sign_size == 128 && !memcmp(&before, &after, sizeof after));
}

/* The import fails, with one of the codes, and makes no handle. */
#define REFUSED(blob, size, good, ...) do { \
    HCRYPTKEY key_ = 0; \
    FAILS(CryptImportKey(context, blob, size, (good)->by, (good)->flags, &key_), __VA_ARGS__); \
    IS_TRUE(key_ == 0); \
} while (0)
#define BAD_CODES NTE_BAD_DATA, NTE_BAD_LEN
#define OTHER_TYPE_CODES NTE_BAD_TYPE, NTE_BAD_DATA, NTE_BAD_LEN, NTE_BAD_KEY, NTE_BAD_ALGID, NTE_NO_KEY

// MARK: Every length, every byte of the header

static int is_private(const struct good *good) { return good->bytes[0] == PRIVATEKEYBLOB; }

static void cut(const struct good *good) {
    /* A private exponent may be cut; under a block cipher too, where one block in 256 ends in a padding by chance. */
    DWORD end = is_private(good) ? AT_PRIVATE_EXPONENT : good->size;
    BYTE copy[MOST];
    memcpy(copy, good->bytes, sizeof copy);
    for (DWORD size = 1; size < end; size++) ROW(REFUSED(copy, size, good, BAD_CODES), "%u of %u bytes", size, good->size);
    REFUSED(copy, 0, good, NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
}

static int is_type(BYTE type) {
    return type == SIMPLEBLOB || (type >= PUBLICKEYBLOB && type <= OPAQUEKEYBLOB) || type == SYMMETRICWRAPKEYBLOB;
}

/* Whether another algorithm in the header makes a key as well: of the same size, or of the other slot. */
static int is_other_key(const struct good *good, ALG_ID id) {
    static const ALG_ID of_16[] = {CALG_RC2, CALG_RC4, CALG_3DES_112, CALG_AES_128}, of_24[] = {CALG_3DES, CALG_AES_192};
    ALG_ID is = get_number(good->bytes, AT_ALGORITHM);
    if (good->bytes[0] == PUBLICKEYBLOB || is_private(good)) return id == CALG_RSA_KEYX || id == CALG_RSA_SIGN;
    if (good->bytes[0] == OPAQUEKEYBLOB) return 0;
    if (good->bytes[0] == SYMMETRICWRAPKEYBLOB) return is == CALG_3DES && id == CALG_3DES_112;
    if (id == CALG_RC2 && (good->bytes[0] == SIMPLEBLOB || good->flags & CRYPT_IPSEC_HMAC_KEY)) return 1;
    if (good->bytes[0] == PLAINTEXTKEYBLOB && get_number(good->bytes, 8) < 16) return id == CALG_RC2 || id == CALG_RC4;
    for (int i = 0; i < 4; i++) if (id == of_16[i]) return is != CALG_3DES && !(good->flags & CRYPT_IPSEC_HMAC_KEY);
    for (int i = 0; i < 2; i++) if (id == of_24[i]) return is == CALG_3DES;
    return 0;
}

static void header(const struct good *good) {
    BYTE copy[MOST];
    memcpy(copy, good->bytes, sizeof copy);
    for (int at = 0; at < 8; at++) {
        for (int byte = 0; byte < 256; byte++) {
            if (byte == good->bytes[at]) continue;
            copy[at] = (BYTE)byte;
            int before_ = failures;
            if (at == 0 && !is_type((BYTE)byte)) REFUSED(copy, good->size, good, NTE_BAD_TYPE);
            else if (at == 0) REFUSED(copy, good->size, good, OTHER_TYPE_CODES);
            else if (at == 1) REFUSED(copy, good->size, good, NTE_BAD_VER);
            else if (at < 4) REFUSED(copy, good->size, good, NTE_BAD_DATA);
            else if (!is_other_key(good, get_number(copy, AT_ALGORITHM))) REFUSED(copy, good->size, good, BAD_CODES, NTE_BAD_ALGID);
            if (failures != before_) printf("    …in: %s, byte %d: %02x\n", good->name, at, byte);
        }
        copy[at] = good->bytes[at];
    }
}

/* The number behind the header: of the wrapping algorithm, or of bytes. */
static void second_number(const struct good *good) {
    static const DWORD interesting[] = {
        0, 1, 4, 6, 7, 8, 15, 17, 23, 25, 31, 33, 63, 64, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000,
        0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF, CALG_RSA_SIGN, CALG_RSA_KEYX, CALG_DH_SF, CALG_DES, CALG_AES_128, CALG_AES_256, CALG_SHA1
    };
    BYTE type = good->bytes[0], copy[MOST];
    DWORD is = get_number(good->bytes, 8);
    if (type != SIMPLEBLOB && type != PLAINTEXTKEYBLOB && type != SYMMETRICWRAPKEYBLOB) return;
    memcpy(copy, good->bytes, sizeof copy);
    for (size_t i = 0; i < sizeof interesting / sizeof *interesting; i++) {
        DWORD number_ = interesting[i];
        int is_shorter = type == PLAINTEXTKEYBLOB && number_ < is && get_number(copy, 4) == CALG_RC2
            && number_ >= (good->flags & CRYPT_IPSEC_HMAC_KEY ? 1 : 5);
        if (number_ == is || is_shorter) continue;
        put_number(copy, 8, number_);
        if (type == PLAINTEXTKEYBLOB) ROW(REFUSED(copy, good->size, good, BAD_CODES), "%s: %x", good->name, number_);
        else ROW(REFUSED(copy, good->size, good, NTE_BAD_ALGID), "%s: %x", good->name, number_);
    }
}

/* Each byte behind the header changed, where any change is noticed. */
static void changed(const struct good *good) {
    int notices = good->bytes[0] == OPAQUEKEYBLOB || good->bytes[0] == SYMMETRICWRAPKEYBLOB || is_private(good);
    BYTE copy[MOST];
    if (!notices) return;
    memcpy(copy, good->bytes, sizeof copy);
    for (DWORD at = 8; at < good->size; at++) {
        copy[at] ^= (BYTE)(1 << at % 8);
        ROW(REFUSED(copy, good->size, good, BAD_CODES, NTE_BAD_ALGID), "%s: byte %u", good->name, at);
        copy[at] ^= (BYTE)(1 << at % 8);
    }
}

// MARK: Numbers of RSA keys

static void multiply(const BYTE *a, const BYTE *b, DWORD count, BYTE *product) {
    memset(product, 0, 2 * count);
    for (DWORD i = 0; i < count; i++) {
        DWORD carry = 0;
        for (DWORD j = 0; j < count; j++) {
            carry += product[i + j] + (DWORD)a[i] * b[j];
            product[i + j] = (BYTE)carry;
            carry >>= 8;
        }
        product[i + count] = (BYTE)carry;
    }
}

static void numbers(const struct good *good) {
    static const DWORD magics[] = {0, 0x31415352, 0x32415352, 0x33415352, 0x31535344, 0x32535344, 0x31484400, 0x52534131, ~0u};
    static const DWORD bits[] = {
        0, 1, 7, 8, 9, 16, 64, 376, 383, 385, 512, 1016, 1020, 1023, 1025, 1032, 2040, 2048, 4096, 16384, 16385, 16392, 32768, 0xFFFF,
        0x10000, 0x7FFFFFFF, 0x80000000, 0x80000400, 0xFFFFFC00, 0xFFFFFFF8, 0xFFFFFFFF
    };
    static const DWORD exponents[] = {0, 2, 4, 6, 65536, 65538, 0x80000000, 0xFFFFFFFE};
    int is_pair = is_private(good);
    BYTE copy[MOST];
    if (good->by || (good->bytes[0] != PUBLICKEYBLOB && !is_pair)) return;
#define FRESH memcpy(copy, good->bytes, sizeof copy)
#define WRONG(...) do { ROW(REFUSED(copy, good->size, good, BAD_CODES), __VA_ARGS__); FRESH; } while (0)
    FRESH;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        if (magics[i] == get_number(good->bytes, AT_MAGIC)) continue;
        put_number(copy, AT_MAGIC, magics[i]);
        WRONG("magic %x", magics[i]);
    }
    for (int at = AT_MAGIC; at < AT_BITS; at++) {
        for (int byte = 0; byte < 256; byte++) {
            if (byte == good->bytes[at]) continue;
            copy[at] = (BYTE)byte;
            WRONG("magic's byte %d: %02x", at, byte);
        }
    }
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        /* A shorter public modulus is the beginning of this one: odd, and a key. */
        if (!is_pair && (bits[i] == 512 || bits[i] == 1016)) continue;
        put_number(copy, AT_BITS, bits[i]);
        WRONG("%x bits", bits[i]);
    }
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        put_number(copy, AT_EXPONENT, exponents[i]);
        WRONG("exponent %x", exponents[i]);
    }
    /* A modulus that is even, has zeros at its end of most value, or is nothing but zeros. */
    copy[AT_MODULUS] &= 0xFE;
    WRONG("an even modulus");
    for (DWORD zeros = 1; zeros <= 128; zeros += zeros < 4 ? 1 : 31) {
        memset(copy + AT_PRIME1 - zeros, 0, zeros);
        WRONG("%u leading zeros", zeros);
    }
    if (!is_pair) return;
    /* An exponent of one needs private exponents of one; odd ones that are not the key's. */
    static const DWORD strangers[] = {1, 3, 17, 65539, 0xFFFFFFFF};
    for (int i = 0; i < 5; i++) {
        put_number(copy, AT_EXPONENT, strangers[i]);
        WRONG("exponent %x", strangers[i]);
    }
    static const struct { DWORD at, size; } fields[] = {
        {AT_PRIME1, 64}, {AT_PRIME2, 64}, {AT_EXPONENT1, 64}, {AT_EXPONENT2, 64}, {AT_COEFFICIENT, 64}, {AT_PRIVATE_EXPONENT, 128}
    };
    for (int i = 0; i < 6; i++) {
        memset(copy + fields[i].at, 0, fields[i].size);
        WRONG("field %d of zeros", i);
        memset(copy + fields[i].at, 0xFF, fields[i].size);
        WRONG("field %d of ones", i);
        memset(copy + fields[i].at, 0, fields[i].size);
        copy[fields[i].at] = 1;
        WRONG("field %d is one", i);
        copy[fields[i].at] ^= 1;
        WRONG("field %d is even, or odd", i);
        for (int j = 0; j < 6; j++) {
            if (i == j || fields[i].size != fields[j].size) continue;
            memcpy(copy + fields[i].at, good->bytes + fields[j].at, fields[i].size);
            WRONG("field %d is field %d", i, j);
        }
    }
    /* p = q, with their product for a modulus and without; the modulus as a prime, with a factor of one. */
    memcpy(copy + AT_PRIME2, copy + AT_PRIME1, 64);
    memcpy(copy + AT_EXPONENT2, copy + AT_EXPONENT1, 64);
    WRONG("p = q");
    memcpy(copy + AT_PRIME2, copy + AT_PRIME1, 64);
    memcpy(copy + AT_EXPONENT2, copy + AT_EXPONENT1, 64);
    multiply(copy + AT_PRIME1, copy + AT_PRIME1, 64, copy + AT_MODULUS);
    WRONG("p = q, and their product");
    memcpy(copy + AT_PRIME2, copy + AT_PRIME1, 64);
    memcpy(copy + AT_EXPONENT2, copy + AT_EXPONENT1, 64);
    multiply(copy + AT_PRIME1, copy + AT_PRIME1, 64, copy + AT_MODULUS);
    memset(copy + AT_COEFFICIENT, 0, 64);
    WRONG("p = q, their product, and no coefficient");
    /* The factors the other way round, with the coefficient of this. */
    memcpy(copy + AT_PRIME1, good->bytes + AT_PRIME2, 64);
    memcpy(copy + AT_PRIME2, good->bytes + AT_PRIME1, 64);
    memcpy(copy + AT_EXPONENT1, good->bytes + AT_EXPONENT2, 64);
    memcpy(copy + AT_EXPONENT2, good->bytes + AT_EXPONENT1, 64);
    WRONG("p and q the other way round");
    /* A product of three: q is not odd. */
    memset(copy + AT_PRIME2, 0, 64);
    copy[AT_PRIME2] = 2;
    WRONG("q = 2");
#undef FRESH
#undef WRONG
}

// MARK: Both kinds of contexts

static void all(int has_container) {
    make_goods(context, has_container);
    before = picture(context, module);
    IS_TRUE(before.exchange_size == 128 && before.sign_size == 128);
    for (int i = 0; i < good_count; i++) {
        const struct good *good = goods + i;
        ROW(cut(good), "%s, cut", good->name);
        ROW(header(good), "%s, header", good->name);
        ROW(second_number(good), "%s, number", good->name);
        ROW(changed(good), "%s, changed", good->name);
        ROW(numbers(good), "%s, numbers", good->name);
        ROW(is_unchanged(), "%s", good->name);
    }
    /* The pairs still are what they were, for signing too; and the good blobs are good. */
    signs_for(context, AT_KEYEXCHANGE, goods[0].bytes, goods[0].size);
    signs_for(context, AT_SIGNATURE, goods[1].bytes, goods[1].size);
    for (int i = 0; i < good_count; i++) {
        HCRYPTKEY key = 0;
        if (is_private(goods + i)) continue;
        ROW(HOLDS(CryptImportKey(context, goods[i].bytes, goods[i].size, goods[i].by, goods[i].flags, &key)), "%s", goods[i].name);
        HOLDS(CryptDestroyKey(key));
    }
    is_unchanged();
}

int main(int count, char **arguments) {
    HCRYPTKEY key = 0;
    module = count > 2 ? arguments[2] : "";
    if (count > 1 && !strcmp(arguments[1], "container")) {
        context = container("bad-blobs", 0);
        all(1);
    } else if (count > 1 && !strcmp(arguments[1], "prepare")) {
        context = container("bad-blobs", CRYPT_NEWKEYSET);
        MUST(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE, &key));
        MUST(CryptGenKey(context, AT_SIGNATURE, 1024u << 16 | CRYPT_EXPORTABLE, &key));
    } else {
        context = aes();
        HOLDS(CryptDestroyKey(import_pair(context, CALG_RSA_KEYX, CRYPT_EXPORTABLE)));
        HOLDS(CryptDestroyKey(import_pair(context, CALG_RSA_SIGN, CRYPT_EXPORTABLE)));
        all(0);
    }
    HOLDS(CryptReleaseContext(context, 0));
    return verdict("bad-blobs");
}
