import ArgumentParser
import PKCS11
import TokenCSP

/// `--archive FILE`, for commands that make keys: an archivable key leaves its token once, while its first handle is open.
struct ArchiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the new key there under a passphrase (PKCS#8), the only time that an archivable key can be.",
            valueName: "file"), completion: .file())
    var archive: String?

    @OptionGroup var passphrase: PassphraseOptions

    mutating func validate() throws {
        if archive == "-" { throw ValidationError("--archive takes a file: results are on standard output") }
        if archive == nil, passphrase.passphraseSource != nil {
            throw ValidationError("--passphrase-source is for --archive")
        }
    }

    /// The passphrase, asked for before the key is made; nil without `--archive`.
    func readPassphrase() throws -> PIN? {
        try archive.map { try passphrase.read($0, isNew: true) }
    }

    /// Writes the key while its handle is open. Does nothing without `--archive`.
    func write(_ key: Key, _ passphrase: PIN?) throws {
        guard let archive, let passphrase else { return }
        try EncryptedKey.write(key, passphrase, to: archive)
    }
}
