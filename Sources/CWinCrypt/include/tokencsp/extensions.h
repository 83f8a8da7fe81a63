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

/* CryptSetProvParam: dwParam. How people are asked for PINs and consent: a TOKENCSP_INTERACTION, which is copied; NULL: as
 * the configuration says, which is what holds where nothing is set. With hProv 0 for all providers that the process acquires
 * from then on. Never called where CRYPT_SILENT or CRYPT_VERIFYCONTEXT asks nobody. */
#define PP_TOKENCSP_INTERACTION 0x80000001

/* What is asked. */
#define TOKENCSP_ASK_PIN 1     /* the user's PIN */
#define TOKENCSP_ASK_NEW_PIN 2 /* a new PIN for one that has expired; let it be entered twice */
#define TOKENCSP_ASK_CONSENT 3 /* yes or no to one use of a key */
#define TOKENCSP_ASK_TOKEN 4   /* that the token be put into its reader */

/* What is known of the tries that are left before the token locks the PIN. */
#define TOKENCSP_TRIES_UNTOUCHED 0
#define TOKENCSP_TRIES_FEWER 1
#define TOKENCSP_TRIES_LAST 2

/* Texts are UTF-8 and NULL where there is none; all are gone when the function returns. */
typedef struct _TOKENCSP_QUESTION {
    DWORD cbSize;
    DWORD dwQuestion;
    DWORD dwTries;
    DWORD dwSeconds;          /* after which the question should go away with ERROR_TIMEOUT; 0: never */
    BOOL fForOneUse;          /* the key asks at each use: what was answered before may not serve */
    const char *pszToken;     /* the token's label */
    const char *pszContainer; /* whose key is wanted */
    const char *pszOperation; /* "sign", "decrypt", "agree", "export" */
    const char *pszFacts;     /* all there is to know, for a dialog, a fact a line */
    const char *pszLabel;     /* the question in a few words */
    const char *pszComplaint; /* what was wrong with the answer before */
} TOKENCSP_QUESTION;

/* Answers ERROR_SUCCESS, with the PIN's bytes in pbPIN and their number in pcbPIN (first: the room there is), or the code
 * that the call is to fail with: SCARD_W_CANCELLED_BY_USER, ERROR_TIMEOUT. Runs in the thread whose call needs the answer,
 * with no lock held. It must not use the provider that asks; another one works as long as that has nothing to ask: a question
 * about the same token within a question fails with SCARD_W_CARD_NOT_AUTHENTICATED. pbPIN is wiped afterwards. */
typedef DWORD(CALLBACK *TOKENCSP_ASK)(const TOKENCSP_QUESTION *pQuestion, BYTE *pbPIN, DWORD *pcbPIN, void *pvContext);

typedef struct _TOKENCSP_INTERACTION {
    TOKENCSP_ASK pfnAsk;
    void *pvContext;
} TOKENCSP_INTERACTION;

#endif
