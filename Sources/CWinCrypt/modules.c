// GetModuleHandle and GetProcAddress for this library under Windows' names, and Sleep and GetTickCount.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "unicode.h"
#include "winbase.h"

// Its address is the module.
static const char module;

static HMODULE module_of_name(const char *name) {
    static const char *const names[] = {"advapi32", "advapi32.dll", "crypt32", "crypt32.dll"};
    for (const char *slash; name && (slash = strpbrk(name, "/\\"));) name = slash + 1;
    for (size_t i = 0; name && i < ARRAYSIZE(names); i++)
        if (!strcasecmp(name, names[i])) return (HMODULE)&module;
    SetLastError(ERROR_MOD_NOT_FOUND);
    return NULL;
}

HMODULE WINAPI tokencsp_GetModuleHandleA(LPCSTR lpModuleName) {
    return module_of_name(lpModuleName);
}

HMODULE WINAPI tokencsp_GetModuleHandleW(LPCWSTR lpModuleName) {
    char *name = lpModuleName ? tokencsp_narrowed(lpModuleName, tokencsp_wcslen(lpModuleName), false) : NULL;
    HMODULE found = module_of_name(name);
    free(name);
    return found;
}

FARPROC WINAPI tokencsp_GetProcAddress(HMODULE hModule, LPCSTR lpProcName) {
    if (hModule != (HMODULE)&module) {
        SetLastError(ERROR_MOD_NOT_FOUND);
        return NULL;
    }
    FARPROC function = NULL;
    Dl_info own, found;
    // Below 0x10000 is an ordinal, and we have none. A program that is linked statically has no library to open.
    if ((uintptr_t)lpProcName >> 16 && dladdr(&module, &own)) {
        void *library = dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        if (!library) library = dlopen(NULL, RTLD_LAZY);
        void *symbol = library ? dlsym(library, lpProcName) : NULL;
        // Not what the libraries below us have.
        if (symbol && dladdr(symbol, &found) && found.dli_fbase == own.dli_fbase) memcpy(&function, &symbol, sizeof symbol);
        if (library) dlclose(library);
    }
    if (!function) SetLastError(ERROR_PROC_NOT_FOUND);
    return function;
}

BOOL WINAPI tokencsp_FreeLibrary(HMODULE hLibModule) {
    if (hLibModule == (HMODULE)&module) return TRUE;
    SetLastError(ERROR_MOD_NOT_FOUND);
    return FALSE;
}

void WINAPI tokencsp_Sleep(DWORD dwMilliseconds) {
    do {
        struct timespec left = {.tv_sec = dwMilliseconds / 1000, .tv_nsec = dwMilliseconds % 1000 * 1000000L};
        while (nanosleep(&left, &left)) {}
    } while (dwMilliseconds == INFINITE);
}

DWORD WINAPI tokencsp_GetTickCount(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (DWORD)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}
