/* Hashes a file in pieces, with __try and __finally about it. */
#include <windows.h>
#include <tchar.h>
#include <strsafe.h>
#include <wincrypt.h>

#define BUFSIZE 64
#define HASHLEN 20

static int g_nCleanups = 0;

BOOL HashFile(__in LPCTSTR pszFile, __out BYTE *pbHash, __inout DWORD *pcbHash)
{
    HANDLE hFile = INVALID_HANDLE_VALUE;
    HCRYPTPROV hProv = 0;
    HCRYPTHASH hHash = 0;
    BYTE *pbBuffer = NULL;
    DWORD cbRead;
    BOOL bResult = FALSE;

    __try
    {
        hFile = CreateFile(pszFile, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
        if (INVALID_HANDLE_VALUE == hFile)
            __leave;
        if (!CryptAcquireContext(&hProv, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT))
            __leave;
        if (!CryptCreateHash(hProv, CALG_SHA1, 0, 0, &hHash))
            __leave;
        pbBuffer = (BYTE *)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, BUFSIZE);
        if (!pbBuffer)
            __leave;
        for (;;)
        {
            if (!ReadFile(hFile, pbBuffer, BUFSIZE, &cbRead, NULL))
                __leave;
            if (!cbRead)
                break;
            switch (CryptHashData(hHash, pbBuffer, cbRead, 0))
            {
            case FALSE:
                __leave;
            default:
                break;
            }
        }
        bResult = CryptGetHashParam(hHash, HP_HASHVAL, pbHash, pcbHash, 0);
    }
    __finally
    {
        DWORD dwError = GetLastError();

        g_nCleanups++;
        if (pbBuffer)
            HeapFree(GetProcessHeap(), 0, pbBuffer);
        if (hHash)
            CryptDestroyHash(hHash);
        if (hProv)
            CryptReleaseContext(hProv, 0);
        if (hFile != INVALID_HANDLE_VALUE)
            CloseHandle(hFile);
        SetLastError(dwError);
    }
    return bResult;
}

void _tmain(int argc, TCHAR *argv[])
{
    BYTE rgbHash[HASHLEN];
    DWORD cbHash = HASHLEN, i;
    TCHAR szHex[2 * HASHLEN + 1] = {0}, szByte[3];

    if (argc != 2)
    {
        _tprintf(TEXT("usage: %s file\n"), argv[0]);
        return;
    }
    if (!HashFile(TEXT("/nonexistent/file"), rgbHash, &cbHash))
        _tprintf(TEXT("error %u, %d cleanups\n"), GetLastError(), g_nCleanups);
    if (!HashFile(argv[1], rgbHash, &cbHash))
    {
        _tprintf(TEXT("HashFile failed: %x\n"), GetLastError());
        return;
    }
    for (i = 0; i < cbHash; i++)
    {
        StringCbPrintf(szByte, sizeof(szByte), TEXT("%02x"), rgbHash[i]);
        StringCchCat(szHex, ARRAYSIZE(szHex), szByte);
    }
    _tprintf(TEXT("%s\n"), szHex);
}
