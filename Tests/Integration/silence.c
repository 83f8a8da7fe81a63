/* One rule for silence, for every function: where somebody would have to be asked, a context with CRYPT_SILENT or
 * CRYPT_VERIFYCONTEXT answers NTE_SILENT_CONTEXT before the token is touched; where nobody would, it answers what another
 * context does. See silence.sh.
 *
 * silence make:   the containers "plain" and "protected"
 * silence list:   the functions that are tried
 * silence:        tries them, with a token that no PIN is at hand for, and with keys that ask at each use */
#include "protection.h"

// MARK: Where a function is called

enum kind { NORMAL, SILENT, VERIFY_NAMED, VERIFY, KINDS };
static const char *const kinds[] = {"normal", "silent", "verify with a name", "verify"};
static const DWORD kind_flags[] = {0, CRYPT_SILENT, CRYPT_VERIFYCONTEXT, CRYPT_VERIFYCONTEXT};

struct world {
    enum kind kind;
    const char *container;
    HCRYPTPROV provider;
    HCRYPTKEY pair, session; /* the exchange key, and a session key that may leave */
    HCRYPTHASH hash, closed;   /* one with data, and one whose value was asked for */
    BYTE data[2048];
    DWORD encrypted, simple, public_size, signature; /* sizes of what is in cipher, blob, … */
    BYTE cipher[256], blob[512], public_blob[512], private_blob[2048], sign[256];
    DWORD private_size;
};

static void read_file(const char *name, BYTE *data, DWORD size, DWORD *count) {
    FILE *file = fopen(name, "rb");
    *count = file ? (DWORD)fread(data, 1, size, file) : 0;
    if (file) fclose(file);
    if (!*count) { printf("%s is not there\n", name); exit(2); }
}

/* Everything that a call may want, made without asking anybody. */
static void prepare(struct world *w) {
    w->provider = opened(w->kind == VERIFY ? NULL : w->container, kind_flags[w->kind]);
    MUST(CryptGenKey(w->provider, CALG_3DES, CRYPT_EXPORTABLE, &w->session));
    w->hash = hashed(w->provider);
    w->closed = hashed(w->provider);
    DWORD length = 20;
    MUST(CryptGetHashParam(w->closed, HP_HASHVAL, w->data, &length, 0));
    read_file("private.blob", w->private_blob, sizeof w->private_blob, &w->private_size);
    if (w->kind == VERIFY) return;
    MUST(CryptGetUserKey(w->provider, AT_KEYEXCHANGE, &w->pair));
    w->encrypted = 5;
    MUST(CryptEncrypt(w->pair, 0, TRUE, 0, memcpy(w->cipher, "plain", 5), &w->encrypted, sizeof w->cipher));
    w->simple = sizeof w->blob;
    MUST(CryptExportKey(w->session, w->pair, SIMPLEBLOB, 0, w->blob, &w->simple));
    w->public_size = sizeof w->public_blob;
    MUST(CryptExportKey(w->pair, 0, PUBLICKEYBLOB, 0, w->public_blob, &w->public_size));
    read_file(w->container, w->sign, sizeof w->sign, &w->signature);
}

// MARK: The calls

#define CALL(name, ...) static BOOL name(struct world *w, DWORD *n) { (void)w; (void)n; return __VA_ARGS__; }
#define TYPE(w) ((w)->kind == VERIFY_NAMED ? PROV_RSA_FULL : PROV_RSA_AES)
#define PROVIDER_A(w) ((w)->kind == VERIFY_NAMED ? MS_SCARD_PROV_A : PROVIDER)
#define PROVIDER_W(w) ((w)->kind == VERIFY_NAMED ? MS_SCARD_PROV_W : MS_ENH_RSA_AES_PROV_W)

static HCRYPTPROV p;
static HCRYPTKEY k;
static HCRYPTHASH h;
static const WCHAR *wide(const char *text) {
    static WCHAR buffer[64];
    size_t i = 0;
    for (; text[i] && i < 63; i++) buffer[i] = (WCHAR)text[i];
    buffer[i] = 0;
    return buffer;
}

/* Of a container that is not there yet. */
static const char *new_name(void) {
    static char name[32];
    snprintf(name, sizeof name, "new %d", (int)getpid());
    return name;
}

