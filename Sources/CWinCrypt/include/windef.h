/* The basic Windows types. DWORD, LONG and ULONG have 32 bits here too, although `long` has 64. */
#ifndef TOKENCSP_WINDEF_H
#define TOKENCSP_WINDEF_H

#include "winnt.h"

#define FALSE 0
#define TRUE 1
#define MAX_PATH 260

#define LOBYTE(w) ((BYTE)((DWORD_PTR)(w) & 0xFF))
#define HIBYTE(w) ((BYTE)((DWORD_PTR)(w) >> 8 & 0xFF))
#define LOWORD(l) ((WORD)((DWORD_PTR)(l) & 0xFFFF))
#define HIWORD(l) ((WORD)((DWORD_PTR)(l) >> 16 & 0xFFFF))
#define MAKEWORD(low, high) ((WORD)((BYTE)((DWORD_PTR)(low) & 0xFF) | (WORD)(BYTE)((DWORD_PTR)(high) & 0xFF) << 8))
#define MAKELONG(low, high) \
    ((LONG)((WORD)((DWORD_PTR)(low) & 0xFFFF) | (DWORD)(WORD)((DWORD_PTR)(high) & 0xFFFF) << 16))

typedef int BOOL;
typedef int INT;
typedef unsigned int UINT;
typedef uint8_t BYTE;
typedef uint8_t UCHAR;
typedef uint16_t WORD;
typedef uint16_t USHORT;
typedef uint32_t DWORD;
typedef uint32_t ULONG;

typedef BOOL *PBOOL, *LPBOOL;
typedef INT *PINT, *LPINT;
typedef UINT *PUINT;
typedef BYTE *PBYTE, *LPBYTE;
typedef UCHAR *PUCHAR;
typedef WORD *PWORD, *LPWORD;
typedef USHORT *PUSHORT;
typedef DWORD *PDWORD, *LPDWORD;
typedef ULONG *PULONG;
typedef LONG *LPLONG;
typedef void *LPVOID;
typedef const void *LPCVOID;

/* Opaque handles: never dereferenced by this library. */
typedef void *HWND;
typedef void *HINSTANCE;
typedef void *HMODULE;
typedef void *HLOCAL;
typedef void *HGLOBAL;

/* An unspecified function; cast it to its real type before the call. */
typedef INT_PTR (WINAPI *FARPROC)(void);

/* Time in units of 100 ns since 1601-01-01 00:00 UTC. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#endif
