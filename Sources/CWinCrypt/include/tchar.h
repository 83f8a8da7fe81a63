/* The text macros: _T, _tmain and the _tcs family, for programs that compile with and without UNICODE. Wide ones go to this
 * library's 16-bit functions with and without -fshort-wchar. */
#ifndef TOKENCSP_TCHAR_H
#define TOKENCSP_TCHAR_H

#include "winnt.h"

#ifndef __swift__

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokencsp/wide.h"
#include "tokencsp/wmain.h"

#if defined UNICODE || defined _UNICODE

typedef WCHAR _TCHAR;
#define _T(literal) TOKENCSP_WIDE(literal)
#define _TEXT(literal) TOKENCSP_WIDE(literal)
#define _tmain TOKENCSP_MAIN(1)
#define _tcslen tokencsp_wcslen
#define _tcsnlen tokencsp_wcsnlen
#define _tcscmp tokencsp_wcscmp
#define _tcsncmp tokencsp_wcsncmp
#define _tcsicmp tokencsp_wcsicmp
#define _tcscpy tokencsp_wcscpy
#define _tcsncpy tokencsp_wcsncpy
#define _tcscat tokencsp_wcscat
#define _tcsncat tokencsp_wcsncat
#define _tcschr tokencsp_wcschr
#define _tcsrchr tokencsp_wcsrchr
#define _tcsstr tokencsp_wcsstr
#define _tcstol tokencsp_wcstol
#define _tcstoul tokencsp_wcstoul
#define _ttoi(text) ((int)tokencsp_wcstol((text), NULL, 10))
#define _tprintf tokencsp_wprintf
#define _ftprintf tokencsp_fwprintf
#define _sntprintf tokencsp_swprintf
#define _stprintf_s tokencsp_swprintf
#define _vtprintf tokencsp_vwprintf
#define _vftprintf tokencsp_vfwprintf
#define _fputts tokencsp_fputws
#define _tfopen tokencsp_wfopen

#else

typedef char _TCHAR;
#define _T(literal) literal
#define _TEXT(literal) literal
#define _tmain TOKENCSP_MAIN(0)
#define _tcslen strlen
#define _tcsnlen strnlen
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcsicmp strcasecmp
#define _tcscpy strcpy
#define _tcsncpy strncpy
#define _tcscat strcat
#define _tcsncat strncat
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tcstol strtol
#define _tcstoul strtoul
#define _ttoi atoi
#define _tprintf printf
#define _ftprintf fprintf
#define _sntprintf snprintf
#define _stprintf_s snprintf
#define _vtprintf vprintf
#define _vftprintf vfprintf
#define _fputts fputs
#define _tfopen fopen

#endif

#endif
#endif
