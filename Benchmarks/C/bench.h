/* What every program here has: a clock, threads that start at once, one line of result. */
#ifndef BENCH_H
#define BENCH_H
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 64

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Does `work` for `milliseconds` in `count` threads; the result is nanoseconds of wall time an operation. */
struct bench_thread {
    void (*work)(void *);
    void *context;
    uint64_t end, done;
    pthread_barrier_t *barrier;
    uint64_t milliseconds;
};
static inline void *bench_run(void *argument) {
    struct bench_thread *t = argument;
    t->work(t->context); /* warm */
    pthread_barrier_wait(t->barrier);
    t->end = now_ns() + t->milliseconds * 1000000u;
    do {
        for (int i = 0; i < 8; i++) t->work(t->context);
        t->done += 8;
    } while (now_ns() < t->end);
    return NULL;
}
static inline double bench(void (*work)(void *), void **contexts, int count, unsigned milliseconds) {
    struct bench_thread threads[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    pthread_barrier_t barrier;
    MUST(count > 0 && count <= MOST_THREADS);
    pthread_barrier_init(&barrier, NULL, (unsigned)count + 1);
    for (int i = 0; i < count; i++) {
        threads[i] = (struct bench_thread){
            .work = work, .context = contexts[i], .barrier = &barrier, .milliseconds = milliseconds};
        pthread_create(&ids[i], NULL, bench_run, &threads[i]);
    }
    pthread_barrier_wait(&barrier);
    uint64_t start = now_ns(), done = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(ids[i], NULL);
        done += threads[i].done;
    }
    return (double)(now_ns() - start) / (double)done;
}

/* Resident memory in KiB, the most there was. */
static inline long peak_kib(void) {
    char line[128];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
    if (file) fclose(file);
    return kib;
}
#endif
