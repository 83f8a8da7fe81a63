/* Key pairs in blobs, in and out. See abi-blobs.sh. */
#include "abi-blobs.h"

// MARK: Private keys

/* One import of `length` bytes, and the export of what came of it. */
static void import_cut(HCRYPTPROV provider, DWORD length) {
    BYTE blob[MOST];
    HCRYPTKEY key = 0;
    HOLDS(CryptImportKey(provider, short_coefficient, length, 0, CRYPT_EXPORTABLE, &key));
    SAME(blob, exported(key, 0, PRIVATEKEYBLOB, 0, blob), short_coefficient, 596);
    HOLDS(CryptDestroyKey(key));
}

static void private_key_blobs(HCRYPTPROV provider) {
    BYTE blob[MOST], public_blob[MOST];
    DWORD length = 0;
    HCRYPTKEY key = import_pair(provider, CALG_RSA_KEYX, CRYPT_EXPORTABLE);
    IS_TRUE(number(key, KP_ALGID) == CALG_RSA_KEYX && number(key, KP_KEYLEN) == 1024);
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
    HOLDS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &length));
    IS_TRUE(length == 596);
    length = 595;
    FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length), ERROR_MORE_DATA);
    IS_TRUE(length == 596);
    length = MOST;
    HOLDS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length));
    SAME(blob, length, short_coefficient, 596);

    /* The public half: header, RSA1, the same numbers. */
    length = 0;
    HOLDS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, NULL, &length));
    IS_TRUE(length == 148);
    HOLDS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, public_blob, &length));
    memcpy(blob, short_coefficient, 148);
    blob[0] = PUBLICKEYBLOB;
    blob[AT_MAGIC + 3] = '1';
    SAME(public_blob, length, blob, 148);
    signs_for(provider, AT_KEYEXCHANGE, public_blob, 148);

    /* A key's parameters. */
    DWORD permissions = 0x3b;
    HOLDS(CryptSetKeyParam(key, KP_PERMISSIONS, (BYTE *)&permissions, 0));
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
    length = sizeof blob;
    FAILS(CryptGetKeyParam(key, KP_SALT, blob, &length, 0), NTE_BAD_KEY, NTE_NOT_FOUND);
    length = 0;
    FAILS(CryptGetKeyParam(key, KP_SALT, NULL, &length, 0), NTE_BAD_KEY, NTE_NOT_FOUND);

    /* CryptGetUserKey's handle exports as well. */
    HCRYPTKEY user = 0;
    HOLDS(CryptGetUserKey(provider, AT_KEYEXCHANGE, &user));
    IS_TRUE(number(user, KP_PERMISSIONS) == 0x3f);
    SAME(blob, exported(user, 0, PRIVATEKEYBLOB, 0, blob), short_coefficient, 596);
    HOLDS(CryptDestroyKey(user));
    HOLDS(CryptDestroyKey(key));

    /* aiKeyAlg chooses the slot. */
    key = import_pair(provider, CALG_RSA_SIGN, CRYPT_EXPORTABLE);
    IS_TRUE(number(key, KP_ALGID) == CALG_RSA_SIGN);
    HOLDS(CryptGetUserKey(provider, AT_SIGNATURE, &user));
    IS_TRUE(number(user, KP_ALGID) == CALG_RSA_SIGN && number(user, KP_KEYLEN) == 1024);
    IS_TRUE(exported(user, 0, PRIVATEKEYBLOB, 0, blob) == 596 && get_number(blob, AT_ALGORITHM) == CALG_RSA_SIGN);
    IS_TRUE(exported(user, 0, PUBLICKEYBLOB, 0, public_blob) == 148 && get_number(public_blob, AT_ALGORITHM) == CALG_RSA_SIGN);
    signs_for(provider, AT_SIGNATURE, public_blob, 148);
    HOLDS(CryptDestroyKey(user));
    HOLDS(CryptDestroyKey(key));

    /* Bytes behind the blob are not looked at. */
    memcpy(blob, short_coefficient, 596);
    HOLDS(CryptImportKey(provider, blob, 700, 0, CRYPT_EXPORTABLE, &key));
    HOLDS(CryptDestroyKey(key));
}

