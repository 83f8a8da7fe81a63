/* What every program here has: a clock, threads that start at once, the memory's high water. */
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

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Wall time; of one thread CPU time where BENCH_CPU_TIME is set, for a machine that has other work. */
static inline uint64_t time_ns(int is_alone) {
    struct timespec t;
    clock_gettime(is_alone && getenv("BENCH_CPU_TIME") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static inline uint64_t now_ns(void) { return time_ns(1); }

struct bench_thread {
    void (*work)(void *);
    void *context;
    uint64_t milliseconds, done;
    int is_alone;
    pthread_barrier_t *barrier;
};

static inline void *bench_run(void *argument) {
    struct bench_thread *t = argument;
    /* Warm; and so many in a row that reading the clock costs nothing beside them. */
    uint64_t batch = 1, start;
    t->work(t->context); /* The first one logs in and searches. */
    do {
        batch *= 2;
        start = time_ns(t->is_alone);
        for (uint64_t i = 0; i < batch; i++) t->work(t->context);
    } while (time_ns(t->is_alone) - start < 100000);
    pthread_barrier_wait(t->barrier);
    uint64_t end = time_ns(t->is_alone) + t->milliseconds * 1000000u;
    do {
        for (uint64_t i = 0; i < batch; i++) t->work(t->context);
        t->done += batch;
    } while (time_ns(t->is_alone) < end);
    return NULL;
}

/* Does `work` for `milliseconds` in `count` threads; the result is nanoseconds an operation. */
static inline double bench(void (*work)(void *), void **contexts, int count, unsigned milliseconds) {
    struct bench_thread threads[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    pthread_barrier_t barrier;
    int is_alone = count == 1;
    MUST(count > 0 && count <= MOST_THREADS);
    pthread_barrier_init(&barrier, NULL, (unsigned)count + 1);
    for (int i = 0; i < count; i++) {
        threads[i] = (struct bench_thread){work, contexts[i], milliseconds, 0, is_alone, &barrier};
        MUST(!pthread_create(&ids[i], NULL, bench_run, &threads[i]));
    }
    pthread_barrier_wait(&barrier);
    uint64_t start = time_ns(is_alone), done = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(ids[i], NULL);
        done += threads[i].done;
    }
    return (double)(time_ns(is_alone) - start) / (double)done;
}

/* Resident memory in KiB, the most there was. */
static inline long peak_kib(void) {
    char line[128];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    MUST(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
    fclose(file);
    return kib;
}
#endif
