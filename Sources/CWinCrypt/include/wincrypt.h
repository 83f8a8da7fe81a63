/* The base functions of Microsoft's CryptoAPI, with keys on PKCS#11 tokens. Link with -ltokencsp.
 *
 * Every function answers TRUE, or FALSE and a code in GetLastError(). What holds for all of them:
 *   handles    a handle that is 0, of the wrong kind, destroyed, or whose context is released: ERROR_INVALID_PARAMETER;
 *   buffers    *pcb… goes in as the buffer's size in bytes and comes out as the bytes written. With a NULL buffer the
 *              call succeeds and gives the size; a short one is ERROR_MORE_DATA with the size needed;
 *   reserved   must be NULL or 0: ERROR_INVALID_PARAMETER, or NTE_BAD_FLAGS for dwFlags;
 *   A and W    LPCSTR is UTF-8, LPCWSTR is UTF-16; the sizes of strings count bytes and their NUL in both;
 *   the token  SCARD_* when it is absent, removed, or its PIN is wrong or locked; NTE_SILENT_CONTEXT when a PIN is
 *              needed and the context may not ask for it.
 * "Microsoft:" names the page of the Win32 reference that the function follows.
 */
#ifndef TOKENCSP_WINCRYPT_H
#define TOKENCSP_WINCRYPT_H

#include "winbase.h"
#include "windef.h"
#include "winerror.h"
#include "tokencsp/algorithms.h"
#include "tokencsp/providers.h"
#include "tokencsp/keys.h"
#include "tokencsp/hashes.h"
#include "tokencsp/extensions.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CRYPT_FAILED FALSE
#define CRYPT_SUCCEED TRUE
#define RCRYPT_SUCCEEDED(result) ((result) == CRYPT_SUCCEED)
#define RCRYPT_FAILED(result) ((result) == CRYPT_FAILED)

#ifdef UNICODE
#define CryptAcquireContext CryptAcquireContextW
#define CryptEnumProviders CryptEnumProvidersW
#define CryptEnumProviderTypes CryptEnumProviderTypesW
#define CryptGetDefaultProvider CryptGetDefaultProviderW
#define CryptSetProvider CryptSetProviderW
#define CryptSetProviderEx CryptSetProviderExW
#define CryptSignHash CryptSignHashW
#define CryptVerifySignature CryptVerifySignatureW
#else
#define CryptAcquireContext CryptAcquireContextA
#define CryptEnumProviders CryptEnumProvidersA
#define CryptEnumProviderTypes CryptEnumProviderTypesA
#define CryptGetDefaultProvider CryptGetDefaultProviderA
#define CryptSetProvider CryptSetProviderA
#define CryptSetProviderEx CryptSetProviderExA
#define CryptSignHash CryptSignHashA
#define CryptVerifySignature CryptVerifySignatureA
#endif

/* ---- Contexts ---------------------------------------------------------------------------------------------------- */

