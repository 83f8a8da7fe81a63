/*
 * Generates a signature key in a container with CryptGenKey, exports its public key and signs a file with it.
 * On Windows link with advapi32; with TokenCSP the key is made and used on the PKCS#11 token:
 *
 *     cc genkey.c -o genkey $(pkg-config --cflags --libs tokencsp)
 *     ./genkey CONTAINER FILE SIGNATURE PUBLICKEYBLOB [exportable]
 *
 * CryptGenKey replaces the signature key that the container holds: the old one is destroyed. So a container that has
 * one is refused.
 *
 * SIGNATURE is written most significant byte first, as OpenSSL expects it; CryptSignHash gives it the other way round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <wincrypt.h>

#define KEY_BITS 2048

/* Ends the program unless the call succeeded. What it leaves open, the end of the process closes. */
static void Check(BOOL succeeded, const char *what)
{
    if (!succeeded) {
        fprintf(stderr, "genkey: %s failed: 0x%08lX\n", what, (unsigned long)GetLastError());
        exit(EXIT_FAILURE);
    }
}

static FILE *Open(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return file;
}

static void *Allocate(DWORD size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        perror("genkey");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void Save(const char *path, const BYTE *data, DWORD size)
{
    FILE *file = Open(path, "wb");
    size_t written = fwrite(data, 1, size, file);
    if (fclose(file) != 0 || written != size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

static HCRYPTPROV OpenContainer(const char *name)
{
    HCRYPTPROV provider = 0;
    if (CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, 0))
        return provider;
    if (GetLastError() == (DWORD)NTE_BAD_KEYSET)
        Check(CryptAcquireContextA(&provider, name, NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), "creating the container");
    else
        Check(FALSE, "opening the container");
    return provider;
}

static void SavePublicKey(HCRYPTKEY key, const char *path)
{
    DWORD size = 0;
    Check(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, NULL, &size), "CryptExportKey (size)");
    BYTE *blob = Allocate(size);
    Check(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &size), "CryptExportKey");
    Save(path, blob, size);
    free(blob);
}

static void HashFile(HCRYPTHASH hash, const char *path)
{
    BYTE buffer[4096];
    FILE *file = Open(path, "rb");
    size_t count;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0)
        Check(CryptHashData(hash, buffer, (DWORD)count, 0), "CryptHashData");
    if (ferror(file)) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
}

static void SaveSignature(HCRYPTHASH hash, const char *path)
{
    DWORD size = 0;
    Check(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, NULL, &size), "CryptSignHash (size)");
    BYTE *signature = Allocate(size);
    Check(CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &size), "CryptSignHash");
    for (DWORD i = 0; i < size / 2; i++) {
        BYTE swapped = signature[i];
        signature[i] = signature[size - 1 - i];
        signature[size - 1 - i] = swapped;
    }
    Save(path, signature, size);
    free(signature);
}

int main(int argc, char *argv[])
{
    if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "exportable") != 0)) {
        fprintf(stderr, "usage: genkey CONTAINER FILE SIGNATURE PUBLICKEYBLOB [exportable]\n");
        return 2;
    }
    DWORD flags = (DWORD)KEY_BITS << 16;
    if (argc == 6)
        flags |= CRYPT_EXPORTABLE;

    HCRYPTPROV provider = OpenContainer(argv[1]);
    HCRYPTKEY key = 0;
    if (CryptGetUserKey(provider, AT_SIGNATURE, &key)) {
        fprintf(stderr, "genkey: container %s has a signature key, which a new one would replace\n", argv[1]);
        return EXIT_FAILURE;
    }
    Check(CryptGenKey(provider, AT_SIGNATURE, flags, &key), "CryptGenKey");
    SavePublicKey(key, argv[4]);

    HCRYPTHASH hash = 0;
    Check(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash), "CryptCreateHash");
    HashFile(hash, argv[2]);
    SaveSignature(hash, argv[3]);

    CryptDestroyHash(hash);
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
    printf("A %d-bit key is in container %s; %s signs %s.\n", KEY_BITS, argv[1], argv[3], argv[2]);
    return EXIT_SUCCESS;
}
