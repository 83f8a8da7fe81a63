// Lists the provider types, the providers, and the algorithms of the default one, as programs for Windows do it.
#include <tchar.h>
#include <Windows.h>
#include <stdio.h>
#include <WinCrypt.h>

void PrintError(LPCTSTR pszWhere)
{
    LPTSTR pszMessage = NULL;
    DWORD dwError = GetLastError();

    if (FormatMessage(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                      NULL, dwError, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPTSTR)&pszMessage, 0, NULL))
    {
        _tprintf(TEXT("%s: 0x%08x: %s"), pszWhere, dwError, pszMessage);
        LocalFree(pszMessage);
    }
}

static BOOL ListTypes(void)
{
    DWORD dwIndex, dwType, cbName;
    LPTSTR pszName;

    for (dwIndex = 0; CryptEnumProviderTypes(dwIndex, NULL, 0, &dwType, NULL, &cbName); dwIndex++)
    {
        if (!(pszName = (LPTSTR)LocalAlloc(LMEM_ZEROINIT, cbName)))
        {
            PrintError(TEXT("LocalAlloc"));
            return FALSE;
        }
        if (CryptEnumProviderTypes(dwIndex, NULL, 0, &dwType, pszName, &cbName))
            _tprintf(TEXT("type %4u  %s\n"), dwType, pszName);
        LocalFree(pszName);
    }
    return GetLastError() == ERROR_NO_MORE_ITEMS;
}

static BOOL ListProviders(void)
{
    TCHAR szName[MAX_PATH];
    DWORD dwIndex = 0, dwType, cbName = sizeof(szName);

    while (CryptEnumProviders(dwIndex++, NULL, 0, &dwType, szName, &cbName))
    {
        _tprintf(_T("provider %4u  %s (%d characters)\n"), dwType, szName, lstrlen(szName));
        cbName = sizeof(szName);
    }
    return GetLastError() == ERROR_NO_MORE_ITEMS;
}

static int ListAlgorithms(HCRYPTPROV hProv)
{
    PROV_ENUMALGS alg;
    DWORD cbAlg = sizeof(alg), dwFlags = CRYPT_FIRST;
    int nCount = 0;

    ZeroMemory(&alg, sizeof(alg));
    while (CryptGetProvParam(hProv, PP_ENUMALGS, (BYTE *)&alg, &cbAlg, dwFlags))
    {
        printf("algorithm 0x%04x %3u bits %s\n", alg.aiAlgid, alg.dwBitLen, alg.szName);
        dwFlags = CRYPT_NEXT;
        cbAlg = sizeof(alg);
        nCount++;
    }
    return nCount;
}

int _tmain(int argc, _TCHAR *argv[])
{
    HCRYPTPROV hProv = 0;
    int nAlgorithms;

    if (argc > 1)
        _tprintf(TEXT("argument %s\n"), argv[1]);
    if (!ListTypes() || !ListProviders())
    {
        PrintError(TEXT("list"));
        return 1;
    }
    if (!CryptAcquireContext(&hProv, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT))
    {
        PrintError(TEXT("CryptAcquireContext"));
        return 1;
    }
    nAlgorithms = ListAlgorithms(hProv);
    CryptReleaseContext(hProv, 0);
    if (!CryptAcquireContext(&hProv, TEXT("no such container"), NULL, PROV_RSA_FULL, 0))
        PrintError(TEXT("expected"));
    return nAlgorithms > 0 ? 0 : 1;
}
