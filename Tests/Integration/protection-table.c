/* What becomes of a use of a private key: its flags, the context, the PIN that is at hand, and what a person answers. The
 * rows are the promise; every combination is tried, each in a process of its own. See protection-table.sh.
 *
 * protection-table make [refuses]:   the keys; a token that refuses CKA_ALWAYS_AUTHENTICATE makes none with
 *                                    CRYPT_FORCE_KEY_PROTECTION_HIGH
 * protection-table use [refuses]:    every combination */
#include "protection.h"

// MARK: What is promised

#define ANY 0
/* What the key asks at each use. */
enum level { NONE = 1, CONSENT, PIN };
enum context { NORMAL = 1, SILENT, VERIFY_NAMED, VERIFY };
enum at_hand {
    NOTHING = 1, /* no PIN */
    OTHERS,      /* no PIN; another context of the process has logged in */
    SET,         /* the program set it, for this use */
    USED_UP,     /* the program set it, and used a key that asks at each use */
    SOURCE,      /* a standing pin-source */
    ENTERED,     /* a person entered it for another use */
};
enum answer { RIGHT = 1, CANCEL, NOBODY };

static const struct row {
    enum level level;
    enum context context;
    enum at_hand at_hand;
    enum answer answer;
    DWORD code;
    int pins, consents; /* questions */
} rows[] = {
    /* Contexts that show public information have no private keys, whatever PIN there is. */
    {ANY, VERIFY_NAMED, ANY, ANY, NTE_SILENT_CONTEXT, 0, 0},
    {ANY, VERIFY, ANY, ANY, NTE_NO_KEY, 0, 0},

    /* What the program has just said is the PIN and the consent in one. */
    {ANY, ANY, SET, ANY, ERROR_SUCCESS, 0, 0},

    /* No protection: the login, once. */
    {NONE, ANY, USED_UP, ANY, ERROR_SUCCESS, 0, 0},
    {NONE, ANY, SOURCE, ANY, ERROR_SUCCESS, 0, 0},
    {NONE, ANY, ENTERED, ANY, ERROR_SUCCESS, 0, 0},

    /* Everything else needs a person. */
    {ANY, SILENT, ANY, ANY, NTE_SILENT_CONTEXT, 0, 0},
    {ANY, ANY, ANY, NOBODY, SCARD_W_CARD_NOT_AUTHENTICATED, 0, 0},

    {ANY, NORMAL, NOTHING, RIGHT, ERROR_SUCCESS, 1, 0},
    {ANY, NORMAL, NOTHING, CANCEL, SCARD_W_CANCELLED_BY_USER, 1, 0},
    {ANY, NORMAL, OTHERS, RIGHT, ERROR_SUCCESS, 1, 0},
    {ANY, NORMAL, OTHERS, CANCEL, SCARD_W_CANCELLED_BY_USER, 1, 0},

    {CONSENT, NORMAL, ANY, RIGHT, ERROR_SUCCESS, 0, 1},
    {CONSENT, NORMAL, ANY, CANCEL, SCARD_W_CANCELLED_BY_USER, 0, 1},

    {PIN, NORMAL, ANY, RIGHT, ERROR_SUCCESS, 1, 0},
    {PIN, NORMAL, ANY, CANCEL, SCARD_W_CANCELLED_BY_USER, 1, 0},
};

static const struct row *promised(enum level level, enum context context, enum at_hand at_hand, enum answer answer) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        if (r->level && r->level != level) continue;
        if (r->context && r->context != context) continue;
        if (r->at_hand && r->at_hand != at_hand) continue;
        if (r->answer && r->answer != answer) continue;
        return r;
    }
    printf("no row for %d %d %d %d\n", level, context, at_hand, answer);
    exit(2);
}

// MARK: Keys

static const struct { const char *name; DWORD flags; enum level level; } keys[] = {
    {"none", 0, NONE},
    {"user-protected", CRYPT_USER_PROTECTED, CONSENT},
    {"force-high", CRYPT_FORCE_KEY_PROTECTION_HIGH, PIN},
    {"both", CRYPT_USER_PROTECTED | CRYPT_FORCE_KEY_PROTECTION_HIGH, PIN},
};
enum { KEYS = sizeof keys / sizeof *keys };

/* The key that is looked at is the exchange key, which signs, decrypts and can be exported. Beside it is one without
   protection. */