/* Opens a provider and, in it, a key container; or makes or deletes the container.
 *   phProv       receives the context; 0 after CRYPT_DELETEKEYSET
 *   szContainer  container name; NULL: the default one. `\\.\reader\container` names the token too
 *   szProvider   provider name; NULL or "": the default of the type
 *   dwProvType   PROV_*; dwFlags: CRYPT_VERIFYCONTEXT, CRYPT_NEWKEYSET, CRYPT_DELETEKEYSET, CRYPT_MACHINE_KEYSET, …
 * Errors: NTE_BAD_KEYSET (no such container), NTE_EXISTS, NTE_BAD_FLAGS, NTE_BAD_PROV_TYPE, NTE_PROV_TYPE_NOT_DEF,
 * NTE_KEYSET_NOT_DEF, NTE_PROV_TYPE_NO_MATCH, NTE_PROV_DLL_NOT_FOUND. Success sets the last error to ERROR_SUCCESS.
 * Microsoft: "CryptAcquireContextA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptAcquireContextA(
    HCRYPTPROV *phProv, LPCSTR szContainer, LPCSTR szProvider, DWORD dwProvType, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CryptAcquireContextW(
    HCRYPTPROV *phProv, LPCWSTR szContainer, LPCWSTR szProvider, DWORD dwProvType, DWORD dwFlags);

/* Drops one reference to a context; with the last one its keys and hashes end too.
 *   dwFlags  must be 0. Otherwise the context is released all the same, and the answer is FALSE with NTE_BAD_FLAGS
 * Errors: ERROR_INVALID_PARAMETER, NTE_BAD_FLAGS. Microsoft: "CryptReleaseContext function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptReleaseContext(HCRYPTPROV hProv, DWORD dwFlags);

/* Adds one reference to a context: it takes one CryptReleaseContext more.
 *   pdwReserved  NULL; dwFlags: 0
 * Errors: ERROR_INVALID_PARAMETER. Microsoft: "CryptContextAddRef function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptContextAddRef(HCRYPTPROV hProv, DWORD *pdwReserved, DWORD dwFlags);

/* Reads a parameter of the context.
 *   dwParam      PP_*; PP_ENUMALGS, PP_ENUMALGS_EX and PP_ENUMCONTAINERS step with dwFlags CRYPT_FIRST, then CRYPT_NEXT
 *   pbData       a DWORD, a NUL-terminated char string, or the struct that dwParam says. PP_USE_HARDWARE_RNG takes NULL
 *                and succeeds where the token has a random number generator
 *   pdwDataLen   bytes; for PP_ENUMCONTAINERS a size query gives the longest possible name
 *   dwFlags      0; for PP_KEYSET_SEC_DESCR a SECURITY_INFORMATION. The descriptor is empty, for the token's PIN alone
 *                says who may use a key
 * There is no certificate store: PP_USER_CERTSTORE, PP_ROOT_CERTSTORE and PP_CERTCHAIN are NTE_BAD_TYPE. PINs are never
 * told. PP_ENUMEX_SIGNING_PROT is NTE_BAD_TYPE, which says that dwProtocols is not filled in.
 * Errors: NTE_BAD_TYPE (unknown parameter), NTE_BAD_FLAGS, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS (end of a list).
 * Microsoft: "CryptGetProvParam function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGetProvParam(
    HCRYPTPROV hProv, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);

/* Sets a parameter of the context.
 *   hProv    0 goes with PP_CLIENT_HWND, for all contexts
 *   dwParam  PP_KEYEXCHANGE_PIN, PP_SIGNATURE_PIN: the PIN, a char string; NULL forgets it
 *            PP_ADMIN_PIN: the security officer's PIN, likewise. Where the token's user PIN is locked or was never set,
 *            the next PIN that is set becomes the user's. It serves once
 *            PP_PIN_PROMPT_STRING, PP_UI_PROMPT (UTF-16; NULL for none), PP_DISMISS_PIN_UI_SEC (DWORD): for prompts
 *            PP_CLIENT_HWND: taken, without effect
 *            PP_DELETEKEY: drops the key pairs of a context without a container; pbData is not read
 *            PP_USE_HARDWARE_RNG: CryptGenRandom asks the token from now on; pbData must be NULL
 *   pbData   the value, of the form that dwParam asks for
 * PP_KEYSET_SEC_DESCR is ERROR_NOT_SUPPORTED: no token would hold to it. PP_SECURE_…_PIN is NTE_BAD_TYPE: there is
 * nothing here that a PIN could have been encrypted with.
 * Errors: NTE_BAD_TYPE (unknown parameter), NTE_BAD_FLAGS (flags, or a value of the wrong form),
 * ERROR_INVALID_PARAMETER (pointers), NTE_PERM (PP_DELETEKEY with a container), NTE_FAIL (no generator),
 * SCARD_W_WRONG_CHV (of PP_ADMIN_PIN). A user PIN is first heard by the token when a private key is used.
 * Microsoft: "CryptSetProvParam function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptSetProvParam(HCRYPTPROV hProv, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);

/* Fills a buffer with random bytes.
 *   dwLen  bytes; pbBuffer: receives them
 * Errors: ERROR_INVALID_PARAMETER, NTE_FAIL (no random source).
 * Microsoft: "CryptGenRandom function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGenRandom(HCRYPTPROV hProv, DWORD dwLen, BYTE *pbBuffer);

/* ---- Providers --------------------------------------------------------------------------------------------------- */

