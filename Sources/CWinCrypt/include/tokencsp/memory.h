/* Memory, as programs take it from windows.h: LocalAlloc, HeapAlloc, ZeroMemory and their kin on top of malloc.
 * A handle is the address itself; there is one heap. Leave these out with -DTOKENCSP_HELPERS=0. */
#ifndef TOKENCSP_MEMORY_H
#define TOKENCSP_MEMORY_H

#include "../winbase.h"
#include "../winerror.h"

/* LocalAlloc: uFlags. All memory is fixed: LMEM_MOVEABLE is granted by an address too. */
#define LMEM_FIXED 0x0
#define LMEM_MOVEABLE 0x2
#define LMEM_ZEROINIT 0x40
#define LHND 0x42
#define LPTR 0x40

/* HeapAlloc: dwFlags */
#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_ZERO_MEMORY 0x00000008

#if !defined __swift__ && TOKENCSP_HELPERS

#ifdef __cplusplus
extern "C" {
#endif

/* Gives memory, zeroed for LMEM_ZEROINIT; NULL and ERROR_NOT_ENOUGH_MEMORY when there is none. End it with LocalFree. */
static inline HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes) {
    SIZE_T size = uBytes ? uBytes : 1;
    void *memory = uFlags & LMEM_ZEROINIT ? __builtin_calloc(1, size) : __builtin_malloc(size);
    if (!memory) SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return memory;
}

/* Ends memory of LocalAlloc or of FormatMessage. Answers NULL, as always when it succeeds. */
static inline HLOCAL WINAPI LocalFree(HLOCAL hMem) {
    __builtin_free(hMem);
    return NULL;
}

/* The one heap there is. */
static inline HANDLE WINAPI GetProcessHeap(void) {
    return (HANDLE)(ULONG_PTR)0x48454150;
}

/* Gives memory, zeroed for HEAP_ZERO_MEMORY, or NULL; as on Windows it leaves the last error alone. */
static inline LPVOID WINAPI HeapAlloc(HANDLE hHeap, DWORD dwFlags, SIZE_T dwBytes) {
    SIZE_T size = dwBytes ? dwBytes : 1;
    (void)hHeap;
    return dwFlags & HEAP_ZERO_MEMORY ? __builtin_calloc(1, size) : __builtin_malloc(size);
}

/* Ends memory of HeapAlloc; NULL is allowed. */
static inline BOOL WINAPI HeapFree(HANDLE hHeap, DWORD dwFlags, LPVOID lpMem) {
    (void)hHeap;
    (void)dwFlags;
    __builtin_free(lpMem);
    return TRUE;
}

static inline void ZeroMemory(PVOID Destination, SIZE_T Length) {
    __builtin_memset(Destination, 0, Length);
}

static inline void FillMemory(PVOID Destination, SIZE_T Length, int Fill) {
    __builtin_memset(Destination, Fill, Length);
}

static inline void CopyMemory(PVOID Destination, const void *Source, SIZE_T Length) {
    __builtin_memcpy(Destination, Source, Length);
}

static inline void MoveMemory(PVOID Destination, const void *Source, SIZE_T Length) {
    __builtin_memmove(Destination, Source, Length);
}

/* Zeroes memory, also where the compiler sees that nobody reads it again. */
static inline PVOID SecureZeroMemory(PVOID ptr, SIZE_T cnt) {
    __builtin_memset(ptr, 0, cnt);
    __asm__ volatile("" : : "r"(ptr) : "memory");
    return ptr;
}

#ifdef __cplusplus
}
#endif

#endif
#endif
