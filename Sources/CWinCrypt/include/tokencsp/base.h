/* What every header here stands on: linkage, calling conventions and annotation words.
 *
 * These switches may be set before the first include:
 *   TOKENCSP_SAL         1: define the SAL words `_In_`, `_Out_`, … and IN, OUT, OPTIONAL as nothing. Default: 1
 *   TOKENCSP_SAL_OLD     1: the same for the old words `__in`, `__out`, …. Default: 1 in C, 0 in C++, where `__in` and
 *                        `__out` are names inside libstdc++
 *   TOKENCSP_HELPERS     0: leave out the functions of windows.h that are not CryptoAPI's: LocalAlloc, CreateFile, …
 */
#ifndef TOKENCSP_BASE_H
#define TOKENCSP_BASE_H

#include <stddef.h>
#include <stdint.h>

/* On each exported function: visible from libtokencsp.so even under -fvisibility=hidden. */
#ifndef TOKENCSP_API
#define TOKENCSP_API __attribute__((visibility("default")))
#endif

/* Calling conventions: the platform has one. */
#define WINAPI
#define CALLBACK
#define APIENTRY
#define FAR
#define NEAR
#define CONST const
#define VOID void
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __int64
#define __int64 long long
#endif

#ifndef TOKENCSP_SAL
#define TOKENCSP_SAL 1
#endif

#ifndef TOKENCSP_HELPERS
#define TOKENCSP_HELPERS 1
#endif

#ifndef TOKENCSP_SAL_OLD
#ifdef __cplusplus
#define TOKENCSP_SAL_OLD 0
#else
#define TOKENCSP_SAL_OLD 1
#endif
#endif

#if TOKENCSP_SAL
#define IN
#define OUT
#define OPTIONAL

#define _In_
#define _In_opt_
#define _In_z_
#define _In_reads_(count)
#define _In_reads_opt_(count)
#define _In_reads_bytes_(bytes)
#define _In_reads_bytes_opt_(bytes)
#define _Out_
#define _Out_opt_
#define _Out_writes_(count)
#define _Out_writes_bytes_(bytes)
#define _Out_writes_bytes_opt_(bytes)
#define _Out_writes_bytes_to_opt_(bytes, used)
#define _Outptr_
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_bytes_(bytes)
#define _Reserved_
#define _Ret_maybenull_
#define _Success_(condition)
#endif

#if TOKENCSP_SAL_OLD
#define __in
#define __in_opt
#define __in_ecount(count)
#define __in_bcount(bytes)
#define __out
#define __out_opt
#define __out_ecount(count)
#define __out_bcount(bytes)
#define __inout
#define __inout_opt
#endif

#endif
