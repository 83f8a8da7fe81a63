/* CryptExportKey and CryptImportKey: every type of blob of every kind of key under every other. See parity.sh. */
#include "parity.h"

/* Keys that are exported. */
static HCRYPTKEY free_cipher, kept_cipher, free_pair, kept_pair;
static const char *const kinds[] = {"3DES, exportable", "3DES", "pair, exportable", "pair", "public key"};
enum { KINDS = 5 };

static HCRYPTKEY kind(int index) {
    const HCRYPTKEY keys[KINDS] = {free_cipher, kept_cipher, free_pair, kept_pair, public_exchange};
    return keys[index];
}

/* Keys that they are exported under: none, a session key, and the two public keys. */
enum { UNDER_NONE, UNDER_CIPHER, UNDER_EXCHANGE, UNDER_SIGNER, UNDERS };
static HCRYPTKEY wrapping;

static HCRYPTKEY under(int index) {
    const HCRYPTKEY keys[UNDERS] = {0, wrapping, public_exchange, public_signer};
    return keys[index];
}

static const DWORD types[] = {
    0, SIMPLEBLOB, 2, 5, PUBLICKEYBLOB, PRIVATEKEYBLOB, PLAINTEXTKEYBLOB, OPAQUEKEYBLOB, PUBLICKEYBLOBEX, SYMMETRICWRAPKEYBLOB,
    KEYSTATEBLOB, 0xFF, 0x106, ~0u
};
enum { TYPES = sizeof types / sizeof *types };

/* What is answered: 0 for success, else up to two codes. Where two things are wrong either is told. */
struct answer { DWORD code, other; };

static struct answer expected(DWORD type, int of, int by) {
    const struct answer fine = {0, 0}, bad_type = {NTE_BAD_TYPE, NTE_BAD_KEY}, kept = {NTE_BAD_KEY_STATE, NTE_BAD_KEY_STATE};
    int is_session = of < 2, is_free = of == 0 || of == 2;
    switch (type) {
    case PUBLICKEYBLOB:
        return by != UNDER_NONE ? (struct answer){NTE_BAD_KEY, NTE_BAD_TYPE} : is_session ? bad_type : fine;
    case PRIVATEKEYBLOB:
        if (is_session) return bad_type;
        if (!is_free) return (struct answer){NTE_BAD_KEY_STATE, by > UNDER_CIPHER ? NTE_BAD_KEY : NTE_BAD_KEY_STATE};
        return by > UNDER_CIPHER ? (struct answer){NTE_BAD_KEY, NTE_BAD_KEY} : fine;
    case SIMPLEBLOB:
        if (by == UNDER_NONE) return (struct answer){NTE_BAD_PUBLIC_KEY, is_session ? NTE_BAD_PUBLIC_KEY : NTE_BAD_TYPE};
        if (by == UNDER_CIPHER) return (struct answer){NTE_NO_KEY, is_session ? NTE_NO_KEY : NTE_BAD_TYPE};
        if (by == UNDER_SIGNER) return (struct answer){NTE_BAD_KEY, is_session ? NTE_BAD_KEY : NTE_BAD_TYPE};
        return !is_session ? bad_type : is_free ? fine : kept;
    case PLAINTEXTKEYBLOB:
        if (by != UNDER_NONE) return (struct answer){NTE_BAD_KEY, is_session ? NTE_BAD_KEY : NTE_BAD_TYPE};
        return !is_session ? bad_type : is_free ? fine : kept;
    case SYMMETRICWRAPKEYBLOB:
        if (by != UNDER_CIPHER) return (struct answer){NTE_BAD_KEY, is_session ? NTE_BAD_KEY : NTE_BAD_TYPE};
        return !is_session ? bad_type : is_free ? fine : kept;
    case OPAQUEKEYBLOB:
        if (by != UNDER_NONE) return (struct answer){NTE_BAD_KEY, is_session ? NTE_BAD_KEY : NTE_BAD_TYPE};
        /* The pairs are of a context without a container. */
        return !is_session ? (struct answer){NTE_BAD_TYPE, NTE_NO_KEY} : is_free ? fine : kept;
    default:
        return (struct answer){NTE_BAD_TYPE, NTE_BAD_TYPE};
    }
}

