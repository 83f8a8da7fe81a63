/* A host that loads the library as a cryptographic service provider, as an operating system with a CryptAcquireContext of
 * its own does: it is not linked, and all it knows are the 25 CP functions. See csp.sh. */
#include <cspdk.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

static __typeof__(GetLastError) *get_last_error;
static __typeof__(SetLastError) *set_last_error;
#define GetLastError() get_last_error()
#define SetLastError(code) set_last_error(code)
#include "abi-check.h"

#define CSP_FUNCTIONS(F) F(AcquireContext) F(ReleaseContext) F(GenKey) F(DeriveKey) F(DestroyKey) F(SetKeyParam) \
    F(GetKeyParam) F(ExportKey) F(ImportKey) F(Encrypt) F(Decrypt) F(CreateHash) F(HashData) F(HashSessionKey) \
    F(DestroyHash) F(SignHash) F(VerifySignature) F(GenRandom) F(GetUserKey) F(SetProvParam) F(GetProvParam) \
    F(SetHashParam) F(GetHashParam) F(DuplicateHash) F(DuplicateKey)

#define MEMBER(name) __typeof__(CP##name) *name;
static struct { CSP_FUNCTIONS(MEMBER) } csp;

#define BITS 2048u
#define STRONG "Microsoft Strong Cryptographic Provider"
static const BYTE text[] = "The quick brown fox jumps over the lazy dog";
static const DWORD text_length = sizeof text - 1;

static void *load(void) {
    void *library = dlopen("libtokencsp.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) { printf("%s\n", dlerror()); exit(2); }
    int found = 0;
    *(void **)&get_last_error = dlsym(library, "GetLastError");
    *(void **)&set_last_error = dlsym(library, "SetLastError");
    if (!get_last_error || !set_last_error) exit(2);
#define FIND(name) *(void **)&csp.name = dlsym(library, "CP" #name); if (!csp.name) exit(2); found++;
    CSP_FUNCTIONS(FIND)
    IS_TRUE(found == 25);
    return library;
}

// MARK: Whom the host means

static void callback(void) { exit(2); }

static VTableProvStruc table(DWORD version, DWORD type, const char *name) {
    static BYTE nonsense[] = "context";
    return (VTableProvStruc){
        version, (FARPROC)callback, (FARPROC)callback, type, nonsense, sizeof nonsense, (LPSTR)name};
}

/* A context without a container is of that provider. */
static void is_provider(PVTableProvStruc meant, DWORD type, const char *name) {
    HCRYPTPROV context = 0;
    char found[128] = "";
    DWORD number = 0, length = sizeof number;
    MUST(csp.AcquireContext(&context, NULL, CRYPT_VERIFYCONTEXT, meant));
    HOLDS(csp.GetProvParam(context, PP_PROVTYPE, (BYTE *)&number, &length, 0));
    IS_TRUE(number == type);
    length = sizeof found;
    HOLDS(csp.GetProvParam(context, PP_NAME, (BYTE *)found, &length, 0));
    check(__LINE__, name, !strcmp(found, name), found, 0);
    HOLDS(csp.ReleaseContext(context, 0));
}

#define IS_PROVIDER(version, type, name, real_type, real_name) do { \
    VTableProvStruc table_ = table(version, type, name); \
    is_provider(&table_, real_type, real_name); \
} while (0)

#define IS_REFUSED(version, type, name, ...) do { \
    VTableProvStruc table_ = table(version, type, name); \
    HCRYPTPROV context_ = 1; \
    FAILS(csp.AcquireContext(&context_, NULL, CRYPT_VERIFYCONTEXT, &table_), __VA_ARGS__); \
    IS_TRUE(context_ == 0); \
} while (0)

