/* __try, __leave, __finally: __leave goes to the __finally of its __try, also out of a loop or a switch. A `return`, or
 * a `break` out of __try, skips the __finally. Signals are not exceptions: an __except block never runs. Leave these out with
 * -DTOKENCSP_SEH=0. */
#ifndef TOKENCSP_SEH_H
#define TOKENCSP_SEH_H

#ifndef TOKENCSP_SEH
#define TOKENCSP_SEH 1
#endif

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0

#if TOKENCSP_SEH && !defined __swift__

/* Local labels are an extension: without a word under -pedantic. */
#pragma GCC system_header

#ifdef __cplusplus
/* __try is libstdc++'s own word for try, so __leave throws. */
struct tokencsp_leave {};
#ifndef __try
#define __try try
#endif
#define __leave throw tokencsp_leave()
#define __finally catch (const tokencsp_leave &) {}
#define __except(filter) catch (const tokencsp_leave &) {} if (0)
#else
#define __try { __label__ tokencsp_left;
#define __leave goto tokencsp_left
#define __finally tokencsp_left: __attribute__((__unused__)); }
#define __except(filter) tokencsp_left: __attribute__((__unused__)); } if (0)
#endif

#endif
#endif
