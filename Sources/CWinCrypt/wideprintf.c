// The printf family on 16-bit units, in Microsoft's dialect: %s is wide, %l is 32 bits. The text is made in memory first;
// numbers go through the C library's snprintf.
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tokencsp/wide.h"
#include "unicode.h"

// MARK: - Where the text goes

// With `grows` the memory is malloc's; otherwise what does not fit is counted and dropped.
struct output {
    WCHAR *text;
    size_t room, length;
    bool grows, failed;
};

static void put_unit(struct output *output, WCHAR unit) {
    if (output->failed) return;
    if (output->length >= INT_MAX) {
        errno = EOVERFLOW;
        output->failed = true;
        return;
    }
    if (output->grows && output->length == output->room) {
        size_t room = output->room ? output->room * 2 : 128;
        WCHAR *text = realloc(output->text, room * sizeof *text);
        if (!text) {
            output->failed = true;
            return;
        }
        output->text = text;
        output->room = room;
    }
    if (output->length < output->room) output->text[output->length] = unit;
    output->length++;
}

static void put_repeated(struct output *output, WCHAR unit, size_t count) {
    for (; count && !output->failed; count--) put_unit(output, unit);
}

static void put_padded(struct output *output, const WCHAR *text, size_t length, size_t width, bool left) {
    size_t padding = width > length ? width - length : 0;
    if (!left) put_repeated(output, ' ', padding);
    for (size_t i = 0; i < length; i++) put_unit(output, text[i]);
    if (left) put_repeated(output, ' ', padding);
}

// MARK: - One conversion

enum size { size_int, size_char, size_short, size_long32, size_64, size_long_double };

struct conversion {
    char flags[8];
    int width, precision; // 0 and -1 when not given
    enum size size;
    bool narrow, wide; // %h and %l or %w before a string or character
    WCHAR kind;
};

static bool has_flag(const struct conversion *conversion, char flag) {
    return strchr(conversion->flags, flag) != NULL;
}

// Digits up to what an int holds; -1 beyond.
static int read_count(const WCHAR **format) {
    int count = 0;
    for (; **format >= '0' && **format <= '9'; ++*format) {
        if (count < 0 || __builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, **format - '0', &count))
            count = -1;
    }
    return count;
}

static void read_size(struct conversion *conversion, const WCHAR **format) {
    for (;; ++*format) {
        switch (**format) {
        case 'h':
            conversion->size = conversion->narrow ? size_char : size_short;
            conversion->narrow = true;
            continue;
        case 'l':
            conversion->size = conversion->wide ? size_64 : size_long32;
            conversion->wide = true;
            continue;
        case 'w': conversion->wide = true; continue;
        case 'j':
        case 'z':
        case 't': conversion->size = size_64; continue;
        case 'L': conversion->size = size_long_double; continue;
        case 'I':
            conversion->size = size_64;
            if ((*format)[1] == '6' && (*format)[2] == '4') *format += 2;
            if ((*format)[1] == '3' && (*format)[2] == '2') {
                *format += 2;
                conversion->size = size_long32;
            }
            continue;
        default: return;
        }
    }
}

// The text of a number, by the C library.
static void put_number(struct output *output, const struct conversion *conversion, const char *size, va_list *arguments) {
    char specification[40], buffer[128], *text = buffer;
    snprintf(
        specification, sizeof specification, "%%%s%s%s%s%c", conversion->flags, conversion->width ? "*" : "",
        conversion->precision >= 0 ? ".*" : "", size, (char)conversion->kind);
    int width = conversion->width, precision = conversion->precision, length;
    bool has_width = width != 0, has_precision = precision >= 0;
#define PRINT(value) \
    do { \
        __typeof__(value) number = (value); \
        for (int attempt = 0; attempt < 2; attempt++) { \
            size_t room = text == buffer ? sizeof buffer : (size_t)length + 1; \
            length = has_width && has_precision ? snprintf(text, room, specification, width, precision, number) \
                : has_width ? snprintf(text, room, specification, width, number) \
                : has_precision ? snprintf(text, room, specification, precision, number) \
                : snprintf(text, room, specification, number); \
            if (length < 0 || (size_t)length < room) break; \
            text = malloc((size_t)length + 1); \
            if (!text) break; \
        } \
    } while (0)
    length = 0;
    switch (conversion->kind) {
    case 'p': PRINT(va_arg(*arguments, void *)); break;
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case 'a': case 'A':
        if (conversion->size == size_long_double) PRINT(va_arg(*arguments, long double));
        else PRINT(va_arg(*arguments, double));
        break;
    default:
        if (conversion->size == size_64) PRINT(va_arg(*arguments, long long));
        else PRINT(va_arg(*arguments, int));
    }
#undef PRINT
    if (length < 0 || !text) output->failed = true;
    for (int i = 0; !output->failed && i < length; i++) put_unit(output, (unsigned char)text[i]);
    if (text != buffer) free(text);
}

