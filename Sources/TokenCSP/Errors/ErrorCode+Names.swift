// Values of Microsoft's winerror.h; scripts/check-headers holds our header's against mingw-w64's.

extension ErrorCode {
    /// No error (ERROR_SUCCESS).
    public static let success = ErrorCode(rawValue: 0)
    /// The context is none, or was released (NTE_BAD_UID).
    public static let badUID = ErrorCode(rawValue: 0x8009_0001)
    /// The hash cannot be used for this, or is none (NTE_BAD_HASH).
    public static let badHash = ErrorCode(rawValue: 0x8009_0002)
    /// The key cannot be used for this, or is none (NTE_BAD_KEY).
    public static let badKey = ErrorCode(rawValue: 0x8009_0003)
    /// The data is too long or too short (NTE_BAD_LEN).
    public static let badLen = ErrorCode(rawValue: 0x8009_0004)
    /// The data is not valid: a ciphertext, a padding, a blob (NTE_BAD_DATA).
    public static let badData = ErrorCode(rawValue: 0x8009_0005)
    /// The signature does not verify (NTE_BAD_SIGNATURE).
    public static let badSignature = ErrorCode(rawValue: 0x8009_0006)
    /// A blob of a version that is not known (NTE_BAD_VER).
    public static let badVer = ErrorCode(rawValue: 0x8009_0007)
    /// The provider or the token lacks the algorithm, or it cannot be used for this (NTE_BAD_ALGID).
    public static let badAlgID = ErrorCode(rawValue: 0x8009_0008)
    /// Flags that do not apply, or that the token cannot honour (NTE_BAD_FLAGS).
    public static let badFlags = ErrorCode(rawValue: 0x8009_0009)
    /// A parameter or a blob of a type that does not apply (NTE_BAD_TYPE).
    public static let badType = ErrorCode(rawValue: 0x8009_000A)
    /// The key may not leave the token (NTE_BAD_KEY_STATE).
    public static let badKeyState = ErrorCode(rawValue: 0x8009_000B)
    /// The hash has ended, or has no value yet (NTE_BAD_HASH_STATE).
    public static let badHashState = ErrorCode(rawValue: 0x8009_000C)
    /// There is no such key, or it is gone from the token (NTE_NO_KEY).
    public static let noKey = ErrorCode(rawValue: 0x8009_000D)
    /// Memory ran out (NTE_NO_MEMORY).
    public static let noMemory = ErrorCode(rawValue: 0x8009_000E)
    /// The container exists already (NTE_EXISTS).
    public static let exists = ErrorCode(rawValue: 0x8009_000F)
    /// The context or the token does not permit it (NTE_PERM).
    public static let permission = ErrorCode(rawValue: 0x8009_0010)
    /// What was looked for is not there (NTE_NOT_FOUND).
    public static let notFound = ErrorCode(rawValue: 0x8009_0011)
    /// No provider type has this number (NTE_BAD_PROV_TYPE).
    public static let badProvType = ErrorCode(rawValue: 0x8009_0014)
    /// The public key is not valid, or missing (NTE_BAD_PUBLIC_KEY).
    public static let badPublicKey = ErrorCode(rawValue: 0x8009_0015)
    /// There is no such container (NTE_BAD_KEYSET).
    public static let badKeyset = ErrorCode(rawValue: 0x8009_0016)
    /// The type has no provider (NTE_PROV_TYPE_NOT_DEF).
    public static let provTypeNotDef = ErrorCode(rawValue: 0x8009_0017)
    /// The configuration cannot be understood (NTE_PROV_TYPE_ENTRY_BAD).
    public static let provTypeEntryBad = ErrorCode(rawValue: 0x8009_0018)
    /// There is no provider of this name (NTE_KEYSET_NOT_DEF).
    public static let keysetNotDef = ErrorCode(rawValue: 0x8009_0019)
    /// The provider is of another type (NTE_PROV_TYPE_NO_MATCH).
    public static let provTypeNoMatch = ErrorCode(rawValue: 0x8009_001B)
    /// The PKCS#11 module does not start (NTE_PROVIDER_DLL_FAIL).
    public static let providerDLLFail = ErrorCode(rawValue: 0x8009_001D)
    /// The PKCS#11 module is not found (NTE_PROV_DLL_NOT_FOUND).
    public static let provDLLNotFound = ErrorCode(rawValue: 0x8009_001E)
    /// The name of a container or provider is not valid (NTE_BAD_KEYSET_PARAM).
    public static let badKeysetParam = ErrorCode(rawValue: 0x8009_001F)
    /// The token or the system failed and gives no reason (NTE_FAIL).
    public static let fail = ErrorCode(rawValue: 0x8009_0020)
    /// A fault of this library or of the module (NTE_SYS_ERR).
    public static let sysErr = ErrorCode(rawValue: 0x8009_0021)
    /// The PIN would have to be asked for, and the context may not ask (NTE_SILENT_CONTEXT).
    public static let silentContext = ErrorCode(rawValue: 0x8009_0022)
    /// The token is full (NTE_TOKEN_KEYSET_STORAGE_FULL).
    public static let storageFull = ErrorCode(rawValue: 0x8009_0023)
    /// The token cannot hold what was asked for (NTE_NOT_SUPPORTED).
    public static let notSupported = ErrorCode(rawValue: 0x8009_0029)
    /// The PIN has expired (NTE_PASSWORD_CHANGE_REQUIRED).
    public static let passwordChangeRequired = ErrorCode(rawValue: 0x8009_0037)
    /// There is no such token or reader (SCARD_E_UNKNOWN_READER).
    public static let unknownReader = ErrorCode(rawValue: 0x8010_0009)
    /// No token is there (SCARD_E_NO_SMARTCARD).
    public static let noSmartcard = ErrorCode(rawValue: 0x8010_000C)
    /// The module does not know this token (SCARD_E_UNKNOWN_CARD).
    public static let unknownCard = ErrorCode(rawValue: 0x8010_000D)
    /// Talking to the token failed (SCARD_F_COMM_ERROR).
    public static let commError = ErrorCode(rawValue: 0x8010_0013)
    /// The PIN has characters or a length that the token does not take (SCARD_E_INVALID_CHV).
    public static let invalidChv = ErrorCode(rawValue: 0x8010_002A)
    /// No certificate is stored with the key (SCARD_E_NO_SUCH_CERTIFICATE).
    public static let noSuchCertificate = ErrorCode(rawValue: 0x8010_002C)
    /// There is no reader (SCARD_E_NO_READERS_AVAILABLE).
    public static let noReaders = ErrorCode(rawValue: 0x8010_002E)
    /// The token is read-only (SCARD_E_READ_ONLY_CARD).
    public static let readOnlyCard = ErrorCode(rawValue: 0x8010_0034)
    /// The token was reset (SCARD_W_RESET_CARD).
    public static let resetCard = ErrorCode(rawValue: 0x8010_0068)
    /// The token was removed (SCARD_W_REMOVED_CARD).
    public static let removedCard = ErrorCode(rawValue: 0x8010_0069)
    /// Wrong PIN (SCARD_W_WRONG_CHV).
    public static let wrongChv = ErrorCode(rawValue: 0x8010_006B)
    /// The PIN is locked (SCARD_W_CHV_BLOCKED).
    public static let chvBlocked = ErrorCode(rawValue: 0x8010_006C)
    /// The user cancelled (SCARD_W_CANCELLED_BY_USER).
    public static let cancelledByUser = ErrorCode(rawValue: 0x8010_006E)
    /// A login is wanted, and there is no PIN (SCARD_W_CARD_NOT_AUTHENTICATED).
    public static let notAuthenticated = ErrorCode(rawValue: 0x8010_006F)
    /// A file is not found (ERROR_FILE_NOT_FOUND).
    public static let fileNotFound = ErrorCode(rawValue: 2)
    /// Memory ran out (ERROR_NOT_ENOUGH_MEMORY).
    public static let notEnoughMemory = ErrorCode(rawValue: 8)
    /// This is not supported (ERROR_NOT_SUPPORTED).
    public static let functionNotSupported = ErrorCode(rawValue: 50)
    /// An argument is not valid, or a context, key or hash was closed (ERROR_INVALID_PARAMETER).
    public static let invalidParameter = ErrorCode(rawValue: 87)
    /// The token is in use by others (ERROR_BUSY).
    public static let busy = ErrorCode(rawValue: 170)
    /// The room for the result is too small (ERROR_MORE_DATA).
    public static let moreData = ErrorCode(rawValue: 234)
    /// The list is at its end (ERROR_NO_MORE_ITEMS).
    public static let noMoreItems = ErrorCode(rawValue: 259)
    /// It took too long (ERROR_TIMEOUT).
    public static let timeout = ErrorCode(rawValue: 1460)

