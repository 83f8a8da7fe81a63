/* Wide strings of 16-bit units. glibc's wide functions take 32-bit ones, and under -fshort-wchar they are silently wrong:
 * wcslen(L"abc") is 2. So there the names that programs use become ours, which are right and print UTF-8; the other
 * functions that copy or compare are refused at compile time. Without -fshort-wchar nothing is renamed, and ours serve
 * u"…" strings under their own names. */
#ifndef TOKENCSP_WIDE_H
#define TOKENCSP_WIDE_H

#include "../winnt.h"

#ifndef __swift__

#include <stdarg.h>
#include <stdio.h>

#ifdef __cplusplus
#include <cwchar>
extern "C" {
#else
#include <wchar.h>
#endif

/* As in <wchar.h>. Numbers of wcstol and wcstoul have the 64 bits of `long`. */
TOKENCSP_API size_t tokencsp_wcslen(const WCHAR *string);
TOKENCSP_API size_t tokencsp_wcsnlen(const WCHAR *string, size_t limit);
TOKENCSP_API int tokencsp_wcscmp(const WCHAR *left, const WCHAR *right);
TOKENCSP_API int tokencsp_wcsncmp(const WCHAR *left, const WCHAR *right, size_t limit);
TOKENCSP_API WCHAR *tokencsp_wcscpy(WCHAR *target, const WCHAR *source);
TOKENCSP_API WCHAR *tokencsp_wcsncpy(WCHAR *target, const WCHAR *source, size_t limit);
TOKENCSP_API WCHAR *tokencsp_wcscat(WCHAR *target, const WCHAR *source);
TOKENCSP_API WCHAR *tokencsp_wcsncat(WCHAR *target, const WCHAR *source, size_t limit);
TOKENCSP_API WCHAR *tokencsp_wcschr(const WCHAR *string, WCHAR unit);
TOKENCSP_API WCHAR *tokencsp_wcsrchr(const WCHAR *string, WCHAR unit);
TOKENCSP_API WCHAR *tokencsp_wcsstr(const WCHAR *string, const WCHAR *part);
TOKENCSP_API long tokencsp_wcstol(const WCHAR *string, WCHAR **end, int base);
TOKENCSP_API unsigned long tokencsp_wcstoul(const WCHAR *string, WCHAR **end, int base);

/* Without regard to the case of A to Z. */
TOKENCSP_API int tokencsp_wcsicmp(const WCHAR *left, const WCHAR *right);

/* The printf family in Microsoft's dialect: %s is a wide string (%hs and %S a UTF-8 one), %l is 32 bits, %ll, %I64 and
 * %I are 64. swprintf answers -1 when the text does not fit, and leaves what fits. */
TOKENCSP_API int tokencsp_wprintf(const WCHAR *format, ...);
TOKENCSP_API int tokencsp_fwprintf(FILE *file, const WCHAR *format, ...);
TOKENCSP_API int tokencsp_swprintf(WCHAR *target, size_t room, const WCHAR *format, ...);
TOKENCSP_API int tokencsp_vwprintf(const WCHAR *format, va_list arguments);
TOKENCSP_API int tokencsp_vfwprintf(FILE *file, const WCHAR *format, va_list arguments);
TOKENCSP_API int tokencsp_vswprintf(WCHAR *target, size_t room, const WCHAR *format, va_list arguments);
TOKENCSP_API int tokencsp_fputws(const WCHAR *string, FILE *file);

/* fopen with a path and a mode in UTF-16. */
TOKENCSP_API FILE *tokencsp_wfopen(const WCHAR *path, const WCHAR *mode);

/* main's arguments in UTF-16, and a NULL behind them. They are never freed. */
TOKENCSP_API WCHAR **tokencsp_wide_arguments(int count, char **arguments);

#ifdef __cplusplus
}
#endif

#if __SIZEOF_WCHAR_T__ == 2

#if defined _FORTIFY_SOURCE && _FORTIFY_SOURCE > 0
#error "_FORTIFY_SOURCE puts 32-bit wide functions in place: add -U_FORTIFY_SOURCE where -fshort-wchar is"
#endif

/* Functions of <wchar.h> that would work on 32-bit units, with no 16-bit version here. */
#ifndef __cplusplus
#define TOKENCSP_REFUSE_WIDE(function) \
    extern __typeof__(function) function \
        __attribute__((__unavailable__("works on 4-byte wchar_t and has no version for -fshort-wchar")))
TOKENCSP_REFUSE_WIDE(wmemcpy);
TOKENCSP_REFUSE_WIDE(wmemmove);
TOKENCSP_REFUSE_WIDE(wmemset);
TOKENCSP_REFUSE_WIDE(wmemcmp);
TOKENCSP_REFUSE_WIDE(wmemchr);
TOKENCSP_REFUSE_WIDE(wcscoll);
TOKENCSP_REFUSE_WIDE(wcsspn);
TOKENCSP_REFUSE_WIDE(wcscspn);
TOKENCSP_REFUSE_WIDE(wcspbrk);
TOKENCSP_REFUSE_WIDE(wcstok);
TOKENCSP_REFUSE_WIDE(wcstod);
TOKENCSP_REFUSE_WIDE(fgetws);
TOKENCSP_REFUSE_WIDE(swscanf);
TOKENCSP_REFUSE_WIDE(mbsrtowcs);
TOKENCSP_REFUSE_WIDE(wcsrtombs);
#undef TOKENCSP_REFUSE_WIDE
#endif

/* Macros, not assembler labels: C++ has labels on overloads of these already, and clang accepts none after a use. */
#define wcslen tokencsp_wcslen
#define wcsnlen tokencsp_wcsnlen
#define wcscmp tokencsp_wcscmp
#define wcsncmp tokencsp_wcsncmp
#define wcscpy tokencsp_wcscpy
#define wcsncpy tokencsp_wcsncpy
#define wcscat tokencsp_wcscat
#define wcsncat tokencsp_wcsncat
#define wcschr tokencsp_wcschr
#define wcsrchr tokencsp_wcsrchr
#define wcsstr tokencsp_wcsstr
#define wcstol tokencsp_wcstol
#define wcstoul tokencsp_wcstoul
#define wprintf tokencsp_wprintf
#define fwprintf tokencsp_fwprintf
#define swprintf tokencsp_swprintf
#define vwprintf tokencsp_vwprintf
#define vfwprintf tokencsp_vfwprintf
#define vswprintf tokencsp_vswprintf
#define fputws tokencsp_fputws

#ifdef __cplusplus
namespace std {
using ::tokencsp_wcslen;
using ::tokencsp_wcscmp;
using ::tokencsp_wcsncmp;
using ::tokencsp_wcscpy;
using ::tokencsp_wcsncpy;
using ::tokencsp_wcscat;
using ::tokencsp_wcsncat;
using ::tokencsp_wcschr;
using ::tokencsp_wcsrchr;
using ::tokencsp_wcsstr;
using ::tokencsp_wcstol;
using ::tokencsp_wcstoul;
using ::tokencsp_wprintf;
using ::tokencsp_fwprintf;
using ::tokencsp_swprintf;
using ::tokencsp_vwprintf;
using ::tokencsp_vfwprintf;
using ::tokencsp_vswprintf;
using ::tokencsp_fputws;
}
#endif

#endif
#endif
#endif
