/* StringCb* and StringCch*: copying, appending and printing into a buffer of known size, in bytes (Cb) or characters (Cch).
 * The text always ends with a NUL; what does not fit is cut off and answered with STRSAFE_E_INSUFFICIENT_BUFFER. */
#ifndef TOKENCSP_STRSAFE_H
#define TOKENCSP_STRSAFE_H

#include "windef.h"

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)

#ifndef __swift__

#include <stdarg.h>
#include <stdio.h>

#include "tokencsp/wide.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline HRESULT StringCchLengthA(LPCSTR psz, size_t cchMax, size_t *pcch) {
    size_t length = 0;
    if (psz && cchMax <= STRSAFE_MAX_CCH)
        while (length < cchMax && psz[length]) length++;
    if (pcch) *pcch = 0;
    if (!psz || cchMax > STRSAFE_MAX_CCH || length == cchMax) return STRSAFE_E_INVALID_PARAMETER;
    if (pcch) *pcch = length;
    return 0;
}

static inline HRESULT StringCchLengthW(LPCWSTR psz, size_t cchMax, size_t *pcch) {
    size_t length = psz && cchMax <= STRSAFE_MAX_CCH ? tokencsp_wcsnlen(psz, cchMax) : 0;
    if (pcch) *pcch = 0;
    if (!psz || cchMax > STRSAFE_MAX_CCH || length == cchMax) return STRSAFE_E_INVALID_PARAMETER;
    if (pcch) *pcch = length;
    return 0;
}

static inline HRESULT StringCchCopyA(LPSTR pszDest, size_t cchDest, LPCSTR pszSrc) {
    size_t i = 0;
    if (!cchDest || cchDest > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    for (; i + 1 < cchDest && pszSrc[i]; i++) pszDest[i] = pszSrc[i];
    pszDest[i] = 0;
    return pszSrc[i] ? STRSAFE_E_INSUFFICIENT_BUFFER : 0;
}

static inline HRESULT StringCchCopyW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszSrc) {
    size_t i = 0;
    if (!cchDest || cchDest > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    for (; i + 1 < cchDest && pszSrc[i]; i++) pszDest[i] = pszSrc[i];
    pszDest[i] = 0;
    return pszSrc[i] ? STRSAFE_E_INSUFFICIENT_BUFFER : 0;
}

static inline HRESULT StringCchCatA(LPSTR pszDest, size_t cchDest, LPCSTR pszSrc) {
    size_t used;
    if (StringCchLengthA(pszDest, cchDest, &used)) return STRSAFE_E_INVALID_PARAMETER;
    return StringCchCopyA(pszDest + used, cchDest - used, pszSrc);
}

static inline HRESULT StringCchCatW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszSrc) {
    size_t used;
    if (StringCchLengthW(pszDest, cchDest, &used)) return STRSAFE_E_INVALID_PARAMETER;
    return StringCchCopyW(pszDest + used, cchDest - used, pszSrc);
}

static inline HRESULT StringCchVPrintfA(LPSTR pszDest, size_t cchDest, LPCSTR pszFormat, va_list argList) {
    int length;
    if (!cchDest || cchDest > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    length = vsnprintf(pszDest, cchDest, pszFormat, argList);
    return length < 0 || (size_t)length >= cchDest ? STRSAFE_E_INSUFFICIENT_BUFFER : 0;
}

static inline HRESULT StringCchVPrintfW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszFormat, va_list argList) {
    if (!cchDest || cchDest > STRSAFE_MAX_CCH) return STRSAFE_E_INVALID_PARAMETER;
    return tokencsp_vswprintf(pszDest, cchDest, pszFormat, argList) < 0 ? STRSAFE_E_INSUFFICIENT_BUFFER : 0;
}

__attribute__((__format__(__printf__, 3, 4)))
static inline HRESULT StringCchPrintfA(LPSTR pszDest, size_t cchDest, LPCSTR pszFormat, ...) {
    va_list arguments;
    HRESULT result;
    va_start(arguments, pszFormat);
    result = StringCchVPrintfA(pszDest, cchDest, pszFormat, arguments);
    va_end(arguments);
    return result;
}

