/* Makes a signature key and signs; says which function fails and how. See mechanisms.sh.
 *
 * mechanisms NAME [AGAIN]: "done", or "FUNCTION 0xCODE"; with AGAIN the failing call is made that often, one line each. */
#include <stdio.h>
#include <stdlib.h>
#include <wincrypt.h>

static int says(const char *function, BOOL answer) {
    if (!answer) printf("%s 0x%08x\n", function, GetLastError());
    return answer;
}

int main(int count, char **arguments) {
    if (count < 2) return 64;
    int times = count > 2 ? atoi(arguments[2]) : 1, made = 0;
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    HCRYPTHASH hash = 0;
    BYTE signature[512];
    DWORD length = sizeof signature;
    if (!says("CryptAcquireContext", CryptAcquireContextA(&provider, arguments[1], NULL, PROV_RSA_AES, CRYPT_NEWKEYSET)))
        return 1;
    for (int time = 0; time < times; time++)
        made |= says("CryptGenKey", CryptGenKey(provider, AT_SIGNATURE, 1024u << 16, &key));
    if (made && says("CryptCreateHash", CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash)) &&
        says("CryptHashData", CryptHashData(hash, (const BYTE *)"text", 4, 0)) &&
        says("CryptSignHash", CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length)) &&
        says("CryptReleaseContext", CryptReleaseContext(provider, 0))) puts("done");
    return 0;
}
