// Private keys from the files of others, by GnuTLS, which is loaded when the first is read: the command starts without it.
#ifndef CGNUTLS_H
#define CGNUTLS_H

#include <stddef.h>

typedef enum {
    CGNUTLS_OK,
    // No passphrase was given, or a wrong one. Which of the two the file decides, not we.
    CGNUTLS_WRONG_PASSPHRASE,
    // Not such a file, or a damaged one.
    CGNUTLS_MALFORMED,
    // The library is not installed, or too old.
    CGNUTLS_NO_LIBRARY,
    CGNUTLS_NO_MEMORY,
} cgnutls_result;

typedef struct {
    // PrivateKeyInfo (PKCS#8) in DER, in the clear; NULL where the file has no key.
    unsigned char *key;
    size_t key_size;
    // PEM, the key's own certificate first; NULL where there are none.
    unsigned char *certificates;
    size_t certificates_size;
} cgnutls_contents;

// A private key in PEM or DER: PKCS#1, SEC 1, PKCS#8 in the clear or encrypted, and OpenSSL's old encrypted PEM.
// passphrase: NULL for none.
cgnutls_result cgnutls_read_key(
    const void *data, size_t size, int is_pem, const char *passphrase, cgnutls_contents *contents);

// PKCS#12 in DER.
cgnutls_result cgnutls_read_pkcs12(const void *data, size_t size, const char *passphrase, cgnutls_contents *contents);

// Wipes and frees.
void cgnutls_free(cgnutls_contents *contents);

// What GnuTLS said last in this thread; never part of a key. NULL for nothing.
const char *cgnutls_message(void);

// Before the first key comes into memory: the process leaves no core file any more.
void cgnutls_forbid_core_files(void);

#endif
