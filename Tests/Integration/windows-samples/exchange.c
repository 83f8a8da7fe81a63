/*
    exchange.c: encrypts a file under a session key that only the owner of a key exchange key can read.

    usage: exchange publish container public-key-file
           exchange encrypt public-key-file source destination
           exchange decrypt container source destination

    The encrypted file: DWORD length of the SIMPLEBLOB, SIMPLEBLOB, initialization vector, ciphertext.
*/
#include <windows.h>
#include <tchar.h>
#include <stdio.h>
#include <stdlib.h>
#include <wincrypt.h>

#define IV_SIZE 16

static void Fail(LPCTSTR psz)
{
    _ftprintf(stderr, TEXT("%s: %x\n"), psz, GetLastError());
    exit(1);
}

/* A whole file, with room behind it for a block of padding. */
static BYTE *ReadWhole(LPCTSTR pszFile, DWORD *pcbData)
{
    HANDLE hFile = CreateFile(pszFile, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    DWORD cbFile;
    BYTE *pbData = NULL;

    if (hFile == INVALID_HANDLE_VALUE)
        Fail(pszFile);
    cbFile = GetFileSize(hFile, NULL);
    if (cbFile == INVALID_FILE_SIZE || !(pbData = (BYTE *)malloc(cbFile + IV_SIZE)))
        Fail(pszFile);
    if (!ReadFile(hFile, pbData, cbFile, pcbData, NULL) || *pcbData != cbFile)
        Fail(pszFile);
    CloseHandle(hFile);
    return pbData;
}

static void Write(HANDLE hFile, LPCVOID pvData, DWORD cbData)
{
    DWORD cbWritten;

    if (!WriteFile(hFile, pvData, cbData, &cbWritten, NULL) || cbWritten != cbData)
        Fail(TEXT("WriteFile"));
}

static HANDLE Create(LPCTSTR pszFile)
{
    HANDLE hFile = CreateFile(pszFile, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);

    if (hFile == INVALID_HANDLE_VALUE)
        Fail(pszFile);
    return hFile;
}

static BYTE *Export(HCRYPTKEY hKey, HCRYPTKEY hExpKey, DWORD dwBlobType, DWORD *pcbBlob)
{
    BYTE *pbBlob;

    if (!CryptExportKey(hKey, hExpKey, dwBlobType, 0, NULL, pcbBlob))
        Fail(TEXT("CryptExportKey (size)"));
    if (!(pbBlob = (BYTE *)malloc(*pcbBlob)) || !CryptExportKey(hKey, hExpKey, dwBlobType, 0, pbBlob, pcbBlob))
        Fail(TEXT("CryptExportKey"));
    return pbBlob;
}

static void Publish(HCRYPTPROV hProv, LPCTSTR pszFile)
{
    HCRYPTKEY hKey;
    BYTE *pbBlob;
    DWORD cbBlob;
    HANDLE hFile;

    if (!CryptGetUserKey(hProv, AT_KEYEXCHANGE, &hKey))
        Fail(TEXT("CryptGetUserKey"));
    pbBlob = Export(hKey, 0, PUBLICKEYBLOB, &cbBlob);
    hFile = Create(pszFile);
    Write(hFile, pbBlob, cbBlob);
    CloseHandle(hFile);
    free(pbBlob);
    CryptDestroyKey(hKey);
    _tprintf(TEXT("%u bytes of public key\n"), cbBlob);
}

static void Encrypt(HCRYPTPROV hProv, LPCTSTR pszPublicKey, LPCTSTR pszSource, LPCTSTR pszDestination)
{
    HCRYPTKEY hPublicKey, hSessionKey;
    DWORD cbPublicKey, cbData, cbBlob, cbEncrypted;
    BYTE *pbPublicKey = ReadWhole(pszPublicKey, &cbPublicKey), *pbData = ReadWhole(pszSource, &cbData), *pbBlob, rgbIV[IV_SIZE];
    HANDLE hFile;

    if (!CryptImportKey(hProv, pbPublicKey, cbPublicKey, 0, 0, &hPublicKey))
        Fail(TEXT("CryptImportKey"));
    if (!CryptGenKey(hProv, CALG_AES_128, CRYPT_EXPORTABLE, &hSessionKey))
        Fail(TEXT("CryptGenKey"));
    if (!CryptGenRandom(hProv, sizeof(rgbIV), rgbIV) || !CryptSetKeyParam(hSessionKey, KP_IV, rgbIV, 0))
        Fail(TEXT("KP_IV"));
    pbBlob = Export(hSessionKey, hPublicKey, SIMPLEBLOB, &cbBlob);
    cbEncrypted = cbData;
    if (!CryptEncrypt(hSessionKey, 0, TRUE, 0, NULL, &cbEncrypted, 0) || cbEncrypted > cbData + IV_SIZE)
        Fail(TEXT("CryptEncrypt (size)"));
    if (!CryptEncrypt(hSessionKey, 0, TRUE, 0, pbData, &cbData, cbEncrypted))
        Fail(TEXT("CryptEncrypt"));
    hFile = Create(pszDestination);
    Write(hFile, &cbBlob, sizeof(cbBlob));
    Write(hFile, pbBlob, cbBlob);
    Write(hFile, rgbIV, sizeof(rgbIV));
    Write(hFile, pbData, cbData);
    CloseHandle(hFile);
    free(pbPublicKey);
    free(pbData);
    free(pbBlob);
    CryptDestroyKey(hSessionKey);
    CryptDestroyKey(hPublicKey);
    _tprintf(TEXT("%u bytes of ciphertext\n"), cbData);
}

static void Decrypt(HCRYPTPROV hProv, LPCTSTR pszSource, LPCTSTR pszDestination)
{
    HCRYPTKEY hSessionKey;
    DWORD cbFile, cbBlob, cbData;
    BYTE *pbFile = ReadWhole(pszSource, &cbFile), *pbNext = pbFile + sizeof(DWORD);
    HANDLE hFile;

    CopyMemory(&cbBlob, pbFile, sizeof(cbBlob));
    if (!CryptImportKey(hProv, pbNext, cbBlob, 0, 0, &hSessionKey))
        Fail(TEXT("CryptImportKey"));
    pbNext += cbBlob;
    if (!CryptSetKeyParam(hSessionKey, KP_IV, pbNext, 0))
        Fail(TEXT("KP_IV"));
    pbNext += IV_SIZE;
    cbData = (DWORD)(pbFile + cbFile - pbNext);
    if (!CryptDecrypt(hSessionKey, 0, TRUE, 0, pbNext, &cbData))
        Fail(TEXT("CryptDecrypt"));
    hFile = Create(pszDestination);
    Write(hFile, pbNext, cbData);
    CloseHandle(hFile);
    free(pbFile);
    CryptDestroyKey(hSessionKey);
    _tprintf(TEXT("%u bytes of plaintext\n"), cbData);
}

int _tmain(int argc, TCHAR *argv[])
{
    HCRYPTPROV hProv;
    BOOL fEncrypt = argc == 5 && !_tcscmp(argv[1], _T("encrypt"));

    if (argc < 4)
    {
        _tprintf(TEXT("usage: %s publish|encrypt|decrypt ...\n"), argv[0]);
        return 2;
    }
    /* Whoever encrypts needs no keys of his own. */
    if (!CryptAcquireContext(&hProv, fEncrypt ? NULL : argv[2], NULL, PROV_RSA_AES, fEncrypt ? CRYPT_VERIFYCONTEXT : 0))
        Fail(TEXT("CryptAcquireContext"));
    if (fEncrypt)
        Encrypt(hProv, argv[2], argv[3], argv[4]);
    else if (argc == 5)
        Decrypt(hProv, argv[3], argv[4]);
    else
        Publish(hProv, argv[3]);
    CryptReleaseContext(hProv, 0);
    return 0;
}