static void providers(void) {
    const char *aes = "TokenCSP RSA and AES Provider", *rsa = "TokenCSP RSA Provider";
    is_provider(NULL, PROV_RSA_AES, aes);
    IS_PROVIDER(1, 999, "No such provider", PROV_RSA_AES, aes);
    IS_PROVIDER(2, PROV_RSA_FULL, "No such provider", PROV_RSA_FULL, rsa);
    IS_PROVIDER(3, PROV_RSA_FULL, STRONG, PROV_RSA_FULL, STRONG);
    IS_PROVIDER(3, PROV_RSA_FULL, NULL, PROV_RSA_FULL, rsa);
    IS_PROVIDER(3, PROV_RSA_AES, "", PROV_RSA_AES, aes);
    IS_REFUSED(0, PROV_RSA_FULL, STRONG, ERROR_INVALID_PARAMETER);
    IS_REFUSED(4, PROV_RSA_FULL, STRONG, ERROR_INVALID_PARAMETER);
    IS_REFUSED(0xFFFFFFFF, PROV_RSA_FULL, STRONG, ERROR_INVALID_PARAMETER);
    IS_REFUSED(2, 0, NULL, NTE_BAD_PROV_TYPE);
    IS_REFUSED(2, 999, NULL, NTE_PROV_TYPE_NOT_DEF);
    IS_REFUSED(3, PROV_RSA_FULL, "No such provider", NTE_KEYSET_NOT_DEF);
    IS_REFUSED(3, PROV_RSA_AES, STRONG, NTE_PROV_TYPE_NO_MATCH);
    IS_REFUSED(3, PROV_RSA_AES, "\xff", NTE_BAD_KEYSET_PARAM);
    FAILS(csp.AcquireContext(NULL, NULL, CRYPT_VERIFYCONTEXT, NULL), ERROR_INVALID_PARAMETER);

    // Of the first version the host may have no more than its members: they lie here at the end of what can be read.
    size_t page = (size_t)sysconf(_SC_PAGESIZE), members = offsetof(VTableProvStruc, dwProvType);
    BYTE *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE)) exit(2);
    VTableProvStruc first = table(1, 0, NULL);
    memcpy(pages + page - members, &first, members);
    is_provider((PVTableProvStruc)(void *)(pages + page - members), PROV_RSA_AES, aes);
    munmap(pages, 2 * page);
}

// MARK: The main job

static void write_file(const char *name, const BYTE *data, DWORD length) {
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file)) exit(2);
}

static HCRYPTHASH hash_text(HCRYPTPROV context) {
    HCRYPTHASH hash = 0;
    MUST(csp.CreateHash(context, CALG_SHA_256, 0, 0, &hash));
    HOLDS(csp.HashData(context, hash, text, text_length, 0));
    return hash;
}

static DWORD key_number(HCRYPTPROV context, HCRYPTKEY key, DWORD parameter) {
    DWORD value = 0, length = sizeof value;
    HOLDS(csp.GetKeyParam(context, key, parameter, (BYTE *)&value, &length, 0));
    return value;
}