static void make_keys(HCRYPTPROV context, HCRYPTPROV pairs) {
    free_cipher = key_of(context, CALG_3DES, value, 24, CRYPT_EXPORTABLE);
    kept_cipher = key_of(context, CALG_3DES, value, 24, 0);
    wrapping = key_of(context, CALG_3DES, value + 8, 24, 0);
    MUST(CryptGenKey(pairs, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE, &free_pair));
    MUST(CryptGenKey(pairs, AT_SIGNATURE, 1024u << 16, &kept_pair));
}

static void destroy_keys(void) {
    HOLDS(CryptDestroyKey(free_cipher));
    HOLDS(CryptDestroyKey(kept_cipher));
    HOLDS(CryptDestroyKey(wrapping));
    HOLDS(CryptDestroyKey(free_pair));
    HOLDS(CryptDestroyKey(kept_pair));
}

static void matrix(void) {
    BYTE blob[MOST];
    for (int of = 0; of < KINDS; of++) {
        for (int by = 0; by < UNDERS; by++) {
            for (int i = 0; i < TYPES; i++) {
                struct answer answer = expected(types[i], of, by);
                DWORD size = sizeof blob;
                if (!answer.code) {
                    ROW(TWO_CALLS(sizeof blob, CryptExportKey(kind(of), under(by), types[i], 0, data, &length)),
                        "blob %x of %s under %d", types[i], kinds[of], by);
                    HOLDS(CryptExportKey(kind(of), under(by), types[i], 0, blob, &size));
                    IS_TRUE(blob[0] == types[i] && blob[1] == CUR_BLOB_VERSION && blob[2] == 0 && blob[3] == 0);
                    IS_TRUE(get_number(blob, 4) == number(kind(of), KP_ALGID));
                    /* Flags that a type has not. */
                    const DWORD flags[] = {CRYPT_SSL2_FALLBACK, 8, 0x10, 0x100, ~0u};
                    for (int j = 0; j < 5; j++) {
                        size = sizeof blob;
                        FAILS(CryptExportKey(kind(of), under(by), types[i], flags[j], blob, &size), NTE_BAD_FLAGS);
                        FAILS(CryptExportKey(kind(of), under(by), types[i], flags[j], NULL, &size), NTE_BAD_FLAGS);
                    }
                    FAILS(CryptExportKey(kind(of), under(by), types[i], 0, blob, NULL), ERROR_INVALID_PARAMETER);
                    FAILS(CryptExportKey(kind(of), under(by), types[i], 0, NULL, NULL), ERROR_INVALID_PARAMETER);
                } else {
                    ROW(FAILS(CryptExportKey(kind(of), under(by), types[i], 0, blob, &size), answer.code, answer.other),
                        "blob %x of %s under %d", types[i], kinds[of], by);
                    ROW(FAILS(CryptExportKey(kind(of), under(by), types[i], 0, NULL, &size), answer.code, answer.other),
                        "blob %x of %s under %d", types[i], kinds[of], by);
                }
            }
        }
    }
}

static void CryptExportKey_section(void) {
    BYTE blob[MOST];
    DWORD size = sizeof blob;
    REFUSES(bad_key, CryptExportKey(bad, 0, PUBLICKEYBLOB, 0, blob, &size));
    REFUSES_BUT_0(bad_key, CryptExportKey(exchange, bad, PUBLICKEYBLOB, 0, blob, &size));
    REFUSES_BUT_0(bad_key, CryptExportKey(secret, bad, SIMPLEBLOB, 0, blob, &size));
    make_keys(box, reader);
    matrix();
    destroy_keys();
    make_keys(reader, reader);
    HCRYPTPROV empty = aes();
    HCRYPTKEY homeless = aes_key(empty);
    FAILS(CryptExportKey(homeless, 0, OPAQUEKEYBLOB, 0, blob, &size), NTE_NO_KEY);
    HOLDS(CryptReleaseContext(empty, 0));
    destroy_keys();
}

