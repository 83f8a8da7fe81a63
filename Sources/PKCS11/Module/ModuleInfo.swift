internal import CPKCS11

/// What a module tells about itself (C_GetInfo).
public struct ModuleInfo: Sendable {
    public let libraryDescription: String
    public let manufacturer: String
    /// For instance `2.6`.
    public let libraryVersion: String
    /// The version of PKCS#11 that the module follows.
    public let cryptokiVersion: String
}

extension Module {
    public func info() throws(PKCS11Error) -> ModuleInfo {
        try enterProcess()
        var info = CK_INFO()
        try check(functions.pointee.C_GetInfo?(&info), "C_GetInfo")
        return ModuleInfo(
            libraryDescription: withUnsafeBytes(of: info.libraryDescription) { paddedText($0) },
            manufacturer: withUnsafeBytes(of: info.manufacturerID) { paddedText($0) },
            libraryVersion: versionText(info.libraryVersion), cryptokiVersion: versionText(info.cryptokiVersion))
    }
}

/// A CK_VERSION: its minor number counts hundredths, but modules write 2.6 as 2 and 6.
func versionText(_ version: CK_VERSION) -> String { "\(version.major).\(version.minor)" }
