/// What a module is known to get wrong, and what is done about it: a table, as we measured them.
struct KnownFault: Sendable {
    /// Words in the library's description, its manufacturer, its path or a token's model; one is enough. Lower case.
    let marks: [String]
    let fault: String
    /// What TokenCSP does; nil where the user has to do something.
    let handled: String?
    /// What the user should know or do.
    let remedy: String?

    /// Those of a module that calls itself so.
    static func of(_ names: [String]) -> [KnownFault] {
        let names = names.map { $0.lowercased() }
        return all.filter { fault in fault.marks.contains { mark in names.contains { $0.contains(mark) } } }
    }

    private init(_ marks: [String], _ fault: String, handled: String? = nil, remedy: String? = nil) {
        self.marks = marks
        self.fault = fault
        self.handled = handled
        self.remedy = remedy
    }

    private static let softHSM = ["softhsm"]
    private static let opencryptoki = ["opencryptoki", "pkcs11_sw", "pkcsslotd"]
    private static let nss = ["nss", "softokn", "mozilla"]
    private static let tpm = ["tpm2"]
    private static let openSC = ["opensc"]
    private static let yubiKey = ["ykcs11", "yubico", "piv"]
    private static let client = ["p11-kit-client"]

    static let all: [KnownFault] = [
        // SoftHSM 2.6.1
        KnownFault(
            softHSM, "crashes where threads share a session, and where two list slots at once",
            handled: "each thread has a session of its own, and slots are listed by one thread at a time"),
        KnownFault(
            softHSM, "fails the whole read of a private object's attributes over its dates",
            handled: "the attributes are then read one by one"),
        KnownFault(
            softHSM, "tells that a wrong PIN was tried and never locks a PIN, however often one is",
            remedy: "keep the token's files from others: they hold the keys under that PIN"),
        KnownFault(
            softHSM, "wraps RSA keys by AES key wrap alone, and OAEP takes SHA-1 without a label alone",
            handled: "exports use CKM_AES_KEY_WRAP_PAD; other OAEP is an error that says so"),
        KnownFault(
            softHSM, "wraps no Ed25519 key, exportable or not",
            handled: "'key generate' and 'key import' of one that is exportable say that it will not be exported",
            remedy: "keep the file that such a key is imported from; a new one is made for this token alone"),
        KnownFault(
            softHSM, "overlooks what another process changed while this one makes or destroys an object",
            handled: "processes that use TokenCSP take turns, and search before they write",
            remedy: "do not make keys with another program at the same time"),
        KnownFault(
            softHSM, "changes a slot's number when a token is made", handled: "tokens are found by label and serial"),
        // opencryptoki 3.8.1
        KnownFault(
            opencryptoki, "has no elliptic curves, and no RSA signatures that hash by themselves",
            handled: "data is hashed here and the hash is signed",
            remedy: "curves need another token"),
        KnownFault(
            opencryptoki, "stores CKA_ALWAYS_AUTHENTICATE and asks for no PIN",
            handled: "TokenCSP asks before each use; 'key show' says \"held by csp\""),
        KnownFault(
            opencryptoki, "refuses templates with CKA_COPYABLE, CKA_DESTROYABLE or CKA_ALLOWED_MECHANISMS",
            handled: "smaller templates are tried (tokencsp explain)"),
        KnownFault(
            opencryptoki,
            "locks a PIN after three wrong ones, takes PINs of 4 to 8 characters, and gives every token "
                + "the serial number 123",
            handled: "the last try is never spent on a stored PIN",
            remedy: "give tokens labels of their own; 'tokencsp token unblock' sets a new PIN"),
        // NSS softokn 3.87
        KnownFault(
            nss, "wraps keys that are marked as not extractable",
            handled: "TokenCSP refuses to export them itself; 'key show' says who holds it",
            remedy: "other programs with the PIN can take such keys: choose another token for keys that must stay"),
        KnownFault(
            nss, "stores CKA_ALWAYS_AUTHENTICATE and asks for no PIN",
            handled: "TokenCSP asks before each use"),
        KnownFault(
            nss, "does not start without its own string for C_Initialize",
            remedy: "[module PATH] with init-reserved = configdir='sql:DIR' certPrefix='' keyPrefix='' "
                + "secmod='secmod.db' flags= in the configuration file"),
        KnownFault(
            nss, "hangs where two threads make keys on the token at once, and keeps no data objects",
            handled: "one writer at a time; a container stands only with its first key"),
        KnownFault(
            nss, "pads PKCS#7 for CKM_AES_KEY_WRAP_PAD where RFC 5649 is meant",
            handled: "what comes out is checked and read either way"),
        // tpm2-pkcs11 1.9
        KnownFault(
            tpm, "loses operations where threads sign at once, and breaks the parent after a fork",
            remedy: "use it from one thread of one process at a time"),
        KnownFault(
            tpm, "has no session keys, no extractable keys and no CryptAcquireContext(CRYPT_VERIFYCONTEXT) pairs",
            handled: "session keys are made on the host"),
        KnownFault(
            tpm,
            "counts wrong PINs of users and officers together in the TPM's dictionary-attack lockout, without "
                + "setting the PIN flags",
            remedy: "tpm2_dictionarylockout --setup-parameters raises the limit; --clear-lockout ends it"),
        KnownFault(
            tpm, "holds about three objects without a resource manager, then answers CKR_GENERAL_ERROR",
            remedy: "run tpm2-abrmd, or use /dev/tpmrm0"),
        KnownFault(
            tpm, "leaves an operation active after an error, and pads names with NULs",
            handled: "such sessions are closed; names are read either way"),
        // OpenSC 0.23
        KnownFault(
            openSC, "writes a permanent key where a session key is asked for",
            handled: "a key that is not as asked is destroyed at once",
            remedy: "avoid --ephemeral on this card"),
        KnownFault(
            openSC, "reports a locked PIN as a wrong one", handled: "the token's flags are read after each wrong PIN"),
        KnownFault(
            openSC, "does not see keys that another process made meanwhile",
            remedy: "start a long-running program anew after keys were made"),
        // ykcs11 2.2
        KnownFault(
            yubiKey, "makes keys for the security officer alone, in slots of fixed names",
            remedy: "make the key with ykman or yubico-piv-tool; TokenCSP uses it (container pkcs11:id=%02)"),
        KnownFault(
            yubiKey, "has 16 sessions", handled: "threads wait for a session instead of failing"),
        // p11-kit 0.24.1
        KnownFault(
            client, "leaves out mechanisms whose parameters it cannot carry: AES modes, ECDH, EdDSA",
            handled: "session keys are made on the host",
            remedy: "use the module itself where these are needed"),
    ]
}
