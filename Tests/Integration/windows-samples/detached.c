/*
    detached.c: signs a file into another, and verifies it with the signer's public key.

    usage: detached sign container file signature-file public-key-file
           detached verify file signature-file public-key-file
*/
#include <stdio.h>
#include <windows.h>
#include <wincrypt.h>
#include <tchar.h>

#define BUFSIZE 1024
#define MAXSIZE 4096

static DWORD LoadFile(LPCTSTR pszFile, BYTE *pbData)
{
    DWORD cbData = 0;
    HANDLE hFile = CreateFile(pszFile, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (hFile == INVALID_HANDLE_VALUE)
        return 0;
    if (!ReadFile(hFile, pbData, MAXSIZE, &cbData, NULL))
        cbData = 0;
    CloseHandle(hFile);
    return cbData;
}

static BOOL SaveFile(LPCTSTR pszFile, const BYTE *pbData, DWORD cbData)
{
    DWORD cbWritten = 0;
    HANDLE hFile = CreateFile(pszFile, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);

    if (hFile == INVALID_HANDLE_VALUE)
        return FALSE;
    if (!WriteFile(hFile, pbData, cbData, &cbWritten, NULL))
        cbWritten = 0;
    return CloseHandle(hFile) && cbWritten == cbData;
}

static BOOL HashFile(HCRYPTHASH hHash, LPCTSTR pszFile)
{
    BYTE rgbFile[BUFSIZE];
    DWORD cbRead = 0;
    BOOL bResult = FALSE;
    HANDLE hFile = CreateFile(pszFile, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);

    if (INVALID_HANDLE_VALUE == hFile)
        return FALSE;
    while ((bResult = ReadFile(hFile, rgbFile, BUFSIZE, &cbRead, NULL)))
    {
        if (0 == cbRead)
            break;
        if (!CryptHashData(hHash, rgbFile, cbRead, 0))
        {
            bResult = FALSE;
            break;
        }
    }
    CloseHandle(hFile);
    return bResult;
}

int _tmain(int argc, TCHAR *argv[])
{
    HCRYPTPROV hProv = 0;
    HCRYPTHASH hHash = 0;
    HCRYPTKEY hKey = 0;
    BYTE *pbSignature = NULL, rgbKey[MAXSIZE], rgbSignature[MAXSIZE];
    DWORD cbSignature = 0, cbKey = MAXSIZE;
    LPCTSTR pszStep = NULL;
    int nResult = 1;
    BOOL fSign = argc == 6 && !_tcscmp(argv[1], TEXT("sign"));

    if (!fSign && argc != 5)
    {
        _tprintf(TEXT("usage: %s sign|verify ...\n"), argv[0]);
        return 2;
    }
    __try
    {
        pszStep = TEXT("CryptAcquireContext");
        if (!CryptAcquireContext(&hProv, fSign ? argv[2] : NULL, NULL, PROV_RSA_AES, fSign ? 0 : CRYPT_VERIFYCONTEXT))
            __leave;
        pszStep = TEXT("CryptCreateHash");
        if (!CryptCreateHash(hProv, CALG_SHA_256, 0, 0, &hHash))
            __leave;
        pszStep = TEXT("HashFile");
        if (!HashFile(hHash, argv[fSign ? 3 : 2]))
            __leave;
        if (fSign)
        {
            pszStep = TEXT("CryptSignHash");
            if (!CryptSignHash(hHash, AT_SIGNATURE, NULL, 0, NULL, &cbSignature))
                __leave;
            if (!(pbSignature = (BYTE *)LocalAlloc(LPTR, cbSignature)))
                __leave;
            if (!CryptSignHash(hHash, AT_SIGNATURE, NULL, 0, pbSignature, &cbSignature))
                __leave;
            pszStep = TEXT("CryptExportKey");
            if (!CryptGetUserKey(hProv, AT_SIGNATURE, &hKey) || !CryptExportKey(hKey, 0, PUBLICKEYBLOB, 0, rgbKey, &cbKey))
                __leave;
            pszStep = TEXT("SaveFile");
            if (!SaveFile(argv[4], pbSignature, cbSignature) || !SaveFile(argv[5], rgbKey, cbKey))
                __leave;
            _tprintf(TEXT("Signed with %u bytes.\n"), cbSignature);
        }
        else
        {
            pszStep = TEXT("LoadFile");
            cbSignature = LoadFile(argv[3], rgbSignature);
            cbKey = LoadFile(argv[4], rgbKey);
            pszStep = TEXT("CryptImportKey");
            if (!CryptImportKey(hProv, rgbKey, cbKey, 0, 0, &hKey))
                __leave;
            pszStep = TEXT("CryptVerifySignature");
            if (!CryptVerifySignature(hHash, rgbSignature, cbSignature, hKey, NULL, 0))
                __leave;
            _tprintf(TEXT("The signature has been verified.\n"));
        }
        nResult = 0;
    }
    __finally
    {
        if (nResult)
            _tprintf(TEXT("%s failed: %08x\n"), pszStep, GetLastError());
        if (pbSignature)
            LocalFree(pbSignature);
        if (hKey)
            CryptDestroyKey(hKey);
        if (hHash)
            CryptDestroyHash(hHash);
        if (hProv)
            CryptReleaseContext(hProv, 0);
    }
    return nResult;
}