/* Without CRYPT_EXPORTABLE, also for a size query. */
static void not_exportable(HCRYPTPROV provider, HCRYPTKEY key) {
    BYTE blob[MOST];
    DWORD length = sizeof blob, permissions = 0x3f;
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
    FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
    FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length), NTE_BAD_KEY_STATE);
    HCRYPTKEY session = key_of(provider, CALG_AES_128, value, 16, 0);
    FAILS(CryptExportKey(key, session, PRIVATEKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
    HOLDS(CryptDestroyKey(session));
    FAILS(CryptSetKeyParam(key, KP_PERMISSIONS, (BYTE *)&permissions, 0), NTE_BAD_DATA, NTE_BAD_FLAGS);
    IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
    IS_TRUE(exported(key, 0, PUBLICKEYBLOB, 0, blob) == 148);
}

static void not_exportable_pairs(HCRYPTPROV provider) {
    for (int sign = 0; sign < 2; sign++) {
        HCRYPTKEY user = 0, key = import_pair(provider, sign ? CALG_RSA_SIGN : CALG_RSA_KEYX, 0);
        not_exportable(provider, key);
        HOLDS(CryptGetUserKey(provider, sign ? AT_SIGNATURE : AT_KEYEXCHANGE, &user));
        not_exportable(provider, user);
        HOLDS(CryptDestroyKey(user));
        HOLDS(CryptDestroyKey(key));
    }
}

/* Every length from the end of the coefficient on is a key, none before it. */
static void cut_private_keys(HCRYPTPROV provider, DWORD from, DWORD step) {
    for (DWORD length = from; length < 596; length += step) ROW(import_cut(provider, length), "%u of 596 bytes", length);
}

static void too_short(HCRYPTPROV provider) {
    HCRYPTKEY key = 0;
    for (DWORD length = 1; length < 468; length++)
        ROW(FAILS(CryptImportKey(provider, short_coefficient, length, 0, 0, &key), NTE_BAD_DATA), "%u of 596 bytes", length);
    FAILS(CryptImportKey(provider, short_coefficient, 0, 0, 0, &key), NTE_BAD_DATA, ERROR_INVALID_PARAMETER);
    FAILS(CryptImportKey(provider, NULL, 596, 0, 0, &key), ERROR_INVALID_PARAMETER);
    FAILS(CryptImportKey(provider, short_coefficient, 596, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CryptImportKey(0, short_coefficient, 596, 0, 0, &key), ERROR_INVALID_PARAMETER);
    FAILS(CryptImportKey(provider, short_coefficient, 596, 0xdeadbeef, 0, &key), ERROR_INVALID_PARAMETER);
    IS_TRUE(key == 0);
}

/* Every field of a private and of a public blob with wrong values. */
static void wrong_fields(HCRYPTPROV provider) {
    static const struct { DWORD offset, size, value; DWORD code; } rows[] = {
        {0, 1, 0x00, NTE_BAD_TYPE}, {0, 1, 0x02, NTE_BAD_TYPE}, {0, 1, 0x0A, NTE_BAD_TYPE}, {0, 1, 0x0C, NTE_BAD_TYPE},
        {0, 1, 0xFF, NTE_BAD_TYPE}, {1, 1, 0, NTE_BAD_VER}, {1, 1, 1, NTE_BAD_VER}, {1, 1, 3, NTE_BAD_VER},
        {1, 1, 0xFF, NTE_BAD_VER}, {AT_ALGORITHM, 4, 0, NTE_BAD_DATA}, {AT_ALGORITHM, 4, CALG_DSS_SIGN, NTE_BAD_DATA},
        {AT_ALGORITHM, 4, CALG_AES_128, NTE_BAD_DATA}, {AT_ALGORITHM, 4, 0xFFFFFFFF, NTE_BAD_DATA},
        {AT_MAGIC, 4, 0, NTE_BAD_DATA}, {AT_MAGIC, 4, 0x32535344, NTE_BAD_DATA}, {AT_MAGIC, 4, 0xFFFFFFFF, NTE_BAD_DATA},
        {AT_BITS, 4, 0, NTE_BAD_DATA}, {AT_BITS, 4, 8, NTE_BAD_DATA}, {AT_BITS, 4, 376, NTE_BAD_DATA},
        {AT_BITS, 4, 512, NTE_BAD_DATA}, {AT_BITS, 4, 1032, NTE_BAD_DATA}, {AT_BITS, 4, 2048, NTE_BAD_DATA},
        {AT_BITS, 4, 16392, NTE_BAD_DATA}, {AT_BITS, 4, 0x80000000, NTE_BAD_DATA}, {AT_BITS, 4, 0xFFFFFFFF, NTE_BAD_DATA},
        {AT_EXPONENT, 4, 0, NTE_BAD_DATA}, {AT_EXPONENT, 4, 2, NTE_BAD_DATA}, {AT_EXPONENT, 4, 65536, NTE_BAD_DATA},
        {AT_MODULUS, 1, 0, NTE_BAD_DATA}, {AT_PRIME1 - 1, 1, 0, NTE_BAD_DATA},
    };
    BYTE blob[596];
    HCRYPTKEY key = 0;
    for (int is_public = 0; is_public < 2; is_public++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            /* A shorter public modulus is one as well. */
            if (is_public && (rows[i].value == 512 || rows[i].offset == AT_PRIME1 - 1)) continue;
            memcpy(blob, short_coefficient, sizeof blob);
            if (is_public) blob[0] = PUBLICKEYBLOB, blob[AT_MAGIC + 3] = '1';
            memcpy(blob + rows[i].offset, &rows[i].value, rows[i].size);
            ROW(FAILS(CryptImportKey(provider, blob, is_public ? 148 : 596, 0, CRYPT_EXPORTABLE, &key), rows[i].code),
                "%s: %x at %u", is_public ? "public" : "private", rows[i].value, rows[i].offset);
        }
    }
    /* Private numbers that do not belong together. */
    static const DWORD offsets[] = {AT_EXPONENT, AT_PRIME1, AT_PRIME2, AT_EXPONENT1, AT_EXPONENT2, AT_COEFFICIENT, AT_PRIVATE_EXPONENT};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        memcpy(blob, short_coefficient, sizeof blob);
        blob[offsets[i]] ^= 2;
        ROW(FAILS(CryptImportKey(provider, blob, 596, 0, 0, &key), NTE_BAD_DATA), "byte %u changed", offsets[i]);
        DWORD next = i + 1 < sizeof offsets / sizeof *offsets ? offsets[i + 1] : 596;
        memset(blob + offsets[i], 0, (offsets[i] == AT_EXPONENT ? AT_MODULUS : next) - offsets[i]);
        ROW(FAILS(CryptImportKey(provider, blob, 596, 0, 0, &key), NTE_BAD_DATA), "field %u zero", offsets[i]);
    }
    memcpy(blob, short_coefficient, sizeof blob);
    memcpy(blob + AT_PRIME2, blob + AT_PRIME1, 64);
    FAILS(CryptImportKey(provider, blob, 596, 0, 0, &key), NTE_BAD_DATA);
    IS_TRUE(key == 0);
    FAILS(CryptImportKey(provider, short_coefficient, 596, 0, 0x80, &key), NTE_BAD_FLAGS);
    FAILS(CryptImportKey(provider, short_coefficient, 596, 0, ~0u, &key), NTE_BAD_FLAGS);
    /* Somebody would have to be asked. */
    FAILS(CryptImportKey(provider, short_coefficient, 596, 0, CRYPT_USER_PROTECTED, &key), NTE_SILENT_CONTEXT);
}

