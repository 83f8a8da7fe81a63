/* Wide strings as on Windows: wmain, wcs functions, wprintf, conversion. Compiled with -fshort-wchar alone. */
#include <windows.h>
#include <wchar.h>
#include <stdio.h>

int wmain(int argc, wchar_t *argv[])
{
    wchar_t name[64], *end;
    char utf8[64];
    HCRYPTPROV hProv = 0;

    wcscpy(name, L"abc");
    wcscat(name, L"-def");
    if (wcslen(name) != 7 || wcscmp(name, L"abc-def") || wcsncmp(name, L"abd", 2) || wcschr(name, L'-') != name + 3 ||
        wcsrchr(name, L'c') != name + 2 || wcsstr(name, L"c-d") != name + 2 || wcstoul(L" 0x1F!", &end, 0) != 31 ||
        *end != L'!' || wcstol(L"-17", NULL, 10) != -17)
        return 1;
    if (swprintf(name, 64, L"%s|%5d|%-4hs|%S|%lu|%c", L"wide", -3, "n", "narrow", (DWORD)0xFFFFFFFF, L'z') != 35)
        return 2;
    wprintf(L"%ls\n", name);
    printf("narrow output between\n");
    if (argc > 1)
        wprintf(L"argument %s of %zu units\n", argv[1], wcslen(argv[1]));
    if (!WideCharToMultiByte(CP_ACP, 0, argc > 1 ? argv[1] : L"-", -1, utf8, sizeof(utf8), NULL, NULL))
        return 3;
    printf("again %s\n", utf8);
    if (!CryptAcquireContextW(&hProv, NULL, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, CRYPT_VERIFYCONTEXT))
    {
        fwprintf(stderr, L"CryptAcquireContext: %x\n", GetLastError());
        return 4;
    }
    CryptReleaseContext(hProv, 0);
    return 0;
}
