// The functions of windows.h beside CryptoAPI: what they answer, and the last error they leave.
#include <windows.h>
#include <strsafe.h>

#include "abi-check.h"
#include "codes.h" // written by headers-helpers.sh: CODE(name) for each code of winerror.h

static int same(const WCHAR *left, const WCHAR *right) {
    return !tokencsp_wcscmp(left, right);
}

static void memory(void) {
    char *text = LocalAlloc(LPTR, 100);
    IS_TRUE(text && !text[0] && !text[99] && !LocalFree(text) && !LocalFree(NULL));
    const volatile SIZE_T huge = SIZE_MAX / 2 + 1;
    SetLastError(PRESET);
    IS_TRUE(!LocalAlloc(LMEM_FIXED, huge) && GetLastError() == ERROR_NOT_ENOUGH_MEMORY);
    text = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 0);
    IS_TRUE(text && HeapFree(GetProcessHeap(), 0, text));
    char bytes[8] = "1234567", copy[8];
    CopyMemory(copy, bytes, 8);
    MoveMemory(copy + 1, copy, 3);
    IS_TRUE(!strcmp(copy, "1123567"));
    FillMemory(copy, 3, 'x');
    ZeroMemory(copy + 3, 5);
    IS_TRUE(!strcmp(copy, "xxx"));
    IS_TRUE(SecureZeroMemory(bytes, sizeof bytes) == bytes && !bytes[0] && !bytes[6]);
    IS_TRUE(LOWORD(0x12345678) == 0x5678 && HIWORD(0x12345678) == 0x1234 && MAKELONG(1, 2) == 0x20001);
}

static void strings(void) {
    char narrow[8];
    WCHAR wide[8];
    IS_TRUE(lstrlenA("abc") == 3 && lstrlenW(u"abc") == 3 && !lstrlenA(NULL) && !lstrlenW(NULL));
    IS_TRUE(lstrcmpA("a", "b") < 0 && lstrcmpW(u"b", u"a") > 0 && !lstrcmpA("a", "a") && lstrcmpA(NULL, "") < 0);
    IS_TRUE(!lstrcmpiA("AbC", "aBc") && !lstrcmpiW(u"AbC", u"aBc") && lstrcmpiW(u"abc", u"abd") < 0);
    IS_TRUE(lstrcpyA(narrow, "ab") == narrow && lstrcatA(narrow, "cd") == narrow && !strcmp(narrow, "abcd"));
    IS_TRUE(same(lstrcatW(lstrcpyW(wide, u"ab"), u"cd"), u"abcd") && !lstrcpyW(wide, NULL));
    IS_TRUE(!strcmp(lstrcpynA(narrow, "abcdef", 4), "abc") && same(lstrcpynW(wide, u"abcdef", 4), u"abc"));
    IS_TRUE(StringCbCopyA(narrow, sizeof narrow, "12345678") == STRSAFE_E_INSUFFICIENT_BUFFER && strlen(narrow) == 7);
    IS_TRUE(StringCbCopyW(wide, sizeof wide, u"1234567") == 0 && same(wide, u"1234567"));
    IS_TRUE(StringCchCatW(wide, 8, u"8") == STRSAFE_E_INSUFFICIENT_BUFFER && same(wide, u"1234567"));
    IS_TRUE(StringCbPrintfA(narrow, sizeof narrow, "%d", 1234567890) == STRSAFE_E_INSUFFICIENT_BUFFER);
    IS_TRUE(StringCbPrintfW(wide, sizeof wide, u"%s", u"1234567") == 0 && StringCbCopyA(narrow, 0, "") != 0);
    size_t length;
    IS_TRUE(StringCbLengthW(u"abc", 8, &length) == 0 && length == 6 && StringCbLengthW(u"abc", 6, &length) != 0);
}