static void public_key_blobs(HCRYPTPROV provider) {
    BYTE blob[MOST], again[MOST];
    HCRYPTKEY key = 0, session = key_of(provider, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    memcpy(blob, short_coefficient, 148);
    blob[0] = PUBLICKEYBLOB;
    blob[AT_MAGIC + 3] = '1';
    for (DWORD length = 1; length < 148; length++)
        ROW(FAILS(CryptImportKey(provider, blob, length, 0, 0, &key), NTE_BAD_DATA), "%u of 148 bytes", length);
    FAILS(CryptImportKey(provider, blob, 148, session, 0, &key), NTE_BAD_KEY);
    DWORD exchange = user_key_bits(provider, AT_KEYEXCHANGE), signature = user_key_bits(provider, AT_SIGNATURE);
    for (int sign = 0; sign < 2; sign++) {
        put_number(blob, AT_ALGORITHM, sign ? CALG_RSA_SIGN : CALG_RSA_KEYX);
        HOLDS(CryptImportKey(provider, blob, 148, 0, 0, &key));
        IS_TRUE(number(key, KP_ALGID) == (sign ? CALG_RSA_SIGN : CALG_RSA_KEYX));
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b && number(key, KP_KEYLEN) == 1024);
        SAME(again, exported(key, 0, PUBLICKEYBLOB, 0, again), blob, 148);
        DWORD length = sizeof again;
        FAILS(CryptExportKey(key, session, PUBLICKEYBLOB, 0, again, &length), NTE_BAD_KEY);
        FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, again, &length), NTE_BAD_KEY_STATE);
        FAILS(CryptExportKey(key, 0, SIMPLEBLOB, 0, again, &length), NTE_BAD_PUBLIC_KEY, NTE_BAD_TYPE);
        FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, again, &length), NTE_BAD_TYPE);
        FAILS(CryptExportKey(key, 0, 0, 0, again, &length), NTE_BAD_TYPE);
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOBEX, 0, again, &length), NTE_BAD_TYPE);
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, CRYPT_BLOB_VER3, again, &length), NTE_BAD_FLAGS);
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, CRYPT_DESTROYKEY, again, &length), NTE_BAD_FLAGS);
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, CRYPT_OAEP, again, &length), NTE_BAD_FLAGS);
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, again, NULL), ERROR_INVALID_PARAMETER);
        FAILS(CryptExportKey(key, 0xdeadbeef, PUBLICKEYBLOB, 0, again, &length), ERROR_INVALID_PARAMETER);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, again, &length), ERROR_INVALID_PARAMETER);
    }
    /* Nothing changed. */
    IS_TRUE(user_key_bits(provider, AT_KEYEXCHANGE) == exchange && user_key_bits(provider, AT_SIGNATURE) == signature);
    HOLDS(CryptDestroyKey(session));
}

