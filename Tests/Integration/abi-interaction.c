/* The program's own function as the one that asks (PP_TOKENCSP_INTERACTION). See abi-interaction.sh. */
#include "abi-check.h"

#include <tokencsp.h>

enum { ALICE, PROTECTED, HIGH };
static const char *names[] = {"alice", "protected", "high"};

static struct {
    const char *pin;       /* the answer; "" for none */
    BOOL silent;           /* success, and neither bytes nor their number */
    DWORD code;            /* what the function answers */
    DWORD count;           /* if not 0: the length that it claims */
    int calls;
    DWORD question, tries, seconds, room;
    BOOL once;
    char container[64], operation[16], facts[1024], label[128], complaint[256];
    void *context;
} person;

static void keep(char *to, size_t size, const char *text) { snprintf(to, size, "%s", text ? text : "(none)"); }

static DWORD CALLBACK ask(const TOKENCSP_QUESTION *question, BYTE *pin, DWORD *count, void *context) {
    person.calls++;
    person.question = question->dwQuestion;
    person.tries = question->dwTries;
    person.seconds = question->dwSeconds;
    person.once = question->fForOneUse;
    person.context = context;
    keep(person.container, sizeof person.container, question->pszContainer);
    keep(person.operation, sizeof person.operation, question->pszOperation);
    keep(person.facts, sizeof person.facts, question->pszFacts);
    keep(person.label, sizeof person.label, question->pszLabel);
    keep(person.complaint, sizeof person.complaint, question->pszComplaint);
    if (question->cbSize != sizeof *question) return NTE_FAIL;
    if (person.code) return person.code;
    if (question->dwQuestion == TOKENCSP_ASK_CONSENT) return pin ? NTE_FAIL : ERROR_SUCCESS;
    person.room = *count;
    if (person.silent) return ERROR_SUCCESS;
    *count = person.count ? person.count : (DWORD)strlen(person.pin);
    memcpy(pin, person.pin, strlen(person.pin));
    return ERROR_SUCCESS;
}

static BOOL sign(HCRYPTPROV context) {
    HCRYPTHASH hash = 0;
    BYTE signature[512];
    DWORD length = sizeof signature;
    if (!CryptCreateHash(context, CALG_SHA_256, 0, 0, &hash)) return FALSE;
    BOOL signs = CryptHashData(hash, (const BYTE *)"text", 4, 0) &&
        CryptSignHashA(hash, AT_SIGNATURE, NULL, 0, signature, &length);
    DWORD code = GetLastError();
    CryptDestroyHash(hash);
    SetLastError(code);
    return signs;
}

static HCRYPTPROV open_container(int which, DWORD flags) {
    HCRYPTPROV context = 0;
    MUST(CryptAcquireContextA(&context, names[which], MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES, flags));
    return context;
}