/* Signs in the container; a context without one verifies, and openssl after it. */
static void sign(HCRYPTPROV context, HCRYPTKEY key) {
    BYTE blob[512], signature[512], reversed[512];
    DWORD blob_length = 0, length = 0;
    HOLDS(csp.ExportKey(context, key, 0, PUBLICKEYBLOB, 0, NULL, &blob_length));
    HOLDS(csp.ExportKey(context, key, 0, PUBLICKEYBLOB, 0, blob, &blob_length));
    write_file("csp.blob", blob, blob_length);
    HCRYPTHASH hash = hash_text(context);
    FAILS(csp.SignHash(context, hash, AT_SIGNATURE, u"description", 0, NULL, &length), ERROR_INVALID_PARAMETER);
    HOLDS(csp.SignHash(context, hash, AT_SIGNATURE, NULL, 0, NULL, &length));
    IS_TRUE(length == BITS / 8);
    length--;
    FAILS(csp.SignHash(context, hash, AT_SIGNATURE, NULL, 0, signature, &length), ERROR_MORE_DATA);
    HOLDS(csp.SignHash(context, hash, AT_SIGNATURE, NULL, 0, signature, &length));
    HOLDS(csp.DestroyHash(context, hash));
    for (DWORD i = 0; i < length; i++) reversed[i] = signature[length - 1 - i];
    write_file("csp.sig", reversed, length);
    write_file("csp.data", text, text_length);

    HCRYPTPROV verifier = 0;
    HCRYPTKEY imported = 0;
    MUST(csp.AcquireContext(&verifier, NULL, CRYPT_VERIFYCONTEXT, NULL));
    MUST(csp.ImportKey(verifier, blob, blob_length, 0, 0, &imported));
    hash = hash_text(verifier);
    HOLDS(csp.VerifySignature(verifier, hash, signature, length, imported, NULL, 0));
    HOLDS(csp.VerifySignature(verifier, hash, signature, length, imported, u"", 0));
    FAILS(csp.VerifySignature(verifier, hash, signature, length, imported, u"x", 0), ERROR_INVALID_PARAMETER);
    // A key of another context, though it is the very same.
    FAILS(csp.VerifySignature(verifier, hash, signature, length, key, NULL, 0), (DWORD)NTE_BAD_KEY);
    FAILS(csp.VerifySignature(context, hash, signature, length, key, NULL, 0), (DWORD)NTE_BAD_HASH);
    signature[9] ^= 1;
    FAILS(csp.VerifySignature(verifier, hash, signature, length, imported, NULL, 0), (DWORD)NTE_BAD_SIGNATURE);
    HOLDS(csp.DestroyHash(verifier, hash));
    HOLDS(csp.DestroyKey(verifier, imported));
    HOLDS(csp.ReleaseContext(verifier, 0));
}

/* A session key goes to the exchange key's owner and decrypts there what it encrypted here. */
static void exchange(HCRYPTPROV context, HCRYPTKEY key) {
    HCRYPTKEY session = 0, copy = 0, received = 0;
    BYTE blob[512], data[128];
    DWORD blob_length = sizeof blob, length = text_length, mode = CRYPT_MODE_ECB;
    MUST(csp.GenKey(context, CALG_AES_256, CRYPT_EXPORTABLE, &session));
    HOLDS(csp.SetKeyParam(context, session, KP_MODE, (const BYTE *)&mode, 0));
    IS_TRUE(key_number(context, session, KP_MODE) == CRYPT_MODE_ECB);
    mode = CRYPT_MODE_CBC;
    HOLDS(csp.SetKeyParam(context, session, KP_MODE, (const BYTE *)&mode, 0));
    HOLDS(csp.DuplicateKey(context, session, NULL, 0, &copy));
    HOLDS(csp.ExportKey(context, session, key, SIMPLEBLOB, 0, blob, &blob_length));
    MUST(csp.ImportKey(context, blob, blob_length, key, 0, &received));

    memcpy(data, text, text_length);
    HCRYPTHASH hash = 0, other = 0;
    MUST(csp.CreateHash(context, CALG_SHA1, 0, 0, &hash));
    HOLDS(csp.Encrypt(context, copy, hash, TRUE, 0, data, &length, sizeof data));
    IS_TRUE(length == 48 && memcmp(data, text, text_length) != 0);
    MUST(csp.CreateHash(context, CALG_SHA1, 0, 0, &other));
    HOLDS(csp.Decrypt(context, received, other, TRUE, 0, data, &length));
    IS_TRUE(length == text_length && !memcmp(data, text, text_length));
    BYTE value[20], other_value[20];
    DWORD size = sizeof value;
    HOLDS(csp.GetHashParam(context, hash, HP_HASHVAL, value, &size, 0));
    HOLDS(csp.GetHashParam(context, other, HP_HASHVAL, other_value, &size, 0));
    IS_TRUE(!memcmp(value, other_value, sizeof value));
    HOLDS(csp.DestroyHash(context, hash));
    HOLDS(csp.DestroyHash(context, other));
    HOLDS(csp.DestroyKey(context, session));
    HOLDS(csp.DestroyKey(context, copy));
    HOLDS(csp.DestroyKey(context, received));
    FAILS(csp.DestroyKey(context, received), (DWORD)NTE_BAD_KEY);
}

