/* wmain and _tmain. Each becomes a function that a `main` beside it calls, with the arguments in UTF-16 for wmain. It may
 * answer nothing: `void _tmain(…)` gives the status 0. <tchar.h> brings this; windows.h does under -fshort-wchar. */
#ifndef TOKENCSP_WMAIN_H
#define TOKENCSP_WMAIN_H

#ifndef __swift__

#include "wide.h"

/* The program's function by its symbol, whatever parameters it has. */
#ifdef __cplusplus
extern "C"
#else
extern
#endif
int tokencsp_main_called(int count, void *arguments, void *environment) __asm__("tokencsp_main");

static inline int tokencsp_run(int count, char **arguments, int is_wide, int is_void) {
    void *none[1] = {NULL};
    int status = is_wide ? tokencsp_main_called(count, tokencsp_wide_arguments(count, arguments), none)
                         : tokencsp_main_called(count, arguments, none);
    return is_void ? 0 : status;
}

/* `int wmain(…)` reads: a function that is only there for its type, main, and the program's own under a new name. */
#ifdef __cplusplus
template <class T> struct tokencsp_main_type { enum { is_void = 0 }; };
template <> struct tokencsp_main_type<void> { enum { is_void = 1 }; };
#define TOKENCSP_MAIN(is_wide) \
    tokencsp_main_answer(void); \
    int main(int count, char **arguments) { \
        return tokencsp_run(count, arguments, is_wide, tokencsp_main_type<decltype(tokencsp_main_answer())>::is_void); \
    } \
    extern "C" decltype(tokencsp_main_answer()) tokencsp_main
#else
#define TOKENCSP_MAIN(is_wide) \
    tokencsp_main_answer(void); \
    int main(int count, char **arguments) { \
        return tokencsp_run( \
            count, arguments, is_wide, __builtin_types_compatible_p(__typeof__(tokencsp_main_answer()), void)); \
    } \
    extern __typeof__(tokencsp_main_answer()) tokencsp_main
#endif

#define wmain TOKENCSP_MAIN(1)

#endif
#endif
