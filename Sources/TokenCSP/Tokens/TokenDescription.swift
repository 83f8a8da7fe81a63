internal import PKCS11

/// What a token tells about itself, and its PKCS#11 URI.
public struct TokenDescription: Sendable {
    public let label: String
    public let manufacturer: String
    public let model: String
    public let serial: String
    public let slotDescription: String
    /// Not an identity: it may change when a token is initialized.
    public let slotID: UInt
    /// The token's PKCS#11 URI with its module's path, fit for `TOKENCSP_TOKEN`.
    public let uri: String
    public let modulePath: String
    /// The module's name in p11-kit's configuration.
    public let moduleName: String?
    public let isInitialized: Bool
    public let isUserPINInitialized: Bool
    public let needsLogin: Bool
    public let isWriteProtected: Bool
    public let hasRandom: Bool
    /// The PIN is entered at the reader's own pad.
    public let hasProtectedAuthenticationPath: Bool
    /// A wrong PIN was entered since the last right one.
    public let userPINCountLow: Bool
    public let userPINFinalTry: Bool
    public let userPINLocked: Bool
    /// It has expired: the token does nothing with it but change it.
    public let userPINToBeChanged: Bool
    /// The same of the security officer's PIN.
    public let soPINCountLow: Bool
    public let soPINFinalTry: Bool
    public let soPINLocked: Bool
    public let soPINToBeChanged: Bool
    /// PIN length in bytes.
    public let minimumPINLength: Int
    public let maximumPINLength: Int
    /// For instance `2.6`.
    public let hardwareVersion: String
    public let firmwareVersion: String
    /// What the module calls itself.
    public let libraryDescription: String
    public let libraryManufacturer: String
    /// For instance `2.6`.
    public let libraryVersion: String

    package init(_ slot: Slot) throws(PKCS11Error) {
        let info = try slot.tokenInfo()
        label = info.label
        manufacturer = info.manufacturer
        model = info.model
        serial = info.serial
        slotDescription = try slot.description()
        slotID = slot.id
        uri = try TokenURI(token: info, modulePath: slot.module.path).text
        modulePath = slot.module.path
        moduleName = slot.module.name
        isInitialized = info.flags.contains(.isInitialized)
        isUserPINInitialized = info.flags.contains(.isUserPINInitialized)
        needsLogin = info.flags.contains(.needsLogin)
        isWriteProtected = info.flags.contains(.isWriteProtected)
        hasRandom = info.flags.contains(.hasRandom)
        hasProtectedAuthenticationPath = info.flags.contains(.hasProtectedAuthenticationPath)
        userPINCountLow = info.flags.contains(.userPINCountLow)
        userPINFinalTry = info.flags.contains(.userPINFinalTry)
        userPINLocked = info.flags.contains(.userPINLocked)
        userPINToBeChanged = info.flags.contains(.userPINToBeChanged)
        soPINCountLow = info.flags.contains(.officerPINCountLow)
        soPINFinalTry = info.flags.contains(.officerPINFinalTry)
        soPINLocked = info.flags.contains(.officerPINLocked)
        soPINToBeChanged = info.flags.contains(.officerPINToBeChanged)
        minimumPINLength = info.minimumPINLength
        maximumPINLength = info.maximumPINLength
        hardwareVersion = info.hardwareVersion
        firmwareVersion = info.firmwareVersion
        let library = try slot.module.info()
        libraryDescription = library.description
        libraryManufacturer = library.manufacturer
        libraryVersion = library.libraryVersion
    }
}
