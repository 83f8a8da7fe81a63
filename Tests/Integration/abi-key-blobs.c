/* Session keys in blobs, in and out. See abi-key-blobs.sh. */
#include "abi-blobs.h"

// MARK: Session keys

static void plaintext_blobs(HCRYPTPROV provider) {
    BYTE blob[MOST], again[MOST];
    HCRYPTKEY key = 0;
    for (size_t i = 0; i < CIPHERS; i++) {
        DWORD count = ciphers[i].count, length = plain_blob(blob, ciphers[i].id, value, count), size = 0;
        for (DWORD cut = 1; cut < length; cut++)
            ROW(FAILS(CryptImportKey(provider, blob, cut, 0, 0, &key), NTE_BAD_DATA), "%x: %u bytes", ciphers[i].id, cut);
        HOLDS(CryptImportKey(provider, blob, length, 0, CRYPT_EXPORTABLE, &key));
        IS_TRUE(number(key, KP_ALGID) == ciphers[i].id && number(key, KP_KEYLEN) == count * 8);
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
        HOLDS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, NULL, &size));
        IS_TRUE(size == length);
        SAME(again, exported(key, 0, PLAINTEXTKEYBLOB, 0, again), blob, length);
        FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, CRYPT_BLOB_VER3, again, &size), NTE_BAD_FLAGS);
        FAILS(CryptExportKey(key, key, PLAINTEXTKEYBLOB, 0, again, &size), NTE_BAD_KEY);
        FAILS(CryptExportKey(key, 0, SIMPLEBLOB, 0, again, &size), NTE_BAD_PUBLIC_KEY);
        FAILS(CryptExportKey(key, key, SIMPLEBLOB, 0, again, &size), NTE_NO_KEY);
        FAILS(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, again, &size), NTE_BAD_KEY, NTE_BAD_TYPE);
        FAILS(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, again, &size), NTE_BAD_TYPE);
        HOLDS(CryptDestroyKey(key));

        HOLDS(CryptImportKey(provider, blob, length, 0, 0, &key));
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
        FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, NULL, &size), NTE_BAD_KEY_STATE);
        FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, again, &size), NTE_BAD_KEY_STATE);
        FAILS(CryptImportKey(provider, blob, length, key, 0, &key), NTE_BAD_KEY);
        HOLDS(CryptDestroyKey(key));

        /* CRYPT_ARCHIVABLE: as long as the handle lives. */
        HOLDS(CryptImportKey(provider, blob, length, 0, CRYPT_ARCHIVABLE, &key));
        SAME(again, exported(key, 0, PLAINTEXTKEYBLOB, 0, again), blob, length);
        HOLDS(CryptDestroyKey(key));

        /* A wrong size; RC2 and RC4 have several. */
        put_number(blob, 8, count == 5 ? 4 : count - 1);
        if (count != 16 || ciphers[i].id == CALG_AES_128 || ciphers[i].id == CALG_3DES_112)
            FAILS(CryptImportKey(provider, blob, length, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
        put_number(blob, 8, count + 1);
        FAILS(CryptImportKey(provider, blob, length, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
        put_number(blob, 8, 0xFFFFFFFF);
        FAILS(CryptImportKey(provider, blob, length, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
        put_number(blob, 8, 0);
        FAILS(CryptImportKey(provider, blob, length, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
    }
    FAILS(CryptImportKey(provider, blob, plain_blob(blob, CALG_SHA1, value, 20), 0, 0, &key), NTE_BAD_ALGID, NTE_BAD_DATA);
    FAILS(CryptImportKey(provider, blob, plain_blob(blob, 0, value, 16), 0, 0, &key), NTE_BAD_ALGID, NTE_BAD_DATA);
    FAILS(CryptImportKey(provider, blob, plain_blob(blob, CALG_RSA_KEYX, value, 16), 0, 0, &key), NTE_BAD_ALGID, NTE_BAD_DATA);
}

static HCRYPTKEY import_simple(HCRYPTPROV provider, HCRYPTKEY one, ALG_ID algorithm, const BYTE *bytes, DWORD count, DWORD flags) {
    BYTE blob[MOST];
    HCRYPTKEY key = 0;
    HOLDS(CryptImportKey(provider, blob, plain_simple_blob(blob, algorithm, bytes, count), one, flags, &key));
    return key;
}

/* The layout is seen through the key of exponent one. */
static void simple_blobs(HCRYPTPROV provider) {
    BYTE blob[MOST], again[MOST];
    DWORD length = sizeof blob;
    HCRYPTKEY one = import_exponent_of_one(provider), key = 0;
    IS_TRUE(exported(one, 0, PRIVATEKEYBLOB, 0, blob) == 596 && get_number(blob, AT_EXPONENT) == 1);
    for (size_t i = 0; i < CIPHERS; i++) {
        DWORD count = ciphers[i].count;
        /* In: the exchange key given, and the context's own. */
        for (int given = 0; given < 2; given++) {
            key = import_simple(provider, given ? one : 0, ciphers[i].id, value, count, CRYPT_EXPORTABLE);
            HCRYPTKEY same = key_of(provider, ciphers[i].id, value, count, 0);
            IS_TRUE(number(key, KP_ALGID) == ciphers[i].id && number(key, KP_KEYLEN) == count * 8);
            IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
            SAME(again, value_of(key, again), value, count);
            ENCRYPT_ALIKE(key, same);
            HOLDS(CryptDestroyKey(same));
            if (!given) HOLDS(CryptDestroyKey(key));
        }
        /* Out: header, CALG_RSA_KEYX, and the block last byte first; the key in it as it is. */
        length = 0;
        HOLDS(CryptExportKey(key, one, SIMPLEBLOB, 0, NULL, &length));
        IS_TRUE(length == 140);
        length--;
        FAILS(CryptExportKey(key, one, SIMPLEBLOB, 0, again, &length), ERROR_MORE_DATA);
        IS_TRUE(length == 140 && exported(key, one, SIMPLEBLOB, 0, again) == 140);
        plain_simple_blob(blob, ciphers[i].id, value, count);
        SAME(again, 12, blob, 12);
        reverse(again + 12, 128);
        IS_TRUE(again[12] == 0 && again[13] == 2 && !memchr(again + 14, 0, 128 - 3 - count));
        IS_TRUE(again[140 - count - 1] == 0);
        SAME(again + 140 - count, count, value, count);
        HOLDS(CryptDestroyKey(key));

        /* CRYPT_OAEP on both sides, or the block is not valid. */
        key = key_of(provider, ciphers[i].id, value, count, CRYPT_EXPORTABLE);
        IS_TRUE(exported(key, one, SIMPLEBLOB, CRYPT_OAEP, again) == 140);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptImportKey(provider, again, 140, one, 0, &key), NTE_BAD_DATA);
        HOLDS(CryptImportKey(provider, again, 140, one, CRYPT_OAEP | CRYPT_EXPORTABLE, &key));
        SAME(blob, value_of(key, blob), value, count);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptImportKey(provider, blob, plain_simple_blob(blob, ciphers[i].id, value, count), one, CRYPT_OAEP, &key), NTE_BAD_DATA);

        /* Not exportable. */
        key = import_simple(provider, one, ciphers[i].id, value, count, 0);
        length = sizeof again;
        IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
        FAILS(CryptExportKey(key, one, SIMPLEBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
        HOLDS(CryptDestroyKey(key));

        /* A key of a wrong size in the block. */
        if (ciphers[i].id != CALG_RC2 && ciphers[i].id != CALG_RC4)
            FAILS(CryptImportKey(provider, blob, plain_simple_blob(blob, ciphers[i].id, value, count - 1), one, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
    }
    plain_simple_blob(blob, CALG_AES_128, value, 16);
    for (length = 1; length < 140; length++)
        ROW(FAILS(CryptImportKey(provider, blob, length, one, 0, &key), NTE_BAD_DATA), "%u of 140 bytes", length);
    put_number(blob, 8, CALG_RSA_SIGN);
    FAILS(CryptImportKey(provider, blob, 140, one, 0, &key), NTE_BAD_ALGID);
    plain_simple_blob(blob, CALG_SHA1, value, 20);
    FAILS(CryptImportKey(provider, blob, 140, one, 0, &key), NTE_BAD_ALGID, NTE_BAD_DATA);
    memset(plain_simple_blob(blob, CALG_AES_128, value, 16) + blob - 2, 0xFF, 2);
    FAILS(CryptImportKey(provider, blob, 140, one, 0, &key), NTE_BAD_DATA);

    /* Which key wraps. */
    HCRYPTKEY sign = import_pair(provider, CALG_RSA_SIGN, 0);
    key = key_of(provider, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    length = sizeof again;
    FAILS(CryptExportKey(key, sign, SIMPLEBLOB, 0, again, &length), NTE_BAD_KEY);
    FAILS(CryptExportKey(key, one, SIMPLEBLOB, CRYPT_SSL2_FALLBACK, again, &length), NTE_BAD_FLAGS);
    FAILS(CryptExportKey(key, one, SIMPLEBLOB, CRYPT_BLOB_VER3, again, &length), NTE_BAD_FLAGS);
    FAILS(CryptExportKey(key, one, SIMPLEBLOB, CRYPT_DESTROYKEY, again, &length), NTE_BAD_FLAGS);
    FAILS(CryptExportKey(key, 0, 2, 0, again, &length), NTE_BAD_TYPE);
    FAILS(CryptExportKey(key, 0, KEYSTATEBLOB, 0, again, &length), NTE_BAD_TYPE);
    plain_simple_blob(blob, CALG_AES_128, value, 16);
    HCRYPTKEY other = 0;
    FAILS(CryptImportKey(provider, blob, 140, sign, 0, &other), NTE_BAD_KEY);
    FAILS(CryptImportKey(provider, blob, 140, key, 0, &other), NTE_BAD_KEY);
    HOLDS(CryptDestroyKey(sign));
    HOLDS(CryptDestroyKey(key));
    HOLDS(CryptDestroyKey(one));
    HCRYPTPROV empty = aes();
    FAILS(CryptImportKey(empty, blob, 140, 0, 0, &other), NTE_NO_KEY);
    HOLDS(CryptReleaseContext(empty, 0));
}

// MARK: Long RC2 keys

static void long_keys(const char *name, int is_base) {
    HCRYPTPROV context = provider(name, PROV_RSA_FULL);
    BYTE bytes[2048], blob[MOST], again[MOST], code[2][32];
    HCRYPTKEY key = 0, one = import_exponent_of_one(context);
    for (DWORD i = 0; i < sizeof bytes; i++) bytes[i] = (BYTE)(i * 7 + 3);

    /* As plaintext: with CRYPT_IPSEC_HMAC_KEY only. */
    static const DWORD counts[] = {16, 17, 64, 65, 128, 129, 512, 2048};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        DWORD count = counts[i], length = plain_blob(blob, CALG_RC2, bytes, count);
        if (count > 16 || is_base) FAILS(CryptImportKey(context, blob, length, 0, 0, &key), NTE_BAD_DATA, NTE_BAD_LEN);
        HOLDS(CryptImportKey(context, blob, length, 0, CRYPT_IPSEC_HMAC_KEY | CRYPT_EXPORTABLE, &key));
        SAME(again, value_of(key, again), bytes, count);
        /* HMAC takes the whole of it: a key longer than a block is hashed first. */
        HCRYPTHASH hmac = 0;
        HMAC_INFO info = {.HashAlgid = CALG_SHA1};
        HOLDS(CryptCreateHash(context, CALG_HMAC, key, 0, &hmac));
        HOLDS(CryptSetHashParam(hmac, HP_HMAC_INFO, (const BYTE *)&info, 0));
        HOLDS(CryptHashData(hmac, (const BYTE *)"Hi There", 8, 0));
        FILE *file = fopen("hmacs.txt", "a");
        if (!file) exit(2);
        DWORD size = hash_value(hmac, code[0]);
        fprintf(file, "%s %s\n", to_hex(bytes, count), to_hex(code[0], size));
        fclose(file);
        HOLDS(CryptDestroyHash(hmac));
        HOLDS(CryptDestroyKey(key));
    }
    for (DWORD count = 1; count < 5; count++) {
        HOLDS(CryptImportKey(context, blob, plain_blob(blob, CALG_RC2, bytes, count), 0, CRYPT_IPSEC_HMAC_KEY, &key));
        HOLDS(CryptDestroyKey(key));
    }
    /* RC2 alone may be long. */
    FAILS(CryptImportKey(context, blob, plain_blob(blob, CALG_RC4, bytes, 32), 0, CRYPT_IPSEC_HMAC_KEY, &key), NTE_BAD_DATA, NTE_BAD_LEN);

    /* In a SIMPLEBLOB: without the flag. */
    static const DWORD simple[] = {17, 32, 64, 65, 100, 117};
    for (size_t i = 0; i < sizeof simple / sizeof *simple; i++) {
        DWORD count = simple[i], length = 8, bits = count < 64 ? count * 8 : 512;
        key = import_simple(context, one, CALG_RC2, bytes, count, CRYPT_EXPORTABLE);
        IS_TRUE(number(key, KP_KEYLEN) == bits);
        IS_TRUE(number(key, KP_EFFECTIVE_KEYLEN) == (is_base ? 40 : bits));
        SAME(again, value_of(key, again), bytes, count);
        BYTE data[32] = "sixteen bytes...";
        length = 16;
        FAILS(CryptEncrypt(key, 0, TRUE, 0, data, &length, sizeof data), NTE_BAD_KEY);
        FAILS(CryptEncrypt(key, 0, FALSE, 0, data, &length, sizeof data), NTE_BAD_KEY);
        IS_TRUE(length == 16 && !memcmp(data, "sixteen bytes...", 16));
        HOLDS(CryptDecrypt(key, 0, FALSE, 0, data, &length));
        IS_TRUE(length == 16 && memcmp(data, "sixteen bytes...", 16));
        for (int keyed = 0; keyed < 2; keyed++) {
            HCRYPTHASH hash = 0;
            HMAC_INFO info = {.HashAlgid = CALG_MD5};
            HOLDS(CryptCreateHash(context, keyed ? CALG_HMAC : CALG_MAC, key, 0, &hash));
            if (keyed) HOLDS(CryptSetHashParam(hash, HP_HMAC_INFO, (const BYTE *)&info, 0));
            HOLDS(CryptHashData(hash, data, 16, 0));
            IS_TRUE(hash_value(hash, code[keyed]) == (keyed ? 16 : 8));
            HOLDS(CryptDestroyHash(hash));
        }
        HOLDS(CryptDestroyKey(key));
    }
    HOLDS(CryptDestroyKey(one));
    HOLDS(CryptReleaseContext(context, 0));
}

// MARK: A key under a session key

static void wrapped_blobs(HCRYPTPROV provider) {
    static const struct { ALG_ID kek; const char *under; ALG_ID cek; const char *key, *wrapped; } examples[] = {
        /* RFC 3217, section 3.4 and section 4.4 (an effective length of 40 bits). */
        {CALG_3DES, "255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f", CALG_3DES,
         "2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98",
         "690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4"},
        {CALG_RC2, "fd04fd08060707fb0003fefffd02fe05", CALG_RC2, "b70a25fbc9d86a86050ce0d711ead4d9",
         "70e699fb5701f7833330fb71e87c85a420bdc99af05d22af5a0e48d35f3138986cbaafb4b28d4f35"},
    };
    BYTE blob[MOST], again[MOST];
    HCRYPTKEY key = 0;
    for (size_t i = 0; i < 2; i++) {
        HCRYPTKEY kek = key_of_hex(provider, examples[i].kek, examples[i].under);
        if (examples[i].kek == CALG_RC2) HOLDS(set_number(kek, KP_EFFECTIVE_KEYLEN, 40));
        BLOBHEADER header = {SYMMETRICWRAPKEYBLOB, CUR_BLOB_VERSION, 0, examples[i].cek};
        memcpy(blob, &header, 8);
        put_number(blob, 8, examples[i].kek);
        DWORD length = 12 + from_hex(examples[i].wrapped, blob + 12);
        HOLDS(CryptImportKey(provider, blob, length, kek, CRYPT_EXPORTABLE, &key));
        EQUALS(again, value_of(key, again), examples[i].key);
        IS_TRUE(exported(key, kek, SYMMETRICWRAPKEYBLOB, 0, again) == length);
        SAME(again, 12, blob, 12);
        HOLDS(CryptDestroyKey(key));
        for (DWORD cut = 1; cut < length; cut++)
            ROW(FAILS(CryptImportKey(provider, blob, cut, kek, 0, &key), NTE_BAD_DATA), "%u bytes", cut);
        for (DWORD at = 12; at < length; at++) {
            blob[at] ^= 0x10;
            ROW(FAILS(CryptImportKey(provider, blob, length, kek, 0, &key), NTE_BAD_DATA), "byte %u", at);
            blob[at] ^= 0x10;
        }
        FAILS(CryptImportKey(provider, blob, length, 0, 0, &key), NTE_BAD_KEY);
        put_number(blob, 8, CALG_DES);
        FAILS(CryptImportKey(provider, blob, length, kek, 0, &key), NTE_BAD_ALGID);
        HOLDS(CryptDestroyKey(kek));
    }
    /* Round trips, and what does not go together. */
    static const ALG_ID ids[] = {CALG_RC2, CALG_3DES_112, CALG_3DES, CALG_DES, CALG_RC4, CALG_AES_128};
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 6; j++) {
            DWORD kek_count = ids[i] == CALG_3DES ? 24 : ids[i] == CALG_DES ? 8 : 16;
            DWORD count = ids[j] == CALG_3DES ? 24 : ids[j] == CALG_DES ? 8 : 16, length = sizeof blob;
            HCRYPTKEY kek = key_of(provider, ids[i], value + 1, kek_count, 0);
            HCRYPTKEY cek = key_of(provider, ids[j], value, count, CRYPT_EXPORTABLE);
            HCRYPTKEY locked = key_of(provider, ids[j], value, count, 0);
            FAILS(CryptExportKey(locked, kek, SYMMETRICWRAPKEYBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
            if ((i == 0 && j == 0) || ((i == 1 || i == 2) && (j == 1 || j == 2))) {
                DWORD size = 0;
                HOLDS(CryptExportKey(cek, kek, SYMMETRICWRAPKEYBLOB, 0, NULL, &size));
                HOLDS(CryptExportKey(cek, kek, SYMMETRICWRAPKEYBLOB, 0, blob, &length));
                IS_TRUE(length == size && length == 52 && blob[0] == SYMMETRICWRAPKEYBLOB);
                IS_TRUE(get_number(blob, 4) == ids[j] && get_number(blob, 8) == ids[i]);
                HOLDS(CryptImportKey(provider, blob, length, kek, CRYPT_EXPORTABLE, &key));
                ENCRYPT_ALIKE(cek, key);
                HOLDS(CryptDestroyKey(key));
                FAILS(CryptImportKey(provider, blob, length, cek, 0, &key), NTE_BAD_DATA, NTE_BAD_ALGID);
            } else {
                FAILS(CryptExportKey(cek, kek, SYMMETRICWRAPKEYBLOB, 0, blob, &length), NTE_BAD_KEY);
            }
            HOLDS(CryptDestroyKey(locked));
            HOLDS(CryptDestroyKey(cek));
            HOLDS(CryptDestroyKey(kek));
        }
    }
    HCRYPTKEY pair = import_pair(provider, CALG_RSA_KEYX, 0), session = key_of(provider, CALG_3DES, value, 24, CRYPT_EXPORTABLE);
    DWORD length = sizeof blob;
    FAILS(CryptExportKey(session, 0, SYMMETRICWRAPKEYBLOB, 0, blob, &length), NTE_BAD_KEY);
    FAILS(CryptExportKey(session, pair, SYMMETRICWRAPKEYBLOB, 0, blob, &length), NTE_BAD_KEY);
    FAILS(CryptExportKey(pair, session, SYMMETRICWRAPKEYBLOB, 0, blob, &length), NTE_BAD_TYPE);
    FAILS(CryptExportKey(session, session, SYMMETRICWRAPKEYBLOB, CRYPT_DESTROYKEY, blob, &length), NTE_BAD_FLAGS);
    HOLDS(CryptDestroyKey(pair));
    HOLDS(CryptDestroyKey(session));
}

// MARK: Without a container

static void host(void) {
    HCRYPTPROV context = aes();
    BYTE blob[MOST];
    DWORD length = sizeof blob;
    HCRYPTKEY key = key_of(context, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    FAILS(CryptExportKey(key, 0, OPAQUEKEYBLOB, 0, blob, &length), NTE_NO_KEY);
    HOLDS(CryptDestroyKey(key));
    plaintext_blobs(context);
    simple_blobs(context);
    wrapped_blobs(context);
    /* A key pair of this process is nothing that a blob could be bound to. */
    HCRYPTKEY pair = import_pair(context, CALG_RSA_KEYX, 0);
    key = key_of(context, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    FAILS(CryptExportKey(key, 0, OPAQUEKEYBLOB, 0, blob, &length), NTE_NO_KEY);
    HOLDS(CryptDestroyKey(pair));
    HOLDS(CryptReleaseContext(context, 0));
    FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &length), ERROR_INVALID_PARAMETER);

    long_keys(BASE, 1);
    long_keys(STRONG, 0);
    long_keys(ENHANCED, 0);
}

// MARK: With a container

/* Session keys under the container's exchange key, wherever they are unwrapped. */
static void simple_blobs_on_token(HCRYPTPROV context, DWORD bits) {
    BYTE blob[MOST], again[MOST];
    HCRYPTKEY exchange = 0, key = 0;
    MUST(CryptGenKey(context, AT_KEYEXCHANGE, bits << 16, &exchange));
    for (size_t i = 0; i < CIPHERS; i++) {
        for (int oaep = 0; oaep < 2; oaep++) {
            DWORD count = ciphers[i].count, flags = oaep ? CRYPT_OAEP : 0, length = sizeof again;
            HCRYPTKEY plain = key_of(context, ciphers[i].id, value, count, CRYPT_EXPORTABLE);
            IS_TRUE(exported(plain, exchange, SIMPLEBLOB, flags, blob) == 12 + bits / 8);
            HOLDS(CryptImportKey(context, blob, 12 + bits / 8, 0, flags | CRYPT_EXPORTABLE, &key));
            IS_TRUE(number(key, KP_ALGID) == ciphers[i].id && number(key, KP_KEYLEN) == count * 8);
            IS_TRUE(number(key, KP_PERMISSIONS) == 0x3f);
            ENCRYPT_ALIKE(key, plain);
            SAME(again, value_of(key, again), value, count);
            HOLDS(CryptDestroyKey(key));
            HOLDS(CryptImportKey(context, blob, 12 + bits / 8, exchange, flags, &key));
            IS_TRUE(number(key, KP_PERMISSIONS) == 0x3b);
            ENCRYPT_ALIKE(key, plain);
            FAILS(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, again, &length), NTE_BAD_KEY_STATE);
            FAILS(CryptExportKey(key, exchange, SIMPLEBLOB, 0, NULL, &length), NTE_BAD_KEY_STATE);
            HOLDS(CryptDestroyKey(key));
            HOLDS(CryptImportKey(context, blob, 12 + bits / 8, exchange, flags | CRYPT_ARCHIVABLE, &key));
            SAME(again, value_of(key, again), value, count);
            HOLDS(CryptDestroyKey(key));
            HOLDS(CryptDestroyKey(plain));

            /* Under another name it is a key of a wrong size. */
            for (size_t j = 0; j < CIPHERS; j++) {
                if (ciphers[j].count == count || ciphers[j].id == CALG_RC2 || ciphers[j].id == CALG_RC4) continue;
                put_number(blob, 4, ciphers[j].id);
                ROW(FAILS(CryptImportKey(context, blob, 12 + bits / 8, 0, flags, &key), NTE_BAD_DATA, NTE_BAD_LEN),
                    "%u bytes as %x", count, ciphers[j].id);
            }
            put_number(blob, 4, ciphers[i].id);
            blob[12 + bits / 16] ^= 1;
            /* NSS makes up a key where the padding is wrong. */
            key = 0;
            if (!CryptImportKey(context, blob, 12 + bits / 8, 0, flags, &key)) IS_TRUE(GetLastError() == (DWORD)NTE_BAD_DATA);
            if (key) CryptDestroyKey(key);
        }
    }
    /* CryptGenKey's keys, which are on the token. */
    static const ALG_ID ids[] = {CALG_AES_128, CALG_AES_256, CALG_3DES, CALG_RC4};
    for (size_t i = 0; i < 4; i++) {
        HCRYPTKEY made = 0;
        HOLDS(CryptGenKey(context, ids[i], CRYPT_EXPORTABLE, &made));
        IS_TRUE(exported(made, exchange, SIMPLEBLOB, 0, blob) == 12 + bits / 8);
        HOLDS(CryptImportKey(context, blob, 12 + bits / 8, 0, 0, &key));
        ENCRYPT_ALIKE(key, made);
        HOLDS(CryptDestroyKey(key));
        HOLDS(CryptDestroyKey(made));
    }
    HOLDS(CryptDestroyKey(exchange));
}

/* 3DES keys that are on the token, both ends of RFC 3217. */
static void wrapped_blobs_on_token(HCRYPTPROV context) {
    BYTE blob[MOST];
    HCRYPTKEY kek = 0, made = 0, key = 0;
    for (int two_keys = 0; two_keys < 2; two_keys++) {
        ALG_ID id = two_keys ? CALG_3DES_112 : CALG_3DES;
        HOLDS(CryptGenKey(context, CALG_3DES, 0, &kek));
        HOLDS(CryptGenKey(context, id, CRYPT_EXPORTABLE, &made));
        DWORD length = exported(made, kek, SYMMETRICWRAPKEYBLOB, 0, blob);
        IS_TRUE(length == 52);
        HOLDS(CryptImportKey(context, blob, length, kek, 0, &key));
        ENCRYPT_ALIKE(key, made);
        HOLDS(CryptDestroyKey(key));
        FAILS(CryptImportKey(context, blob, length, made, 0, &key), NTE_BAD_DATA, NTE_BAD_ALGID);
        HOLDS(CryptDestroyKey(made));
        HOLDS(CryptDestroyKey(kek));
    }
}

/* Ours: what the container sealed it alone opens, parameters and all. */
static void opaque_blobs(HCRYPTPROV context) {
    BYTE blob[MOST], again[MOST], salt[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    HCRYPTKEY exchange = 0, key = 0, copy = 0;
    MUST(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16, &exchange));
    DWORD length = 0, needed = 0;
    for (size_t i = 0; i < CIPHERS; i++) {
        key = key_of(context, ciphers[i].id, value, ciphers[i].count, CRYPT_EXPORTABLE);
        if (ciphers[i].id != CALG_RC4) {
            HOLDS(CryptSetKeyParam(key, KP_IV, value + 3, 0));
            HOLDS(set_number(key, KP_MODE, CRYPT_MODE_CFB));
        } else {
            CRYPT_DATA_BLOB data = {sizeof salt, salt};
            HOLDS(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&data, 0));
        }
        if (ciphers[i].id == CALG_RC2) HOLDS(set_number(key, KP_EFFECTIVE_KEYLEN, 77));
        HOLDS(CryptExportKey(key, 0, OPAQUEKEYBLOB, 0, NULL, &needed));
        length = needed;
        HOLDS(CryptExportKey(key, 0, OPAQUEKEYBLOB, 0, blob, &length));
        IS_TRUE(length == needed && blob[0] == OPAQUEKEYBLOB && get_number(blob, 4) == ciphers[i].id);
        IS_TRUE(!memmem(blob, length, value, ciphers[i].count));
        HOLDS(CryptImportKey(context, blob, length, 0, CRYPT_EXPORTABLE, &copy));
        SAME(again, value_of(copy, again), value, ciphers[i].count);
        ENCRYPT_ALIKE(key, copy);
        HOLDS(CryptDestroyKey(copy));
        HOLDS(CryptImportKey(context, blob, length, 0, 0, &copy));
        IS_TRUE(number(copy, KP_PERMISSIONS) == 0x3b);
        DWORD size = sizeof again;
        FAILS(CryptExportKey(copy, 0, OPAQUEKEYBLOB, 0, again, &size), NTE_BAD_KEY_STATE);
        HOLDS(CryptDestroyKey(copy));
        HOLDS(CryptDestroyKey(key));
    }
    for (DWORD cut = 1; cut < length; cut++)
        ROW(FAILS(CryptImportKey(context, blob, cut, 0, 0, &copy), NTE_BAD_DATA), "%u bytes", cut);
    for (DWORD at = 4; at < length; at++) {
        if (at >= 12 && at < length - 4) at += 6;
        blob[at] ^= 0x20;
        ROW(FAILS(CryptImportKey(context, blob, length, 0, 0, &copy), NTE_BAD_DATA), "byte %u", at);
        blob[at] ^= 0x20;
    }
    HOLDS(CryptImportKey(context, blob, length, 0, 0, &copy));
    FAILS(CryptImportKey(context, blob, length, copy, 0, &key), NTE_BAD_KEY);
    HOLDS(CryptDestroyKey(copy));

    /* CRYPT_DESTROYKEY: the blob is what is left of the key. */
    key = key_of(context, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    HOLDS(CryptExportKey(key, 0, OPAQUEKEYBLOB, CRYPT_DESTROYKEY, NULL, &needed));
    length = 20;
    FAILS(CryptExportKey(key, 0, OPAQUEKEYBLOB, CRYPT_DESTROYKEY, blob, &length), ERROR_MORE_DATA);
    IS_TRUE(number(key, KP_ALGID) == CALG_AES_128 && length == needed);
    FAILS(CryptExportKey(key, exchange, OPAQUEKEYBLOB, 0, blob, &length), NTE_BAD_KEY);
    FAILS(CryptExportKey(exchange, 0, OPAQUEKEYBLOB, 0, blob, &length), NTE_BAD_TYPE);
    FAILS(CryptExportKey(key, 0, OPAQUEKEYBLOB, CRYPT_OAEP, blob, &length), NTE_BAD_FLAGS);
    length = sizeof blob;
    HOLDS(CryptExportKey(key, 0, OPAQUEKEYBLOB, CRYPT_DESTROYKEY, blob, &length));
    FAILS(CryptGetKeyParam(key, KP_ALGID, again, &needed, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptImportKey(context, blob, length, 0, CRYPT_EXPORTABLE, &copy));
    SAME(again, value_of(copy, again), value, 16);
    HOLDS(CryptDestroyKey(copy));

    /* Another key in the container: the blob is lost. */
    HOLDS(CryptDestroyKey(exchange));
    MUST(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16, &exchange));
    FAILS(CryptImportKey(context, blob, length, 0, 0, &copy), NTE_BAD_DATA);
    HOLDS(CryptDestroyKey(exchange));
}

static void token(const char *module) {
    HCRYPTPROV context = container("key-blobs", CRYPT_NEWKEYSET);
    BYTE blob[MOST];
    DWORD length = sizeof blob;
    HCRYPTKEY key = key_of(context, CALG_AES_128, value, 16, CRYPT_EXPORTABLE);
    FAILS(CryptExportKey(key, 0, OPAQUEKEYBLOB, 0, blob, &length), NTE_NO_KEY);
    HOLDS(CryptDestroyKey(key));
    MUST(CryptGenKey(context, AT_KEYEXCHANGE, 1024u << 16, &key));
    HOLDS(CryptDestroyKey(key));
    CK_ULONG one_pair = objects(module);
    simple_blobs_on_token(context, 1024);
    simple_blobs_on_token(context, 2048);
    IS_TRUE(objects(module) == one_pair);
    opaque_blobs(context);
    IS_TRUE(objects(module) == one_pair);
    wrapped_blobs_on_token(context);
    wrapped_blobs(context);
    HOLDS(CryptReleaseContext(context, 0));
    /* `wrapped_blobs` imports a pair, in place of the one that was there. */
    IS_TRUE(objects(module) == one_pair);
}

/* Programs import such keys into containers, too. */
static void exponent_of_one(void) {
    HCRYPTPROV context = container("key-blobs", 0);
    simple_blobs(context);
    HOLDS(CryptReleaseContext(context, 0));
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "", *module = count > 2 ? arguments[2] : "";
    if (!strcmp(what, "host")) {
        host();
    } else if (!strcmp(what, "token")) {
        token(module);
    } else if (!strcmp(what, "exponent-of-one")) {
        exponent_of_one();
    } else if (!strcmp(what, "delete")) {
        HCRYPTPROV none;
        IS_TRUE(CryptAcquireContextA(&none, "key-blobs", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET));
    } else {
        return 64;
    }
    return verdict("abi-key-blobs");
}
