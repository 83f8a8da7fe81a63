// p11-kit's headers with the standard PKCS#11 names (CK_SESSION_HANDLE, CKA_LABEL, …).
#include <p11-kit/pkcs11.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <p11-kit/pin.h>

// Not PKCS#11: what glibc declares for _GNU_SOURCE alone, which Swift does not define.
#include <spawn.h>
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
