/* The thread's last error, and the helper functions that programs take from windows.h. */
#ifndef TOKENCSP_WINBASE_H
#define TOKENCSP_WINBASE_H

#include "windef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The code left by the last CryptoAPI call of this thread that failed: an ERROR_*, NTE_* or SCARD_* of winerror.h.
 * Read it directly after the FALSE. Success leaves it alone, except in CryptAcquireContext, which resets it.
 * errno is another thing and is not touched. Microsoft: "GetLastError function (errhandlingapi.h)". */
TOKENCSP_API DWORD WINAPI GetLastError(void);

/* Sets this thread's last error.
 *   dwErrCode  any code; bit 29 is free for a program's own.
 * Microsoft: "SetLastError function (errhandlingapi.h)". */
TOKENCSP_API void WINAPI SetLastError(DWORD dwErrCode);

#ifdef __cplusplus
}
#endif

#include "tokencsp/memory.h"
#include "tokencsp/strings.h"
#include "tokencsp/messages.h"
#include "tokencsp/files.h"
#include "tokencsp/modules.h"

#endif
