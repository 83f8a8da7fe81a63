/* What Microsoft's compiler and C library have and samples use: fopen_s and its kin, _stricmp, va_list as a pointer. Only
 * for who asks for it: -DTOKENCSP_MSVC brings it with windows.h, or include it. Not for the C library's own headers. */
#ifndef TOKENCSP_MSVC_H
#define TOKENCSP_MSVC_H

#ifndef __swift__

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "seh.h"
#include "wmain.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int errno_t;

/* Opens a file; 0, or errno with *file NULL. */
static inline errno_t fopen_s(FILE **file, const char *path, const char *mode) {
    if (!file) return EINVAL;
    *file = path && mode ? fopen(path, mode) : NULL;
    return *file ? 0 : path && mode ? errno : EINVAL;
}

static inline errno_t _wfopen_s(FILE **file, const WCHAR *path, const WCHAR *mode) {
    if (!file) return EINVAL;
    *file = path && mode ? tokencsp_wfopen(path, mode) : NULL;
    return *file ? 0 : path && mode ? errno : EINVAL;
}

/* Copies, or makes the target empty and answers ERANGE. */
static inline errno_t strcpy_s(char *target, size_t room, const char *source) {
    if (!target || !room) return EINVAL;
    target[0] = 0;
    if (!source) return EINVAL;
    if (strlen(source) >= room) return ERANGE;
    memcpy(target, source, strlen(source) + 1);
    return 0;
}

static inline errno_t strcat_s(char *target, size_t room, const char *source) {
    const char *end = target ? (const char *)memchr(target, 0, room) : NULL;
    size_t used = end ? (size_t)(end - target) : room;
    if (!end) return EINVAL;
    if (!source || strlen(source) >= room - used) {
        target[0] = 0;
        return source ? ERANGE : EINVAL;
    }
    memcpy(target + used, source, strlen(source) + 1);
    return 0;
}

static inline errno_t wcscpy_s(WCHAR *target, size_t room, const WCHAR *source) {
    if (!target || !room) return EINVAL;
    target[0] = 0;
    if (!source) return EINVAL;
    if (tokencsp_wcslen(source) >= room) return ERANGE;
    tokencsp_wcscpy(target, source);
    return 0;
}

static inline errno_t memcpy_s(void *target, size_t room, const void *source, size_t size) {
    if (!size) return 0;
    if (!target) return EINVAL;
    if (!source || size > room) {
        memset(target, 0, room);
        return source ? ERANGE : EINVAL;
    }
    memcpy(target, source, size);
    return 0;
}

/* Prints what fits and ends it with a NUL; -1, and an empty string, when it does not fit. */
__attribute__((__format__(__printf__, 3, 4)))
static inline int sprintf_s(char *target, size_t room, const char *format, ...) {
    va_list arguments;
    int length;
    if (!target || !room) return -1;
    va_start(arguments, format);
    length = vsnprintf(target, room, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < room) return length;
    target[0] = 0;
    return -1;
}

#ifdef __cplusplus
}
#endif

#define printf_s printf
#define _stricmp strcasecmp
#define _strnicmp strncasecmp
#define _strdup strdup
#define _snprintf snprintf
#define _wcsicmp tokencsp_wcsicmp
#define _wfopen tokencsp_wfopen
#define _countof(array) (sizeof(array) / sizeof((array)[0]))

/* va_list is an array on x86-64 and cannot be initialized with NULL, as samples do. Here it is a pointer of the type that
 * such an array decays to, so that vprintf and its kin take it; va_start finds room for it in the caller's frame. */
#if defined __x86_64__ && !defined __cplusplus
typedef __typeof__(&(*(__builtin_va_list *)0)[0]) tokencsp_va_list;
#define va_list tokencsp_va_list
#undef va_start
#undef va_arg
#undef va_end
#undef va_copy
#define va_start(list, last) \
    ((list) = (tokencsp_va_list)__builtin_alloca(sizeof(__builtin_va_list)), __builtin_va_start(list, last))
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_end(list) __builtin_va_end(list)
#define va_copy(to, from) \
    ((to) = (tokencsp_va_list)__builtin_alloca(sizeof(__builtin_va_list)), __builtin_va_copy(to, from))
#endif

#endif
#endif
