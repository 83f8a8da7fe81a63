// The functions of <wchar.h> on 16-bit units, and wmain's arguments.
#include "tokencsp/wide.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unicode.h"

size_t tokencsp_wcslen(const WCHAR *string) {
    size_t length = 0;
    while (string[length]) length++;
    return length;
}

size_t tokencsp_wcsnlen(const WCHAR *string, size_t limit) {
    size_t length = 0;
    while (length < limit && string[length]) length++;
    return length;
}

int tokencsp_wcsncmp(const WCHAR *left, const WCHAR *right, size_t limit) {
    for (; limit; limit--, left++, right++) {
        if (*left != *right) return *left < *right ? -1 : 1;
        if (!*left) break;
    }
    return 0;
}

int tokencsp_wcscmp(const WCHAR *left, const WCHAR *right) {
    return tokencsp_wcsncmp(left, right, SIZE_MAX);
}

static WCHAR lowered(WCHAR unit) {
    return unit >= 'A' && unit <= 'Z' ? (WCHAR)(unit | 0x20) : unit;
}

int tokencsp_wcsicmp(const WCHAR *left, const WCHAR *right) {
    while (*left && lowered(*left) == lowered(*right)) left++, right++;
    return (int)lowered(*left) - (int)lowered(*right);
}

WCHAR *tokencsp_wcscpy(WCHAR *target, const WCHAR *source) {
    return memcpy(target, source, (tokencsp_wcslen(source) + 1) * sizeof *source);
}

WCHAR *tokencsp_wcsncpy(WCHAR *target, const WCHAR *source, size_t limit) {
    size_t length = tokencsp_wcsnlen(source, limit);
    memcpy(target, source, length * sizeof *source);
    memset(target + length, 0, (limit - length) * sizeof *target);
    return target;
}

WCHAR *tokencsp_wcscat(WCHAR *target, const WCHAR *source) {
    tokencsp_wcscpy(target + tokencsp_wcslen(target), source);
    return target;
}

WCHAR *tokencsp_wcsncat(WCHAR *target, const WCHAR *source, size_t limit) {
    WCHAR *end = target + tokencsp_wcslen(target);
    size_t length = tokencsp_wcsnlen(source, limit);
    memcpy(end, source, length * sizeof *source);
    end[length] = 0;
    return target;
}

WCHAR *tokencsp_wcschr(const WCHAR *string, WCHAR unit) {
    while (*string != unit)
        if (!*string++) return NULL;
    return (WCHAR *)string;
}

WCHAR *tokencsp_wcsrchr(const WCHAR *string, WCHAR unit) {
    for (size_t i = tokencsp_wcslen(string) + 1; i > 0; i--)
        if (string[i - 1] == unit) return (WCHAR *)string + i - 1;
    return NULL;
}

WCHAR *tokencsp_wcsstr(const WCHAR *string, const WCHAR *part) {
    size_t length = tokencsp_wcslen(part);
    for (;; string++) {
        if (!tokencsp_wcsncmp(string, part, length)) return (WCHAR *)string;
        if (!*string) return NULL;
    }
}

// MARK: - Numbers

static int digit(WCHAR unit) {
    if (unit >= '0' && unit <= '9') return unit - '0';
    unit = lowered(unit);
    return unit >= 'a' && unit <= 'z' ? unit - 'a' + 10 : INT_MAX;
}

struct number {
    unsigned long magnitude;
    bool negative, overflow;
};

// What strtol and strtoul have in common; *end is the start where there is no number.
static struct number parsed(const WCHAR *string, WCHAR **end, int base) {
    struct number number = {0};
    const WCHAR *next = string;
    if (end) *end = (WCHAR *)string;
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        return number;
    }
    while (*next == ' ' || (*next >= '\t' && *next <= '\r')) next++;
    if (*next == '-' || *next == '+') number.negative = *next++ == '-';
    if ((base == 0 || base == 16) && next[0] == '0' && lowered(next[1]) == 'x' && digit(next[2]) < 16) {
        next += 2;
        base = 16;
    } else if (base == 0) {
        base = *next == '0' ? 8 : 10;
    }
    const WCHAR *first = next;
    for (int value; (value = digit(*next)) < base; next++)
        if (__builtin_mul_overflow(number.magnitude, (unsigned long)base, &number.magnitude) ||
            __builtin_add_overflow(number.magnitude, (unsigned long)value, &number.magnitude))
            number.overflow = true;
    if (end && next > first) *end = (WCHAR *)next;
    return number;
}

long tokencsp_wcstol(const WCHAR *string, WCHAR **end, int base) {
    struct number number = parsed(string, end, base);
    unsigned long limit = (unsigned long)LONG_MAX + number.negative;
    if (number.overflow || number.magnitude > limit) {
        errno = ERANGE;
        return number.negative ? LONG_MIN : LONG_MAX;
    }
    return (long)(number.negative ? 0 - number.magnitude : number.magnitude);
}

unsigned long tokencsp_wcstoul(const WCHAR *string, WCHAR **end, int base) {
    struct number number = parsed(string, end, base);
    if (number.overflow) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return number.negative ? 0 - number.magnitude : number.magnitude;
}

// MARK: - Files and arguments

FILE *tokencsp_wfopen(const WCHAR *path, const WCHAR *mode) {
    char *narrow_path = tokencsp_narrowed(path, tokencsp_wcslen(path), true);
    char *narrow_mode = tokencsp_narrowed(mode, tokencsp_wcslen(mode), true);
    FILE *file = narrow_path && narrow_mode ? fopen(narrow_path, narrow_mode) : NULL;
    int code = errno;
    free(narrow_path);
    free(narrow_mode);
    errno = code;
    return file;
}

WCHAR **tokencsp_wide_arguments(int count, char **arguments) {
    WCHAR **wide = calloc((size_t)count + 1, sizeof *wide);
    for (int i = 0; wide && i < count; i++)
        if (!(wide[i] = tokencsp_widened(arguments[i], strlen(arguments[i]), false))) wide = NULL;
    if (!wide) {
        // Before main, and nobody to answer to.
        fputs("out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return wide;
}