/* Everything behind the header is encrypted, whole, under the session key. */
static void encrypted_private_keys(HCRYPTPROV provider) {
    BYTE blob[MOST], plain[MOST];
    HCRYPTKEY pair = import_pair(provider, CALG_RSA_KEYX, CRYPT_EXPORTABLE), key = 0;
    /* An import would replace the pair that is exported. */
    HCRYPTPROV other = aes();
    for (size_t i = 0; i < CIPHERS; i++) {
        HCRYPTKEY session = key_of(provider, ciphers[i].id, value, ciphers[i].count, 0);
        DWORD block = number(session, KP_BLOCKLEN) / 8, size = block ? 588 + block - 588 % block : 588, length = 0;
        /* In the middle of a message, which goes on afterwards. */
        BYTE part[32] = {0}, same[32] = {0};
        DWORD count = 16;
        HOLDS(CryptEncrypt(session, 0, FALSE, 0, part, &count, sizeof part));
        HOLDS(CryptExportKey(pair, session, PRIVATEKEYBLOB, 0, NULL, &length));
        IS_TRUE(length == 8 + size);
        length = exported(pair, session, PRIVATEKEYBLOB, 0, blob);
        IS_TRUE(length == 8 + size && !memcmp(blob, short_coefficient, 8));
        memcpy(plain, blob, length);
        HCRYPTKEY witness = key_of(provider, ciphers[i].id, value, ciphers[i].count, 0);
        count = size;
        HOLDS(CryptDecrypt(witness, 0, TRUE, 0, plain + 8, &count));
        SAME(plain, 8 + count, short_coefficient, 596);
        count = 16;
        HOLDS(CryptEncrypt(session, 0, FALSE, 0, part + 16, &count, 16));
        count = 16;
        HOLDS(CryptEncrypt(witness, 0, FALSE, 0, same, &count, 32));
        HOLDS(CryptEncrypt(witness, 0, FALSE, 0, same + 16, &count, 16));
        SAME(part, 32, same, 32);

        HCRYPTKEY under = key_of(other, ciphers[i].id, value, ciphers[i].count, 0);
        HOLDS(CryptImportKey(other, blob, length, under, CRYPT_EXPORTABLE, &key));
        SAME(plain, exported(key, 0, PRIVATEKEYBLOB, 0, plain), short_coefficient, 596);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptImportKey(other, blob, length, 0, CRYPT_EXPORTABLE, &key), NTE_BAD_DATA);
        if (block) {
            FAILS(CryptImportKey(other, blob, length - 1, under, CRYPT_EXPORTABLE, &key), NTE_BAD_DATA);
        } else {
            /* Cut in the private exponent, as it may be. */
            HOLDS(CryptImportKey(other, blob, length - 1, under, CRYPT_EXPORTABLE, &key));
            HOLDS(CryptDestroyKey(key));
        }
        blob[40] ^= 1;
        FAILS(CryptImportKey(other, blob, length, under, CRYPT_EXPORTABLE, &key), NTE_BAD_DATA);
        HOLDS(CryptDestroyKey(under));
        HOLDS(CryptDestroyKey(witness));
        HOLDS(CryptDestroyKey(session));
    }
    DWORD length = sizeof blob;
    FAILS(CryptExportKey(pair, pair, PRIVATEKEYBLOB, 0, blob, &length), NTE_BAD_KEY);
    FAILS(CryptExportKey(pair, pair, PRIVATEKEYBLOB, 0, NULL, &length), NTE_BAD_KEY);
    FAILS(CryptImportKey(provider, short_coefficient, 596, pair, 0, &key), NTE_BAD_KEY);
    FAILS(CryptExportKey(pair, 0, PRIVATEKEYBLOB, CRYPT_BLOB_VER3, blob, &length), NTE_BAD_FLAGS);
    FAILS(CryptExportKey(pair, 0, PRIVATEKEYBLOB, CRYPT_DESTROYKEY, NULL, &length), NTE_BAD_FLAGS);
    FAILS(CryptExportKey(pair, 0, PRIVATEKEYBLOB, CRYPT_Y_ONLY, NULL, &length), NTE_BAD_FLAGS);
    HOLDS(CryptReleaseContext(other, 0));
    HOLDS(CryptDestroyKey(pair));
}

