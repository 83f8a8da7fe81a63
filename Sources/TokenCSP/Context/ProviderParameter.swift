/// PP_…, those that a context tells or takes.
enum ProviderParameter {
    static let clientWindow: UInt32 = 1
    static let algorithms: UInt32 = 1
    static let containers: UInt32 = 2
    static let implementationType: UInt32 = 3
    static let name: UInt32 = 4
    static let version: UInt32 = 5
    static let container: UInt32 = 6
    static let securityDescriptor: UInt32 = 8
    static let providerType: UInt32 = 16
    static let keyStorage: UInt32 = 17
    static let symmetricKeySize: UInt32 = 19
    static let sessionKeySize: UInt32 = 20
    static let tokenPrompt: UInt32 = 21
    static let algorithmsEx: UInt32 = 22
    static let deleteKey: UInt32 = 24
    static let keySetType: UInt32 = 27
    static let officerPIN: UInt32 = 31
    static let keyExchangePIN: UInt32 = 32
    static let signaturePIN: UInt32 = 33
    static let signatureKeySizeIncrement: UInt32 = 34
    static let exchangeKeySizeIncrement: UInt32 = 35
    static let uniqueContainer: UInt32 = 36
    static let useHardwareRandom: UInt32 = 38
    static let keySpec: UInt32 = 39
    static let reader: UInt32 = 43
    static let pinPrompt: UInt32 = 44
    static let tokenIdentifier: UInt32 = 45
    static let promptSeconds: UInt32 = 49
}

/// SECURITY_INFORMATION: owner, group, and the two access lists.
let securityInformation: UInt32 = 0xF
