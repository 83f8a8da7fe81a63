/* Preloaded: ends the process as kill -9 does before the Nth call that changes a file (KILL_AT), counted from when the
 * program says so. So every state that a crash can leave in SoftHSM's token folder can be had. See replace-points.sh. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int armed, points;
static int kill_at;

void kill_points_arm(void) {
    const char *text = getenv("KILL_AT");
    kill_at = text ? atoi(text) : 0;
    points = 0;
    armed = 1;
}

int kill_points_count(void) {
    armed = 0;
    return points;
}

static void point(void) {
    if (armed && ++points == kill_at) raise(SIGKILL);
}

#define NEXT(name) (__extension__(__typeof__(&name))dlsym(RTLD_NEXT, #name))

FILE *fopen(const char *path, const char *mode) {
    if (mode[0] != 'r' || strchr(mode, '+')) point();
    return NEXT(fopen)(path, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & (O_CREAT | O_TRUNC)) point();
    return NEXT(open)(path, flags, mode);
}

int ftruncate(int file, off_t length) {
    point();
    return NEXT(ftruncate)(file, length);
}

int fflush(FILE *file) {
    if (file != stdout && file != stderr) point();
    return NEXT(fflush)(file);
}

int fclose(FILE *file) {
    point();
    return NEXT(fclose)(file);
}

int remove(const char *path) {
    point();
    return NEXT(remove)(path);
}

int unlink(const char *path) {
    point();
    return NEXT(unlink)(path);
}
