/*
    password.c: encrypts and decrypts a file with a key derived from a password.

    usage: password encrypt|decrypt source destination password
*/
#include <stdio.h>
#include <tchar.h>
#include <windows.h>
#include <wincrypt.h>

#define ENCRYPT_ALGORITHM CALG_AES_256
#define ENCRYPT_BLOCK_SIZE 16
#define BLOCKS_A_TIME 10

static void MyHandleError(LPCTSTR psz, DWORD nErrorNumber)
{
    _ftprintf(stderr, TEXT("%s\nError number 0x%x.\n"), psz, nErrorNumber);
}

BOOL MyCryptFile(__in BOOL fEncrypt, __in LPCTSTR pszSource, __in LPCTSTR pszDestination, __in LPCTSTR pszPassword)
{
    BOOL fReturn = FALSE;
    HANDLE hSource = INVALID_HANDLE_VALUE, hDestination = INVALID_HANDLE_VALUE;
    HCRYPTPROV hCryptProv = 0;
    HCRYPTKEY hKey = 0;
    HCRYPTHASH hHash = 0;
    PBYTE pbBuffer = NULL;
    DWORD cbBlock = BLOCKS_A_TIME * ENCRYPT_BLOCK_SIZE, cbBuffer = cbBlock + ENCRYPT_BLOCK_SIZE, cbData, cbWritten;
    DWORD cbLeft = 0, cbHigh = 0;
    BOOL fEOF = FALSE;

    __try
    {
        hSource = CreateFile(pszSource, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
        if (INVALID_HANDLE_VALUE == hSource)
        {
            MyHandleError(TEXT("Error opening source file!"), GetLastError());
            __leave;
        }
        cbLeft = GetFileSize(hSource, &cbHigh);
        hDestination = CreateFile(pszDestination, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        if (INVALID_HANDLE_VALUE == hDestination)
        {
            MyHandleError(TEXT("Error opening destination file!"), GetLastError());
            __leave;
        }
        if (!CryptAcquireContext(&hCryptProv, NULL, MS_ENH_RSA_AES_PROV, PROV_RSA_AES, CRYPT_VERIFYCONTEXT))
        {
            MyHandleError(TEXT("Error during CryptAcquireContext!"), GetLastError());
            __leave;
        }
        if (!CryptCreateHash(hCryptProv, CALG_SHA_256, 0, 0, &hHash))
        {
            MyHandleError(TEXT("Error during CryptCreateHash!"), GetLastError());
            __leave;
        }
        if (!CryptHashData(hHash, (BYTE *)pszPassword, (DWORD)(lstrlen(pszPassword) * sizeof(TCHAR)), 0))
        {
            MyHandleError(TEXT("Error during CryptHashData!"), GetLastError());
            __leave;
        }
        if (!CryptDeriveKey(hCryptProv, ENCRYPT_ALGORITHM, hHash, 0, &hKey))
        {
            MyHandleError(TEXT("Error during CryptDeriveKey!"), GetLastError());
            __leave;
        }
        pbBuffer = (PBYTE)HeapAlloc(GetProcessHeap(), 0, cbBuffer);
        if (NULL == pbBuffer)
        {
            MyHandleError(TEXT("Out of memory!"), ERROR_NOT_ENOUGH_MEMORY);
            __leave;
        }
        do
        {
            if (!ReadFile(hSource, pbBuffer, cbBlock, &cbData, NULL))
            {
                MyHandleError(TEXT("Error reading!"), GetLastError());
                __leave;
            }
            cbLeft -= cbData;
            fEOF = cbLeft == 0;
            if (fEncrypt ? !CryptEncrypt(hKey, 0, fEOF, 0, pbBuffer, &cbData, cbBuffer) : !CryptDecrypt(hKey, 0, fEOF, 0, pbBuffer, &cbData))
            {
                MyHandleError(fEncrypt ? TEXT("Error during CryptEncrypt!") : TEXT("Error during CryptDecrypt!"), GetLastError());
                __leave;
            }
            if (!WriteFile(hDestination, pbBuffer, cbData, &cbWritten, NULL) || cbWritten != cbData)
            {
                MyHandleError(TEXT("Error writing!"), GetLastError());
                __leave;
            }
        } while (!fEOF);
        fReturn = TRUE;
    }
    __finally
    {
        if (hSource != INVALID_HANDLE_VALUE)
            CloseHandle(hSource);
        if (hDestination != INVALID_HANDLE_VALUE)
            CloseHandle(hDestination);
        if (pbBuffer)
        {
            SecureZeroMemory(pbBuffer, cbBuffer);
            HeapFree(GetProcessHeap(), 0, pbBuffer);
        }
        if (hHash && !CryptDestroyHash(hHash))
            MyHandleError(TEXT("Error during CryptDestroyHash."), GetLastError());
        if (hKey && !CryptDestroyKey(hKey))
            MyHandleError(TEXT("Error during CryptDestroyKey!"), GetLastError());
        if (hCryptProv && !CryptReleaseContext(hCryptProv, 0))
            MyHandleError(TEXT("Error during CryptReleaseContext!"), GetLastError());
    }
    return fReturn;
}

int _tmain(int argc, _TCHAR *argv[])
{
    BOOL fEncrypt;

    if (argc != 5)
    {
        _tprintf(TEXT("Usage: %s encrypt|decrypt <source file> <destination file> <password>\n"), argv[0]);
        return 2;
    }
    fEncrypt = !_tcsicmp(argv[1], TEXT("Encrypt"));
    if (!MyCryptFile(fEncrypt, argv[2], argv[3], argv[4]))
        return 1;
    _tprintf(TEXT("%s of the file %s was successful.\nThe result is in file %s.\n"),
             fEncrypt ? TEXT("Encryption") : TEXT("Decryption"), argv[2], argv[3]);
    return 0;
}
