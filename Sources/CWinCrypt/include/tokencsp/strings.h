/* Strings, as programs take them from windows.h: the lstr* family and conversion between code pages. The only code page
 * is UTF-8: CP_ACP and CP_UTF8 are the same. Comparisons are of code units, not of words in the user's language. */
#ifndef TOKENCSP_STRINGS_H
#define TOKENCSP_STRINGS_H

#include "../windef.h"
#include "wide.h"

#define CP_ACP 0
#define CP_OEMCP 1
#define CP_THREAD_ACP 3
#define CP_UTF8 65001

/* MultiByteToWideChar: dwFlags */
#define MB_PRECOMPOSED 0x00000001
#define MB_USEGLYPHCHARS 0x00000004
#define MB_ERR_INVALID_CHARS 0x00000008
/* WideCharToMultiByte: dwFlags */
#define WC_COMPOSITECHECK 0x00000200
#define WC_NO_BEST_FIT_CHARS 0x00000400
#define WC_ERR_INVALID_CHARS 0x00000080

#if !defined __swift__ && TOKENCSP_HELPERS

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8 to UTF-16.
 *   cbMultiByte  bytes of the text, or -1: up to its NUL, which is then converted too
 *   cchWideChar  WCHARs that fit; 0 asks for the number needed
 * Answers the WCHARs written, or 0 and ERROR_INSUFFICIENT_BUFFER, ERROR_NO_UNICODE_TRANSLATION (not UTF-8, with
 * MB_ERR_INVALID_CHARS; otherwise U+FFFD stands for it), ERROR_INVALID_FLAGS, ERROR_INVALID_PARAMETER.
 * Microsoft: "MultiByteToWideChar function (stringapiset.h)". */
TOKENCSP_API int WINAPI tokencsp_MultiByteToWideChar(
    UINT CodePage, DWORD dwFlags, LPCCH lpMultiByteStr, int cbMultiByte, LPWSTR lpWideCharStr, int cchWideChar);
#define MultiByteToWideChar tokencsp_MultiByteToWideChar

/* UTF-16 to UTF-8; as above, with the roles exchanged.
 *   lpDefaultChar, lpUsedDefaultChar  NULL with CP_UTF8; never needed, so the latter receives FALSE with CP_ACP
 * Microsoft: "WideCharToMultiByte function (stringapiset.h)". */
TOKENCSP_API int WINAPI tokencsp_WideCharToMultiByte(
    UINT CodePage, DWORD dwFlags, LPCWCH lpWideCharStr, int cchWideChar, LPSTR lpMultiByteStr, int cbMultiByte,
    LPCCH lpDefaultChar, LPBOOL lpUsedDefaultChar);
#define WideCharToMultiByte tokencsp_WideCharToMultiByte

/* Length without the NUL; 0 for NULL. */
static inline int WINAPI lstrlenA(LPCSTR lpString) {
    return lpString ? (int)__builtin_strlen(lpString) : 0;
}

static inline int WINAPI lstrlenW(LPCWSTR lpString) {
    return lpString ? (int)tokencsp_wcslen(lpString) : 0;
}

/* Less than, equal to or greater than 0. NULL comes before every string. */
static inline int WINAPI lstrcmpA(LPCSTR lpString1, LPCSTR lpString2) {
    if (!lpString1 || !lpString2) return (lpString1 != NULL) - (lpString2 != NULL);
    return __builtin_strcmp(lpString1, lpString2);
}

static inline int WINAPI lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2) {
    if (!lpString1 || !lpString2) return (lpString1 != NULL) - (lpString2 != NULL);
    return tokencsp_wcscmp(lpString1, lpString2);
}

/* The same without regard to the case of A to Z. */
static inline int WINAPI lstrcmpiA(LPCSTR lpString1, LPCSTR lpString2) {
    if (!lpString1 || !lpString2) return (lpString1 != NULL) - (lpString2 != NULL);
    return __builtin_strcasecmp(lpString1, lpString2);
}

static inline int WINAPI lstrcmpiW(LPCWSTR lpString1, LPCWSTR lpString2) {
    if (!lpString1 || !lpString2) return (lpString1 != NULL) - (lpString2 != NULL);
    return tokencsp_wcsicmp(lpString1, lpString2);
}

/* Copies with the NUL; NULL when an argument is NULL. */
static inline LPSTR WINAPI lstrcpyA(LPSTR lpString1, LPCSTR lpString2) {
    return lpString1 && lpString2 ? __builtin_strcpy(lpString1, lpString2) : NULL;
}

static inline LPWSTR WINAPI lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2) {
    return lpString1 && lpString2 ? tokencsp_wcscpy(lpString1, lpString2) : NULL;
}

/* Copies at most iMaxLength - 1 units and a NUL. */
static inline LPSTR WINAPI lstrcpynA(LPSTR lpString1, LPCSTR lpString2, int iMaxLength) {
    int i = 0;
    if (!lpString1 || !lpString2) return NULL;
    for (; i + 1 < iMaxLength && lpString2[i]; i++) lpString1[i] = lpString2[i];
    if (iMaxLength > 0) lpString1[i] = 0;
    return lpString1;
}

static inline LPWSTR WINAPI lstrcpynW(LPWSTR lpString1, LPCWSTR lpString2, int iMaxLength) {
    int i = 0;
    if (!lpString1 || !lpString2) return NULL;
    for (; i + 1 < iMaxLength && lpString2[i]; i++) lpString1[i] = lpString2[i];
    if (iMaxLength > 0) lpString1[i] = 0;
    return lpString1;
}

/* Appends with the NUL; NULL when an argument is NULL. */
static inline LPSTR WINAPI lstrcatA(LPSTR lpString1, LPCSTR lpString2) {
    return lpString1 && lpString2 ? __builtin_strcat(lpString1, lpString2) : NULL;
}

static inline LPWSTR WINAPI lstrcatW(LPWSTR lpString1, LPCWSTR lpString2) {
    return lpString1 && lpString2 ? tokencsp_wcscat(lpString1, lpString2) : NULL;
}

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define lstrlen lstrlenW
#define lstrcmp lstrcmpW
#define lstrcmpi lstrcmpiW
#define lstrcpy lstrcpyW
#define lstrcpyn lstrcpynW
#define lstrcat lstrcatW
#else
#define lstrlen lstrlenA
#define lstrcmp lstrcmpA
#define lstrcmpi lstrcmpiA
#define lstrcpy lstrcpyA
#define lstrcpyn lstrcpynA
#define lstrcat lstrcatA
#endif

#endif
#endif