// MARK: Without a container

static void host(void) {
    HCRYPTPROV context = aes();
    BYTE blob[MOST];
    public_key_blobs(context);
    private_key_blobs(context);
    not_exportable_pairs(context);
    cut_private_keys(context, 468, 1);
    too_short(context);
    wrong_fields(context);
    public_key_blobs(context);
    encrypted_private_keys(context);

    /* CRYPT_ARCHIVABLE: this handle exports, others do not. */
    HCRYPTKEY key = import_pair(context, CALG_RSA_KEYX, CRYPT_ARCHIVABLE), user = 0;
    SAME(blob, exported(key, 0, PRIVATEKEYBLOB, 0, blob), short_coefficient, 596);
    HOLDS(CryptGetUserKey(context, AT_KEYEXCHANGE, &user));
    not_exportable(context, user);
    HOLDS(CryptReleaseContext(context, 0));
    DWORD length = sizeof blob;
    FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &length), ERROR_INVALID_PARAMETER);
}

// MARK: With a container

static void sole_pair(HCRYPTPROV context, DWORD spec, DWORD bits, const BYTE *modulus) {
    BYTE found[MOST];
    IS_TRUE(user_key_bits(context, spec) == bits);
    if (modulus) SAME(found, user_modulus(context, spec, found), modulus, bits / 8);
}

