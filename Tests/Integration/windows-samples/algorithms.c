/*
    algorithms.c: lists what each provider can do, with key lengths, by PP_ENUMALGS_EX.
*/
#include <Windows.h>
#include <WinCrypt.h>
#include <stdio.h>
#include <tchar.h>

static LPCTSTR ClassName(ALG_ID aiAlgid)
{
    switch (GET_ALG_CLASS(aiAlgid))
    {
    case ALG_CLASS_DATA_ENCRYPT:
        return TEXT("Encrypt");
    case ALG_CLASS_HASH:
        return TEXT("Hash");
    case ALG_CLASS_KEY_EXCHANGE:
        return TEXT("Exchange");
    case ALG_CLASS_SIGNATURE:
        return TEXT("Signature");
    default:
        return TEXT("Unknown");
    }
}

static void ListAlgorithms(LPCTSTR pszProvider, DWORD dwType)
{
    HCRYPTPROV hProv = 0;
    PROV_ENUMALGS_EX ai;
    DWORD cbData, dwFlags = CRYPT_FIRST, nCount = 0;

    if (!CryptAcquireContext(&hProv, NULL, pszProvider, dwType, CRYPT_VERIFYCONTEXT | CRYPT_SILENT))
    {
        _tprintf(TEXT("%s: error %x\n"), pszProvider, GetLastError());
        return;
    }
    _tprintf(TEXT("\n%s (type %u)\n"), pszProvider, dwType);
    _tprintf(TEXT("%-9s %-10s %8s %8s %8s  %s\n"), TEXT("Algid"), TEXT("Type"), TEXT("Default"), TEXT("Min"), TEXT("Max"), TEXT("Name"));
    for (;;)
    {
        cbData = sizeof(ai);
        ZeroMemory(&ai, sizeof(ai));
        if (!CryptGetProvParam(hProv, PP_ENUMALGS_EX, (BYTE *)&ai, &cbData, dwFlags))
        {
            if (GetLastError() != ERROR_NO_MORE_ITEMS)
                _tprintf(TEXT("error %x\n"), GetLastError());
            break;
        }
        _tprintf(TEXT("%8.8xh %-10s %8u %8u %8u  "), ai.aiAlgid, ClassName(ai.aiAlgid), ai.dwDefaultLen, ai.dwMinLen, ai.dwMaxLen);
        printf("%s\n", ai.szLongName);
        dwFlags = 0;
        nCount++;
    }
    _tprintf(TEXT("%u algorithms\n"), nCount);
    CryptReleaseContext(hProv, 0);
}

void _tmain()
{
    LPTSTR pszName;
    DWORD dwIndex = 0, dwType, cbName;

    while (CryptEnumProviders(dwIndex, NULL, 0, &dwType, NULL, &cbName))
    {
        if (!(pszName = (LPTSTR)LocalAlloc(LMEM_ZEROINIT, cbName)))
            return;
        if (CryptEnumProviders(dwIndex++, NULL, 0, &dwType, pszName, &cbName))
            ListAlgorithms(pszName, dwType);
        LocalFree(pszName);
    }
    if (GetLastError() == ERROR_NO_MORE_ITEMS)
        _tprintf(TEXT("\n%u providers\n"), dwIndex);
}
