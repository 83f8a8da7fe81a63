// p11-kit's headers with the standard PKCS#11 names (CK_SESSION_HANDLE, CKA_LABEL, …).
#include <p11-kit/pkcs11.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <p11-kit/pin.h>
