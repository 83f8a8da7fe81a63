/* The functions that an operating system calls in a cryptographic service provider. cspdk.h includes them.
 *
 * A host with a CryptAcquireContext of its own loads libtokencsp.so.1 and finds these 25 by dlsym, beside GetLastError,
 * which tells why one answered FALSE. They do what the functions of wincrypt.h do under the name with Crypt for CP,
 * whose comments hold for them; what differs stands here. The handles are those of wincrypt.h and go with either.
 *
 *   hProv    first in each: the context that the other handles belong to
 *   handles  an hProv that is not live is NTE_BAD_UID; a key or a hash that is not live, or belongs to another context
 *            than hProv, is NTE_BAD_KEY or NTE_BAD_HASH. (Microsoft: "CPHashData function", "CPSignHash function", …;
 *            the Crypt functions say ERROR_INVALID_PARAMETER.)
 *   text     szContainer and pszProvName are UTF-8, szDescription is UTF-16
 */
#ifndef TOKENCSP_CSP_H
#define TOKENCSP_CSP_H

#include "../windef.h"
#include "hashes.h"
#include "keys.h"
#include "providers.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Contexts ---------------------------------------------------------------------------------------------------- */

/* Opens, makes or deletes a key container, as dwFlags says.
 *   phProv       receives the context; 0 after CRYPT_DELETEKEYSET
 *   szContainer  container name; NULL: the default one
 *   pVTable      whom the host means: dwProvType counts from Version 2 on, pszProvName from Version 3 on. Without a
 *                type it is PROV_RSA_AES, without a name the default provider of the type. NULL: neither.
 *                The callbacks and pbContextInfo are not used. Nothing of it is kept.
 * Errors: those of CryptAcquireContext; ERROR_INVALID_PARAMETER for a Version that is not 1, 2 or 3.
 * Microsoft: "CPAcquireContext function", "VTableProvStruc structure". */
TOKENCSP_API BOOL WINAPI CPAcquireContext(
    HCRYPTPROV *phProv, LPCSTR szContainer, DWORD dwFlags, PVTableProvStruc pVTable);
TOKENCSP_API BOOL WINAPI CPReleaseContext(HCRYPTPROV hProv, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPGetProvParam(
    HCRYPTPROV hProv, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPSetProvParam(HCRYPTPROV hProv, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPGenRandom(HCRYPTPROV hProv, DWORD dwLen, BYTE *pbBuffer);

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

TOKENCSP_API BOOL WINAPI CPGenKey(HCRYPTPROV hProv, ALG_ID Algid, DWORD dwFlags, HCRYPTKEY *phKey);
TOKENCSP_API BOOL WINAPI CPDeriveKey(
    HCRYPTPROV hProv, ALG_ID Algid, HCRYPTHASH hBaseData, DWORD dwFlags, HCRYPTKEY *phKey);
TOKENCSP_API BOOL WINAPI CPGetUserKey(HCRYPTPROV hProv, DWORD dwKeySpec, HCRYPTKEY *phUserKey);
TOKENCSP_API BOOL WINAPI CPDuplicateKey(
    HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD *pdwReserved, DWORD dwFlags, HCRYPTKEY *phKey);
TOKENCSP_API BOOL WINAPI CPDestroyKey(HCRYPTPROV hProv, HCRYPTKEY hKey);
TOKENCSP_API BOOL WINAPI CPGetKeyParam(
    HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPSetKeyParam(
    HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPExportKey(
    HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTKEY hPubKey, DWORD dwBlobType, DWORD dwFlags, BYTE *pbData,
    DWORD *pdwDataLen);
TOKENCSP_API BOOL WINAPI CPImportKey(
    HCRYPTPROV hProv, const BYTE *pbData, DWORD dwDataLen, HCRYPTKEY hPubKey, DWORD dwFlags, HCRYPTKEY *phKey);
TOKENCSP_API BOOL WINAPI CPEncrypt(
    HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen,
    DWORD dwBufLen);
TOKENCSP_API BOOL WINAPI CPDecrypt(
    HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen);

/* ---- Hashes and signatures --------------------------------------------------------------------------------------- */

TOKENCSP_API BOOL WINAPI CPCreateHash(
    HCRYPTPROV hProv, ALG_ID Algid, HCRYPTKEY hKey, DWORD dwFlags, HCRYPTHASH *phHash);
TOKENCSP_API BOOL WINAPI CPDuplicateHash(
    HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD *pdwReserved, DWORD dwFlags, HCRYPTHASH *phHash);
TOKENCSP_API BOOL WINAPI CPDestroyHash(HCRYPTPROV hProv, HCRYPTHASH hHash);
TOKENCSP_API BOOL WINAPI CPHashData(
    HCRYPTPROV hProv, HCRYPTHASH hHash, const BYTE *pbData, DWORD dwDataLen, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPHashSessionKey(HCRYPTPROV hProv, HCRYPTHASH hHash, HCRYPTKEY hKey, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPGetHashParam(
    HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPSetHashParam(
    HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CPSignHash(
    HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwKeySpec, LPCWSTR szDescription, DWORD dwFlags, BYTE *pbSignature,
    DWORD *pdwSigLen);
TOKENCSP_API BOOL WINAPI CPVerifySignature(
    HCRYPTPROV hProv, HCRYPTHASH hHash, const BYTE *pbSignature, DWORD dwSigLen, HCRYPTKEY hPubKey,
    LPCWSTR szDescription, DWORD dwFlags);

#ifdef __cplusplus
}
#endif

#endif
