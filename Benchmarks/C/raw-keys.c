/* Keys with the templates of `tokencsp explain`, and everything in them read back in one call an object. */
#include "raw.h"

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static const unsigned char p256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};

/* The values of `types`, which is what a report of the key needs. */
static void read_back(CK_OBJECT_HANDLE object, const CK_ATTRIBUTE *template, size_t count,
    const CK_ATTRIBUTE_TYPE *more, size_t more_count) {
    unsigned char values[32][264];
    CK_ATTRIBUTE query[32];
    MUST(count + more_count <= COUNT(query));
    for (size_t i = 0; i < count + more_count; i++)
        query[i] = (CK_ATTRIBUTE){i < count ? template[i].type : more[i - count], values[i], sizeof values[i]};
    OK(module->C_GetAttributeValue(session, object, query, count + more_count));
}

static void make_id(unsigned char *id, size_t size) {
    for (size_t i = 0; i < size; i++) id[i] = (unsigned char)(random() & 0xFF);
}

struct pair {
    CK_OBJECT_HANDLE public_key, private_key;
};

/* A session pair has no label and id, and is not private. */
static struct pair generate_pair(const char *label) {
    const CK_BBOOL *token = label ? &yes : &no;
    unsigned char id[24];
    make_id(id, sizeof id);
    CK_KEY_TYPE type = CKK_EC;
    CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE named[] = {{CKA_LABEL, (void *)(uintptr_t)label, label ? strlen(label) : 0}, IS(CKA_ID, id)};
    CK_ATTRIBUTE for_public[] = {IS(CKA_CLASS, public_class), IS(CKA_KEY_TYPE, type), IS(CKA_TOKEN, *token),
        IS(CKA_PRIVATE, no), IS(CKA_EC_PARAMS, p256), IS(CKA_VERIFY, yes), IS(CKA_ENCRYPT, no), IS(CKA_WRAP, no),
        IS(CKA_VERIFY_RECOVER, no), IS(CKA_DERIVE, no), named[0], named[1]};
    CK_ATTRIBUTE for_private[] = {IS(CKA_CLASS, private_class), IS(CKA_KEY_TYPE, type), IS(CKA_TOKEN, *token),
        IS(CKA_PRIVATE, *token), IS(CKA_SENSITIVE, yes), IS(CKA_EXTRACTABLE, no), IS(CKA_SIGN, yes),
        IS(CKA_DECRYPT, no), IS(CKA_UNWRAP, no), IS(CKA_SIGN_RECOVER, no), IS(CKA_DERIVE, no), named[0], named[1]};
    size_t unnamed = label ? 0 : COUNT(named);
    size_t public_count = COUNT(for_public) - unnamed, private_count = COUNT(for_private) - unnamed;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    struct pair pair;
    OK(module->C_GenerateKeyPair(session, &mechanism, for_public, public_count, for_private, private_count,
        &pair.public_key, &pair.private_key));
    static const CK_ATTRIBUTE_TYPE records[] = {
        CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM};
    static const CK_ATTRIBUTE_TYPE numbers[] = {CKA_EC_POINT};
    read_back(pair.private_key, for_private, private_count, records, COUNT(records));
    read_back(pair.public_key, for_public, public_count, numbers, COUNT(numbers));
    return pair;
}

static void generate_one(int on_token, int number) {
    char label[32];
    snprintf(label, sizeof label, "bench-%d", number);
    struct pair pair = generate_pair(on_token ? label : NULL);
    if (on_token) return;
    OK(module->C_DestroyObject(session, pair.private_key));
    OK(module->C_DestroyObject(session, pair.public_key));
}

double generate_pairs(int on_token, int count) {
    generate_one(on_token, 0);
    uint64_t begin = now_ns();
    for (int i = 1; i <= count; i++) generate_one(on_token, i);
    return count ? (double)(now_ns() - begin) / count : 0;
}

static void generate_secret(int on_token) {
    CK_ULONG size = 32;
    CK_KEY_TYPE type = CKK_AES;
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    const CK_BBOOL *token = on_token ? &yes : &no;
    CK_ATTRIBUTE template[] = {IS(CKA_CLASS, class), IS(CKA_KEY_TYPE, type), IS(CKA_TOKEN, *token),
        IS(CKA_PRIVATE, *token), IS(CKA_SENSITIVE, yes), IS(CKA_EXTRACTABLE, no), IS(CKA_VALUE_LEN, size),
        IS(CKA_ENCRYPT, yes), IS(CKA_DECRYPT, yes), IS(CKA_WRAP, yes), IS(CKA_UNWRAP, yes), IS(CKA_SIGN, yes),
        IS(CKA_VERIFY, yes), IS(CKA_DERIVE, no)};
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
    CK_OBJECT_HANDLE key;
    OK(module->C_GenerateKey(session, &mechanism, template, COUNT(template), &key));
    static const CK_ATTRIBUTE_TYPE records[] = {
        CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM};
    read_back(key, template, COUNT(template), records, COUNT(records));
    if (!on_token) OK(module->C_DestroyObject(session, key));
}

double generate_secrets(int on_token, int count) {
    generate_secret(on_token);
    uint64_t begin = now_ns();
    for (int i = 0; i < count; i++) generate_secret(on_token);
    return (double)(now_ns() - begin) / count;
}

/* MARK: Making ready */

void make_pairs(const char *prefix, int count) {
    char label[64];
    for (int i = 1; i <= count; i++) {
        snprintf(label, sizeof label, "%s-%d", prefix, i);
        generate_pair(label);
    }
}

static void generate_rsa(const char *label) {
    unsigned char id[24];
    static const unsigned char exponent[] = {1, 0, 1};
    make_id(id, sizeof id);
    CK_ULONG bits = 2048;
    CK_ATTRIBUTE for_public[] = {IS(CKA_TOKEN, yes), IS(CKA_PRIVATE, no),
        {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)}, IS(CKA_ID, id), IS(CKA_MODULUS_BITS, bits),
        IS(CKA_PUBLIC_EXPONENT, exponent), IS(CKA_VERIFY, yes), IS(CKA_ENCRYPT, no), IS(CKA_WRAP, no)};
    CK_ATTRIBUTE for_private[] = {IS(CKA_TOKEN, yes), IS(CKA_PRIVATE, yes),
        {CKA_LABEL, (void *)(uintptr_t)label, strlen(label)}, IS(CKA_ID, id), IS(CKA_SENSITIVE, yes),
        IS(CKA_EXTRACTABLE, no), IS(CKA_SIGN, yes), IS(CKA_DECRYPT, no), IS(CKA_UNWRAP, no)};
    CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
    CK_OBJECT_HANDLE public_key, private_key;
    OK(module->C_GenerateKeyPair(session, &mechanism, for_public, COUNT(for_public), for_private, COUNT(for_private),
        &public_key, &private_key));
}

/* An odd number is made up by a data object. */
void fill(CK_ULONG objects) {
    MUST(objects >= 4);
    generate_rsa("bench");
    generate_pair("curve");
    make_pairs("key", (int)((objects - 4) / 2));
    if (objects % 2 == 0) return;
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_OBJECT_HANDLE object;
    CK_ATTRIBUTE template[] = {
        IS(CKA_CLASS, class), IS(CKA_TOKEN, yes), IS(CKA_PRIVATE, no), {CKA_LABEL, "data", 4}, {CKA_VALUE, "data", 4}};
    OK(module->C_CreateObject(session, template, COUNT(template), &object));
}