static inline HRESULT StringCchPrintfW(LPWSTR pszDest, size_t cchDest, LPCWSTR pszFormat, ...) {
    va_list arguments;
    HRESULT result;
    va_start(arguments, pszFormat);
    result = StringCchVPrintfW(pszDest, cchDest, pszFormat, arguments);
    va_end(arguments);
    return result;
}

static inline HRESULT StringCbLengthA(LPCSTR psz, size_t cbMax, size_t *pcb) {
    return StringCchLengthA(psz, cbMax, pcb);
}

static inline HRESULT StringCbLengthW(LPCWSTR psz, size_t cbMax, size_t *pcb) {
    HRESULT result = StringCchLengthW(psz, cbMax / sizeof(WCHAR), pcb);
    if (pcb) *pcb *= sizeof(WCHAR);
    return result;
}

static inline HRESULT StringCbCopyA(LPSTR pszDest, size_t cbDest, LPCSTR pszSrc) {
    return StringCchCopyA(pszDest, cbDest, pszSrc);
}

static inline HRESULT StringCbCopyW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszSrc) {
    return StringCchCopyW(pszDest, cbDest / sizeof(WCHAR), pszSrc);
}

static inline HRESULT StringCbCatA(LPSTR pszDest, size_t cbDest, LPCSTR pszSrc) {
    return StringCchCatA(pszDest, cbDest, pszSrc);
}

static inline HRESULT StringCbCatW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszSrc) {
    return StringCchCatW(pszDest, cbDest / sizeof(WCHAR), pszSrc);
}

static inline HRESULT StringCbVPrintfA(LPSTR pszDest, size_t cbDest, LPCSTR pszFormat, va_list argList) {
    return StringCchVPrintfA(pszDest, cbDest, pszFormat, argList);
}

static inline HRESULT StringCbVPrintfW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszFormat, va_list argList) {
    return StringCchVPrintfW(pszDest, cbDest / sizeof(WCHAR), pszFormat, argList);
}

__attribute__((__format__(__printf__, 3, 4)))
static inline HRESULT StringCbPrintfA(LPSTR pszDest, size_t cbDest, LPCSTR pszFormat, ...) {
    va_list arguments;
    HRESULT result;
    va_start(arguments, pszFormat);
    result = StringCchVPrintfA(pszDest, cbDest, pszFormat, arguments);
    va_end(arguments);
    return result;
}

static inline HRESULT StringCbPrintfW(LPWSTR pszDest, size_t cbDest, LPCWSTR pszFormat, ...) {
    va_list arguments;
    HRESULT result;
    va_start(arguments, pszFormat);
    result = StringCchVPrintfW(pszDest, cbDest / sizeof(WCHAR), pszFormat, arguments);
    va_end(arguments);
    return result;
}

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define StringCbLength StringCbLengthW
#define StringCbCopy StringCbCopyW
#define StringCbCat StringCbCatW
#define StringCbPrintf StringCbPrintfW
#define StringCbVPrintf StringCbVPrintfW
#define StringCchLength StringCchLengthW
#define StringCchCopy StringCchCopyW
#define StringCchCat StringCchCatW
#define StringCchPrintf StringCchPrintfW
#define StringCchVPrintf StringCchVPrintfW
#else
#define StringCbLength StringCbLengthA
#define StringCbCopy StringCbCopyA
#define StringCbCat StringCbCatA
#define StringCbPrintf StringCbPrintfA
#define StringCbVPrintf StringCbVPrintfA
#define StringCchLength StringCchLengthA
#define StringCchCopy StringCchCopyA
#define StringCchCat StringCchCatA
#define StringCchPrintf StringCchPrintfA
#define StringCchVPrintf StringCchVPrintfA
#endif

#endif
#endif
