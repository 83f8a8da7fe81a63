/* What is ours and not Microsoft's: all of it has TOKENCSP in its name. The numbers lie where Microsoft has none. */
#ifndef TOKENCSP_EXTENSIONS_H
#define TOKENCSP_EXTENSIONS_H

/* CryptSignHash, CryptVerifySignature: dwFlags. RSASSA-PSS (RFC 8017, section 8.1) in place of PKCS #1 v1.5: MGF1 over the
 * hash's own function, SHA-1 or SHA-2. The signature is little-endian like every RSA signature here. Not together with
 * CRYPT_NOHASHOID. Errors: NTE_BAD_FLAGS (the key is not RSA), NTE_BAD_ALGID (MD2, MD4, MD5, SSL3_SHAMD5; or a token that
 * can neither do it nor the bare RSA operation), NTE_BAD_LEN (the key has no room for hash and salt). */
#define CRYPT_TOKENCSP_PSS 0x00010000

/* CryptSetHashParam, CryptGetHashParam: dwParam. A DWORD: bytes of salt for CRYPT_TOKENCSP_PSS, in signing and verifying;
 * as many as the hash value has unless it is set. Errors: NTE_BAD_TYPE (no such hash), NTE_BAD_ALGID, NTE_BAD_LEN. */
#define HP_TOKENCSP_PSS_SALT_LENGTH 0x80000001

/* CryptSetKeyParam, CryptGetKeyParam: dwParam, of RSA keys. An ALG_ID: the hash for CRYPT_OAEP, of the label and of MGF1:
 * CALG_SHA1 unless it is set, CALG_SHA_256, CALG_SHA_384 or CALG_SHA_512. For CryptEncrypt, CryptDecrypt, and SIMPLEBLOBs
 * with CRYPT_OAEP; it goes with the handle, like the label of KP_OAEP_PARAMS. Error: NTE_BAD_ALGID. */
#define KP_TOKENCSP_OAEP_HASH 0x80000001

#endif
