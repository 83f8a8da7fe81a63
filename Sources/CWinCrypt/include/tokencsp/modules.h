/* Modules and time. Programs look CryptoAPI up at run time in "advapi32.dll" or "crypt32.dll": both are this library, and
 * what it exports is found. There is no other module. */
#ifndef TOKENCSP_MODULES_H
#define TOKENCSP_MODULES_H

#include "../windef.h"

/* Sleep: without end */
#define INFINITE 0xFFFFFFFF

#if !defined __swift__ && TOKENCSP_HELPERS

#ifdef __cplusplus
extern "C" {
#endif

/* Gives the module of a name, with or without a folder and ".dll", in any case; NULL and ERROR_MOD_NOT_FOUND for any
 * but the two above. Microsoft: "GetModuleHandleA/W function (libloaderapi.h)", "LoadLibraryA/W function". */
TOKENCSP_API HMODULE WINAPI tokencsp_GetModuleHandleA(LPCSTR lpModuleName);
TOKENCSP_API HMODULE WINAPI tokencsp_GetModuleHandleW(LPCWSTR lpModuleName);
#define GetModuleHandleA tokencsp_GetModuleHandleA
#define GetModuleHandleW tokencsp_GetModuleHandleW
#define LoadLibraryA tokencsp_GetModuleHandleA
#define LoadLibraryW tokencsp_GetModuleHandleW

/* Finds a function of the library; NULL and ERROR_PROC_NOT_FOUND, or ERROR_MOD_NOT_FOUND for what is no module.
 * Microsoft: "GetProcAddress function (libloaderapi.h)". */
TOKENCSP_API FARPROC WINAPI tokencsp_GetProcAddress(HMODULE hModule, LPCSTR lpProcName);
#define GetProcAddress tokencsp_GetProcAddress

/* Checks the module and leaves it loaded. */
TOKENCSP_API BOOL WINAPI tokencsp_FreeLibrary(HMODULE hLibModule);
#define FreeLibrary tokencsp_FreeLibrary

/* Waits for so many milliseconds. */
TOKENCSP_API void WINAPI tokencsp_Sleep(DWORD dwMilliseconds);
#define Sleep tokencsp_Sleep

/* Milliseconds since the system started, modulo 2^32. */
TOKENCSP_API DWORD WINAPI tokencsp_GetTickCount(void);
#define GetTickCount tokencsp_GetTickCount

#ifdef __cplusplus
}
#endif

#ifdef UNICODE
#define GetModuleHandle GetModuleHandleW
#define LoadLibrary LoadLibraryW
#else
#define GetModuleHandle GetModuleHandleA
#define LoadLibrary LoadLibraryA
#endif

#endif
#endif
