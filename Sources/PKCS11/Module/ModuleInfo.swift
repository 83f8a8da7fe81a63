internal import CPKCS11

/// What a module tells about itself (C_GetInfo).
public struct ModuleInfo: Sendable {
    /// The version of PKCS#11 that it follows, for instance `2.40`.
    public let cryptokiVersion: String
    public let manufacturer: String
    /// What the library calls itself.
    public let description: String
    /// Of the library, for instance `2.6`.
    public let libraryVersion: String
}

extension Module {
    public func info() throws(PKCS11Error) -> ModuleInfo {
        try enterProcess()
        var info = CK_INFO()
        try check(functions.pointee.C_GetInfo?(&info), "C_GetInfo")
        func text(_ version: CK_VERSION) -> String { "\(version.major).\(version.minor)" }
        return ModuleInfo(
            cryptokiVersion: text(info.cryptokiVersion),
            manufacturer: withUnsafeBytes(of: info.manufacturerID) { paddedText($0) },
            description: withUnsafeBytes(of: info.libraryDescription) { paddedText($0) },
            libraryVersion: text(info.libraryVersion))
    }
}
