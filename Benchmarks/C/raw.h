/* The parts of raw.c: PKCS#11 as it is, in C. */
#ifndef RAW_H
#define RAW_H
#include "bench.h"
#include <p11-kit/pkcs11.h>

extern CK_FUNCTION_LIST *module;
extern CK_SESSION_HANDLE session;
#define OK(call) MUST((call) == CKR_OK)

/* The attribute's value in a template. */
#define IS(type, value) {type, (void *)(uintptr_t)&(value), sizeof(value)}
#define COUNT(array) (sizeof(array) / sizeof *(array))

CK_SESSION_HANDLE open_session(void);

/* raw-sign.c: ns a signature. */
double sign_in_threads(int is_rsa, int threads, unsigned milliseconds);
double sign_in_a_row(int is_rsa, int count);

/* raw-keys.c: ns a key. */
double generate_pairs(int on_token, int count);
double generate_secrets(int on_token, int count);
/* Makes a token to measure on: the keys "bench" and "curve", then pairs "key-1" and so on up to that many objects. */
void fill(CK_ULONG objects);
/* Makes pairs called PREFIX-1 to PREFIX-N. */
void make_pairs(const char *prefix, int count);

/* raw-objects.c */
CK_ULONG find(CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *found, CK_ULONG most);
CK_ULONG find_by_label(const char *label, CK_OBJECT_HANDLE *found, CK_ULONG most);
double find_each(const char *prefix, int count);
double enumerate(int count);
double delete_by_name(const char *prefix, int count);
double delete_by_handle(const char *prefix);
void clear(const char *prefix);
#endif
