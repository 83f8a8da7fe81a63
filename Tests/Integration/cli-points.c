/* Preloaded into the command: ends it as kill -9 does before the Nth time that SoftHSM writes an object's file anew
 * (KILL_AT), or with KILL_AT=0 says in the end how often that is. Before, and not while: SoftHSM writes in place, and loses
 * an object that it is killed over, whatever program changes it. Counted while the command holds a container's lock, which
 * it says by a mark of one byte. See cli-keys.sh. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int armed, points;

#define NEXT(name) (__extension__(__typeof__(&name))dlsym(RTLD_NEXT, #name))

int ftruncate(int file, off_t length) {
    const char *text = getenv("KILL_AT");
    if (armed && ++points == (text ? atoi(text) : 0)) raise(SIGKILL);
    return NEXT(ftruncate)(file, length);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    if (count == 1) armed = *(const char *)bytes != 0;
    return NEXT(pwrite)(file, bytes, count, offset);
}

__attribute__((destructor)) static void end(void) {
    const char *text = getenv("KILL_AT");
    if (text && !strcmp(text, "0")) fprintf(stderr, "points %d\n", points);
}
