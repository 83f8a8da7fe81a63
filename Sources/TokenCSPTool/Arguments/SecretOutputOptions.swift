import ArgumentParser
import Glibc
import TokenCSP

/// For commands that write secrets to a file: one that is there may be the only copy of a key.
struct SecretOutputOptions: ParsableArguments {
    @Flag(help: "Replace the file if there is one, after a question.")
    var overwrite = false

    @Flag(help: "Do not ask.")
    var yes = false

    var existing: NewFile.Existing { overwrite ? .replaced : .kept }

    /// Before anything is made for the file: refuses one that is there, or asks, or refuses what could not be written.
    func prepare(_ path: String?) throws {
        try NewFile.requirePossible(path, isSecret: true, existing: existing)
        guard let path, path != "-", let mode = permissions(of: path), mode & S_IFMT == S_IFREG else { return }
        try Confirmation.require("Replace what is in \(path)?", yes: yes)
    }

    /// Writes it for its owner alone, as a whole or not at all.
    func write(_ bytes: [UInt8], to path: String?) throws {
        try NewFile.write(bytes, to: path, isSecret: true, existing: existing)
    }
}