// MARK: CryptImportKey

/* A blob as it was exported, and what is to be given for importing it. */
struct made { BYTE bytes[MOST]; DWORD size; HCRYPTKEY by; const char *name; };
enum { MADE = 7 };

static void make_blobs(struct made *made) {
    static const struct { DWORD type; int of, by; const char *name; } rows[MADE] = {
        {PUBLICKEYBLOB, 2, UNDER_NONE, "PUBLICKEYBLOB"}, {PRIVATEKEYBLOB, 2, UNDER_NONE, "PRIVATEKEYBLOB"},
        {PRIVATEKEYBLOB, 2, UNDER_CIPHER, "PRIVATEKEYBLOB under a key"}, {SIMPLEBLOB, 0, UNDER_EXCHANGE, "SIMPLEBLOB"},
        {PLAINTEXTKEYBLOB, 0, UNDER_NONE, "PLAINTEXTKEYBLOB"}, {OPAQUEKEYBLOB, 0, UNDER_NONE, "OPAQUEKEYBLOB"},
        {SYMMETRICWRAPKEYBLOB, 0, UNDER_CIPHER, "SYMMETRICWRAPKEYBLOB"},
    };
    for (int i = 0; i < MADE; i++) {
        made[i].size = exported(kind(rows[i].of), under(rows[i].by), rows[i].type, 0, made[i].bytes);
        made[i].by = rows[i].by == UNDER_CIPHER ? wrapping : 0;
        made[i].name = rows[i].name;
        IS_TRUE(made[i].size > 20);
    }
}

