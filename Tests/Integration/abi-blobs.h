/* Helpers of the C programs about blobs and RSA. */
#ifndef ABI_BLOBS_H
#define ABI_BLOBS_H

#include "abi-keys.h"
#include "abi-session.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

static const BYTE value[64] = {
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
    0x02, 0x13, 0x57, 0x9b, 0xdf, 0x02, 0x46, 0x8a, 0xce, 0x13, 0x57, 0x9d, 0xb0, 0x24, 0x68, 0xac
};

static const struct { ALG_ID id; DWORD count; } ciphers[] = {
    {CALG_RC2, 5}, {CALG_RC2, 16}, {CALG_RC4, 5}, {CALG_RC4, 16}, {CALG_DES, 8}, {CALG_3DES_112, 16}, {CALG_3DES, 24},
    {CALG_AES_128, 16}, {CALG_AES_192, 24}, {CALG_AES_256, 32}
};
#define CIPHERS (sizeof ciphers / sizeof *ciphers)

static inline HCRYPTPROV aes(void) { return provider(MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES); }

static inline HCRYPTPROV container(const char *name, DWORD flags) {
    HCRYPTPROV provider = 0;
    MUST(CryptAcquireContextA(&provider, name, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, flags));
    return provider;
}

/* The blob of a key; its length, 0 for a failure. */
static inline DWORD exported(HCRYPTKEY key, HCRYPTKEY under, DWORD type, DWORD flags, BYTE *blob) {
    DWORD length = MOST;
    return CryptExportKey(key, under, type, flags, blob, &length) ? length : 0;
}

static inline void put_number(BYTE *blob, DWORD offset, DWORD value) { memcpy(blob + offset, &value, 4); }

static inline DWORD get_number(const BYTE *blob, DWORD offset) {
    DWORD value;
    memcpy(&value, blob + offset, 4);
    return value;
}

/* A PRIVATEKEYBLOB of 1024 bits. */
static inline HCRYPTKEY import_pair(HCRYPTPROV provider, ALG_ID algorithm, DWORD flags) {
    BYTE blob[sizeof short_coefficient];
    HCRYPTKEY key = 0;
    memcpy(blob, short_coefficient, sizeof blob);
    put_number(blob, AT_ALGORITHM, algorithm);
    MUST(CryptImportKey(provider, blob, sizeof blob, 0, flags, &key));
    return key;
}

static inline DWORD user_key_bits(HCRYPTPROV provider, DWORD spec) {
    HCRYPTKEY key = 0;
    if (!CryptGetUserKey(provider, spec, &key)) return 0;
    DWORD bits = number(key, KP_KEYLEN);
    CryptDestroyKey(key);
    return bits;
}

/* The modulus of a key pair, in the blob's order; its length. */
static inline DWORD modulus_of(HCRYPTKEY key, BYTE *modulus) {
    BYTE blob[MOST];
    DWORD length = exported(key, 0, PUBLICKEYBLOB, 0, blob);
    if (length <= 20) return 0;
    memcpy(modulus, blob + 20, length - 20);
    return length - 20;
}

static inline DWORD user_modulus(HCRYPTPROV provider, DWORD spec, BYTE *modulus) {
    HCRYPTKEY key = 0;
    if (!CryptGetUserKey(provider, spec, &key)) return 0;
    DWORD length = modulus_of(key, modulus);
    CryptDestroyKey(key);
    return length;
}

/* What the container signs verifies with a PUBLICKEYBLOB. */
static inline void signs_for(HCRYPTPROV provider, DWORD spec, const BYTE *public_blob, DWORD length) {
    BYTE signature[MOST];
    DWORD size = sizeof signature;
    HCRYPTKEY key = 0;
    HCRYPTHASH hash = hash_of(provider, CALG_SHA1, "to be signed", 12);
    HOLDS(CryptSignHashA(hash, spec, NULL, 0, signature, &size));
    HOLDS(CryptImportKey(provider, public_blob, length, 0, 0, &key));
    HOLDS(CryptVerifySignatureA(hash, signature, size, key, NULL, 0));
    CryptDestroyKey(key);
    CryptDestroyHash(hash);
}

static inline void write_file(const char *name, const BYTE *bytes, DWORD count) {
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(bytes, 1, count, file) != count || fclose(file)) exit(2);
}

static inline DWORD read_file(const char *name, BYTE *bytes) {
    FILE *file = fopen(name, "rb");
    if (!file) exit(2);
    DWORD count = (DWORD)fread(bytes, 1, MOST, file);
    fclose(file);
    return count;
}

static inline void reverse(BYTE *bytes, DWORD count) {
    for (DWORD i = 0; i < count / 2; i++) {
        BYTE byte = bytes[i];
        bytes[i] = bytes[count - 1 - i];
        bytes[count - 1 - i] = byte;
    }
}

/* A key of exponent one: what is encrypted under it is in the clear. */
static inline HCRYPTKEY import_exponent_of_one(HCRYPTPROV provider) {
    BYTE blob[sizeof short_coefficient];
    HCRYPTKEY key = 0;
    memcpy(blob, short_coefficient, sizeof blob);
    put_number(blob, AT_EXPONENT, 1);
    memset(blob + AT_EXPONENT1, 0, AT_COEFFICIENT - AT_EXPONENT1);
    blob[AT_EXPONENT1] = blob[AT_EXPONENT2] = 1;
    memset(blob + AT_PRIVATE_EXPONENT, 0, 128);
    blob[AT_PRIVATE_EXPONENT] = 1;
    MUST(CryptImportKey(provider, blob, sizeof blob, 0, CRYPT_EXPORTABLE, &key));
    return key;
}

/* A SIMPLEBLOB under the key of exponent one: the PKCS#1 block, last byte first. */
static inline DWORD plain_simple_blob(BYTE *blob, ALG_ID algorithm, const BYTE *value, DWORD count) {
    BLOBHEADER header = {SIMPLEBLOB, CUR_BLOB_VERSION, 0, algorithm};
    memcpy(blob, &header, 8);
    put_number(blob, 8, CALG_RSA_KEYX);
    BYTE *block = blob + 12;
    memset(block, 0xA5, 128);
    block[0] = 0;
    block[1] = 2;
    block[128 - count - 1] = 0;
    memcpy(block + 128 - count, value, count);
    reverse(block, 128);
    return 12 + 128;
}

/* Shows every object that this process sees on the token; answers how many. */
static inline CK_ULONG each_object(const char *module, void (*body)(CK_FUNCTION_LIST *, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)) {
    void *library = dlopen(module, RTLD_NOW | RTLD_NOLOAD);
    if (!library) {
        printf("%s is not loaded\n", module);
        exit(2);
    }
    CK_C_GetFunctionList list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    CK_FUNCTION_LIST *functions;
    CK_SLOT_ID slots[8];
    CK_ULONG slot_count = 8, total = 0;
    if (list(&functions) || functions->C_GetSlotList(CK_TRUE, slots, &slot_count)) exit(2);
    for (CK_ULONG i = 0; i < slot_count; i++) {
        CK_SESSION_HANDLE session;
        CK_OBJECT_HANDLE found[512];
        CK_ULONG count = 0;
        if (functions->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session)) continue;
        if (!functions->C_FindObjectsInit(session, NULL, 0)) functions->C_FindObjects(session, found, 512, &count);
        functions->C_FindObjectsFinal(session);
        for (CK_ULONG j = 0; body && j < count; j++) body(functions, session, found[j]);
        total += count;
        functions->C_CloseSession(session);
    }
    dlclose(library);
    return total;
}

static inline CK_ULONG objects(const char *module) { return each_object(module, NULL); }

#endif
