/* Hashes: parameters, flags of hashing and signing. */
#ifndef TOKENCSP_HASHES_H
#define TOKENCSP_HASHES_H

#include "algorithms.h"

typedef ULONG_PTR HCRYPTHASH;

/* CryptGetHashParam, CryptSetHashParam: dwParam */
#define HP_ALGID 0x1
#define HP_HASHVAL 0x2
#define HP_HASHSIZE 0x4
#define HP_HMAC_INFO 0x5
#define HP_TLS1PRF_LABEL 0x6
#define HP_TLS1PRF_SEED 0x7

/* CryptCreateHash: dwFlags */
#define CRYPT_SECRETDIGEST 0x00000001
/* CryptHashData: dwFlags */
#define CRYPT_USERDATA 1
#define CRYPT_OWF_REPL_LM_HASH 0x00000001
/* CryptHashSessionKey: dwFlags */
#define CRYPT_LITTLE_ENDIAN 0x00000001
/* CryptSignHash, CryptVerifySignature: dwFlags */
#define CRYPT_NOHASHOID 0x00000001
#define CRYPT_TYPE2_FORMAT 0x00000002
#define CRYPT_X931_FORMAT 0x00000004

/* HP_HMAC_INFO: the inner hash, and strings (lengths in bytes) in place of 0x36… and 0x5C…; NULL keeps those. */
typedef struct _HMAC_Info {
    ALG_ID HashAlgid;
    BYTE *pbInnerString;
    DWORD cbInnerString;
    BYTE *pbOuterString;
    DWORD cbOuterString;
} HMAC_INFO, *PHMAC_INFO;

#endif