#define FLAGS_(w) kind_flags[(w)->kind]
#define NAME_(w) ((w)->kind == VERIFY ? NULL : (w)->container)
CALL(open_a, CryptAcquireContextA(&p, NAME_(w), PROVIDER_A(w), TYPE(w), FLAGS_(w)))
CALL(open_w, CryptAcquireContextW(&p, NAME_(w) ? wide(NAME_(w)) : NULL, PROVIDER_W(w), TYPE(w), FLAGS_(w)))
CALL(new_a, CryptAcquireContextA(&p, new_name(), PROVIDER_A(w), TYPE(w), CRYPT_NEWKEYSET | FLAGS_(w)))
CALL(new_w, CryptAcquireContextW(&p, wide(new_name()), PROVIDER_W(w), TYPE(w), CRYPT_NEWKEYSET | FLAGS_(w)))
CALL(delete_a, CryptAcquireContextA(&p, "doomed", PROVIDER_A(w), TYPE(w), CRYPT_DELETEKEYSET | FLAGS_(w)))
CALL(delete_w, CryptAcquireContextW(&p, wide("doomed"), PROVIDER_W(w), TYPE(w), CRYPT_DELETEKEYSET | FLAGS_(w)))
CALL(add_ref, CryptContextAddRef(w->provider, NULL, 0))
CALL(release, CryptReleaseContext(w->provider, 0))

CALL(prov_name, CryptGetProvParam(w->provider, PP_VERSION, w->data, n, 0))
CALL(prov_container, CryptGetProvParam(w->provider, PP_CONTAINER, w->data, n, 0))
CALL(prov_unique, CryptGetProvParam(w->provider, PP_UNIQUE_CONTAINER, w->data, n, 0))
CALL(prov_list, CryptGetProvParam(w->provider, PP_ENUMCONTAINERS, w->data, n, CRYPT_FIRST))
CALL(prov_spec, CryptGetProvParam(w->provider, PP_KEYSPEC, w->data, n, 0))
CALL(prov_pins, CryptGetProvParam(w->provider, PP_SIGNATURE_PIN, w->data, n, 0))
CALL(set_prompt, CryptSetProvParam(w->provider, PP_PIN_PROMPT_STRING, (const BYTE *)wide("words"), 0))
CALL(set_pin_, CryptSetProvParam(w->provider, PP_SIGNATURE_PIN, (const BYTE *)pin(), 0))
CALL(forget_pin, CryptSetProvParam(w->provider, PP_KEYEXCHANGE_PIN, NULL, 0))
CALL(hardware_random, CryptSetProvParam(w->provider, PP_USE_HARDWARE_RNG, NULL, 0))
CALL(random_, CryptGenRandom(w->provider, 16, w->data))

CALL(providers_a, CryptEnumProvidersA(0, NULL, 0, &(DWORD){0}, (LPSTR)w->data, n))
CALL(providers_w, CryptEnumProvidersW(0, NULL, 0, &(DWORD){0}, (LPWSTR)w->data, n))
CALL(types_a, CryptEnumProviderTypesA(0, NULL, 0, &(DWORD){0}, (LPSTR)w->data, n))
CALL(types_w, CryptEnumProviderTypesW(0, NULL, 0, &(DWORD){0}, (LPWSTR)w->data, n))
CALL(default_a, CryptGetDefaultProviderA(PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT, (LPSTR)w->data, n))
CALL(default_w, CryptGetDefaultProviderW(PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT, (LPWSTR)w->data, n))
CALL(set_a, CryptSetProviderA(PROVIDER, PROV_RSA_AES))
CALL(set_w, CryptSetProviderW(MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES))
CALL(set_ex_a, CryptSetProviderExA(PROVIDER, PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT))
CALL(set_ex_w, CryptSetProviderExW(MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, NULL, CRYPT_USER_DEFAULT))

