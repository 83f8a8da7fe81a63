#define _GNU_SOURCE
#include "cgnutls.h"

#include <dlfcn.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

// Linked, GnuTLS and the five libraries below it would be mapped and run their constructors at every start.
#define FUNCTIONS(F) \
    F(gnutls_strerror) \
    F(gnutls_x509_privkey_init) \
    F(gnutls_x509_privkey_deinit) \
    F(gnutls_x509_privkey_import2) \
    F(gnutls_x509_privkey_export2_pkcs8) \
    F(gnutls_pkcs12_init) \
    F(gnutls_pkcs12_deinit) \
    F(gnutls_pkcs12_import) \
    F(gnutls_pkcs12_verify_mac) \
    F(gnutls_pkcs12_simple_parse) \
    F(gnutls_x509_crt_deinit) \
    F(gnutls_x509_crt_export2)

#define DECLARE(name) static __typeof__(&name) call_##name;
FUNCTIONS(DECLARE)

static int is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread const char *message;
// Not one of the library's own exports: a static variable of it.
static void (*call_gnutls_free)(void *) = free;

static void load(void) {
    void *library = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
#define FIND(name) \
    if (!(call_##name = (__typeof__(&name))dlsym(library, #name))) return;
    FUNCTIONS(FIND)
    // gnutls_free is a variable.
    void (**own)(void *) = (void (**)(void *))dlsym(library, "gnutls_free");
    if (own && *own) call_gnutls_free = *own;
    is_loaded = 1;
}

const char *cgnutls_message(void) { return message; }

static cgnutls_result result(int code) {
    message = code < 0 ? call_gnutls_strerror(code) : NULL;
    switch (code) {
    case GNUTLS_E_DECRYPTION_FAILED:
    case GNUTLS_E_MAC_VERIFY_FAILED:
    case GNUTLS_E_INVALID_PASSWORD:
        return CGNUTLS_WRONG_PASSPHRASE;
    case GNUTLS_E_MEMORY_ERROR:
        return CGNUTLS_NO_MEMORY;
    default:
        return code < 0 ? CGNUTLS_MALFORMED : CGNUTLS_OK;
    }
}

static void wipe_and_release(gnutls_datum_t *datum) {
    if (!datum->data) return;
    explicit_bzero(datum->data, datum->size);
    call_gnutls_free(datum->data);
    datum->data = NULL;
}

// Into memory of ours, which cgnutls_free wipes.
static cgnutls_result take(gnutls_x509_privkey_t key, cgnutls_contents *contents) {
    gnutls_datum_t der = {NULL, 0};
    int code = call_gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der);
    if (code < 0) return result(code);
    cgnutls_result answer = CGNUTLS_OK;
    contents->key = malloc(der.size);
    if (contents->key) {
        memcpy(contents->key, der.data, der.size);
        contents->key_size = der.size;
    } else {
        answer = CGNUTLS_NO_MEMORY;
    }
    wipe_and_release(&der);
    return answer;
}

cgnutls_result cgnutls_read_key(
    const void *data, size_t size, int is_pem, const char *passphrase, cgnutls_contents *contents) {
    *contents = (cgnutls_contents){0};
    pthread_once(&once, load);
    if (!is_loaded) return CGNUTLS_NO_LIBRARY;
    gnutls_x509_privkey_t key;
    int code = call_gnutls_x509_privkey_init(&key);
    if (code < 0) return result(code);
    gnutls_datum_t datum = {(unsigned char *)data, (unsigned)size};
    gnutls_x509_crt_fmt_t format = is_pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
    code = call_gnutls_x509_privkey_import2(key, &datum, format, passphrase, 0);
    cgnutls_result answer = code < 0 ? result(code) : take(key, contents);
    call_gnutls_x509_privkey_deinit(key);
    return answer;
}

static cgnutls_result append(gnutls_x509_crt_t certificate, cgnutls_contents *contents) {
    gnutls_datum_t pem = {NULL, 0};
    int code = call_gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem);
    if (code < 0) return result(code);
    unsigned char *longer = realloc(contents->certificates, contents->certificates_size + pem.size);
    if (longer) {
        memcpy(longer + contents->certificates_size, pem.data, pem.size);
        contents->certificates = longer;
        contents->certificates_size += pem.size;
    }
    wipe_and_release(&pem);
    return longer ? CGNUTLS_OK : CGNUTLS_NO_MEMORY;
}

static cgnutls_result parse(gnutls_pkcs12_t file, const char *passphrase, cgnutls_contents *contents) {
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t *chain = NULL, *extra = NULL;
    unsigned chain_size = 0, extra_size = 0;
    int code = call_gnutls_pkcs12_simple_parse(
        file, passphrase, &key, &chain, &chain_size, &extra, &extra_size, NULL, GNUTLS_PKCS12_SP_INCLUDE_SELF_SIGNED);
    if (code < 0) return result(code);
    cgnutls_result answer = key ? take(key, contents) : CGNUTLS_OK;
    for (unsigned i = 0; i < chain_size; i++) {
        if (answer == CGNUTLS_OK) answer = append(chain[i], contents);
        call_gnutls_x509_crt_deinit(chain[i]);
    }
    for (unsigned i = 0; i < extra_size; i++) {
        if (answer == CGNUTLS_OK) answer = append(extra[i], contents);
        call_gnutls_x509_crt_deinit(extra[i]);
    }
    if (chain) call_gnutls_free(chain);
    if (extra) call_gnutls_free(extra);
    if (key) call_gnutls_x509_privkey_deinit(key);
    if (answer != CGNUTLS_OK) cgnutls_free(contents);
    return answer;
}

cgnutls_result cgnutls_read_pkcs12(const void *data, size_t size, const char *passphrase, cgnutls_contents *contents) {
    *contents = (cgnutls_contents){0};
    pthread_once(&once, load);
    if (!is_loaded) return CGNUTLS_NO_LIBRARY;
    gnutls_pkcs12_t file;
    int code = call_gnutls_pkcs12_init(&file);
    if (code < 0) return result(code);
    gnutls_datum_t datum = {(unsigned char *)data, (unsigned)size};
    code = call_gnutls_pkcs12_import(file, &datum, GNUTLS_X509_FMT_DER, 0);
    cgnutls_result answer;
    if (code < 0) {
        answer = result(code);
    } else if ((code = call_gnutls_pkcs12_verify_mac(file, passphrase)) < 0) {
        answer = result(code);
    } else {
        answer = parse(file, passphrase, contents);
    }
    call_gnutls_pkcs12_deinit(file);
    return answer;
}

void cgnutls_free(cgnutls_contents *contents) {
    if (contents->key) {
        explicit_bzero(contents->key, contents->key_size);
        free(contents->key);
    }
    free(contents->certificates);
    *contents = (cgnutls_contents){0};
}

void cgnutls_forbid_core_files(void) { prctl(PR_SET_DUMPABLE, 0); }