/* A key made on the token, taken out, is the same key elsewhere. */
static void generated(HCRYPTPROV context) {
    BYTE blob[MOST], public_blob[MOST], again[MOST];
    DWORD length = 0, needed = 0;
    HCRYPTKEY key = 0, elsewhere = 0;
    for (DWORD spec = AT_KEYEXCHANGE; spec <= AT_SIGNATURE; spec++) {
        HOLDS(CryptGenKey(context, spec, 1024u << 16 | CRYPT_EXPORTABLE, &key));
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
        HOLDS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, NULL, &needed));
        IS_TRUE(needed == 596);
        length = 10;
        FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length), ERROR_MORE_DATA);
        length = sizeof blob;
        HOLDS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length));
        DWORD public_length = exported(key, 0, PUBLICKEYBLOB, 0, public_blob);
        IS_TRUE(length == 596 && public_length == 148 && !memcmp(blob + 16, public_blob + 16, 132));
        IS_TRUE(get_number(blob, AT_ALGORITHM) == (spec == AT_SIGNATURE ? CALG_RSA_SIGN : CALG_RSA_KEYX));
        HCRYPTPROV verify = aes();
        HOLDS(CryptImportKey(verify, blob, length, 0, CRYPT_EXPORTABLE, &elsewhere));
        SAME(again, exported(elsewhere, 0, PRIVATEKEYBLOB, 0, again), blob, length);
        signs_for(verify, spec, public_blob, public_length);
        signs_for(context, spec, public_blob, public_length);
        HOLDS(CryptReleaseContext(verify, 0));
        write_file(spec == AT_SIGNATURE ? "sign.blob" : "exchange.blob", blob, length);
        write_file(spec == AT_SIGNATURE ? "sign.public" : "exchange.public", public_blob, public_length);
        HOLDS(CryptDestroyKey(key));
        /* Found again, it still leaves. */
        HOLDS(CryptGetUserKey(context, spec, &key));
        SAME(again, exported(key, 0, PRIVATEKEYBLOB, 0, again), blob, length);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptGenKey(context, spec, 1024u << 16, &key));
        not_exportable(context, key);
        HOLDS(CryptDestroyKey(key));
    }
}

static void archivable(HCRYPTPROV context) {
    BYTE blob[MOST];
    HCRYPTKEY key = 0, user = 0;
    for (int imported = 0; imported < 2; imported++) {
        if (imported) {
            key = import_pair(context, CALG_RSA_KEYX, CRYPT_ARCHIVABLE);
        } else {
            MUST(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_ARCHIVABLE, &key));
        }
        IS_TRUE((number(key, KP_PERMISSIONS) & ~0x100u) == 0x3b);
        IS_TRUE(exported(key, 0, PRIVATEKEYBLOB, 0, blob) == 596);
        if (imported) SAME(blob, 596, short_coefficient, 596);
        HOLDS(CryptGetUserKey(context, AT_KEYEXCHANGE, &user));
        not_exportable(context, user);
        IS_TRUE(exported(key, 0, PRIVATEKEYBLOB, 0, blob) == 596);
        HOLDS(CryptDestroyKey(key));
        not_exportable(context, user);
        HOLDS(CryptDestroyKey(user));
    }
}

