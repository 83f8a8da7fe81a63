/* Checks for the C programs of this folder: a check that fails is told with its source line, and the run goes on. */
#ifndef ABI_CHECK_H
#define ABI_CHECK_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wincrypt.h>

static atomic_int checks, failures;

static inline void check(int line, const char *text, int right, const char *found, DWORD code) {
    checks++;
    if (right) return;
    failures++;
    printf("line %d: %s: %s (last error 0x%x)\n", line, text, found, code);
}

/* A code that no function sets: success must leave it alone, failure must replace it. */
#define PRESET 0xdeadbeefu

#define IS_TRUE(condition) check(__LINE__, #condition, !!(condition), "is not so", GetLastError())

/* The call succeeds and leaves the last error as it was. */
#define HOLDS(call) do { \
    SetLastError(PRESET); \
    BOOL answer_ = (call); \
    check(__LINE__, #call, answer_, "failed", GetLastError()); \
    if (answer_) check(__LINE__, #call, GetLastError() == PRESET, "succeeded and set the last error", GetLastError()); \
} while (0)

/* The call fails with one of the codes. */
#define FAILS(call, ...) do { \
    const DWORD codes_[] = {__VA_ARGS__}; \
    SetLastError(PRESET); \
    BOOL answer_ = (call); \
    DWORD code_ = GetLastError(); \
    int known_ = 0; \
    for (size_t i_ = 0; i_ < sizeof codes_ / sizeof *codes_; i_++) known_ |= code_ == codes_[i_]; \
    check(__LINE__, #call, !answer_, "succeeded instead of failing with " #__VA_ARGS__, code_); \
    if (!answer_) check(__LINE__, #call, known_, "failed with another code than " #__VA_ARGS__, code_); \
} while (0)

/* The rest of the program makes no sense without this. */
#define MUST(call) do { \
    if (!(call)) { \
        printf("line %d: %s failed (last error 0x%x): giving up\n", __LINE__, #call, GetLastError()); \
        exit(1); \
    } \
} while (0)

static inline int verdict(const char *program) {
    printf("%s: %d checks, %d failed\n", program, checks, failures);
    return failures != 0;
}

#endif
