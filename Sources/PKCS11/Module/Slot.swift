internal import CPKCS11

/// A slot of a module: a place where a token is or may be.
public struct Slot: Sendable {
    public let module: Module
    /// The number that the module gives it; not an identity, it may change when a token is initialized.
    public let id: UInt

    /// What the reader is called.
    public func description() throws(PKCS11Error) -> String {
        var info = try ownInfo()
        return withUnsafeBytes(of: &info.slotDescription) { paddedText($0) }
    }

    /// Whether the token can be taken out of it.
    public func isRemovable() throws(PKCS11Error) -> Bool {
        try ownInfo().flags & CK_FLAGS(CKF_REMOVABLE_DEVICE) != 0
    }

    func ownInfo() throws(PKCS11Error) -> CK_SLOT_INFO {
        try module.enterProcess()
        var info = CK_SLOT_INFO()
        try check(module.functions.pointee.C_GetSlotInfo?(id, &info), "C_GetSlotInfo")
        return info
    }

    public func tokenInfo() throws(PKCS11Error) -> TokenInfo { TokenInfo(try ownTokenInfo()) }

    func ownTokenInfo() throws(PKCS11Error) -> CK_TOKEN_INFO {
        try module.enterProcess()
        // SoftHSM reads its token file half-written while another process logs in: CKR_GENERAL_ERROR.
        return try RaceRetry.once { () throws(PKCS11Error) in
            var info = CK_TOKEN_INFO()
            try check(module.functions.pointee.C_GetTokenInfo?(id, &info), "C_GetTokenInfo")
            return info
        }
    }

    public func mechanisms() throws(PKCS11Error) -> [MechanismType] {
        try module.enterProcess()
        var count: CK_ULONG = 0
        try check(module.functions.pointee.C_GetMechanismList?(id, nil, &count), "C_GetMechanismList")
        var types = [CK_MECHANISM_TYPE](repeating: 0, count: Int(clamping: count))
        try check(module.functions.pointee.C_GetMechanismList?(id, &types, &count), "C_GetMechanismList")
        return types.prefix(Int(clamping: count)).map(MechanismType.init(rawValue:))
    }

    /// What the token says of a mechanism; nil where it does not have it.
    public func mechanismInfo(_ type: MechanismType) throws(PKCS11Error) -> MechanismInfo? {
        // The list is what counts: SoftHSM describes, and generates by, what its slots.mechanisms leaves out of it.
        guard try mechanisms().contains(type) else { return nil }
        var info = CK_MECHANISM_INFO()
        let answer = module.functions.pointee.C_GetMechanismInfo?(id, type.rawValue, &info)
        if answer == CK_RV(CKR_MECHANISM_INVALID) { return nil }
        try check(answer, "C_GetMechanismInfo")
        return MechanismInfo(info)
    }

    /// Makes a token in this slot (C_InitToken). Everything that was on it is lost.
    ///
    /// - Parameters:
    ///   - label: at most 32 bytes of UTF-8.
    ///   - soPIN: of a token that is there already, the one that its security officer has; nil: entered at the pad.
    /// - Throws: as `Token.initializePIN`.
    public func initializeToken(label: String, soPIN: PIN?, usingFinalTry: Bool = false) throws(PKCS11Error) {
        guard label.utf8.count <= 32 else {
            throw .returned(.argumentsBad, "C_InitToken", "a label of \(label.utf8.count) bytes: 32 are the most")
        }
        let token = module.token(in: self)
        if try tokenInfo().flags.contains(.isInitialized) {
            try token.checkOfficer(soPIN, usingFinalTry, "C_InitToken")
        }
        token.reset(closingSessions: true)
        var text = Array(label.utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 32 - text.count))
        try module.changingSlots { () throws(PKCS11Error) in
            let answer = withBytes(soPIN) { module.functions.pointee.C_InitToken?(id, $0, $1, &text) }
            token.remember(soPIN, answer)
            try check(answer, "C_InitToken")
        }
    }
}

extension UnsafeRawBufferPointer {
    /// PKCS#11 takes inputs through pointers that are not const.
    var mutableBytes: UnsafeMutablePointer<UInt8>? {
        UnsafeMutableRawPointer(mutating: baseAddress)?.assumingMemoryBound(to: UInt8.self)
    }
}

/// Text of a fixed-size field: blank padded by the specification, NUL padded by the TPM.
func paddedText(_ field: UnsafeRawBufferPointer) -> String {
    var end = field.count
    while end > 0, field[end - 1] == 0 || field[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return String(decoding: field[..<end], as: UTF8.self)
}
