/* Loaded before a command (LD_PRELOAD): stops the process (SIGSTOP) when it wants to end, for pin-memory.py to look into its
   memory and its core. A process that forbids cores says so, and may be looked into all the same. Where PIN_STOP_PLANTS
   names a file, its content is in the memory then: it must be found. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static int (*real_main)(int, char **, char **);

static void stop(int status) {
    const char *path = getenv("PIN_STOP_PLANTS");
    int file = path ? open(path, O_RDONLY) : -1;
    char *plant = malloc(64);
    if (file >= 0 && read(file, plant, 64) < 8) abort();
    int leaves_core = prctl(PR_GET_DUMPABLE);
    dprintf(STDERR_FILENO, "pin-stop: ends with %d%s\n", status, leaves_core ? "" : ", without a core");
    prctl(PR_SET_DUMPABLE, 1);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    raise(SIGSTOP);
    // Else the compiler could leave it out.
    if (file >= 0 && *plant == 0) abort();
}

// Lists are not tidied up after.
__attribute__((noreturn)) void _exit(int status) {
    stop(status);
    void (*next)(int) = (void (*)(int))dlsym(RTLD_NEXT, "_exit");
    next(status);
    abort();
}

__attribute__((noreturn)) void exit(int status) {
    stop(status);
    void (*next)(int) = (void (*)(int))dlsym(RTLD_NEXT, "exit");
    next(status);
    abort();
}

static int main_and_stop(int count, char **arguments, char **environment) {
    // Not what the command starts.
    unsetenv("LD_PRELOAD");
    int status = real_main(count, arguments, environment);
    stop(status);
    return status;
}

int __libc_start_main(
    int (*main)(int, char **, char **), int count, char **arguments, void (*start)(void), void (*end)(void),
    void (*loader)(void), void *stack) {
    int (*next)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
        (int (*)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *))dlsym(
            RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return next(main_and_stop, count, arguments, start, end, loader, stack);
}
