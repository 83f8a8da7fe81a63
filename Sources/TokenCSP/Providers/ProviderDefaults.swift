internal import Glibc

/// The default provider of each type, as CryptSetProvider keeps it: per user, and per machine for users that have none.
///
/// `$XDG_CONFIG_HOME/tokencsp/providers.conf` (`~/.config/…`) and `/etc/tokencsp/providers.conf`: lines `TYPE = NAME`.
package enum ProviderDefaults {
    package enum Scope: Sendable {
        case user, machine

        fileprivate var folder: String? {
            guard self == .user else { return "/etc/tokencsp" }
            for (name, rest) in [("XDG_CONFIG_HOME", "/tokencsp"), ("HOME", "/.config/tokencsp")] {
                if let value = getenv(name), value.pointee != 0 { return String(cString: value) + rest }
            }
            return nil
        }
    }

    /// The name that was set for a type; nil where none was.
    static func name(_ type: ProviderType, _ scope: Scope) throws(CSPError) -> String? {
        try read(scope)[type.rawValue]
    }

    /// CryptSetProviderEx: sets a type's default, or with nil takes it away.
    ///
    /// - Throws: NTE_BAD_PROV_TYPE, NTE_KEYSET_NOT_DEF (unknown name), NTE_PROV_TYPE_NO_MATCH, NTE_PERM (file).
    package static func set(_ name: String?, type: UInt32, _ scope: Scope) throws(CSPError) {
        guard name != "" else { throw CSPError(.invalidParameter, "a provider's name must not be empty") }
        if let name { _ = try ProviderProfile.find(name: name, type: ProviderType(rawValue: type)) }
        guard (1...999).contains(type) else {
            throw CSPError(.badProvType, "provider type \(type) is not between 1 and 999")
        }
        var names = try read(scope)
        names[type] = name
        try write(names, scope)
    }

    /// The same with CRYPT_MACHINE_DEFAULT (1), CRYPT_USER_DEFAULT (2) and CRYPT_DELETE_DEFAULT (4).
    package static func set(_ name: String, type: UInt32, flags: UInt32) throws(CSPError) {
        let scope: Scope
        switch flags & ~4 {
        case 1: scope = .machine
        case 2: scope = .user
        default:
            throw CSPError(
                .badFlags,
                "flags \(hexadecimal(flags)): CRYPT_MACHINE_DEFAULT (1) or CRYPT_USER_DEFAULT (2), and CRYPT_DELETE_DEFAULT (4)"
            )
        }
        try set(flags & 4 == 0 ? name : nil, type: type, scope)
    }

    private static func read(_ scope: Scope) throws(CSPError) -> [UInt32: String] {
        guard let folder = scope.folder, let text = try ConfigurationFile.text(folder + "/providers.conf") else {
            return [:]
        }
        var names: [UInt32: String] = [:]
        for line in ConfigurationFile.lines(text) {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let type = UInt32(trimmed(parts[0])) else { continue }
            names[type] = trimmed(parts[1])
        }
        return names
    }

    private static func write(_ names: [UInt32: String], _ scope: Scope) throws(CSPError) {
        guard let folder = scope.folder else { throw CSPError(.permission, "neither XDG_CONFIG_HOME nor HOME is set") }
        let path = folder + "/providers.conf"
        let text = names.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
        for parent in [String(folder.prefix(upTo: folder.lastIndex(of: "/") ?? folder.endIndex)), folder] {
            mkdir(parent, 0o755)
        }
        // Written beside it and renamed: a reader sees the old file or the new one.
        let temporary = path + ".\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        let bytes = Array(text.utf8)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        let closed = close(descriptor)
        guard written == bytes.count, closed == 0, rename(temporary, path) == 0 else {
            let error = failure(path)
            unlink(temporary)
            throw error
        }
    }

    private static func failure(_ path: String) -> CSPError {
        CSPError(.permission, "\(path): \(String(cString: strerror(errno)))")
    }
}
