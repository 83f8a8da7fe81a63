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
        let info = try ownInfo()
        return ModuleInfo(
            cryptokiVersion: versionText(info.cryptokiVersion),
            manufacturer: withUnsafeBytes(of: info.manufacturerID) { paddedText($0) },
            description: withUnsafeBytes(of: info.libraryDescription) { paddedText($0) },
            libraryVersion: versionText(info.libraryVersion))
    }

    /// In the module's own form. Asked once: a library stays what it is.
    func ownInfo() throws(PKCS11Error) -> CK_INFO {
        if let known = told.withLock({ $0 }) { return known }
        try enterProcess()
        var info = CK_INFO()
        try check(functions.pointee.C_GetInfo?(&info), "C_GetInfo")
        told.withLock { $0 = info }
        return info
    }
}

/// A CK_VERSION: its minor number counts hundredths, but modules write 2.6 as 2 and 6.
func versionText(_ version: CK_VERSION) -> String { "\(version.major).\(version.minor)" }
