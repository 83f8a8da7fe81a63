/* A PKCS#11 module in front of SoftHSM that counts calls, fails them, and changes what they ask for.

   The tests load a copy of it each and tell it by fault_rules() what to do, one rule a line:

     fail FUNCTION CKR COUNT [SKIP]    answers CKR to COUNT calls, after SKIP calls that go through
     refuse CKA CKR [VALUE [OBJECT]]   answers CKR to what makes an object with CKA in its template (with this bool as its value)
     change CKA VALUE [OBJECT]         makes objects with this bool instead, and says nothing
     drop CKA [OBJECT]                 makes objects without the attribute, and says nothing
     default CKA VALUE [OBJECT]        makes objects with this bool where the template says nothing of it
     hide CKA                          does not tell the attribute
     flags SET CLEAR                   tells a token with these flags and without those
     pad [SECONDS]                     has a PIN pad: a PIN that is NULL is that of the environment's FAULT_PAD_PIN, and a new
                                       one that of FAULT_PAD_NEW_PIN; each is entered in so many seconds
     expired                           has a user PIN that must be changed (C_SetPIN) before anybody logs in with it
     lock TRIES                        locks the user PIN after so many wrong ones, as flags tell; C_InitPIN unlocks it

   The rules in the environment's FAULT_RULES stand until others are set.
   CKA, CKR and flags are hexadecimal. OBJECT is 0 a private or secret key or a copy, 1 the public key of a pair, -1 (or nothing)
   both, 2 what C_CreateObject makes. */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define MAXIMUM 64

enum kind { FAIL, REFUSE, CHANGE, DROP, DEFAULT, HIDE, FLAGS, PAD, EXPIRED, LOCK };