static void make(size_t index, int refuses) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    use_right_pin_source();
    MUST(CryptAcquireContextA(&provider, keys[index].name, PROVIDER, PROV_RSA_AES, CRYPT_NEWKEYSET));
    if (refuses && keys[index].level == PIN) {
        FAILS(CryptGenKey(provider, AT_KEYEXCHANGE, 1024u << 16 | keys[index].flags, &key), NTE_NOT_SUPPORTED);
        // Which of two flags the token minds is not to be seen.
        FAILS(CryptGenKey(provider, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE | keys[index].flags, &key),
            NTE_NOT_SUPPORTED, NTE_BAD_FLAGS);
        FAILS(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
    } else {
        HOLDS(CryptGenKey(provider, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE | keys[index].flags, &key));
        HOLDS(CryptDestroyKey(key));
    }
    make_key(provider, AT_SIGNATURE, 0);
    IS_TRUE(questions("") == 0);
    HOLDS(CryptReleaseContext(provider, 0));
}

/* Keys that agree are used without a login of their own in PKCS#11: they take none of the flags. */
static void agreeing(DWORD flags) {
    HCRYPTPROV provider = 0;
    HCRYPTKEY key = 0;
    use_right_pin_source();
    MUST(CryptAcquireContextA(&provider, "agreeing", MS_ENH_DSS_DH_PROV_A, PROV_DSS_DH, CRYPT_NEWKEYSET));
    FAILS(CryptGenKey(provider, CALG_DH_SF, 1024u << 16 | flags, &key), NTE_BAD_FLAGS);
    FAILS(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
    HOLDS(CryptReleaseContext(provider, 0));
    // Where the token takes no data objects an empty container is gone by now.
    if (!CryptAcquireContextA(&provider, "agreeing", MS_ENH_DSS_DH_PROV_A, PROV_DSS_DH, CRYPT_DELETEKEYSET))
        IS_TRUE(GetLastError() == (DWORD)NTE_BAD_KEYSET);
}

// MARK: Uses

static const char *const uses[] = {"sign", "decrypt", "export"};
enum { USES = sizeof uses / sizeof *uses };

struct subject { HCRYPTPROV provider; HCRYPTKEY key; BYTE cipher[128], plain[16]; };

static DWORD code_of(BOOL answer) { return answer ? ERROR_SUCCESS : GetLastError(); }

/* One use of the exchange key; the last error. */
static DWORD use(struct subject *s, int what) {
    BYTE data[1024];
    DWORD length = sizeof data, code;
    SetLastError(PRESET);
    if (what == 0) return sign(s->provider, AT_KEYEXCHANGE);
    if (!s->key) return code_of(CryptGetUserKey(s->provider, AT_KEYEXCHANGE, &s->key));
    if (what == 1) {
        memcpy(data, s->cipher, length = sizeof s->cipher);
        code = code_of(CryptDecrypt(s->key, 0, TRUE, 0, data, &length));
        if (!code) IS_TRUE(length == sizeof s->plain && !memcmp(data, s->plain, length));
        return code;
    }
    code = code_of(CryptExportKey(s->key, 0, PRIVATEKEYBLOB, 0, data, &length));
    if (!code) IS_TRUE(length > 500 && data[0] == PRIVATEKEYBLOB);
    return code;
}

static void subject(struct subject *s, size_t index, enum context context) {
    static const DWORD flags[] = {0, 0, CRYPT_SILENT, CRYPT_VERIFYCONTEXT, CRYPT_VERIFYCONTEXT};
    DWORD length = sizeof s->plain;
    memset(s, 0, sizeof *s);
    s->provider = opened(context == VERIFY ? NULL : keys[index].name, flags[context]);
    if (context == VERIFY) return;
    MUST(CryptGetUserKey(s->provider, AT_KEYEXCHANGE, &s->key));
    memset(s->plain, 'p', length);
    memcpy(s->cipher, s->plain, length);
    MUST(CryptEncrypt(s->key, 0, TRUE, 0, s->cipher, &length, sizeof s->cipher));
}

/* What nothing but a login and a private key is for. */
static unsigned long private_calls(void) {
    static const char *const names[] = {
        "C_Login", "C_SignInit", "C_Sign", "C_DecryptInit", "C_Decrypt", "C_WrapKey", "C_CreateObject", "C_OpenSession"};
    unsigned long sum = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) sum += calls(names[i]);
    return sum;
}

