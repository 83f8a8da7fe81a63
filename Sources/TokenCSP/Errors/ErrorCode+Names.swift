// Values of Microsoft's winerror.h; scripts/check-headers holds our header's against mingw-w64's.

extension ErrorCode {
    public static let success = ErrorCode(rawValue: 0)
    public static let badUID = ErrorCode(rawValue: 0x8009_0001)
    public static let badHash = ErrorCode(rawValue: 0x8009_0002)
    public static let badKey = ErrorCode(rawValue: 0x8009_0003)
    public static let badLen = ErrorCode(rawValue: 0x8009_0004)
    public static let badData = ErrorCode(rawValue: 0x8009_0005)
    public static let badSignature = ErrorCode(rawValue: 0x8009_0006)
    public static let badVer = ErrorCode(rawValue: 0x8009_0007)
    public static let badAlgID = ErrorCode(rawValue: 0x8009_0008)
    public static let badFlags = ErrorCode(rawValue: 0x8009_0009)
    public static let badType = ErrorCode(rawValue: 0x8009_000A)
    public static let badKeyState = ErrorCode(rawValue: 0x8009_000B)
    public static let badHashState = ErrorCode(rawValue: 0x8009_000C)
    public static let noKey = ErrorCode(rawValue: 0x8009_000D)
    public static let noMemory = ErrorCode(rawValue: 0x8009_000E)
    public static let exists = ErrorCode(rawValue: 0x8009_000F)
    public static let permission = ErrorCode(rawValue: 0x8009_0010)
    public static let notFound = ErrorCode(rawValue: 0x8009_0011)
    public static let badProvType = ErrorCode(rawValue: 0x8009_0014)
    public static let badPublicKey = ErrorCode(rawValue: 0x8009_0015)
    public static let badKeyset = ErrorCode(rawValue: 0x8009_0016)
    public static let provTypeNotDef = ErrorCode(rawValue: 0x8009_0017)
    public static let provTypeEntryBad = ErrorCode(rawValue: 0x8009_0018)
    public static let keysetNotDef = ErrorCode(rawValue: 0x8009_0019)
    public static let provTypeNoMatch = ErrorCode(rawValue: 0x8009_001B)
    public static let providerDLLFail = ErrorCode(rawValue: 0x8009_001D)
    public static let provDLLNotFound = ErrorCode(rawValue: 0x8009_001E)
    public static let badKeysetParam = ErrorCode(rawValue: 0x8009_001F)
    public static let fail = ErrorCode(rawValue: 0x8009_0020)
    public static let sysErr = ErrorCode(rawValue: 0x8009_0021)
    public static let silentContext = ErrorCode(rawValue: 0x8009_0022)
    public static let storageFull = ErrorCode(rawValue: 0x8009_0023)
    public static let notSupported = ErrorCode(rawValue: 0x8009_0029)
    public static let passwordChangeRequired = ErrorCode(rawValue: 0x8009_0037)
    public static let unknownReader = ErrorCode(rawValue: 0x8010_0009)
    public static let noSmartcard = ErrorCode(rawValue: 0x8010_000C)
    public static let unknownCard = ErrorCode(rawValue: 0x8010_000D)
    public static let commError = ErrorCode(rawValue: 0x8010_0013)
    public static let invalidChv = ErrorCode(rawValue: 0x8010_002A)
    public static let noReaders = ErrorCode(rawValue: 0x8010_002E)
    public static let readOnlyCard = ErrorCode(rawValue: 0x8010_0034)
    public static let resetCard = ErrorCode(rawValue: 0x8010_0068)
    public static let removedCard = ErrorCode(rawValue: 0x8010_0069)
    public static let wrongChv = ErrorCode(rawValue: 0x8010_006B)
    public static let chvBlocked = ErrorCode(rawValue: 0x8010_006C)
    public static let cancelledByUser = ErrorCode(rawValue: 0x8010_006E)
    public static let notAuthenticated = ErrorCode(rawValue: 0x8010_006F)
    public static let fileNotFound = ErrorCode(rawValue: 2)
    public static let notEnoughMemory = ErrorCode(rawValue: 8)
    public static let functionNotSupported = ErrorCode(rawValue: 50)
    public static let invalidParameter = ErrorCode(rawValue: 87)
    public static let busy = ErrorCode(rawValue: 170)
    public static let moreData = ErrorCode(rawValue: 234)
    public static let noMoreItems = ErrorCode(rawValue: 259)
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