struct rule {
    enum kind kind;
    char function[32];
    CK_ATTRIBUTE_TYPE type;
    CK_RV answer;
    CK_FLAGS set, clear;
    long count, skip, value, object;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[MAXIMUM];
static size_t rule_count;
static struct { char function[32]; unsigned long calls; } counters[MAXIMUM];
static unsigned long all_calls, wrong_pins, tries;
static int is_pin_changed;
static CK_FUNCTION_LIST *real, list;

EXPORT void fault_rules(const char *text) {
    pthread_mutex_lock(&lock);
    rule_count = 0;
    is_pin_changed = 0;
    tries = 0;
    for (const char *line = text; line && *line && rule_count < MAXIMUM; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        struct rule *r = &rules[rule_count];
        *r = (struct rule){.object = -1, .value = -1};
        if (sscanf(line, "fail %31s %lx %ld %ld", r->function, &r->answer, &r->count, &r->skip) >= 3) r->kind = FAIL;
        else if (sscanf(line, "refuse %lx %lx %ld %ld", &r->type, &r->answer, &r->value, &r->object) >= 2) r->kind = REFUSE;
        else if (sscanf(line, "change %lx %ld %ld", &r->type, &r->value, &r->object) >= 2) r->kind = CHANGE;
        else if (sscanf(line, "drop %lx %ld", &r->type, &r->object) >= 1) r->kind = DROP;
        else if (sscanf(line, "default %lx %ld %ld", &r->type, &r->value, &r->object) >= 2) r->kind = DEFAULT;
        else if (sscanf(line, "hide %lx", &r->type) == 1) r->kind = HIDE;
        else if (sscanf(line, "flags %lx %lx", &r->set, &r->clear) == 2) r->kind = FLAGS;
        else if (sscanf(line, "lock %ld", &r->count) == 1) r->kind = LOCK;
        else if (!strncmp(line, "pad", 3)) { r->kind = PAD; r->count = strtol(line + 3, NULL, 10); }
        else if (!strncmp(line, "expired", 7)) r->kind = EXPIRED;
        else { fprintf(stderr, "faultmodule: no rule: %s\n", line); abort(); }
        rule_count++;
    }
    pthread_mutex_unlock(&lock);
}

/* Calls since the module was loaded, failed ones too; of every function that is counted for "*". For "wrong PINs" how many
   the token itself found wrong. */
EXPORT unsigned long fault_calls(const char *function) {
    unsigned long calls = 0;
    pthread_mutex_lock(&lock);
    if (!strcmp(function, "*")) calls = all_calls;
    if (!strcmp(function, "wrong PINs")) calls = wrong_pins;
    for (size_t i = 0; i < MAXIMUM && counters[i].function[0]; i++)
        if (!strcmp(counters[i].function, function)) calls = counters[i].calls;
    pthread_mutex_unlock(&lock);
    return calls;
}

/* Counts the call; the answer that a rule has for it, else CKR_OK. */
static CK_RV enter(const char *function) {
    CK_RV answer = CKR_OK;
    pthread_mutex_lock(&lock);
    all_calls++;
    for (size_t i = 0; i < MAXIMUM; i++) {
        if (!counters[i].function[0]) snprintf(counters[i].function, sizeof counters[i].function, "%s", function);
        if (strcmp(counters[i].function, function)) continue;
        counters[i].calls++;
        break;
    }
    for (size_t i = 0; i < rule_count && answer == CKR_OK; i++) {
        struct rule *r = &rules[i];
        if (r->kind != FAIL || strcmp(r->function, function) || r->count <= 0) continue;
        if (r->skip > 0) { r->skip--; continue; }
        r->count--;
        answer = r->answer;
    }
    pthread_mutex_unlock(&lock);
    return answer;
}

static int concerns(const struct rule *r, const CK_ATTRIBUTE *a, long object) {
    return r->type == a->type && (r->object == object || (r->object == -1 && object != 2));
}

static CK_BBOOL values[2] = {CK_FALSE, CK_TRUE};

/* Fills out with the template as the rules change it; out has room for MAXIMUM more. */
static CK_RV alter(const CK_ATTRIBUTE *in, CK_ULONG *count, CK_ATTRIBUTE *out, long object) {
    CK_ULONG kept = 0;
    CK_RV answer = CKR_OK;
    pthread_mutex_lock(&lock);
    for (CK_ULONG i = 0; i < *count; i++) {
        CK_ATTRIBUTE a = in[i];
        int is_dropped = 0;
        for (size_t j = 0; j < rule_count; j++) {
            const struct rule *r = &rules[j];
            if (!concerns(r, &a, object)) continue;
            int holds = a.ulValueLen == 1 && r->value == *(CK_BBOOL *)a.pValue;
            if (r->kind == REFUSE && (r->value == -1 || holds) && answer == CKR_OK) answer = r->answer;
            if (r->kind == DROP) is_dropped = 1;
            if (r->kind == CHANGE) { a.pValue = &values[r->value != 0]; a.ulValueLen = 1; }
        }
        if (!is_dropped) out[kept++] = a;
    }
    for (size_t j = 0; j < rule_count; j++) {
        CK_ATTRIBUTE a = {rules[j].type, &values[rules[j].value != 0], 1};
        int is_there = 0;
        for (CK_ULONG i = 0; i < *count; i++) is_there |= in[i].type == a.type;
        if (rules[j].kind == DEFAULT && !is_there && concerns(&rules[j], &a, object)) out[kept++] = a;
    }
    pthread_mutex_unlock(&lock);
    *count = kept;
    return answer;
}

#define ENTER(name) do { CK_RV answer = enter(name); if (answer != CKR_OK) return answer; } while (0)
#define ALTER(in, count, object) CK_ATTRIBUTE out_##in[(count) + MAXIMUM]; CK_ULONG n_##in = (count); \
    do { CK_RV answer = alter(in, &n_##in, out_##in, object); if (answer != CKR_OK) return answer; } while (0)

/* The first rule of a kind; its count is the rule's own then. */
static struct rule *rule_of(enum kind kind) {
    for (size_t i = 0; i < rule_count; i++)
        if (rules[i].kind == kind) return &rules[i];
    return NULL;
}

// MARK: PINs

/* What is entered at the pad, where the token has one and the program gives no PIN. */
static void use_pad(const char *variable, CK_UTF8CHAR **pin, CK_ULONG *length) {
    pthread_mutex_lock(&lock);
    int is_pad = rule_of(PAD) != NULL;
    unsigned seconds = is_pad && rule_of(PAD)->count > 0 ? (unsigned)rule_of(PAD)->count : 0;
    pthread_mutex_unlock(&lock);
    if (!is_pad || *pin) return;
    sleep(seconds);
    *pin = (CK_UTF8CHAR *)getenv(variable);
    *length = *pin ? strlen((char *)*pin) : 0;
}

static CK_RV login(CK_SESSION_HANDLE s, CK_USER_TYPE u, CK_UTF8CHAR *p, CK_ULONG n) {
    ENTER("C_Login");
    pthread_mutex_lock(&lock);
    int is_expired = rule_of(EXPIRED) && !is_pin_changed && u == CKU_USER;
    unsigned long most = rule_of(LOCK) && u != CKU_SO ? (unsigned long)rule_of(LOCK)->count : 0;
    int is_locked = most && tries >= most;
    pthread_mutex_unlock(&lock);
    if (is_locked) return CKR_PIN_LOCKED;
    use_pad("FAULT_PAD_PIN", &p, &n);
    CK_RV answer = real->C_Login(s, u, p, n);
    if (answer == CKR_OK && is_expired) {
        real->C_Logout(s);
        answer = CKR_PIN_EXPIRED;
    }
    pthread_mutex_lock(&lock);
    if (answer == CKR_PIN_INCORRECT) wrong_pins++;
    if (u != CKU_SO) tries = answer == CKR_PIN_INCORRECT ? tries + 1 : answer == CKR_OK ? 0 : tries;
    if (most && tries >= most) answer = CKR_PIN_LOCKED;
    pthread_mutex_unlock(&lock);
    return answer;
}

static CK_RV set_pin(CK_SESSION_HANDLE s, CK_UTF8CHAR *o, CK_ULONG m, CK_UTF8CHAR *p, CK_ULONG n) {
    ENTER("C_SetPIN");
    use_pad("FAULT_PAD_PIN", &o, &m);
    use_pad("FAULT_PAD_NEW_PIN", &p, &n);
    CK_RV answer = real->C_SetPIN(s, o, m, p, n);
    pthread_mutex_lock(&lock);
    if (answer == CKR_OK) is_pin_changed = 1;
    if (answer == CKR_PIN_INCORRECT) { wrong_pins++; tries++; }
    pthread_mutex_unlock(&lock);
    return answer;
}

static CK_RV init_pin(CK_SESSION_HANDLE s, CK_UTF8CHAR *p, CK_ULONG n) {
    ENTER("C_InitPIN");
    use_pad("FAULT_PAD_NEW_PIN", &p, &n);
    CK_RV answer = real->C_InitPIN(s, p, n);
    pthread_mutex_lock(&lock);
    if (answer == CKR_OK) tries = 0;
    pthread_mutex_unlock(&lock);
    return answer;
}

static CK_RV token_info(CK_SLOT_ID i, CK_TOKEN_INFO *info) {
    ENTER("C_GetTokenInfo");
    CK_RV answer = real->C_GetTokenInfo(i, info);
    if (answer != CKR_OK) return answer;
    pthread_mutex_lock(&lock);
    const struct rule *r = rule_of(LOCK);
    if (r) {
        unsigned long most = (unsigned long)r->count;
        info->flags &= ~(CK_FLAGS)(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
        if (tries >= most) info->flags |= CKF_USER_PIN_LOCKED;
        else if (tries + 1 == most) info->flags |= CKF_USER_PIN_FINAL_TRY;
        else if (tries) info->flags |= CKF_USER_PIN_COUNT_LOW;
    }
    if (rule_of(PAD)) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    if ((r = rule_of(FLAGS))) info->flags = (info->flags | r->set) & ~r->clear;
    pthread_mutex_unlock(&lock);
    return answer;
}

// MARK: Calls that are counted, and may fail

static CK_RV logout(CK_SESSION_HANDLE s) { ENTER("C_Logout"); return real->C_Logout(s); }
static CK_RV open_session(CK_SLOT_ID i, CK_FLAGS f, void *a, CK_NOTIFY n, CK_SESSION_HANDLE *s) { ENTER("C_OpenSession"); return real->C_OpenSession(i, f, a, n, s); }
static CK_RV close_session(CK_SESSION_HANDLE s) { ENTER("C_CloseSession"); return real->C_CloseSession(s); }
static CK_RV session_info(CK_SESSION_HANDLE s, CK_SESSION_INFO *i) { ENTER("C_GetSessionInfo"); return real->C_GetSessionInfo(s, i); }
static CK_RV find(CK_SESSION_HANDLE s, CK_ATTRIBUTE *t, CK_ULONG n) { ENTER("C_FindObjectsInit"); return real->C_FindObjectsInit(s, t, n); }
static CK_RV destroy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o) { ENTER("C_DestroyObject"); return real->C_DestroyObject(s, o); }
static CK_RV sign_init(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k) { ENTER("C_SignInit"); return real->C_SignInit(s, m, k); }
static CK_RV sign(CK_SESSION_HANDLE s, CK_BYTE *d, CK_ULONG n, CK_BYTE *o, CK_ULONG *l) { ENTER("C_Sign"); return real->C_Sign(s, d, n, o, l); }
static CK_RV decrypt_init(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE k) { ENTER("C_DecryptInit"); return real->C_DecryptInit(s, m, k); }
static CK_RV decrypt(CK_SESSION_HANDLE s, CK_BYTE *d, CK_ULONG n, CK_BYTE *o, CK_ULONG *l) { ENTER("C_Decrypt"); return real->C_Decrypt(s, d, n, o, l); }
static CK_RV random_bytes(CK_SESSION_HANDLE s, CK_BYTE *d, CK_ULONG n) { ENTER("C_GenerateRandom"); return real->C_GenerateRandom(s, d, n); }
static CK_RV wrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE w, CK_OBJECT_HANDLE k, CK_BYTE *o, CK_ULONG *l) { ENTER("C_WrapKey"); return real->C_WrapKey(s, m, w, k, o, l); }
static CK_RV unwrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE u, CK_BYTE *d, CK_ULONG l, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *k) { ENTER("C_UnwrapKey"); return real->C_UnwrapKey(s, m, u, d, l, t, n, k); }
static CK_RV derive(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE b, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *k) { ENTER("C_DeriveKey"); return real->C_DeriveKey(s, m, b, t, n, k); }

// MARK: Calls that make objects, with templates that the rules change

static CK_RV create(CK_SESSION_HANDLE s, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *o) {
    ENTER("C_CreateObject");
    ALTER(t, n, 2);
    return real->C_CreateObject(s, out_t, n_t, o);
}

static CK_RV copy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE k, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *o) {
    ENTER("C_CopyObject");
    ALTER(t, n, 0);
    return real->C_CopyObject(s, k, out_t, n_t, o);
}