static void conversion(void) {
    WCHAR wide[16];
    char narrow[16];
    BOOL used = 7;
    IS_TRUE(MultiByteToWideChar(CP_UTF8, 0, "ä€\xF0\x9F\x94\x91", -1, NULL, 0) == 5);
    IS_TRUE(MultiByteToWideChar(CP_ACP, MB_PRECOMPOSED, "ä€\xF0\x9F\x94\x91", -1, wide, 16) == 5 && same(wide, u"ä€\U0001F511"));
    IS_TRUE(MultiByteToWideChar(CP_UTF8, 0, "abc", 2, wide, 2) == 2);
    FAILS(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, 3), ERROR_INSUFFICIENT_BUFFER);
    FAILS(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "\xC0\x80", -1, wide, 16), ERROR_NO_UNICODE_TRANSLATION);
    FAILS(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "\xED\xA0\x80", -1, wide, 16), ERROR_NO_UNICODE_TRANSLATION);
    FAILS(MultiByteToWideChar(CP_UTF8, MB_PRECOMPOSED, "a", -1, wide, 16), ERROR_INVALID_FLAGS);
    FAILS(MultiByteToWideChar(1252, 0, "a", -1, wide, 16), ERROR_INVALID_PARAMETER);
    FAILS(MultiByteToWideChar(CP_UTF8, 0, "a", 0, wide, 16), ERROR_INVALID_PARAMETER);
    FAILS(MultiByteToWideChar(CP_UTF8, 0, NULL, -1, wide, 16), ERROR_INVALID_PARAMETER);
    IS_TRUE(MultiByteToWideChar(CP_UTF8, 0, "a\xE2\x82z", -1, wide, 16) == 4 && same(wide, u"a\xFFFDz"));
    IS_TRUE(WideCharToMultiByte(CP_ACP, 0, u"ä€\U0001F511", -1, narrow, 16, NULL, &used) == 10 && !used);
    IS_TRUE(!strcmp(narrow, "ä€\xF0\x9F\x94\x91") && WideCharToMultiByte(CP_UTF8, 0, u"ab", 2, narrow, 2, NULL, NULL) == 2);
    const WCHAR lone[] = {0xD800, 'x', 0};
    FAILS(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, lone, -1, narrow, 16, NULL, NULL), ERROR_NO_UNICODE_TRANSLATION);
    IS_TRUE(WideCharToMultiByte(CP_UTF8, 0, lone, -1, narrow, 16, NULL, NULL) == 5 && !strcmp(narrow, "\xEF\xBF\xBDx"));
    FAILS(WideCharToMultiByte(CP_UTF8, 0, u"a", -1, narrow, 16, NULL, &used), ERROR_INVALID_PARAMETER);
    FAILS(WideCharToMultiByte(CP_UTF8, 0, u"abc", -1, narrow, 3, NULL, NULL), ERROR_INSUFFICIENT_BUFFER);
}

static void messages(void) {
    static const struct { const char *name; DWORD code; } codes[] = {
#define CODE(name) {#name, (DWORD)name},
        CODES
    };
    char text[256];
    WCHAR wide[256];
    char *allocated = NULL;
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        DWORD length = FormatMessageA(flags, NULL, codes[i].code, 0, text, sizeof text, NULL);
        check(__LINE__, codes[i].name, length > 10 && strlen(text) == length, "has no text", codes[i].code);
        IS_TRUE(FormatMessageW(flags, NULL, codes[i].code, 0, wide, 256, NULL) == length);
    }
    DWORD length = FormatMessageA(flags | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, 5, 0, (LPSTR)&allocated, 0, NULL);
    IS_TRUE(length == 19 && !strcmp(allocated, "Access is denied.\r\n") && !LocalFree(allocated));
    IS_TRUE(FormatMessageA(flags | 0xFF, NULL, (DWORD)HRESULT_FROM_WIN32(5), 0, text, 256, NULL) == 18);
    IS_TRUE(!strcmp(text, "Access is denied. "));
    FAILS((BOOL)FormatMessageA(flags, NULL, 0x12345678, 0, text, 256, NULL), ERROR_MR_MID_NOT_FOUND);
    FAILS((BOOL)FormatMessageA(flags, NULL, 5, 0, text, 19, NULL), ERROR_INSUFFICIENT_BUFFER);
    FAILS((BOOL)FormatMessageW(flags, NULL, 5, 0, NULL, 19, NULL), ERROR_INVALID_PARAMETER);
    FAILS((BOOL)FormatMessageA(FORMAT_MESSAGE_FROM_STRING, "x", 5, 0, text, 19, NULL), ERROR_CALL_NOT_IMPLEMENTED);
}

#define OPENS(path, access, creation) CreateFileA(path, access, 0, NULL, creation, FILE_ATTRIBUTE_NORMAL, NULL)
#define REFUSED(call, code) do { \
    SetLastError(PRESET); \
    IS_TRUE((call) == INVALID_HANDLE_VALUE && GetLastError() == (code)); \
} while (0)

