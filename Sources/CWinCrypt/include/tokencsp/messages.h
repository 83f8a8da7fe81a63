/* FormatMessage: the text of an error code, for programs that print GetLastError() in words. Our own words, in English,
 * for every code of winerror.h. Messages with inserts, and those of modules, are not served. */
#ifndef TOKENCSP_MESSAGES_H
#define TOKENCSP_MESSAGES_H

#include "../windef.h"

/* FormatMessage: dwFlags */
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000FF

/* FormatMessage: dwLanguageId. It is not looked at. */
#define LANG_NEUTRAL 0x00
#define LANG_ENGLISH 0x09
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define SUBLANG_SYS_DEFAULT 0x02
#define SUBLANG_ENGLISH_US 0x01
#define MAKELANGID(p, s) ((((WORD)(s)) << 10) | (WORD)(p))
#define LANG_SYSTEM_DEFAULT (MAKELANGID(LANG_NEUTRAL, SUBLANG_SYS_DEFAULT))
#define LANG_USER_DEFAULT (MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT))

#if !defined __swift__ && TOKENCSP_HELPERS

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the text of a code, and "\r\n" behind it (a space with FORMAT_MESSAGE_MAX_WIDTH_MASK).
 *   dwFlags      FORMAT_MESSAGE_FROM_SYSTEM; with FORMAT_MESSAGE_ALLOCATE_BUFFER lpBuffer is the address of a pointer
 *                that receives memory for LocalFree
 *   dwMessageId  an ERROR_*, NTE_*, SCARD_* or other code of winerror.h, or an HRESULT_FROM_WIN32 of one
 *   nSize        characters that fit, with the NUL; Arguments: not looked at
 * Answers the characters written without the NUL, or 0 and ERROR_MR_MID_NOT_FOUND (no such code),
 * ERROR_INSUFFICIENT_BUFFER, ERROR_CALL_NOT_IMPLEMENTED (other sources), ERROR_INVALID_PARAMETER.
 * Microsoft: "FormatMessage function (winbase.h)". */
TOKENCSP_API DWORD WINAPI tokencsp_FormatMessageA(
    DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPSTR lpBuffer, DWORD nSize,
    va_list *Arguments);
TOKENCSP_API DWORD WINAPI tokencsp_FormatMessageW(
    DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPWSTR lpBuffer, DWORD nSize,
    va_list *Arguments);
#define FormatMessageA tokencsp_FormatMessageA
#define FormatMessageW tokencsp_FormatMessageW

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define FormatMessage FormatMessageW
#else
#define FormatMessage FormatMessageA
#endif

#endif
#endif
