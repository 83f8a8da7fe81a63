// UTF-8 and UTF-16, and MultiByteToWideChar and WideCharToMultiByte on top of them.
#include "unicode.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "winbase.h"

#define REPLACEMENT 0xFFFDu

uint32_t tokencsp_decode_utf8(const char *text, size_t length, size_t *used) {
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char first = bytes[0];
    *used = 1;
    if (first < 0x80) return first;
    if (first < 0xC2 || first > 0xF4) return NOT_A_CHARACTER;
    size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t character = first & (0xFF >> (size + 1));
    // The second byte's range keeps out overlong forms, surrogates and what lies above U+10FFFF.
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (; *used < size; ++*used) {
        if (*used == length || bytes[*used] < low || bytes[*used] > high) return NOT_A_CHARACTER;
        character = character << 6 | (bytes[*used] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    return character;
}

uint32_t tokencsp_decode_utf16(const WCHAR *text, size_t length, size_t *used) {
    *used = 1;
    if (text[0] < 0xD800 || text[0] > 0xDFFF) return text[0];
    if (text[0] > 0xDBFF || length < 2 || text[1] < 0xDC00 || text[1] > 0xDFFF) return NOT_A_CHARACTER;
    *used = 2;
    return 0x10000u + ((uint32_t)(text[0] - 0xD800) << 10) + (uint32_t)(text[1] - 0xDC00);
}

size_t tokencsp_encode_utf8(uint32_t character, char *target) {
    if (character < 0x80) {
        target[0] = (char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, character >>= 6) target[i] = (char)(0x80 | (character & 0x3F));
    target[0] = (char)((0xF00 >> size & 0xF0) | character);
    return size;
}

size_t tokencsp_encode_utf16(uint32_t character, WCHAR *target) {
    if (character < 0x10000) {
        target[0] = (WCHAR)character;
        return 1;
    }
    target[0] = (WCHAR)(0xD800 + ((character - 0x10000) >> 10));
    target[1] = (WCHAR)(0xDC00 + (character & 0x3FF));
    return 2;
}

WCHAR *tokencsp_widened(const char *text, size_t length, bool strict) {
    // No character has more units in UTF-16 than bytes in UTF-8.
    WCHAR *wide = length < SIZE_MAX / sizeof *wide ? malloc((length + 1) * sizeof *wide) : NULL;
    if (!wide) {
        errno = ENOMEM;
        return NULL;
    }
    size_t written = 0;
    for (size_t i = 0, used; i < length; i += used) {
        uint32_t character = tokencsp_decode_utf8(text + i, length - i, &used);
        if (character == NOT_A_CHARACTER && strict) {
            free(wide);
            errno = EILSEQ;
            return NULL;
        }
        written += tokencsp_encode_utf16(character == NOT_A_CHARACTER ? REPLACEMENT : character, wide + written);
    }
    wide[written] = 0;
    return wide;
}

char *tokencsp_narrowed(const WCHAR *text, size_t length, bool strict) {
    // Three bytes a unit at most.
    char *narrow = length < SIZE_MAX / 3 ? malloc(length * 3 + 1) : NULL;
    if (!narrow) {
        errno = ENOMEM;
        return NULL;
    }
    size_t written = 0;
    for (size_t i = 0, used; i < length; i += used) {
        uint32_t character = tokencsp_decode_utf16(text + i, length - i, &used);
        if (character == NOT_A_CHARACTER && strict) {
            free(narrow);
            errno = EILSEQ;
            return NULL;
        }
        written += tokencsp_encode_utf8(character == NOT_A_CHARACTER ? REPLACEMENT : character, narrow + written);
    }
    narrow[written] = 0;
    return narrow;
}

// MARK: - Windows' functions

static int failed(DWORD code) {
    SetLastError(code);
    return 0;
}

static bool is_utf8(UINT page) {
    return page == CP_ACP || page == CP_OEMCP || page == CP_THREAD_ACP || page == CP_UTF8;
}

// What both functions ask of their arguments. `flags` are those allowed with the page.
static DWORD fault(UINT page, DWORD flags, DWORD allowed, const void *source, int length, const void *target, int room) {
    if (!is_utf8(page) || !source || !length || length < -1 || room < 0 || (room && !target) || source == target)
        return ERROR_INVALID_PARAMETER;
    return flags & ~allowed ? ERROR_INVALID_FLAGS : ERROR_SUCCESS;
}

int WINAPI tokencsp_MultiByteToWideChar(
    UINT CodePage, DWORD dwFlags, LPCCH lpMultiByteStr, int cbMultiByte, LPWSTR lpWideCharStr, int cchWideChar) {
    DWORD allowed = MB_ERR_INVALID_CHARS | (CodePage == CP_UTF8 ? 0 : MB_PRECOMPOSED | MB_USEGLYPHCHARS);
    DWORD code = fault(CodePage, dwFlags, allowed, lpMultiByteStr, cbMultiByte, lpWideCharStr, cchWideChar);
    if (code) return failed(code);
    size_t length = cbMultiByte < 0 ? strlen(lpMultiByteStr) + 1 : (size_t)cbMultiByte, written = 0;
    for (size_t i = 0, used; i < length; i += used) {
        uint32_t character = tokencsp_decode_utf8(lpMultiByteStr + i, length - i, &used);
        if (character == NOT_A_CHARACTER) {
            if (dwFlags & MB_ERR_INVALID_CHARS) return failed(ERROR_NO_UNICODE_TRANSLATION);
            character = REPLACEMENT;
        }
        WCHAR units[2];
        size_t count = tokencsp_encode_utf16(character, units);
        if (cchWideChar) {
            if (count > (size_t)cchWideChar - written) return failed(ERROR_INSUFFICIENT_BUFFER);
            memcpy(lpWideCharStr + written, units, count * sizeof *units);
        }
        written += count;
    }
    return written <= INT_MAX ? (int)written : failed(ERROR_INVALID_PARAMETER);
}

int WINAPI tokencsp_WideCharToMultiByte(
    UINT CodePage, DWORD dwFlags, LPCWCH lpWideCharStr, int cchWideChar, LPSTR lpMultiByteStr, int cbMultiByte,
    LPCCH lpDefaultChar, LPBOOL lpUsedDefaultChar) {
    DWORD allowed = WC_ERR_INVALID_CHARS | (CodePage == CP_UTF8 ? 0 : WC_NO_BEST_FIT_CHARS | WC_COMPOSITECHECK);
    DWORD code = fault(CodePage, dwFlags, allowed, lpWideCharStr, cchWideChar, lpMultiByteStr, cbMultiByte);
    if (!code && CodePage == CP_UTF8 && (lpDefaultChar || lpUsedDefaultChar)) code = ERROR_INVALID_PARAMETER;
    if (code) return failed(code);
    if (lpUsedDefaultChar) *lpUsedDefaultChar = FALSE;
    size_t length = cchWideChar < 0 ? tokencsp_wcslen(lpWideCharStr) + 1 : (size_t)cchWideChar, written = 0;
    for (size_t i = 0, used; i < length; i += used) {
        uint32_t character = tokencsp_decode_utf16(lpWideCharStr + i, length - i, &used);
        if (character == NOT_A_CHARACTER) {
            if (dwFlags & WC_ERR_INVALID_CHARS) return failed(ERROR_NO_UNICODE_TRANSLATION);
            character = REPLACEMENT;
        }
        char bytes[4];
        size_t count = tokencsp_encode_utf8(character, bytes);
        if (cbMultiByte) {
            if (count > (size_t)cbMultiByte - written) return failed(ERROR_INSUFFICIENT_BUFFER);
            memcpy(lpMultiByteStr + written, bytes, count);
        }
        written += count;
    }
    return written <= INT_MAX ? (int)written : failed(ERROR_INVALID_PARAMETER);
}