static CK_RV generate_key(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *t, CK_ULONG n, CK_OBJECT_HANDLE *k) {
    ENTER("C_GenerateKey");
    ALTER(t, n, 0);
    return real->C_GenerateKey(s, m, out_t, n_t, k);
}

static CK_RV generate_pair(
    CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *pub, CK_ULONG pub_count, CK_ATTRIBUTE *priv, CK_ULONG priv_count,
    CK_OBJECT_HANDLE *pub_key, CK_OBJECT_HANDLE *priv_key) {
    ENTER("C_GenerateKeyPair");
    ALTER(pub, pub_count, 1);
    ALTER(priv, priv_count, 0);
    return real->C_GenerateKeyPair(s, m, out_pub, n_pub, out_priv, n_priv, pub_key, priv_key);
}

static CK_RV get_attributes(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *t, CK_ULONG n) {
    ENTER("C_GetAttributeValue");
    CK_RV answer = real->C_GetAttributeValue(s, o, t, n);
    pthread_mutex_lock(&lock);
    for (CK_ULONG i = 0; i < n; i++)
        for (size_t j = 0; j < rule_count; j++) {
            if (rules[j].kind != HIDE || rules[j].type != t[i].type) continue;
            t[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
            if (answer == CKR_OK) answer = CKR_ATTRIBUTE_TYPE_INVALID;
        }
    pthread_mutex_unlock(&lock);
    return answer;
}

EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **functions) {
    if (!real) {
        void *library = dlopen(REAL_MODULE, RTLD_NOW);
        CK_C_GetFunctionList get = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : NULL;
        if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
        list = *real;
        list.C_GetFunctionList = C_GetFunctionList;
        list.C_Login = login;
        list.C_Logout = logout;
        list.C_SetPIN = set_pin;
        list.C_InitPIN = init_pin;
        list.C_GetTokenInfo = token_info;
        list.C_OpenSession = open_session;
        list.C_CloseSession = close_session;
        list.C_GetSessionInfo = session_info;
        list.C_FindObjectsInit = find;
        list.C_DestroyObject = destroy;
        list.C_SignInit = sign_init;
        list.C_Sign = sign;
        list.C_DecryptInit = decrypt_init;
        list.C_Decrypt = decrypt;
        list.C_GenerateRandom = random_bytes;
        list.C_CreateObject = create;
        list.C_CopyObject = copy;
        list.C_GenerateKey = generate_key;
        list.C_GenerateKeyPair = generate_pair;
        list.C_WrapKey = wrap;
        list.C_UnwrapKey = unwrap;
        list.C_DeriveKey = derive;
        list.C_GetAttributeValue = get_attributes;
        if (getenv("FAULT_RULES")) fault_rules(getenv("FAULT_RULES"));
    }
    *functions = &list;
    return CKR_OK;
}