static void expect(const struct row *row, struct subject *s, int what) {
    unsigned long before = private_calls(), all = calls("*") - calls("C_GetTokenInfo");
    unsigned long infos = calls("C_GetTokenInfo");
    int pins = questions("GETPIN"), consents = questions("CONFIRM");
    DWORD code = use(s, what);
    char found[100];
    snprintf(found, sizeof found, "0x%x, %d PINs, %d consents", code, questions("GETPIN") - pins, questions("CONFIRM") - consents);
    char wanted[100];
    snprintf(wanted, sizeof wanted, "0x%x, %d PINs, %d consents", row->code, row->pins, row->consents);
    check(__LINE__, wanted, !strcmp(found, wanted), found, code);
    // Refused before the token is touched. What the container holds it may have to look up once, for CryptSignHash.
    if (row->code && !row->pins && !row->consents) {
        check(__LINE__, "no call that needs a login", private_calls() == before, "there were some", code);
        // Where a person might have been asked, the tries that are left are looked at.
        unsigned long now = calls("*") - (row->code == (DWORD)NTE_SILENT_CONTEXT ? infos : calls("C_GetTokenInfo"));
        if (what != 0) check(__LINE__, "no call at all", now == all, "there were some", code);
    }
}

static void use_plain_key(const char *container) {
    HCRYPTPROV provider = opened(container, 0);
    MUST(set_pin(provider, pin()));
    IS_TRUE(sign(provider, AT_SIGNATURE) == ERROR_SUCCESS);
}

static void cell(size_t index, enum context context, enum at_hand at_hand, enum answer answer, int what) {
    struct subject s;
    enum level level = keys[index].level;
    person("right");
    person_is_there(1);
    if (at_hand == SOURCE) use_right_pin_source();
    else use_token("");
    subject(&s, index, context);
    switch (at_hand) {
    case NOTHING: case SOURCE: break;
    case OTHERS: use_plain_key(keys[index].name); break;
    case SET: MUST(set_pin(s.provider, pin())); break;
    case USED_UP:
        MUST(set_pin(s.provider, pin()));
        IS_TRUE(use(&s, what) == ERROR_SUCCESS);
        break;
    case ENTERED: IS_TRUE(sign(s.provider, AT_SIGNATURE) == ERROR_SUCCESS && questions("GETPIN") == 1); break;
    }
    person(answer == CANCEL ? "cancel" : "right");
    person_is_there(answer != NOBODY);

    const struct row *row = promised(level, context, at_hand, answer);
    expect(row, &s, what);
    // And once more: what a person said does not go further than was promised, and what they did not say harms nothing.
    if (context != NORMAL && context != SILENT) return;
    person("right");
    if (row->code) {
        if (answer == NOBODY) return;
        expect(promised(level, context, at_hand, RIGHT), &s, what);
    } else {
        enum at_hand next = at_hand == SET ? USED_UP : row->pins ? ENTERED : at_hand;
        expect(promised(level, context, next, answer == CANCEL ? RIGHT : answer), &s, what);
    }
}

static void every_cell(size_t index) {
    static const char *const contexts[] = {"", "normal", "silent", "verify with a name", "verify"};
    static const char *const hands[] = {"", "nothing", "others logged in", "set", "used up", "source", "entered"};
    static const char *const answers[] = {"", "right", "cancel", "nobody"};
    for (enum context context = NORMAL; context <= VERIFY; context++)
        for (enum at_hand at_hand = NOTHING; at_hand <= ENTERED; at_hand++)
            for (enum answer answer = RIGHT; answer <= NOBODY; answer++)
                for (int what = 0; what < USES; what++) {
                    // Where nobody is asked it does not matter who is there; and what was asked before was in no silence.
                    if (context != NORMAL && (answer == CANCEL || at_hand == ENTERED)) continue;
                    if (context > SILENT && at_hand == USED_UP) continue;
                    if (context == VERIFY && at_hand != NOTHING) continue;
                    CASE(cell(index, context, at_hand, answer, what), "%s, %s, PIN %s, %s, %s", keys[index].name,
                        contexts[context], hands[at_hand], answers[answer], uses[what]);
                }
}

int main(int count, char **arguments) {
    const char *command = count > 1 ? arguments[1] : "";
    int refuses = count > 2;
    if (!strcmp(command, "make")) {
        person("die");
        person_is_there(1);
        for (size_t i = 0; i < KEYS; i++) CASE(make(i, refuses), "making %s", keys[i].name);
        for (size_t i = 1; i < KEYS; i++) CASE(agreeing(keys[i].flags), "agreeing, %s", keys[i].name);
    } else if (!strcmp(command, "use")) {
        for (size_t i = 0; i < KEYS; i++)
            if (!refuses || keys[i].level != PIN) every_cell(i);
    } else {
        return 64;
    }
    return cases_verdict("protection-table");
}
