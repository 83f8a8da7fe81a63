/* Characters, strings, handles and the pointer-sized integers. */
#ifndef TOKENCSP_WINNT_H
#define TOKENCSP_WINNT_H

#include "tokencsp/base.h"

/* Integers */
typedef char CHAR;
typedef int16_t SHORT;
typedef int32_t LONG;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint8_t BOOLEAN;

typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef uintptr_t SIZE_T;
typedef intptr_t SSIZE_T;

typedef int32_t INT32;
typedef uint32_t UINT32;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef uint32_t DWORD32;
typedef uint64_t DWORD64;
typedef uint64_t DWORDLONG;
typedef uint16_t LANGID;
typedef uint32_t LCID;

/* 64 bits, and their halves */
typedef union _LARGE_INTEGER {
#ifndef __swift__
    __extension__ struct { uint32_t LowPart; int32_t HighPart; };
#endif
    struct { uint32_t LowPart; int32_t HighPart; } u;
    int64_t QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
#ifndef __swift__
    __extension__ struct { uint32_t LowPart; uint32_t HighPart; };
#endif
    struct { uint32_t LowPart; uint32_t HighPart; } u;
    uint64_t QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/* Swift reads `((HRESULT)0x80090001)` as a literal that must fit the type, so there HRESULT is unsigned
 * and the codes have the type of GetLastError's result. In C it is Microsoft's signed 32-bit type. */
#ifdef __swift__
typedef uint32_t HRESULT;
#else
typedef int32_t HRESULT;
#endif

/* WCHAR is one UTF-16 code unit, whatever the compiler's wchar_t is:
 *   -fshort-wchar   wchar_t has 2 bytes: L"…" and TEXT("…") work as on Windows;
 *   otherwise       L"…" has 4-byte units and does not convert to LPCWSTR: an error in C++, in the call of a W
 *                   function, and under UNICODE; elsewhere in C a warning until gcc 14. Write u"…" or TEXT("…"). */
#ifndef __cplusplus
typedef uint16_t WCHAR;
#elif __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef char16_t WCHAR;
#endif

#if __SIZEOF_WCHAR_T__ == 2
#define TOKENCSP_WIDE(literal) L##literal
#else
#define TOKENCSP_WIDE(literal) u##literal
#endif

/* Pointers */
typedef void *PVOID;
typedef CHAR *PCHAR;
typedef SHORT *PSHORT;
typedef LONG *PLONG;

typedef CHAR *LPSTR, *PSTR;
typedef const CHAR *LPCSTR, *PCSTR;
typedef WCHAR *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;
typedef const CHAR *LPCCH, *PCCH;
typedef const WCHAR *LPCWCH, *PCWCH;

/* TCHAR follows UNICODE, as do all names without A or W. */
#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR LPTSTR, PTSTR;
typedef LPCWSTR LPCTSTR, PCTSTR;
#define TOKENCSP_TEXT(literal) TOKENCSP_WIDE(literal)
#else
typedef CHAR TCHAR;
typedef LPSTR LPTSTR, PTSTR;
typedef LPCSTR LPCTSTR, PCTSTR;
#define TOKENCSP_TEXT(literal) literal
#endif
#define TEXT(literal) TOKENCSP_TEXT(literal)
#define __TEXT(literal) TOKENCSP_TEXT(literal)

/* Handles */
typedef void *HANDLE;
typedef HANDLE *PHANDLE, *LPHANDLE;

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

#ifndef __swift__
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#endif

#endif