static void derive_and_duplicate(HCRYPTPROV context) {
    HCRYPTHASH hash = hash_text(context), copy = 0, empty = 0;
    HCRYPTKEY one = 0, other = 0;
    HOLDS(csp.DuplicateHash(context, hash, NULL, 0, &copy));
    FAILS(csp.DuplicateHash(context, hash, NULL, 1, &empty), ERROR_INVALID_PARAMETER);
    MUST(csp.DeriveKey(context, CALG_AES_128, hash, CRYPT_EXPORTABLE, &one));
    FAILS(csp.HashData(context, hash, text, 1, 0), (DWORD)NTE_BAD_HASH_STATE);
    MUST(csp.DeriveKey(context, CALG_AES_128, copy, CRYPT_EXPORTABLE, &other));
    BYTE value[64], other_value[64];
    DWORD length = sizeof value, other_length = sizeof other_value;
    HOLDS(csp.ExportKey(context, one, 0, PLAINTEXTKEYBLOB, 0, value, &length));
    HOLDS(csp.ExportKey(context, other, 0, PLAINTEXTKEYBLOB, 0, other_value, &other_length));
    IS_TRUE(length == 28 && length == other_length && !memcmp(value, other_value, length));

    // The value that a hash of the key has is that of a hash of its bytes; set by hand it is read back.
    HCRYPTHASH of_key = 0, of_bytes = 0;
    MUST(csp.CreateHash(context, CALG_SHA1, 0, 0, &of_key));
    MUST(csp.CreateHash(context, CALG_SHA1, 0, 0, &of_bytes));
    HOLDS(csp.HashSessionKey(context, of_key, one, CRYPT_LITTLE_ENDIAN));
    HOLDS(csp.HashData(context, of_bytes, value + 12, 16, 0));
    BYTE digest[20], other_digest[20];
    length = sizeof digest;
    HOLDS(csp.GetHashParam(context, of_key, HP_HASHVAL, digest, &length, 0));
    HOLDS(csp.GetHashParam(context, of_bytes, HP_HASHVAL, other_digest, &length, 0));
    IS_TRUE(!memcmp(digest, other_digest, sizeof digest));
    MUST(csp.CreateHash(context, CALG_SHA1, 0, 0, &empty));
    HOLDS(csp.SetHashParam(context, empty, HP_HASHVAL, digest, 0));
    HOLDS(csp.GetHashParam(context, empty, HP_HASHVAL, other_digest, &length, 0));
    IS_TRUE(!memcmp(digest, other_digest, sizeof digest));

    const HCRYPTHASH hashes[] = {hash, copy, of_key, of_bytes, empty};
    for (int i = 0; i < 5; i++) HOLDS(csp.DestroyHash(context, hashes[i]));
    FAILS(csp.DestroyHash(context, empty), (DWORD)NTE_BAD_HASH);
    HOLDS(csp.DestroyKey(context, one));
    HOLDS(csp.DestroyKey(context, other));
}

static int is_listed(HCRYPTPROV context, const char *name) {
    char found[MAX_PATH + 1];
    int listed = 0;
    for (DWORD flags = CRYPT_FIRST;; flags = CRYPT_NEXT) {
        DWORD length = sizeof found;
        if (!csp.GetProvParam(context, PP_ENUMCONTAINERS, (BYTE *)found, &length, flags)) break;
        listed += !strcmp(found, name);
    }
    IS_TRUE(GetLastError() == ERROR_NO_MORE_ITEMS);
    return listed;
}