/* An import replaces the slot, and every context sees it at once. */
static void replacing(HCRYPTPROV context, HCRYPTPROV second) {
    BYTE blob[MOST], before[MOST], other[MOST];
    HCRYPTKEY key = 0;
    for (int sign = 0; sign < 2; sign++) {
        DWORD spec = sign ? AT_SIGNATURE : AT_KEYEXCHANGE;
        HOLDS(CryptGenKey(context, spec, 1536u << 16, &key));
        HOLDS(CryptDestroyKey(key));
        sole_pair(second, spec, 1536, NULL);
        DWORD length = 0;
        HCRYPTHASH hash = hash_of(second, CALG_SHA1, "x", 1);
        /* The second context has used the pair that goes. */
        length = sizeof blob;
        HOLDS(CryptSignHashA(hash, spec, NULL, 0, blob, &length));
        IS_TRUE(length == 192);
        HOLDS(CryptDestroyHash(hash));

        /* Nothing of a public key, nor of a private one that is none. */
        DWORD other_bits = user_key_bits(context, 3 - spec);
        user_modulus(context, spec, before);
        memcpy(blob, short_coefficient, 596);
        put_number(blob, AT_ALGORITHM, sign ? CALG_RSA_SIGN : CALG_RSA_KEYX);
        blob[AT_PRIME1 + 5] ^= 1;
        FAILS(CryptImportKey(context, blob, 596, 0, CRYPT_EXPORTABLE, &key), NTE_BAD_DATA);
        FAILS(CryptImportKey(context, blob, 300, 0, CRYPT_EXPORTABLE, &key), NTE_BAD_DATA);
        blob[0] = PUBLICKEYBLOB;
        blob[AT_MAGIC + 3] = '1';
        HOLDS(CryptImportKey(context, blob, 148, 0, 0, &key));
        HOLDS(CryptDestroyKey(key));
        sole_pair(context, spec, 1536, before);
        sole_pair(second, spec, 1536, before);

        key = import_pair(context, sign ? CALG_RSA_SIGN : CALG_RSA_KEYX, CRYPT_EXPORTABLE);
        IS_TRUE(number(key, KP_ALGID) == (sign ? CALG_RSA_SIGN : CALG_RSA_KEYX));
        sole_pair(context, spec, 1024, short_coefficient + AT_MODULUS);
        sole_pair(second, spec, 1024, short_coefficient + AT_MODULUS);
        IS_TRUE(user_key_bits(context, 3 - spec) == other_bits);
        SAME(other, exported(key, 0, PUBLICKEYBLOB, 0, other), blob, 148);
        signs_for(second, spec, blob, 148);
        signs_for(context, spec, blob, 148);
        HOLDS(CryptDestroyKey(key));
    }
}

/* Every length of the specification, on the token: each is a pair made and one destroyed. */
static void cuts(void) {
    HCRYPTPROV context = container("cuts", CRYPT_NEWKEYSET);
    cut_private_keys(context, 532, 1);
    HOLDS(CryptReleaseContext(context, 0));
    IS_TRUE(CryptAcquireContextA(&context, "cuts", MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, CRYPT_DELETEKEYSET));
}

/* A private key is sensitive; the exchange key here, which decrypts, is extractable, the signature key is not. */
static void check_policy(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
    CK_OBJECT_CLASS class = 0;
    CK_ATTRIBUTE class_attribute = {CKA_CLASS, &class, sizeof class};
    if (functions->C_GetAttributeValue(session, object, &class_attribute, 1) || class != CKO_PRIVATE_KEY) return;
    CK_BBOOL sensitive = 2, extractable = 2, decrypts = 2, on_token = 2;
    CK_ATTRIBUTE attributes[] = {
        {CKA_SENSITIVE, &sensitive, 1}, {CKA_EXTRACTABLE, &extractable, 1}, {CKA_DECRYPT, &decrypts, 1},
        {CKA_TOKEN, &on_token, 1}
    };
    IS_TRUE(!functions->C_GetAttributeValue(session, object, attributes, 4));
    IS_TRUE(sensitive == 1 && on_token == 1 && extractable == decrypts && decrypts < 2);
    BYTE number[256];
    CK_ATTRIBUTE secret = {CKA_PRIVATE_EXPONENT, number, sizeof number};
    IS_TRUE(functions->C_GetAttributeValue(session, object, &secret, 1) == CKR_ATTRIBUTE_SENSITIVE);
}

