/*
    container.c: sets up a key container with both key pairs, lists the containers, and removes it again.

    usage: container name [bits]      opens or creates the container, and generates the keys that are missing
           container name delete      deletes it
*/
#include <tchar.h>
#include <stdio.h>
#include <windows.h>
#include <Wincrypt.h>

#define DEFAULT_BITS 2048

static DWORD g_dwError = ERROR_SUCCESS;

void MyHandleError(LPCTSTR psz)
{
    g_dwError = GetLastError();
    _ftprintf(stderr, TEXT("An error occurred in the program. \n"));
    _ftprintf(stderr, TEXT("%s\n"), psz);
    _ftprintf(stderr, TEXT("Error number %x.\n"), g_dwError);
}

static HCRYPTPROV OpenContainer(LPCTSTR pszContainer)
{
    HCRYPTPROV hProv = 0;

    if (CryptAcquireContext(&hProv, pszContainer, NULL, PROV_RSA_AES, 0))
    {
        _tprintf(TEXT("The container %s exists.\n"), pszContainer);
        return hProv;
    }
    if (GetLastError() != (DWORD)NTE_BAD_KEYSET)
    {
        MyHandleError(TEXT("Error during CryptAcquireContext!"));
        return 0;
    }
    if (!CryptAcquireContext(&hProv, pszContainer, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET))
    {
        MyHandleError(TEXT("Could not create a new key container."));
        return 0;
    }
    _tprintf(TEXT("A new key container %s has been created.\n"), pszContainer);
    return hProv;
}

static BOOL GetOrGenerateKey(HCRYPTPROV hProv, DWORD dwKeySpec, DWORD dwBits)
{
    HCRYPTKEY hKey = 0;
    DWORD dwKeyLen = 0, cbData = sizeof(dwKeyLen);
    LPCTSTR pszHow = TEXT("found");

    if (!CryptGetUserKey(hProv, dwKeySpec, &hKey))
    {
        if (GetLastError() != (DWORD)NTE_NO_KEY)
        {
            MyHandleError(TEXT("Error during CryptGetUserKey."));
            return FALSE;
        }
        if (!CryptGenKey(hProv, dwKeySpec, dwBits << 16 | CRYPT_EXPORTABLE, &hKey))
        {
            MyHandleError(TEXT("Error during CryptGenKey."));
            return FALSE;
        }
        pszHow = TEXT("generated");
    }
    if (!CryptGetKeyParam(hKey, KP_KEYLEN, (BYTE *)&dwKeyLen, &cbData, 0))
        MyHandleError(TEXT("Error during CryptGetKeyParam."));
    _tprintf(TEXT("%s key %s, %u bits\n"), dwKeySpec == AT_SIGNATURE ? TEXT("signature") : TEXT("exchange"), pszHow, dwKeyLen);
    CryptDestroyKey(hKey);
    return g_dwError == ERROR_SUCCESS;
}

static BOOL ListContainers(HCRYPTPROV hProv)
{
    CHAR *pszName = NULL;
    DWORD cbName = 0, cbBuffer, dwFlags = CRYPT_FIRST;

    if (!CryptGetProvParam(hProv, PP_ENUMCONTAINERS, NULL, &cbName, CRYPT_FIRST))
        return FALSE;
    if (!(pszName = (CHAR *)LocalAlloc(LMEM_ZEROINIT, cbName)))
        return FALSE;
    for (cbBuffer = cbName; CryptGetProvParam(hProv, PP_ENUMCONTAINERS, (BYTE *)pszName, &cbBuffer, dwFlags); cbBuffer = cbName)
    {
        printf("container: %s\n", pszName);
        dwFlags = CRYPT_NEXT;
    }
    LocalFree(pszName);
    return GetLastError() == ERROR_NO_MORE_ITEMS;
}

int _tmain(int argc, TCHAR *argv[])
{
    HCRYPTPROV hProv = 0;
    CHAR szName[1000];
    DWORD cbName = sizeof(szName), dwBits = DEFAULT_BITS;

    if (argc < 2)
    {
        _tprintf(TEXT("usage: %s container [bits | delete]\n"), argv[0]);
        return 2;
    }
    if (argc > 2 && !_tcscmp(argv[2], TEXT("delete")))
    {
        if (!CryptAcquireContext(&hProv, argv[1], NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET))
            MyHandleError(TEXT("The container could not be deleted."));
        else
            _tprintf(TEXT("The container %s has been deleted.\n"), argv[1]);
        return g_dwError != ERROR_SUCCESS;
    }
    if (argc > 2)
        dwBits = _ttoi(argv[2]);
    if (!(hProv = OpenContainer(argv[1])))
        return 1;
    if (CryptGetProvParam(hProv, PP_NAME, (BYTE *)szName, &cbName, 0))
        printf("provider name: %s\n", szName);
    cbName = sizeof(szName);
    if (CryptGetProvParam(hProv, PP_CONTAINER, (BYTE *)szName, &cbName, 0))
        printf("key container name: %s\n", szName);
    if (!GetOrGenerateKey(hProv, AT_SIGNATURE, dwBits) || !GetOrGenerateKey(hProv, AT_KEYEXCHANGE, dwBits))
        return 1;
    if (!ListContainers(hProv))
        MyHandleError(TEXT("Error during PP_ENUMCONTAINERS."));
    if (!CryptReleaseContext(hProv, 0))
        MyHandleError(TEXT("Error during CryptReleaseContext!"));
    return g_dwError != ERROR_SUCCESS;
}