CALL(gen_pair, CryptGenKey(w->provider, AT_SIGNATURE, 1024u << 16, &k))
CALL(gen_session, CryptGenKey(w->provider, CALG_3DES, 0, &k))
CALL(derive, CryptDeriveKey(w->provider, CALG_3DES, w->hash, 0, &k))
CALL(user_key, CryptGetUserKey(w->provider, AT_KEYEXCHANGE, &k))
CALL(no_user_key, CryptGetUserKey(w->provider, 77, &k))
CALL(destroy_pair, CryptDestroyKey(w->pair))
CALL(destroy_session, CryptDestroyKey(w->session))
CALL(duplicate_session, CryptDuplicateKey(w->session, NULL, 0, &k))
CALL(duplicate_pair, CryptDuplicateKey(w->pair, NULL, 0, &k))
CALL(key_length, CryptGetKeyParam(w->pair, KP_KEYLEN, w->data, n, 0))
CALL(key_algorithm, CryptGetKeyParam(w->session, KP_ALGID, w->data, n, 0))
CALL(key_permissions, CryptGetKeyParam(w->session, KP_PERMISSIONS, w->data, n, 0))
CALL(key_mode, CryptSetKeyParam(w->session, KP_MODE, (const BYTE *)&(DWORD){CRYPT_MODE_ECB}, 0))
CALL(key_label, CryptSetKeyParam(w->pair, KP_OAEP_PARAMS, (const BYTE *)&(CRYPT_DATA_BLOB){1, (BYTE *)"l"}, 0))

CALL(export_public, CryptExportKey(w->pair, 0, PUBLICKEYBLOB, 0, w->data, n))
CALL(export_private, CryptExportKey(w->pair, 0, PRIVATEKEYBLOB, 0, w->data, n))
CALL(export_private_under, CryptExportKey(w->pair, w->session, PRIVATEKEYBLOB, 0, w->data, n))
CALL(export_simple, CryptExportKey(w->session, w->pair, SIMPLEBLOB, 0, w->data, n))
CALL(export_plain, CryptExportKey(w->session, 0, PLAINTEXTKEYBLOB, 0, w->data, n))
CALL(export_opaque, CryptExportKey(w->session, 0, OPAQUEKEYBLOB, 0, w->data, n))
CALL(import_public, CryptImportKey(w->provider, w->public_blob, w->public_size, 0, 0, &k))
CALL(import_private, CryptImportKey(w->provider, w->private_blob, w->private_size, 0, 0, &k))
CALL(import_simple, CryptImportKey(w->provider, w->blob, w->simple, w->pair, 0, &k))
CALL(import_rubbish, CryptImportKey(w->provider, w->data, 20, 0, 0, &k))

CALL(encrypt_session, (*n = 5, CryptEncrypt(w->session, 0, TRUE, 0, w->data, n, 64)))
CALL(encrypt_pair, (*n = 5, CryptEncrypt(w->pair, 0, TRUE, 0, w->data, n, 256)))
CALL(decrypt_session, (*n = 32, CryptDecrypt(w->session, 0, FALSE, 0, w->data, n)))
CALL(decrypt_pair, (*n = w->encrypted, CryptDecrypt(w->pair, 0, TRUE, 0, w->cipher, n)))
CALL(decrypt_oaep, (*n = w->encrypted, CryptDecrypt(w->pair, 0, TRUE, 0x80, w->cipher, n)))

CALL(create_hash, CryptCreateHash(w->provider, CALG_SHA1, 0, 0, &h))
CALL(create_mac, CryptCreateHash(w->provider, CALG_MAC, w->session, 0, &h))
CALL(hash_data, CryptHashData(w->hash, (const BYTE *)"more", 4, 0))
CALL(hash_closed, CryptHashData(w->closed, (const BYTE *)"more", 4, 0))
CALL(hash_key, CryptHashSessionKey(w->hash, w->session, 0))
CALL(hash_value, CryptGetHashParam(w->hash, HP_HASHVAL, w->data, n, 0))
CALL(set_value, CryptSetHashParam(w->hash, HP_HASHVAL, w->data, 0))
CALL(duplicate_hash, CryptDuplicateHash(w->hash, NULL, 0, &h))
CALL(destroy_hash, CryptDestroyHash(w->hash))

CALL(sign_a, CryptSignHashA(w->hash, AT_KEYEXCHANGE, NULL, 0, w->data, n))
CALL(sign_w, CryptSignHashW(w->hash, AT_KEYEXCHANGE, NULL, 0, w->data, n))
CALL(sign_size, CryptSignHashA(w->hash, AT_KEYEXCHANGE, NULL, 0, NULL, n))
CALL(sign_small, (*n = 1, CryptSignHashA(w->hash, AT_KEYEXCHANGE, NULL, 0, w->data, n)))
CALL(verify_a, CryptVerifySignatureA(w->hash, w->sign, w->signature, w->pair, NULL, 0))
CALL(verify_w, CryptVerifySignatureW(w->hash, w->sign, w->signature, w->pair, NULL, 0))
CALL(verify_wrong, CryptVerifySignatureA(w->hash, w->cipher, w->signature, w->pair, NULL, 0))