/* Gives one provider of the list.
 *   dwIndex      counts from 0; pdwReserved: NULL; dwFlags: 0
 *   pdwProvType  receives its PROV_*; szProvName: its name; pcbProvName: bytes with the NUL
 * Errors: ERROR_NO_MORE_ITEMS (past the end), ERROR_MORE_DATA, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER.
 * Microsoft: "CryptEnumProvidersA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptEnumProvidersA(
    DWORD dwIndex, DWORD *pdwReserved, DWORD dwFlags, DWORD *pdwProvType, LPSTR szProvName, DWORD *pcbProvName);
TOKENCSP_API BOOL WINAPI CryptEnumProvidersW(
    DWORD dwIndex, DWORD *pdwReserved, DWORD dwFlags, DWORD *pdwProvType, LPWSTR szProvName, DWORD *pcbProvName);

/* Gives one provider type of the list.
 *   dwIndex      counts from 0; pdwReserved: NULL; dwFlags: 0
 *   pdwProvType  receives the PROV_*; szTypeName: its name; pcbTypeName: bytes with the NUL
 * Errors: ERROR_NO_MORE_ITEMS (past the end), ERROR_MORE_DATA, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER.
 * Microsoft: "CryptEnumProviderTypesA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptEnumProviderTypesA(
    DWORD dwIndex, DWORD *pdwReserved, DWORD dwFlags, DWORD *pdwProvType, LPSTR szTypeName, DWORD *pcbTypeName);
TOKENCSP_API BOOL WINAPI CryptEnumProviderTypesW(
    DWORD dwIndex, DWORD *pdwReserved, DWORD dwFlags, DWORD *pdwProvType, LPWSTR szTypeName, DWORD *pcbTypeName);

/* Names the default provider of a type.
 *   dwProvType   PROV_*; pdwReserved: NULL; dwFlags: CRYPT_MACHINE_DEFAULT or CRYPT_USER_DEFAULT
 *   pszProvName  receives the name; pcbProvName: bytes with the NUL
 * Errors: ERROR_MORE_DATA, NTE_BAD_FLAGS, NTE_BAD_PROV_TYPE, ERROR_INVALID_PARAMETER.
 * Microsoft: "CryptGetDefaultProviderA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGetDefaultProviderA(
    DWORD dwProvType, DWORD *pdwReserved, DWORD dwFlags, LPSTR pszProvName, DWORD *pcbProvName);
TOKENCSP_API BOOL WINAPI CryptGetDefaultProviderW(
    DWORD dwProvType, DWORD *pdwReserved, DWORD dwFlags, LPWSTR pszProvName, DWORD *pcbProvName);

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

/* Makes a key pair on the token, or a session key.
 *   Algid    AT_KEYEXCHANGE, AT_SIGNATURE, or a CALG_*
 *   dwFlags  low half: CRYPT_EXPORTABLE, CRYPT_USER_PROTECTED, CRYPT_ARCHIVABLE, …; high half: bits, 0: default length
 *   phKey    receives the key; end it with CryptDestroyKey
 * Errors: NTE_BAD_ALGID, NTE_BAD_FLAGS (a flag that the token cannot honour), ERROR_INVALID_PARAMETER (length),
 * NTE_PERM, NTE_SILENT_CONTEXT, NTE_TOKEN_KEYSET_STORAGE_FULL. Microsoft: "CryptGenKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGenKey(HCRYPTPROV hProv, ALG_ID Algid, DWORD dwFlags, HCRYPTKEY *phKey);

/* Ends a key handle: a session key is gone, a key pair stays on the token. An archivable key ceases to be exportable.
 * Errors: ERROR_INVALID_PARAMETER. Microsoft: "CryptDestroyKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptDestroyKey(HCRYPTKEY hKey);

/* Gives a handle on a key pair of the container.
 *   dwKeySpec  AT_KEYEXCHANGE or AT_SIGNATURE; phUserKey: receives the key
 * Errors: NTE_NO_KEY (the container has none of this kind), NTE_BAD_KEY (no such kind).
 * Microsoft: "CryptGetUserKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGetUserKey(HCRYPTPROV hProv, DWORD dwKeySpec, HCRYPTKEY *phUserKey);

/* Writes a key into a blob.
 *   hExpKey     the key that encrypts the blob; 0 for PUBLICKEYBLOB and for what leaves in the clear
 *   dwBlobType  PUBLICKEYBLOB, PRIVATEKEYBLOB, SIMPLEBLOB, PLAINTEXTKEYBLOB, …; dwFlags: CRYPT_OAEP, CRYPT_BLOB_VER3, …
 *   pbData      receives BLOBHEADER and what follows; pdwDataLen: bytes
 * Errors: NTE_BAD_KEY_STATE (not exportable), NTE_BAD_TYPE, NTE_BAD_FLAGS, NTE_NO_KEY, NTE_BAD_PUBLIC_KEY,
 * ERROR_MORE_DATA. Microsoft: "CryptExportKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptExportKey(
    HCRYPTKEY hKey, HCRYPTKEY hExpKey, DWORD dwBlobType, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen);

/* Reads a key from a blob; a private key goes to the token and replaces the container's pair of its kind.
 *   pbData   the blob, dwDataLen bytes; hPubKey: the key that decrypts it, or 0
 *   dwFlags  CRYPT_EXPORTABLE, CRYPT_USER_PROTECTED, CRYPT_NO_SALT, CRYPT_OAEP, CRYPT_IPSEC_HMAC_KEY
 *   phKey    receives the key
 * Errors: NTE_BAD_TYPE, NTE_BAD_VER, NTE_BAD_DATA, NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_BAD_KEY.
 * Microsoft: "CryptImportKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptImportKey(
    HCRYPTPROV hProv, const BYTE *pbData, DWORD dwDataLen, HCRYPTKEY hPubKey, DWORD dwFlags, HCRYPTKEY *phKey);

/* Reads a parameter of a key.
 *   dwParam  KP_ALGID, KP_KEYLEN, KP_BLOCKLEN (bits), KP_PERMISSIONS, KP_IV, KP_SALT, KP_P, KP_Q, KP_G, …
 *   pbData   a DWORD or bytes, as dwParam says; pdwDataLen: bytes; dwFlags: 0
 * Errors: NTE_BAD_TYPE, NTE_BAD_KEY (not a parameter of this kind of key), NTE_BAD_FLAGS, ERROR_MORE_DATA.
 * Microsoft: "CryptGetKeyParam function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGetKeyParam(
    HCRYPTKEY hKey, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);

/* Sets a parameter of a key.
 *   dwParam  KP_IV, KP_SALT_EX, KP_MODE, KP_PADDING, KP_EFFECTIVE_KEYLEN (bits), KP_PERMISSIONS, KP_P, KP_X, …
 *   pbData   the value; its length follows from dwParam and the key
 * Errors: NTE_BAD_TYPE, NTE_BAD_DATA, NTE_BAD_FLAGS, NTE_FIXEDPARAMETER.
 * Microsoft: "CryptSetKeyParam function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptSetKeyParam(HCRYPTKEY hKey, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);

/* ---- Hashes ------------------------------------------------------------------------------------------------------ */