    static let names: [(value: UInt32, name: StaticString)] = [
        (0, "ERROR_SUCCESS"),
        (0x8009_0001, "NTE_BAD_UID"),
        (0x8009_0002, "NTE_BAD_HASH"),
        (0x8009_0003, "NTE_BAD_KEY"),
        (0x8009_0004, "NTE_BAD_LEN"),
        (0x8009_0005, "NTE_BAD_DATA"),
        (0x8009_0006, "NTE_BAD_SIGNATURE"),
        (0x8009_0007, "NTE_BAD_VER"),
        (0x8009_0008, "NTE_BAD_ALGID"),
        (0x8009_0009, "NTE_BAD_FLAGS"),
        (0x8009_000A, "NTE_BAD_TYPE"),
        (0x8009_000B, "NTE_BAD_KEY_STATE"),
        (0x8009_000C, "NTE_BAD_HASH_STATE"),
        (0x8009_000D, "NTE_NO_KEY"),
        (0x8009_000E, "NTE_NO_MEMORY"),
        (0x8009_000F, "NTE_EXISTS"),
        (0x8009_0010, "NTE_PERM"),
        (0x8009_0011, "NTE_NOT_FOUND"),
        (0x8009_0014, "NTE_BAD_PROV_TYPE"),
        (0x8009_0015, "NTE_BAD_PUBLIC_KEY"),
        (0x8009_0016, "NTE_BAD_KEYSET"),
        (0x8009_0017, "NTE_PROV_TYPE_NOT_DEF"),
        (0x8009_0018, "NTE_PROV_TYPE_ENTRY_BAD"),
        (0x8009_0019, "NTE_KEYSET_NOT_DEF"),
        (0x8009_001B, "NTE_PROV_TYPE_NO_MATCH"),
        (0x8009_001D, "NTE_PROVIDER_DLL_FAIL"),
        (0x8009_001E, "NTE_PROV_DLL_NOT_FOUND"),
        (0x8009_001F, "NTE_BAD_KEYSET_PARAM"),
        (0x8009_0020, "NTE_FAIL"),
        (0x8009_0021, "NTE_SYS_ERR"),
        (0x8009_0022, "NTE_SILENT_CONTEXT"),
        (0x8009_0023, "NTE_TOKEN_KEYSET_STORAGE_FULL"),
        (0x8009_0029, "NTE_NOT_SUPPORTED"),
        (0x8009_0037, "NTE_PASSWORD_CHANGE_REQUIRED"),
        (0x8010_0009, "SCARD_E_UNKNOWN_READER"),
        (0x8010_000C, "SCARD_E_NO_SMARTCARD"),
        (0x8010_000D, "SCARD_E_UNKNOWN_CARD"),
        (0x8010_0013, "SCARD_F_COMM_ERROR"),
        (0x8010_002A, "SCARD_E_INVALID_CHV"),
        (0x8010_002C, "SCARD_E_NO_SUCH_CERTIFICATE"),
        (0x8010_002E, "SCARD_E_NO_READERS_AVAILABLE"),
        (0x8010_0034, "SCARD_E_READ_ONLY_CARD"),
        (0x8010_0068, "SCARD_W_RESET_CARD"),
        (0x8010_0069, "SCARD_W_REMOVED_CARD"),
        (0x8010_006B, "SCARD_W_WRONG_CHV"),
        (0x8010_006C, "SCARD_W_CHV_BLOCKED"),
        (0x8010_006E, "SCARD_W_CANCELLED_BY_USER"),
        (0x8010_006F, "SCARD_W_CARD_NOT_AUTHENTICATED"),
        (2, "ERROR_FILE_NOT_FOUND"),
        (8, "ERROR_NOT_ENOUGH_MEMORY"),
        (50, "ERROR_NOT_SUPPORTED"),
        (87, "ERROR_INVALID_PARAMETER"),
        (170, "ERROR_BUSY"),
        (234, "ERROR_MORE_DATA"),
        (259, "ERROR_NO_MORE_ITEMS"),
        (1460, "ERROR_TIMEOUT"),
    ]
}