static void container(void) {
    HCRYPTPROV context = 0, again = 1, reader = 0;
    HCRYPTKEY signature = 0, exchanger = 0, opened = 0;
    VTableProvStruc meant = table(3, PROV_RSA_AES, NULL);
    BYTE blob[2048], random[32] = {0}, zeros[32] = {0};
    DWORD length = sizeof blob;
    FAILS(csp.AcquireContext(&context, "csp", 0, &meant), (DWORD)NTE_BAD_KEYSET);
    MUST(csp.AcquireContext(&context, "csp", CRYPT_NEWKEYSET, &meant));
    IS_TRUE(GetLastError() == ERROR_SUCCESS);
    FAILS(csp.AcquireContext(&again, "csp", CRYPT_NEWKEYSET, &meant), (DWORD)NTE_EXISTS);
    IS_TRUE(again == 0);
    FAILS(csp.GetUserKey(context, AT_SIGNATURE, &opened), (DWORD)NTE_NO_KEY);
    MUST(csp.GenKey(context, AT_SIGNATURE, BITS << 16, &signature));
    MUST(csp.GenKey(context, AT_KEYEXCHANGE, BITS << 16 | CRYPT_EXPORTABLE, &exchanger));
    IS_TRUE(key_number(context, signature, KP_KEYLEN) == BITS);
    IS_TRUE(key_number(context, exchanger, KP_PERMISSIONS) == 0x3f);
    FAILS(csp.ExportKey(context, signature, 0, PRIVATEKEYBLOB, 0, blob, &length), (DWORD)NTE_BAD_KEY_STATE);
    length = sizeof blob;
    HOLDS(csp.ExportKey(context, exchanger, 0, PRIVATEKEYBLOB, 0, blob, &length));
    HOLDS(csp.GetUserKey(context, AT_SIGNATURE, &opened));
    HOLDS(csp.DestroyKey(context, opened));
    sign(context, signature);
    exchange(context, exchanger);
    derive_and_duplicate(context);

    // The private key that went out comes in where there is no container.
    MUST(csp.AcquireContext(&reader, NULL, CRYPT_VERIFYCONTEXT, &meant));
    HOLDS(csp.ImportKey(reader, blob, length, 0, 0, &opened));
    exchange(reader, opened);
    HOLDS(csp.GenRandom(context, sizeof random, random));
    IS_TRUE(memcmp(random, zeros, sizeof random) != 0);
    IS_TRUE(is_listed(reader, "csp") == 1);
    HOLDS(csp.SetProvParam(context, PP_CLIENT_HWND, (const BYTE *)&reader, 0));
    FAILS(csp.SetProvParam(context, 0xFFFFFFFF, NULL, 0), (DWORD)NTE_BAD_TYPE);
    FAILS(csp.SetProvParam(0, PP_CLIENT_HWND, (const BYTE *)&reader, 0), (DWORD)NTE_BAD_UID);

    FAILS(csp.ReleaseContext(reader, 1), (DWORD)NTE_BAD_FLAGS);
    FAILS(csp.ReleaseContext(reader, 0), (DWORD)NTE_BAD_UID);
    FAILS(csp.DestroyKey(reader, opened), (DWORD)NTE_BAD_UID);
    FAILS(csp.DestroyKey(context, opened), (DWORD)NTE_BAD_KEY);
    HOLDS(csp.ReleaseContext(context, 0));
    MUST(csp.AcquireContext(&context, "csp", 0, &meant));
    HOLDS(csp.GetUserKey(context, AT_KEYEXCHANGE, &opened));
    HOLDS(csp.ReleaseContext(context, 0));
    again = 1;
    MUST(csp.AcquireContext(&again, "csp", CRYPT_DELETEKEYSET, &meant));
    IS_TRUE(again == 0);
    FAILS(csp.AcquireContext(&context, "csp", 0, &meant), (DWORD)NTE_BAD_KEYSET);
}

int main(void) {
    void *library = load();
    providers();
    container();
    int answer = verdict("csp");
    // The host may drop the library; what it has left behind in the process must not run into nothing.
    if (dlclose(library)) return 2;
    return answer;
}
