/* UTF-8 and UTF-16 for this target's own files. Never installed. */
#ifndef UNICODE_H
#define UNICODE_H

#include <stdbool.h>
#include <stddef.h>

#include "winnt.h"

/* What decode_… answers for a sequence that is not well-formed. */
#define NOT_A_CHARACTER 0xFFFFFFFFu

/* Reads one character from a text that is not empty and sets *used to the units it took. */
uint32_t tokencsp_decode_utf8(const char *text, size_t length, size_t *used);
uint32_t tokencsp_decode_utf16(const WCHAR *text, size_t length, size_t *used);

/* Writes one character; answers the units: 1 to 4 and 1 to 2. */
size_t tokencsp_encode_utf8(uint32_t character, char *target);
size_t tokencsp_encode_utf16(uint32_t character, WCHAR *target);

/* The text in the other encoding, with a NUL, in memory of malloc's; NULL and errno (EILSEQ, ENOMEM). With `strict` off
 * U+FFFD stands for what is not well-formed. */
WCHAR *tokencsp_widened(const char *text, size_t length, bool strict);
char *tokencsp_narrowed(const WCHAR *text, size_t length, bool strict);

#endif