/* When somebody has to be asked: never; for the login; for each use of a key that asks. */
enum need { NEVER, LOGIN, USE };
/* What a context with CRYPT_VERIFYCONTEXT answers that has no rule but its own page: it has no keys of a container, takes no
   PIN for them, and makes pairs that end with it. */
static const struct { const char *function, *variant; BOOL (*call)(struct world *, DWORD *); enum need need; BOOL pair, differs; } entries[] = {
    {"CryptAcquireContextA", "open", open_a, NEVER, 0, 0},
    {"CryptAcquireContextW", "open", open_w, NEVER, 0, 0},
    {"CryptAcquireContextA", "new", new_a, NEVER, 0, 1},
    {"CryptAcquireContextW", "new", new_w, NEVER, 0, 1},
    {"CryptAcquireContextA", "delete", delete_a, LOGIN, 0, 1},
    {"CryptAcquireContextW", "delete", delete_w, LOGIN, 0, 1},
    {"CryptContextAddRef", "", add_ref, NEVER, 0, 0},
    {"CryptReleaseContext", "", release, NEVER, 0, 0},
    {"CryptGetProvParam", "PP_VERSION", prov_name, NEVER, 0, 0},
    {"CryptGetProvParam", "PP_CONTAINER", prov_container, NEVER, 1, 0},
    {"CryptGetProvParam", "PP_UNIQUE_CONTAINER", prov_unique, NEVER, 1, 0},
    {"CryptGetProvParam", "PP_ENUMCONTAINERS", prov_list, NEVER, 0, 0},
    {"CryptGetProvParam", "PP_KEYSPEC", prov_spec, NEVER, 0, 0},
    {"CryptGetProvParam", "PP_SIGNATURE_PIN", prov_pins, NEVER, 0, 0},
    {"CryptSetProvParam", "PP_PIN_PROMPT_STRING", set_prompt, NEVER, 0, 0},
    {"CryptSetProvParam", "PP_SIGNATURE_PIN", set_pin_, NEVER, 0, 0},
    {"CryptSetProvParam", "PP_KEYEXCHANGE_PIN, NULL", forget_pin, NEVER, 0, 0},
    {"CryptSetProvParam", "PP_USE_HARDWARE_RNG", hardware_random, NEVER, 0, 0},
    {"CryptGenRandom", "", random_, NEVER, 0, 0},
    {"CryptEnumProvidersA", "", providers_a, NEVER, 0, 0},
    {"CryptEnumProvidersW", "", providers_w, NEVER, 0, 0},
    {"CryptEnumProviderTypesA", "", types_a, NEVER, 0, 0},
    {"CryptEnumProviderTypesW", "", types_w, NEVER, 0, 0},
    {"CryptGetDefaultProviderA", "", default_a, NEVER, 0, 0},
    {"CryptGetDefaultProviderW", "", default_w, NEVER, 0, 0},
    {"CryptSetProviderA", "", set_a, NEVER, 0, 0},
    {"CryptSetProviderW", "", set_w, NEVER, 0, 0},
    {"CryptSetProviderExA", "", set_ex_a, NEVER, 0, 0},
    {"CryptSetProviderExW", "", set_ex_w, NEVER, 0, 0},
    {"CryptGenKey", "AT_SIGNATURE", gen_pair, LOGIN, 0, 1},
    {"CryptGenKey", "CALG_3DES", gen_session, NEVER, 0, 0},
    {"CryptDeriveKey", "", derive, NEVER, 0, 0},
    {"CryptGetUserKey", "", user_key, NEVER, 1, 0},
    {"CryptGetUserKey", "no such spec", no_user_key, NEVER, 0, 0},
    {"CryptDestroyKey", "of a pair", destroy_pair, NEVER, 1, 0},
    {"CryptDestroyKey", "of a session key", destroy_session, NEVER, 0, 0},
    {"CryptDuplicateKey", "of a session key", duplicate_session, NEVER, 0, 0},
    {"CryptDuplicateKey", "of a pair", duplicate_pair, NEVER, 1, 0},
    {"CryptGetKeyParam", "KP_KEYLEN of a pair", key_length, NEVER, 1, 0},
    {"CryptGetKeyParam", "KP_ALGID", key_algorithm, NEVER, 0, 0},
    {"CryptGetKeyParam", "KP_PERMISSIONS of a session key", key_permissions, NEVER, 0, 0},
    {"CryptSetKeyParam", "KP_MODE", key_mode, NEVER, 0, 0},
    {"CryptSetKeyParam", "KP_OAEP_PARAMS", key_label, NEVER, 1, 0},
    {"CryptExportKey", "PUBLICKEYBLOB", export_public, NEVER, 1, 0},
    {"CryptExportKey", "PRIVATEKEYBLOB", export_private, USE, 1, 0},
    {"CryptExportKey", "PRIVATEKEYBLOB, encrypted", export_private_under, USE, 1, 0},
    {"CryptExportKey", "SIMPLEBLOB", export_simple, NEVER, 1, 0},
    {"CryptExportKey", "PLAINTEXTKEYBLOB", export_plain, NEVER, 0, 0},
    {"CryptExportKey", "OPAQUEKEYBLOB", export_opaque, USE, 1, 0},
    {"CryptImportKey", "PUBLICKEYBLOB", import_public, NEVER, 1, 0},
    {"CryptImportKey", "PRIVATEKEYBLOB", import_private, LOGIN, 0, 1},
    {"CryptImportKey", "SIMPLEBLOB", import_simple, USE, 1, 0},
    {"CryptImportKey", "rubbish", import_rubbish, NEVER, 0, 0},
    {"CryptEncrypt", "under a session key", encrypt_session, NEVER, 0, 0},
    {"CryptEncrypt", "under a pair", encrypt_pair, NEVER, 1, 0},
    {"CryptDecrypt", "under a session key", decrypt_session, NEVER, 0, 0},
    {"CryptDecrypt", "under a pair", decrypt_pair, USE, 1, 0},
    {"CryptDecrypt", "with wrong flags", decrypt_oaep, NEVER, 1, 0},
    {"CryptCreateHash", "SHA-1", create_hash, NEVER, 0, 0},
    {"CryptCreateHash", "MAC", create_mac, NEVER, 0, 0},
    {"CryptHashData", "", hash_data, NEVER, 0, 0},
    {"CryptHashData", "after its value", hash_closed, NEVER, 0, 0},
    {"CryptHashSessionKey", "", hash_key, NEVER, 0, 0},
    {"CryptGetHashParam", "HP_HASHVAL", hash_value, NEVER, 0, 0},
    {"CryptSetHashParam", "HP_HASHVAL", set_value, NEVER, 0, 0},
    {"CryptDuplicateHash", "", duplicate_hash, NEVER, 0, 0},
    {"CryptDestroyHash", "", destroy_hash, NEVER, 0, 0},
    {"CryptSignHashA", "", sign_a, USE, 1, 0},
    {"CryptSignHashW", "", sign_w, USE, 1, 0},
    {"CryptSignHashA", "its size", sign_size, NEVER, 1, 0},
    {"CryptSignHashA", "a buffer too small", sign_small, NEVER, 1, 0},
    {"CryptVerifySignatureA", "", verify_a, NEVER, 1, 0},
    {"CryptVerifySignatureW", "", verify_w, NEVER, 1, 0},
    {"CryptVerifySignatureA", "a wrong one", verify_wrong, NEVER, 1, 0},
};
enum { ENTRIES = sizeof entries / sizeof *entries };