/* Starts a hash or a MAC.
 *   Algid   CALG_SHA_256, CALG_HMAC, CALG_MAC, …; hKey: the key of a MAC, else 0; dwFlags: 0
 *   phHash  receives the hash; end it with CryptDestroyHash
 * Errors: NTE_BAD_ALGID (PROV_RSA_FULL has no SHA-2), NTE_BAD_KEY, NTE_BAD_FLAGS.
 * Microsoft: "CryptCreateHash function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptCreateHash(
    HCRYPTPROV hProv, ALG_ID Algid, HCRYPTKEY hKey, DWORD dwFlags, HCRYPTHASH *phHash);

/* Adds data to a hash.
 *   pbData   dwDataLen bytes; dwFlags: 0 or CRYPT_USERDATA
 * Errors: NTE_BAD_HASH_STATE (its value has been read), NTE_BAD_ALGID (the hash takes no data), NTE_BAD_FLAGS.
 * Microsoft: "CryptHashData function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptHashData(HCRYPTHASH hHash, const BYTE *pbData, DWORD dwDataLen, DWORD dwFlags);

/* Reads a parameter of a hash; reading the value finishes the hash.
 *   dwParam  HP_ALGID, HP_HASHSIZE (DWORD, bytes), HP_HASHVAL (the bytes, in natural order)
 *   pbData   receives it; pdwDataLen: bytes; dwFlags: 0
 * Errors: NTE_BAD_TYPE, NTE_BAD_FLAGS, ERROR_MORE_DATA.
 * Microsoft: "CryptGetHashParam function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptGetHashParam(
    HCRYPTHASH hHash, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);

/* Sets a parameter of a hash.
 *   dwParam  HP_HASHVAL (a value made elsewhere, of the hash's length), HP_HMAC_INFO (an HMAC_INFO)
 *   pbData   the value; dwFlags: 0
 * Errors: NTE_BAD_TYPE, NTE_BAD_FLAGS, NTE_BAD_HASH_STATE, NTE_BAD_ALGID.
 * Microsoft: "CryptSetHashParam function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptSetHashParam(HCRYPTHASH hHash, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);

/* Copies a hash with all that it has taken in so far.
 *   pdwReserved  NULL; dwFlags: 0; phHash: receives the copy
 * Errors: ERROR_INVALID_PARAMETER, NTE_BAD_FLAGS. Microsoft: "CryptDuplicateHash function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptDuplicateHash(
    HCRYPTHASH hHash, DWORD *pdwReserved, DWORD dwFlags, HCRYPTHASH *phHash);

/* Ends a hash handle.
 * Errors: ERROR_INVALID_PARAMETER. Microsoft: "CryptDestroyHash function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptDestroyHash(HCRYPTHASH hHash);

/* Signs the hash with the private key of the container; this finishes the hash.
 *   dwKeySpec     AT_KEYEXCHANGE or AT_SIGNATURE; szDescription: NULL; dwFlags: CRYPT_NOHASHOID, CRYPT_TOKENCSP_PSS
 *   pbSignature   receives the signature, an RSA one little-endian; pdwSigLen: bytes
 * Errors: NTE_NO_KEY, NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_SILENT_CONTEXT, SCARD_W_WRONG_CHV, ERROR_MORE_DATA.
 * Microsoft: "CryptSignHashA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptSignHashA(
    HCRYPTHASH hHash, DWORD dwKeySpec, LPCSTR szDescription, DWORD dwFlags, BYTE *pbSignature, DWORD *pdwSigLen);
TOKENCSP_API BOOL WINAPI CryptSignHashW(
    HCRYPTHASH hHash, DWORD dwKeySpec, LPCWSTR szDescription, DWORD dwFlags, BYTE *pbSignature, DWORD *pdwSigLen);

/* Verifies a signature over the hash; this finishes the hash.
 *   pbSignature    dwSigLen bytes as CryptSignHash gives them; hPubKey: the signer's public key
 *   szDescription  NULL; dwFlags: as for signing
 * Errors: NTE_BAD_SIGNATURE (it does not verify), NTE_BAD_KEY, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER.
 * Microsoft: "CryptVerifySignatureA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptVerifySignatureA(
    HCRYPTHASH hHash, const BYTE *pbSignature, DWORD dwSigLen, HCRYPTKEY hPubKey, LPCSTR szDescription, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CryptVerifySignatureW(
    HCRYPTHASH hHash, const BYTE *pbSignature, DWORD dwSigLen, HCRYPTKEY hPubKey, LPCWSTR szDescription, DWORD dwFlags);

/* Adds the value of a session key to the hash.
 *   dwFlags  0 or CRYPT_LITTLE_ENDIAN
 * Errors: NTE_BAD_KEY (the value is not to be had), NTE_BAD_FLAGS, NTE_BAD_HASH_STATE.
 * Microsoft: "CryptHashSessionKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptHashSessionKey(HCRYPTHASH hHash, HCRYPTKEY hKey, DWORD dwFlags);

/* Encrypts in place, a message in one or several calls.
 *   hHash       0, or a hash that takes in the plaintext
 *   Final       TRUE for the last part: a block cipher pads it (PKCS#5), and the next call starts a new message
 *   dwFlags     0; with an RSA key CRYPT_OAEP
 *   pbData      the plaintext, then the ciphertext (of RSA little-endian); NULL asks for the size
 *   pdwDataLen  bytes of data; dwBufLen: bytes of the buffer
 * Errors: ERROR_MORE_DATA, NTE_BAD_DATA (part of a block), NTE_BAD_LEN (RSA: too long), NTE_BAD_KEY, NTE_BAD_ALGID (mode).
 * Microsoft: "CryptEncrypt function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptEncrypt(
    HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen, DWORD dwBufLen);

/* Decrypts in place; the parameters are those of CryptEncrypt.
 * Errors: NTE_BAD_DATA (padding, length; *pdwDataLen is unchanged), NTE_BAD_KEY, NTE_BAD_ALGID (mode).
 * Microsoft: "CryptDecrypt function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptDecrypt(
    HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen);

/* Derives a session key from a hash, which is finished by it.
 *   Algid    a session key's algorithm; dwFlags: CRYPT_EXPORTABLE, CRYPT_CREATE_SALT, CRYPT_NO_SALT, …,
 *            the key length in bits in the high word, 0 for the provider's default
 * Errors: NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_BAD_DATA (length), NTE_BAD_HASH.
 * Microsoft: "CryptDeriveKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptDeriveKey(
    HCRYPTPROV hProv, ALG_ID Algid, HCRYPTHASH hBaseData, DWORD dwFlags, HCRYPTKEY *phKey);

/* Copies a key with its parameters and its place in a message.
 *   pdwReserved  NULL; dwFlags: 0; phKey: receives the copy
 * Errors: ERROR_INVALID_PARAMETER. Microsoft: "CryptDuplicateKey function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptDuplicateKey(HCRYPTKEY hKey, DWORD *pdwReserved, DWORD dwFlags, HCRYPTKEY *phKey);

/* Sets the user's default provider of a type.
 * Errors: NTE_BAD_PROV_TYPE, NTE_KEYSET_NOT_DEF, NTE_PROV_TYPE_NO_MATCH, NTE_PERM.
 * Microsoft: "CryptSetProviderA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptSetProviderA(LPCSTR pszProvName, DWORD dwProvType);
TOKENCSP_API BOOL WINAPI CryptSetProviderW(LPCWSTR pszProvName, DWORD dwProvType);

/* Sets or deletes a default provider of a type.
 *   pdwReserved  NULL; dwFlags: CRYPT_USER_DEFAULT or CRYPT_MACHINE_DEFAULT, with CRYPT_DELETE_DEFAULT to delete
 * Errors: as CryptSetProvider, NTE_BAD_FLAGS. Microsoft: "CryptSetProviderExA/W function (wincrypt.h)". */
TOKENCSP_API BOOL WINAPI CryptSetProviderExA(
    LPCSTR pszProvName, DWORD dwProvType, DWORD *pdwReserved, DWORD dwFlags);
TOKENCSP_API BOOL WINAPI CryptSetProviderExW(
    LPCWSTR pszProvName, DWORD dwProvType, DWORD *pdwReserved, DWORD dwFlags);

#ifdef __cplusplus
}
#endif

#include "tokencsp/widecheck.h"

#endif