/* CRYPT_VERIFYCONTEXT's pairs are session objects. */
static void ephemeral(const char *module) {
    BYTE blob[MOST], again[MOST];
    HCRYPTPROV context = aes();
    HCRYPTKEY key = 0, user = 0;
    HOLDS(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE, &key));
    CK_ULONG before = objects(module);
    IS_TRUE(exported(key, 0, PRIVATEKEYBLOB, 0, blob) == 596);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptGetUserKey(context, AT_KEYEXCHANGE, &user));
    IS_TRUE(number(user, KP_PERMISSIONS) == 0x3f);
    SAME(again, exported(user, 0, PRIVATEKEYBLOB, 0, again), blob, 596);
    HOLDS(CryptDestroyKey(user));
    IS_TRUE(objects(module) == before);
    HCRYPTPROV other = aes();
    HOLDS(CryptImportKey(other, blob, 596, 0, 0, &key));
    DWORD length = exported(key, 0, PUBLICKEYBLOB, 0, again);
    signs_for(context, AT_KEYEXCHANGE, again, length);
    signs_for(other, AT_KEYEXCHANGE, again, length);
    HOLDS(CryptReleaseContext(other, 0));
    HOLDS(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_ARCHIVABLE, &key));
    IS_TRUE(exported(key, 0, PRIVATEKEYBLOB, 0, blob) == 596);
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptGetUserKey(context, AT_KEYEXCHANGE, &user));
    not_exportable(context, user);
    HOLDS(CryptReleaseContext(context, 0));
}

static void token(const char *module) {
    HCRYPTPROV context = container("blobs", CRYPT_NEWKEYSET);
    BYTE blob[MOST];
    generated(context);
    /* Two pairs. */
    CK_ULONG two_pairs = objects(module);
    HCRYPTPROV second = container("blobs", 0);
    private_key_blobs(context);
    not_exportable_pairs(context);
    cut_private_keys(context, 532, 9);
    too_short(context);
    encrypted_private_keys(context);
    IS_TRUE(objects(module) == two_pairs);
    archivable(context);
    IS_TRUE(objects(module) == two_pairs);
    replacing(context, second);
    HOLDS(CryptReleaseContext(second, 0));

    /* What pkcs11-tool looks at: an exportable and a locked pair. */
    HCRYPTKEY key = import_pair(context, CALG_RSA_KEYX, CRYPT_EXPORTABLE);
    IS_TRUE(exported(key, 0, PRIVATEKEYBLOB, 0, blob) == 596);
    HOLDS(CryptDestroyKey(key));
    key = import_pair(context, CALG_RSA_SIGN, 0);
    HOLDS(CryptDestroyKey(key));
    IS_TRUE(each_object(module, check_policy) == two_pairs);
    HOLDS(CryptReleaseContext(context, 0));
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "", *module = count > 2 ? arguments[2] : "";
    if (!strcmp(what, "host")) {
        host();
    } else if (!strcmp(what, "token")) {
        token(module);
        ephemeral(module);
    } else if (!strcmp(what, "cuts")) {
        cuts();
    } else if (!strcmp(what, "delete")) {
        HCRYPTPROV none;
        IS_TRUE(CryptAcquireContextA(&none, "blobs", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    } else {
        return 64;
    }
    return verdict("abi-blobs");
}