// MARK: The rule

struct outcome { BOOL answer; DWORD code, length; int questions; unsigned long touched; };
/* Shared with the processes of the cases. */
static struct outcome *outcomes;

static unsigned long private_calls(void) {
    static const char *const names[] = {
        "C_Login", "C_OpenSession", "C_SignInit", "C_DecryptInit", "C_WrapKey", "C_UnwrapKey", "C_CreateObject",
        "C_GenerateKeyPair", "C_DestroyObject"};
    unsigned long sum = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) sum += calls(names[i]);
    return sum;
}

/* A container to be deleted. */
static void doomed(void) {
    HCRYPTPROV provider = 0;
    use_right_pin_source();
    if (!CryptAcquireContextA(&provider, "doomed", PROVIDER, PROV_RSA_AES, CRYPT_NEWKEYSET)) {
        IS_TRUE(GetLastError() == (DWORD)NTE_EXISTS);
        return;
    }
    make_key(provider, AT_SIGNATURE, 0);
}

static void attempt(size_t entry, enum kind kind, const char *container) {
    struct world w = {.kind = kind, .container = container};
    struct outcome *outcome = &outcomes[kind];
    prepare(&w);
    person("right");
    outcome->length = sizeof w.data;
    unsigned long before = private_calls();
    SetLastError(PRESET);
    outcome->answer = entries[entry].call(&w, &outcome->length);
    outcome->code = GetLastError();
    outcome->touched = private_calls() - before;
    outcome->questions = questions("GETPIN") + questions("CONFIRM");
}

