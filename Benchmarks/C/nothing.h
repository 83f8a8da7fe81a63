/* The parts of nothing.c. */
#ifndef NOTHING_H
#define NOTHING_H
#include <p11-kit/pkcs11.h>

#define SESSIONS 1024

/* Each on cache lines of its own: threads must not wait for each other here. */
struct session {
    _Alignas(128) int open;
    CK_ULONG size;
    CK_OBJECT_HANDLE found[8];
    CK_ULONG count, next;
};
extern struct session sessions[SESSIONS];
extern int logged_in;

static inline struct session *at(CK_SESSION_HANDLE handle) {
    return handle && handle < SESSIONS && sessions[handle].open ? &sessions[handle] : 0;
}

/* nothing-objects.c */
CK_RV get_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count);
CK_RV find_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count);
CK_RV find(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *found, CK_ULONG most, CK_ULONG *count);
CK_RV find_final(CK_SESSION_HANDLE handle);
#endif