int main(int count, char **arguments) {
    if (count != 3) return 64;
    const char *right = arguments[2];
    TOKENCSP_INTERACTION interaction = {ask, &person};
    HCRYPTPROV context = 0;
    if (!strcmp(arguments[1], "make")) {
        static const DWORD flags[] = {0, CRYPT_USER_PROTECTED, CRYPT_FORCE_KEY_PROTECTION_HIGH};
        for (int i = 0; i < 3; i++) {
            HCRYPTKEY key = 0;
            context = open_container(i, CRYPT_NEWKEYSET);
            MUST(CryptSetProvParam(context, PP_SIGNATURE_PIN, (const BYTE *)right, 0));
            HOLDS(CryptGenKey(context, AT_SIGNATURE, 1024u << 16 | flags[i], &key));
            HOLDS(CryptDestroyKey(key));
            HOLDS(CryptReleaseContext(context, 0));
        }
        return verdict("abi-interaction make");
    }

    // Nobody is asked where the configuration says so (TOKENCSP_INTERACTION=none).
    context = open_container(ALICE, 0);
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);

    // The program's function.
    FAILS(CryptSetProvParam(context, PP_TOKENCSP_INTERACTION, (BYTE *)&interaction, 1), NTE_BAD_FLAGS);
    TOKENCSP_INTERACTION none = {NULL, NULL};
    FAILS(CryptSetProvParam(context, PP_TOKENCSP_INTERACTION, (BYTE *)&none, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptSetProvParam(context + 1, PP_TOKENCSP_INTERACTION, (BYTE *)&interaction, 0), ERROR_INVALID_PARAMETER);
    HOLDS(CryptSetProvParam(context, PP_TOKENCSP_INTERACTION, (BYTE *)&interaction, 0));
    HOLDS(CryptSetProvParam(context, PP_PIN_PROMPT_STRING, (const BYTE *)u"The badge's PIN", 0));
    DWORD seconds = 33;
    HOLDS(CryptSetProvParam(context, PP_DISMISS_PIN_UI_SEC, (BYTE *)&seconds, 0));
    person.code = SCARD_W_CANCELLED_BY_USER;
    FAILS(sign(context), SCARD_W_CANCELLED_BY_USER);
    person.code = ERROR_TIMEOUT;
    FAILS(sign(context), ERROR_TIMEOUT);
    person.code = 0;
    person.pin = "";
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    person.count = 0xFFFFFFFF;
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    // Success with a number and no bytes, with a NUL behind the PIN, with bytes and no number, with nothing: no PIN, and
    // nothing that the token would count as a wrong one.
    person.count = 8;
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    person.pin = "wrong-one";
    person.count = (DWORD)strlen(person.pin) + 1;
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    person.count = person.room;
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    person.count = 0;
    person.silent = TRUE;
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    person.silent = FALSE;
    person.pin = right;
    person.calls = 0;
    HOLDS(sign(context));
    HOLDS(sign(context));
    HOLDS(person.calls == 1 && person.question == TOKENCSP_ASK_PIN && person.tries == TOKENCSP_TRIES_UNTOUCHED);
    HOLDS(person.context == &person && !person.once && person.room >= 255 && person.seconds == 33);
    HOLDS(!strcmp(person.container, "alice") && !strcmp(person.operation, "sign") && !strcmp(person.complaint, "(none)"));
    HOLDS(strstr(person.facts, "abi-interaction") && strstr(person.facts, "The badge's PIN") && strstr(person.facts, "sign"));
    HOLDS(strstr(person.label, "PIN") != NULL);
    HOLDS(CryptSetProvParam(context, PP_SIGNATURE_PIN, NULL, 0));
    HOLDS(CryptSetProvParam(context, PP_TOKENCSP_INTERACTION, NULL, 0));
    FAILS(sign(context), SCARD_W_CARD_NOT_AUTHENTICATED);
    HOLDS(CryptReleaseContext(context, 0));

    // For all that is acquired from now on; a wrong PIN is asked for again.
    HOLDS(CryptSetProvParam(0, PP_TOKENCSP_INTERACTION, (BYTE *)&interaction, 0));
    context = open_container(ALICE, 0);
    person.calls = 0;
    person.pin = "wrong-one";
    FAILS(sign(context), SCARD_W_WRONG_CHV);
    HOLDS(person.calls == 3 && !strcmp(person.complaint, "Wrong PIN."));
    person.pin = right;
    HOLDS(sign(context));
    HOLDS(CryptReleaseContext(context, 0));

    // Consent to each use, and the PIN for each use.
    context = open_container(PROTECTED, 0);
    person.calls = 0;
    HOLDS(sign(context));
    HOLDS(person.calls == 1 && person.question == TOKENCSP_ASK_PIN && person.once);
    HOLDS(sign(context));
    HOLDS(person.calls == 2 && person.question == TOKENCSP_ASK_CONSENT && person.once);
    person.code = SCARD_W_CANCELLED_BY_USER;
    FAILS(sign(context), SCARD_W_CANCELLED_BY_USER);
    person.code = 0;
    HOLDS(sign(context));
    HOLDS(CryptReleaseContext(context, 0));
    context = open_container(HIGH, 0);
    person.calls = 0;
    for (int i = 1; i <= 3; i++) {
        HOLDS(sign(context));
        HOLDS(person.calls == i && person.question == TOKENCSP_ASK_PIN && person.once);
    }
    HOLDS(CryptReleaseContext(context, 0));

    // Silence: the function is never called.
    for (int i = 0; i < 3; i++) {
        context = open_container(i, CRYPT_SILENT);
        person.calls = 0;
        FAILS(sign(context), NTE_SILENT_CONTEXT);
        HOLDS(person.calls == 0);
        HOLDS(CryptSetProvParam(context, PP_SIGNATURE_PIN, (const BYTE *)right, 0));
        HOLDS(sign(context));
        if (i == ALICE) HOLDS(sign(context));
        else FAILS(sign(context), NTE_SILENT_CONTEXT);
        HOLDS(person.calls == 0);
        HOLDS(CryptReleaseContext(context, 0));
    }
    HOLDS(CryptSetProvParam(0, PP_TOKENCSP_INTERACTION, NULL, 0));
    return verdict("abi-interaction");
}
