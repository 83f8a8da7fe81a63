/* Sets the PIN of the token's pin-source as the program's own: consent to one use of a protected key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int consent(HCRYPTPROV provider) {
    char text[4096] = "", pin[256] = "";
    const char *token = getenv("TOKENCSP_TOKEN"), *configuration = getenv("TOKENCSP_CONFIG");
    if (token && strstr(token, "pin-source=file:")) {
        snprintf(text, sizeof text, "%s", token);
    } else if (configuration) {
        FILE *file = fopen(configuration, "r");
        if (!file) return 0;
        text[fread(text, 1, sizeof text - 1, file)] = 0;
        fclose(file);
    }
    char *path = strstr(text, "pin-source=file:");
    if (!path) return 0;
    path += strlen("pin-source=file:");
    path[strcspn(path, "&\n")] = 0;
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    pin[fread(pin, 1, sizeof pin - 1, file)] = 0;
    fclose(file);
    pin[strcspn(pin, "\n")] = 0;
    return CryptSetProvParam(provider, PP_SIGNATURE_PIN, (const BYTE *)pin, 0);
}