static void CryptImportKey_section(void) {
    static struct made made[MADE];
    BYTE again[MOST];
    HCRYPTKEY key = 0;
    HCRYPTPROV sandbox = 0, silent = 0;
    MUST(CryptAcquireContextA(&sandbox, "sandbox", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    make_keys(box, sandbox);
    make_blobs(made);
    MUST(CryptAcquireContextA(&silent, "sandbox", NULL, PROV_RSA_AES, CRYPT_SILENT));
    for (int i = 0; i < MADE; i++) {
        const BYTE *bytes = made[i].bytes;
        DWORD size = made[i].size, type = bytes[0];
        HCRYPTKEY by = made[i].by;
        int is_pair = type == PRIVATEKEYBLOB, is_session = type != PUBLICKEYBLOB && !is_pair;
        /* Into the container that the pair is of; session keys into that of the exchange key. */
        HCRYPTPROV context = is_session ? box : sandbox;
        REFUSES(bad_provider, CryptImportKey(bad, bytes, size, by, 0, &key));
        REFUSES_BUT_0(bad_key, CryptImportKey(context, bytes, size, bad, 0, &key));
        FAILS(CryptImportKey(context, bytes, size, by, 0, NULL), ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(context, NULL, size, by, 0, &key), ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(context, NULL, 0, by, 0, &key), NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(context, bytes, 0, by, 0, &key), NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
        FAILS(CryptImportKey(context, bytes, ~0u, by, 0, &key), ERROR_INVALID_PARAMETER, NTE_BAD_DATA);
        for (DWORD flag = 1; flag; flag <<= 1) {
            if (flag & (CRYPT_EXPORTABLE | CRYPT_USER_PROTECTED | CRYPT_NO_SALT | CRYPT_OAEP | CRYPT_IPSEC_HMAC_KEY | CRYPT_ARCHIVABLE | 0x8000))
                continue;
            ROW(FAILS(CryptImportKey(context, bytes, size, by, flag, &key), NTE_BAD_FLAGS), "%s, flag %x", made[i].name, flag);
        }
        FAILS(CryptImportKey(context, bytes, size, by, ~0u, &key), NTE_BAD_FLAGS);
        if (is_pair) {
            FAILS(CryptImportKey(silent, bytes, size, by, CRYPT_USER_PROTECTED, &key), NTE_SILENT_CONTEXT);
            FAILS(CryptImportKey(reader, bytes, size, by, CRYPT_USER_PROTECTED, &key), NTE_SILENT_CONTEXT);
        }
        /* Under a key of another kind, or of none. */
        if (type == PUBLICKEYBLOB || type == PLAINTEXTKEYBLOB || type == OPAQUEKEYBLOB) {
            FAILS(CryptImportKey(context, bytes, size, wrapping, 0, &key), NTE_BAD_KEY);
            FAILS(CryptImportKey(context, bytes, size, exchange, 0, &key), NTE_BAD_KEY);
        } else if (type == SIMPLEBLOB) {
            FAILS(CryptImportKey(context, bytes, size, wrapping, 0, &key), NTE_BAD_KEY);
            FAILS(CryptImportKey(context, bytes, size, signer, 0, &key), NTE_BAD_KEY);
            FAILS(CryptImportKey(context, bytes, size, public_exchange, 0, &key), NTE_BAD_KEY, NTE_NO_KEY);
            FAILS(CryptImportKey(context, bytes, size, 0, CRYPT_OAEP, &key), NTE_BAD_DATA);
        } else {
            FAILS(CryptImportKey(context, bytes, size, exchange, 0, &key), NTE_BAD_KEY);
            if (by) FAILS(CryptImportKey(context, bytes, size, 0, 0, &key), NTE_BAD_KEY, NTE_BAD_DATA);
            if (by) FAILS(CryptImportKey(context, bytes, size, secret, 0, &key), NTE_BAD_DATA, NTE_BAD_ALGID);
        }
        IS_TRUE(key == 0);
        for (DWORD exportable = 0; exportable <= CRYPT_EXPORTABLE; exportable++) {
            ROW(HOLDS(CryptImportKey(context, bytes, size, by, exportable, &key)), "%s", made[i].name);
            IS_TRUE(number(key, KP_ALGID) == get_number(bytes, 4) && number(key, KP_PERMISSIONS) == (exportable ? 0x3fu : 0x3bu));
            if (is_session) ENCRYPT_ALIKE(key, kept_cipher);
            else SAME(again, exported(key, 0, PUBLICKEYBLOB, 0, again), made[0].bytes, made[0].size);
            if (is_session && exportable) {
                IS_TRUE(value_of(key, again) == 24 && !memcmp(again, value, 24));
            } else if (is_session) {
                DWORD length = sizeof again;
                FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, again, &length), NTE_BAD_KEY_STATE);
            } else if (is_pair && exportable) {
                SAME(again, exported(key, 0, PRIVATEKEYBLOB, 0, again), made[1].bytes, made[1].size);
            } else {
                DWORD length = sizeof again;
                FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, again, &length), NTE_BAD_KEY_STATE);
            }
            HOLDS(CryptDestroyKey(key));
            key = 0;
        }
    }
    /* What a container's pair sealed another's does not open; without an exchange key there is nothing to open it with. */
    HCRYPTPROV empty = aes();
    FAILS(CryptImportKey(sandbox, made[3].bytes, made[3].size, 0, 0, &key), NTE_BAD_DATA);
    FAILS(CryptImportKey(sandbox, made[5].bytes, made[5].size, 0, 0, &key), NTE_BAD_DATA);
    FAILS(CryptImportKey(empty, made[3].bytes, made[3].size, 0, 0, &key), NTE_NO_KEY);
    FAILS(CryptImportKey(empty, made[5].bytes, made[5].size, 0, 0, &key), NTE_NO_KEY);
    HOLDS(CryptReleaseContext(empty, 0));
    HOLDS(CryptReleaseContext(silent, 0));
    HOLDS(CryptDestroyKey(free_cipher));
    HOLDS(CryptReleaseContext(sandbox, 0));
    MUST(CryptAcquireContextA(&sandbox, "sandbox", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
}

static const struct section sections[] = {SECTION(CryptExportKey), SECTION(CryptImportKey)};

int main(int arguments, char **argument) {
    return parity("parity-blobs", sections, sizeof sections / sizeof *sections, arguments, argument);
}
