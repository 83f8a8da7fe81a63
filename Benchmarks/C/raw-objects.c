/* Searches, lists and deletions. */
#include "raw.h"

#define MOST 40000
static CK_OBJECT_HANDLE objects[MOST];

CK_ULONG find(CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *found, CK_ULONG most) {
    CK_ULONG sum = 0, batch, some;
    OK(module->C_FindObjectsInit(session, template, count));
    do {
        batch = most - sum < 512 ? most - sum : 512;
        OK(module->C_FindObjects(session, found + sum, batch, &some));
        sum += some;
    } while (some == batch && sum < most);
    OK(module->C_FindObjectsFinal(session));
    return sum;
}

CK_ULONG find_by_label(const char *label, CK_OBJECT_HANDLE *found, CK_ULONG most) {
    CK_ATTRIBUTE template[] = {{CKA_LABEL, (void *)(uintptr_t)label, strlen(label)}};
    return find(template, 1, found, most);
}

static CK_ULONG find_numbered(const char *prefix, int number, CK_OBJECT_HANDLE *found, CK_ULONG most) {
    char label[64];
    snprintf(label, sizeof label, "%s-%d", prefix, number);
    return find_by_label(label, found, most);
}

double find_each(const char *prefix, int count) {
    CK_OBJECT_HANDLE found[4];
    find_by_label("not there", found, 4);
    uint64_t begin = now_ns();
    for (int i = 1; i <= count; i++) MUST(find_numbered(prefix, i, found, 4));
    return (double)(now_ns() - begin) / count;
}

/* Public keys, and of each what tells which container it is of. */
static void enumerate_once(void) {
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE template[] = {IS(CKA_CLASS, class)};
    CK_ULONG count = find(template, 1, objects, MOST);
    MUST(count);
    for (CK_ULONG i = 0; i < count; i++) {
        unsigned char label[256], id[64];
        CK_OBJECT_CLASS own_class;
        CK_KEY_TYPE type;
        CK_ATTRIBUTE attributes[] = {IS(CKA_CLASS, own_class), IS(CKA_LABEL, label), IS(CKA_ID, id),
            IS(CKA_KEY_TYPE, type)};
        OK(module->C_GetAttributeValue(session, objects[i], attributes, COUNT(attributes)));
    }
}

double enumerate(int count) {
    if (count > 1) enumerate_once();
    uint64_t begin = now_ns();
    for (int i = 0; i < count; i++) enumerate_once();
    return (double)(now_ns() - begin) / count;
}

double delete_by_name(const char *prefix, int count) {
    CK_OBJECT_HANDLE found[4];
    find_by_label("not there", found, 4);
    uint64_t begin = now_ns();
    for (int i = 1; i <= count; i++) {
        CK_ULONG halves = find_numbered(prefix, i, found, 4);
        MUST(halves == 2);
        for (CK_ULONG half = 0; half < halves; half++) OK(module->C_DestroyObject(session, found[half]));
    }
    return (double)(now_ns() - begin) / count;
}

static int begins(CK_OBJECT_HANDLE object, const char *prefix) {
    char label[256];
    CK_ATTRIBUTE template = IS(CKA_LABEL, label);
    OK(module->C_GetAttributeValue(session, object, &template, 1));
    return template.ulValueLen >= strlen(prefix) && !memcmp(label, prefix, strlen(prefix));
}

static CK_ULONG find_prefixed(const char *prefix) {
    CK_ULONG sum = find(NULL, 0, objects, MOST), count = 0;
    for (CK_ULONG i = 0; i < sum; i++)
        if (begins(objects[i], prefix)) objects[count++] = objects[i];
    return count;
}

void clear(const char *prefix) {
    CK_ULONG count = find_prefixed(prefix);
    for (CK_ULONG i = 0; i < count; i++) OK(module->C_DestroyObject(session, objects[i]));
}

double delete_by_handle(const char *prefix) {
    CK_ULONG count = find_prefixed(prefix);
    MUST(count);
    uint64_t begin = now_ns();
    for (CK_ULONG i = 0; i < count; i++) OK(module->C_DestroyObject(session, objects[i]));
    return (double)(now_ns() - begin) / ((double)count / 2);
}