static void put_string(struct output *output, const struct conversion *conversion, bool narrow, va_list *arguments) {
    static const WCHAR null[] = u"(null)";
    const void *argument = va_arg(*arguments, const void *);
    size_t limit = conversion->precision >= 0 ? (size_t)conversion->precision : SIZE_MAX;
    size_t width = (size_t)conversion->width;
    bool left = has_flag(conversion, '-');
    if (argument && narrow) {
        // The precision counts bytes, as in Microsoft's %hs.
        WCHAR *wide = tokencsp_widened(argument, strnlen(argument, limit), false);
        if (wide) put_padded(output, wide, tokencsp_wcslen(wide), width, left);
        else output->failed = true;
        free(wide);
    } else {
        const WCHAR *text = argument ? argument : null;
        put_padded(output, text, tokencsp_wcsnlen(text, limit), width, left);
    }
}

static void put_conversion(struct output *output, const struct conversion *conversion, va_list *arguments) {
    switch (conversion->kind) {
    case '%': put_unit(output, '%'); break;
    case 's': put_string(output, conversion, conversion->narrow, arguments); break;
    case 'S': put_string(output, conversion, !conversion->wide, arguments); break;
    case 'c':
    case 'C': {
        WCHAR unit = (WCHAR)va_arg(*arguments, int);
        put_padded(output, &unit, 1, (size_t)conversion->width, has_flag(conversion, '-'));
        break;
    }
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': {
        static const char *const sizes[] = {
            [size_int] = "", [size_char] = "hh", [size_short] = "h", [size_long32] = "", [size_64] = "ll",
            [size_long_double] = ""};
        put_number(output, conversion, sizes[conversion->size], arguments);
        break;
    }
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case 'a': case 'A':
        put_number(output, conversion, conversion->size == size_long_double ? "L" : "", arguments);
        break;
    case 'p': put_number(output, conversion, "", arguments); break;
    default: // %n writes to memory and is refused, as Microsoft's library does
        errno = EINVAL;
        output->failed = true;
    }
}

// MARK: - The format

static const WCHAR *read_conversion(struct conversion *conversion, const WCHAR *format, va_list *arguments) {
    *conversion = (struct conversion){.precision = -1};
    size_t flags = 0;
    for (; *format && *format < 0x80 && strchr("-+ #0", *format); format++)
        if (!has_flag(conversion, (char)*format)) conversion->flags[flags++] = (char)*format;
    if (*format == '*') {
        format++;
        conversion->width = va_arg(*arguments, int);
        if (conversion->width < 0 && !has_flag(conversion, '-')) conversion->flags[flags] = '-';
        if (conversion->width < 0) conversion->width = conversion->width == INT_MIN ? INT_MAX : -conversion->width;
    } else {
        conversion->width = read_count(&format);
    }
    if (*format == '.') {
        format++;
        if (*format == '*') {
            format++;
            conversion->precision = va_arg(*arguments, int);
            if (conversion->precision < 0) conversion->precision = -1;
        } else {
            conversion->precision = read_count(&format);
        }
    }
    read_size(conversion, &format);
    conversion->kind = *format;
    return *format ? format + 1 : format;
}

static void print(struct output *output, const WCHAR *format, va_list *arguments) {
    while (*format && !output->failed) {
        if (*format != '%') {
            put_unit(output, *format++);
            continue;
        }
        struct conversion conversion;
        format = read_conversion(&conversion, format + 1, arguments);
        if (conversion.width < 0) {
            errno = EOVERFLOW;
            output->failed = true;
        } else {
            put_conversion(output, &conversion, arguments);
        }
    }
}

// MARK: - The family

int tokencsp_vswprintf(WCHAR *target, size_t room, const WCHAR *format, va_list arguments) {
    if (!room) return -1;
    struct output output = {.text = target, .room = room};
    va_list copy;
    va_copy(copy, arguments);
    print(&output, format, &copy);
    va_end(copy);
    target[output.length < room ? output.length : room - 1] = 0;
    return output.failed || output.length >= room ? -1 : (int)output.length;
}

// The text goes out as UTF-8, in one piece.
static int write_text(FILE *file, const WCHAR *text, size_t length) {
    char *narrow = tokencsp_narrowed(text, length, false);
    bool written = narrow && fputs(narrow, file) >= 0;
    free(narrow);
    return written ? 0 : -1;
}

int tokencsp_vfwprintf(FILE *file, const WCHAR *format, va_list arguments) {
    struct output output = {.grows = true};
    va_list copy;
    va_copy(copy, arguments);
    print(&output, format, &copy);
    va_end(copy);
    int answer = output.failed || write_text(file, output.text, output.length) ? -1 : (int)output.length;
    free(output.text);
    return answer;
}

int tokencsp_vwprintf(const WCHAR *format, va_list arguments) {
    return tokencsp_vfwprintf(stdout, format, arguments);
}

int tokencsp_wprintf(const WCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int answer = tokencsp_vfwprintf(stdout, format, arguments);
    va_end(arguments);
    return answer;
}

int tokencsp_fwprintf(FILE *file, const WCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int answer = tokencsp_vfwprintf(file, format, arguments);
    va_end(arguments);
    return answer;
}

int tokencsp_swprintf(WCHAR *target, size_t room, const WCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int answer = tokencsp_vswprintf(target, room, format, arguments);
    va_end(arguments);
    return answer;
}

int tokencsp_fputws(const WCHAR *string, FILE *file) {
    return write_text(file, string, tokencsp_wcslen(string));
}