static void files(void) {
    DWORD count = 7, high = 7;
    char bytes[16];
    LARGE_INTEGER size;
    SetLastError(PRESET);
    HANDLE file = OPENS("new", GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    IS_TRUE(file != INVALID_HANDLE_VALUE && GetLastError() == ERROR_SUCCESS);
    HOLDS(WriteFile(file, "0123456789", 10, &count, NULL));
    HOLDS(GetFileSizeEx(file, &size));
    IS_TRUE(count == 10 && size.QuadPart == 10 && size.LowPart == 10 && GetFileSize(file, &high) == 10 && !high);
    HOLDS(CloseHandle(file));
    FAILS(CloseHandle(file), ERROR_INVALID_HANDLE);
    FAILS(CloseHandle(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
    FAILS(CloseHandle(GetProcessHeap()), ERROR_INVALID_HANDLE);
    FAILS(ReadFile(file, bytes, 1, &count, NULL), ERROR_INVALID_HANDLE);
    IS_TRUE(GetFileSize(file, NULL) == INVALID_FILE_SIZE && GetLastError() == ERROR_INVALID_HANDLE);

    SetLastError(PRESET);
    file = CreateFileW(u"new", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    IS_TRUE(file != INVALID_HANDLE_VALUE && GetLastError() == PRESET);
    HOLDS(ReadFile(file, bytes, 8, &count, NULL));
    IS_TRUE(count == 8);
    HOLDS(ReadFile(file, bytes, 8, &count, NULL));
    IS_TRUE(count == 2 && !memcmp(bytes, "89", 2));
    HOLDS(ReadFile(file, bytes, 8, &count, NULL));
    IS_TRUE(count == 0);
    FAILS(WriteFile(file, "x", 1, &count, NULL), ERROR_ACCESS_DENIED);
    FAILS(ReadFile(file, bytes, 1, NULL, NULL), ERROR_INVALID_PARAMETER);
    HOLDS(CloseHandle(file));

    file = OPENS("new", GENERIC_WRITE, OPEN_ALWAYS);
    IS_TRUE(file != INVALID_HANDLE_VALUE && GetLastError() == ERROR_ALREADY_EXISTS && GetFileSize(file, NULL) == 10);
    CloseHandle(file);
    file = OPENS("new", GENERIC_WRITE, TRUNCATE_EXISTING);
    IS_TRUE(file != INVALID_HANDLE_VALUE && GetFileSize(file, NULL) == 0);
    CloseHandle(file);
    REFUSED(OPENS("new", GENERIC_WRITE, CREATE_NEW), ERROR_FILE_EXISTS);
    REFUSED(OPENS("none", GENERIC_READ, OPEN_EXISTING), ERROR_FILE_NOT_FOUND);
    REFUSED(OPENS("none/none", GENERIC_READ, OPEN_EXISTING), ERROR_PATH_NOT_FOUND);
    REFUSED(OPENS("none/none", GENERIC_WRITE, CREATE_ALWAYS), ERROR_PATH_NOT_FOUND);
    REFUSED(OPENS("new/none", GENERIC_READ, OPEN_EXISTING), ERROR_PATH_NOT_FOUND);
    REFUSED(OPENS(".", GENERIC_READ, OPEN_EXISTING), ERROR_ACCESS_DENIED);
    REFUSED(OPENS("new", GENERIC_READ, TRUNCATE_EXISTING), ERROR_INVALID_PARAMETER);
    REFUSED(OPENS("new", GENERIC_READ, 9), ERROR_INVALID_PARAMETER);
    REFUSED(CreateFileW(NULL, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_INVALID_PARAMETER);
    REFUSED(CreateFileA("new", GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL), ERROR_NOT_SUPPORTED);
    remove("new");
}

static void modules(void) {
    HMODULE module = GetModuleHandleA("advapi32.dll");
    IS_TRUE(module && LoadLibraryW(u"C:\\Windows\\System32\\CRYPT32.DLL") == module && LoadLibraryA("ADVAPI32") == module);
    BOOL (WINAPI *acquire)(HCRYPTPROV *, LPCSTR, LPCSTR, DWORD, DWORD);
    FARPROC found = GetProcAddress(module, "CryptAcquireContextA");
    memcpy(&acquire, &found, sizeof found);
    HCRYPTPROV provider = 0;
    MUST(acquire);
    IS_TRUE(acquire(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT) && CryptReleaseContext(provider, 0));
    FAILS(GetProcAddress(module, "CryptNonsense") != NULL, ERROR_PROC_NOT_FOUND);
    FAILS(GetProcAddress(module, "printf") != NULL, ERROR_PROC_NOT_FOUND);
    FAILS(GetProcAddress(module, (LPCSTR)(ULONG_PTR)17) != NULL, ERROR_PROC_NOT_FOUND);
    FAILS(GetProcAddress(NULL, "CryptGenKey") != NULL, ERROR_MOD_NOT_FOUND);
    FAILS(LoadLibraryA("kernel32.dll") != NULL, ERROR_MOD_NOT_FOUND);
    FAILS(GetModuleHandleW(NULL) != NULL, ERROR_MOD_NOT_FOUND);
    HOLDS(FreeLibrary(module));
    FAILS(FreeLibrary(NULL), ERROR_MOD_NOT_FOUND);
    DWORD before = GetTickCount();
    Sleep(30);
    IS_TRUE(GetTickCount() - before >= 29 && GetTickCount() - before < 30000);
}

static void wide(void) {
    WCHAR text[64], *end;
    IS_TRUE(tokencsp_swprintf(text, 64, u"%08X %#x %llx %I64d %zu %hd", 0xABC, 255, 1ULL << 40, -5LL, (size_t)9, 70000) > 0);
    IS_TRUE(same(text, u"00000ABC 0xff 10000000000 -5 9 4464"));
    IS_TRUE(tokencsp_swprintf(text, 64, u"%.2f|%*d|%-*d|%.*s|%%|%c", 1.5, 4, 7, -4, 7, 2, u"abc", 'x') == 21);
    IS_TRUE(same(text, u"1.50|   7|7   |ab|%|x"));
    IS_TRUE(tokencsp_swprintf(text, 64, u"%s %hs %ls %S", NULL, "ä", u"w", "n") == 12 && same(text, u"(null) ä w n"));
    IS_TRUE(tokencsp_swprintf(text, 4, u"%s", u"abcdef") == -1 && same(text, u"abc"));
    IS_TRUE(tokencsp_swprintf(text, 64, u"%n", &end) == -1 && tokencsp_swprintf(text, 0, u"") == -1);
    IS_TRUE(tokencsp_swprintf(text, 64, u"%99999999999d", 1) == -1);
    IS_TRUE(tokencsp_swprintf(text, 64, u"%.300d", 1) == -1 && tokencsp_wcslen(text) == 63);
    IS_TRUE(tokencsp_wcstol(u"  -0x10z", &end, 0) == -16 && *end == 'z' && tokencsp_wcstol(u"0x", &end, 16) == 0 && *end == 'x');
    IS_TRUE(tokencsp_wcstoul(u"777", NULL, 8) == 511 && tokencsp_wcstoul(u"99999999999999999999", NULL, 10) == (unsigned long)-1);
    IS_TRUE(tokencsp_wcstol(u"-9223372036854775808", NULL, 10) == (long)(1UL << 63) && tokencsp_wcstol(u"", &end, 10) == 0);
    WCHAR copy[8];
    tokencsp_wcsncpy(copy, u"ab", 8);
    IS_TRUE(!copy[7] && same(tokencsp_wcsncat(copy, u"cdef", 2), u"abcd") && tokencsp_wcsnlen(copy, 3) == 3);
    IS_TRUE(!*tokencsp_wcschr(copy, 0) && !tokencsp_wcschr(copy, 'x') && !tokencsp_wcsstr(copy, u"ac"));
}

static int leaves(int stop) {
    int cleanups = 0;
    __try {
        for (int i = 0; i < 3; i++) {
            __try {
                if (i == stop) __leave;
                cleanups += 1000;
            }
            __finally {
                cleanups++;
            }
            while (stop == 7) __leave;
        }
        cleanups += 10;
    }
    __finally {
        cleanups += 100;
    }
    return cleanups;
}

int main(void) {
    memory();
    strings();
    conversion();
    messages();
    files();
    modules();
    wide();
    IS_TRUE(leaves(0) == 2113 && leaves(1) == 2113 && leaves(7) == 1101);
    return verdict("headers-helpers");
}
