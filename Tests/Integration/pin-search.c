/* Usage: pin-search SECRETS PROCESS | pin-search SECRETS FILE…
 *
 * Looks for secrets, a line of the file SECRETS each (a number after "0x"), in all readable memory of a process (a
 * number) or in files: eight bytes on end of a secret itself, in UTF-16 or percent-encoded where a URI wants it, and
 * sixteen digits and signs where each byte is encoded: eight of them are two bytes and a half, which identifiers of keys
 * in a URI have by chance. Says where each is, with the encoding and never the bytes. Exit status 0: found nothing, 1:
 * found something, 2: could not look. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 8, LONG_PIECE = 16, MOST = 1 << 16 };

struct piece { uint64_t word; unsigned char rest[LONG_PIECE - PIECE]; size_t size; int secret, next; const char *encoding; };
static struct piece pieces[MOST] = {{0, "", 0, -1, 0, ""}};
static int piece_count = 1, secret_count, found;
/* The first piece that begins with these 16 bits, and so on by `next`; 0 for none. */
static int heads[1 << 16];

/* The piece that begins here; 0 for none. */
static int known(const unsigned char *bytes, size_t size) {
    uint64_t word;
    memcpy(&word, bytes, PIECE);
    for (int i = heads[word & 0xffff]; i; i = pieces[i].next) {
        const struct piece *piece = &pieces[i];
        if (piece->word != word || piece->size > size) continue;
        if (!memcmp(bytes + PIECE, piece->rest, piece->size - PIECE)) return i;
    }
    return 0;
}

static void keep(const unsigned char *text, size_t size, size_t piece_size, const char *encoding) {
    for (size_t i = 0; i + piece_size <= size; i++) {
        if (known(text + i, piece_size)) continue;
        if (piece_count == MOST) exit(2);
        struct piece piece = {.size = piece_size, .secret = secret_count, .encoding = encoding};
        memcpy(&piece.word, text + i, PIECE);
        memcpy(piece.rest, text + i + PIECE, piece_size - PIECE);
        piece.next = heads[piece.word & 0xffff];
        heads[piece.word & 0xffff] = piece_count;
        pieces[piece_count++] = piece;
    }
}

static int every(int byte) { (void)byte; return 1; }
static int in_a_uri(int byte) { return !isalnum(byte) && !strchr("-._~", byte); }
static int for_assuan(int byte) { return byte == '%'; }

/* Characters that stand for a byte; `escape` in front of those that `escapes` says. */
static void keep_digits(
    const char *secret, size_t size, const char *digits, const char *escape, int (*escapes)(int), const char *encoding) {
    unsigned char text[4096];
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)secret[i];
        if (!escapes(byte)) { text[length++] = byte; continue; }
        for (const char *sign = escape; *sign; sign++) text[length++] = (unsigned char)*sign;
        text[length++] = (unsigned char)digits[byte >> 4];
        text[length++] = (unsigned char)digits[byte & 15];
    }
    keep(text, length, escapes == every ? LONG_PIECE : PIECE, encoding);
}

static void keep_in_mind(const char *secret, size_t size) {
    unsigned char wide[2048];
    if (size < PIECE || size > sizeof wide / 2) exit(2);
    for (size_t i = 0; i < size; i++) {
        wide[2 * i] = (unsigned char)secret[i];
        wide[2 * i + 1] = 0;
    }
    keep((const unsigned char *)secret, size, PIECE, "UTF-8");
    keep(wide, 2 * size, PIECE, "UTF-16");
    for (int is_upper = 0; is_upper < 2; is_upper++) {
        const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
        keep_digits(secret, size, digits, "", every, "hexadecimal");
        keep_digits(secret, size, digits, "%", every, "percent-encoded");
        keep_digits(secret, size, digits, "%", in_a_uri, "percent-encoded");
        keep_digits(secret, size, digits, "%", for_assuan, "percent-encoded");
    }
    secret_count++;
}

/* A number in hexadecimal, which is looked for as bytes of either order. */
static void keep_number(const char *digits) {
    unsigned char forward[1024], backward[1024];
    size_t size = strlen(digits) / 2;
    if (size < PIECE || size > sizeof forward) exit(2);
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        if (sscanf(digits + 2 * i, "%2x", &byte) != 1) exit(2);
        forward[i] = backward[size - 1 - i] = (unsigned char)byte;
    }
    keep(forward, size, PIECE, "bytes");
    keep(backward, size, PIECE, "bytes backwards");
    secret_count++;
}

static void look(const unsigned char *bytes, size_t size, unsigned long long start, const char *place) {
    const char *encoding = NULL;
    for (size_t i = 0; i + PIECE <= size; i++) {
        int j = known(bytes + i, size - i);
        // Each place is told once, not for each piece of it.
        if (j && encoding != pieces[j].encoding && found++ < 12) {
            printf("secret %d, %s, at %llx of %s\n", pieces[j].secret, pieces[j].encoding, start + i, place);
        }
        encoding = j ? pieces[j].encoding : NULL;
    }
}

/* Nothing is said of an area that cannot be read (vvar): nothing of ours is there. */
static unsigned long long look_into(int file, unsigned long long start, unsigned long long end, const char *place) {
    static unsigned char bytes[1 << 20];
    unsigned long long all = 0;
    for (size_t kept = 0; start < end;) {
        unsigned long long left = end - start;
        ssize_t got = pread(file, bytes + kept, left < sizeof bytes - kept ? left : sizeof bytes - kept, (off_t)start);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size_t size = kept + (size_t)got;
        look(bytes, size, start - kept, place);
        all += (size_t)got;
        start += (size_t)got;
        // The end again with what follows it, in which no whole piece is yet.
        kept = size < LONG_PIECE - 1 ? size : LONG_PIECE - 1;
        memmove(bytes, bytes + size - kept, kept);
    }
    return all;
}

static unsigned long long look_into_process(const char *number) {
    char path[64], line[1024];
    unsigned long long all = 0, start, end;
    snprintf(path, sizeof path, "/proc/%s/mem", number);
    int memory = open(path, O_RDONLY);
    snprintf(path, sizeof path, "/proc/%s/maps", number);
    FILE *list = fopen(path, "r");
    if (memory < 0 || !list) { perror(path); exit(2); }
    while (fgets(line, sizeof line, list)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%llx-%llx r", &start, &end) != 2 || !strstr(line, " r")) continue;
        all += look_into(memory, start, end, line);
    }
    fclose(list);
    close(memory);
    return all;
}

int main(int count, char **arguments) {
    char line[2048];
    unsigned long long all = 0;
    FILE *secrets = count > 2 ? fopen(arguments[1], "r") : NULL;
    if (!secrets) { fprintf(stderr, "usage: pin-search SECRETS PROCESS | FILE…\n"); return 2; }
    while (fgets(line, sizeof line, secrets)) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "0x", 2)) keep_number(line + 2); else keep_in_mind(line, strlen(line));
    }
    fclose(secrets);
    if (strspn(arguments[2], "0123456789") == strlen(arguments[2])) all = look_into_process(arguments[2]);
    else for (int i = 2; i < count; i++) {
        int file = open(arguments[i], O_RDONLY);
        if (file < 0) { perror(arguments[i]); return 2; }
        all += look_into(file, 0, UINT64_MAX, arguments[i]);
        close(file);
    }
    if (found > 12) printf("and %d more\n", found - 12);
    printf("%llu bytes\n", all);
    return found ? 1 : all && secret_count ? 0 : 2;
}
