/* Keys on elliptic curves: an extension of ours, for CryptoAPI has none. Documentation/EllipticCurves.md tells the rest.
 *
 * The names that begin with BCRYPT_ are those of Microsoft's bcrypt.h, with its values: a program that has a bcrypt.h
 * includes that first, and this header leaves them alone.
 */
#ifndef TOKENCSP_CURVES_H
#define TOKENCSP_CURVES_H

#include "keys.h"

/* The provider, of type PROV_EC_ECDSA_FULL. */
#define TOKENCSP_EC_PROV_A "TokenCSP Elliptic Curve Provider"

/* EdDSA on Curve25519 (RFC 8032): ALG_CLASS_SIGNATURE, ALG_TYPE_THIRDPARTY. */
#define CALG_TOKENCSP_ED25519 ((ALG_ID)0x00003001)

/* dwMagic of its blobs: "EDS1" and "EDS2". */
#define TOKENCSP_ED25519_PUBLIC_MAGIC 0x31534445
#define TOKENCSP_ED25519_PRIVATE_MAGIC 0x32534445

/* What follows BLOBHEADER in a PUBLICKEYBLOB and a PRIVATEKEYBLOB; then x and y, of cbKey bytes each and big-endian, and
 * in a PRIVATEKEYBLOB the private key. Ed25519: the point of 32 bytes, and the seed. */
#ifndef BCRYPT_ECDSA_PUBLIC_P256_MAGIC
typedef struct _BCRYPT_ECCKEY_BLOB {
    ULONG dwMagic;
    ULONG cbKey;
} BCRYPT_ECCKEY_BLOB, *PBCRYPT_ECCKEY_BLOB;

#define BCRYPT_ECDSA_PUBLIC_P256_MAGIC 0x31534345
#define BCRYPT_ECDSA_PRIVATE_P256_MAGIC 0x32534345
#define BCRYPT_ECDSA_PUBLIC_P384_MAGIC 0x33534345
#define BCRYPT_ECDSA_PRIVATE_P384_MAGIC 0x34534345
#define BCRYPT_ECDSA_PUBLIC_P521_MAGIC 0x35534345
#define BCRYPT_ECDSA_PRIVATE_P521_MAGIC 0x36534345
#define BCRYPT_ECDH_PUBLIC_P256_MAGIC 0x314b4345
#define BCRYPT_ECDH_PRIVATE_P256_MAGIC 0x324b4345
#define BCRYPT_ECDH_PUBLIC_P384_MAGIC 0x334b4345
#define BCRYPT_ECDH_PRIVATE_P384_MAGIC 0x344b4345
#define BCRYPT_ECDH_PUBLIC_P521_MAGIC 0x354b4345
#define BCRYPT_ECDH_PRIVATE_P521_MAGIC 0x364b4345
#endif

#endif