static void compare(size_t entry, enum kind kind, int is_asked) {
    const struct outcome *found = &outcomes[kind], *normal = &outcomes[NORMAL];
    char wanted[100], text[100];
    IS_TRUE(found->questions == 0);
    snprintf(text, sizeof text, "%d, 0x%x, %u bytes", found->answer, found->code, found->length);
    if (is_asked) {
        check(__LINE__, "NTE_SILENT_CONTEXT", !found->answer && found->code == (DWORD)NTE_SILENT_CONTEXT, text, found->code);
        check(__LINE__, "before the token is touched", found->touched == 0, "is not so", found->code);
        return;
    }
    snprintf(wanted, sizeof wanted, "%d, 0x%x, %u bytes, as in a normal context", normal->answer, normal->code, normal->length);
    int is_same = found->answer == normal->answer && found->code == normal->code && found->length == normal->length;
    check(__LINE__, wanted, is_same || (kind >= VERIFY_NAMED && entries[entry].differs), text, found->code);
}

static void try_entry(size_t entry, const char *container, enum need asked_from) {
    int is_asked = entries[entry].need >= asked_from;
    for (enum kind kind = NORMAL; kind < KINDS; kind++) {
        if (kind == VERIFY && entries[entry].pair) continue;
        const char *name = container;
        outcomes[kind] = (struct outcome){0};
        if (entries[entry].call == delete_a || entries[entry].call == delete_w) CASE(doomed(), "a doomed container");
        CASE(attempt(entry, kind, name), "%s %s, %s, %s", entries[entry].function, entries[entry].variant, container, kinds[kind]);
        int before = failures;
        if (kind == NORMAL) check(__LINE__, is_asked ? "somebody is asked" : "nobody is asked", (outcomes[kind].questions > 0) == is_asked, "is not so", outcomes[kind].code);
        else if (kind == SILENT || !entries[entry].differs) compare(entry, kind, is_asked);
        if (failures != before) printf("    …in: %s %s, container %s, %s\n", entries[entry].function, entries[entry].variant, container, kinds[kind]);
    }
}

static void save(const char *name, const BYTE *data, DWORD count) {
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(data, 1, count, file) != count || fclose(file)) exit(2);
}

static void make(const char *container, DWORD flags) {
    HCRYPTPROV provider = 0, other = 0;
    HCRYPTKEY key = 0;
    BYTE data[2048];
    DWORD length = sizeof data;
    use_right_pin_source();
    MUST(CryptAcquireContextA(&provider, container, PROVIDER, PROV_RSA_AES, CRYPT_NEWKEYSET));
    make_key(provider, AT_KEYEXCHANGE, CRYPT_EXPORTABLE | flags);
    make_key(provider, AT_SIGNATURE, flags);
    MUST(set_pin(provider, pin()));
    HCRYPTHASH hash = hashed(provider);
    MUST(CryptSignHashA(hash, AT_KEYEXCHANGE, NULL, 0, data, &length));
    save(container, data, length);
    MUST(CryptAcquireContextA(&other, NULL, PROVIDER, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    MUST(CryptGenKey(other, AT_SIGNATURE, 1024u << 16 | CRYPT_EXPORTABLE, &key));
    length = sizeof data;
    MUST(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, data, &length));
    save("private.blob", data, length);
}

int main(int count, char **arguments) {
    const char *command = count > 1 ? arguments[1] : "";
    if (!strcmp(command, "list")) {
        for (size_t i = 0; i < ENTRIES; i++) puts(entries[i].function);
        return 0;
    }
    person_is_there(1);
    outcomes = mmap(NULL, KINDS * sizeof *outcomes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!strcmp(command, "make")) {
        CASE(make("plain", 0), "making");
        CASE(make("protected", CRYPT_USER_PROTECTED), "making");
    } else if (!*command) {
        for (size_t i = 0; i < ENTRIES; i++) {
            use_token("");
            try_entry(i, "plain", LOGIN);
            use_right_pin_source();
            try_entry(i, "protected", USE);
        }
        tally->checks += checks;
        tally->failures += failures;
    } else {
        return 64;
    }
    return cases_verdict("silence");
}
