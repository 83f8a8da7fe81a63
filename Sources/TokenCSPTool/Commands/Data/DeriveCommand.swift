import ArgumentParser
import CGnuTLS
import PKCS11
import TokenCSP

/// `tokencsp derive`.
struct DeriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "derive",
        abstract: "Derive a symmetric key from a passphrase, or agree on one with the owner of another key.",
        discussion: """
            From a passphrase as CryptDeriveKey does: of its hash, for programs that must understand each other; one hash is \
            no hindrance to guessing. With --peer the token computes what its container's exchange key (--provider 'TokenCSP \
            Elliptic Curve Provider') and the peer's public key agree on; the key is the first bytes of the SHA-256 hash of \
            the shared point's x-coordinate. The key goes to a file of its owner alone (mode 600), as raw bytes or as a \
            PLAINTEXTKEYBLOB. One that is there is replaced with --overwrite only.
            Examples:
              tokencsp derive --passphrase-source prompt --hash sha256 --algorithm aes-256 --out key.bin
              tokencsp derive --container alice --peer bob.pem --out key.bin
            """
    )

    @Option(help: ContainerName.help, completion: Completion.containers)
    var container: String?

    @Option(
        help: ArgumentHelp("The peer's public key on the same curve, PEM or DER.", valueName: "file"),
        completion: .file())
    var peer: String?

    @Option(help: "Of the passphrase.")
    var hash: HashAlgorithm?

    @Option(help: "What the key is for.")
    var algorithm: KeyAlgorithm = .aes256

    @Flag(help: "Write a PLAINTEXTKEYBLOB, and not raw bytes.")
    var blob = false

    @Option(help: ArgumentHelp("The file for the key.", valueName: "file"), completion: .file())
    var out: String

    @OptionGroup var secretOutput: SecretOutputOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try ContainerName.validate(container)
        try passphrase.validate(global, readsInput: peer == "-")
        if !algorithm.isSymmetric { throw ValidationError("--algorithm of a derived key is a cipher, such as aes-256") }
        if out == "-" { throw ValidationError("--out takes a file: a key is never on standard output") }
        if peer != nil, hash != nil || passphrase.passphraseSource != nil {
            throw ValidationError("--peer goes with neither --hash nor --passphrase-source")
        }
        if peer == nil, container != nil { throw ValidationError("--container is for --peer") }
    }

    func run() throws {
        cgnutls_forbid_core_files()
        try secretOutput.prepare(out)
        let cipher = algorithm.algorithmID(.keyExchange)
        let (key, context) = try peer.map { try agree($0, cipher) } ?? derive(cipher)
        defer { context.release() }
        var bytes = try key.export(.plaintext)
        defer { wipe(&bytes) }
        // Header and length are in front of the key.
        var value = blob ? bytes : Array(bytes[12...])
        defer { wipe(&value) }
        try secretOutput.write(value, to: out)
        let result = DeriveResult(
            container: peer == nil ? nil : context.containerName, algorithm: algorithm.rawValue, bits: key.bits,
            form: blob ? "blob" : "raw", file: out)
        try Output.print(result, json: global.json)
    }

    private func derive(_ cipher: AlgorithmID) throws -> (Key, Context) {
        let passphrase = try passphrase.read(out, isNew: true)
        let context = try Context.acquire(
            provider: global.provider, flags: .verifyContext, configuration: global.configuration())
        let running = try context.makeHash((hash ?? .sha256).algorithmID)
        var bytes = passphrase.withUnsafeBytes { [UInt8]($0) }
        defer { wipe(&bytes) }
        try running.update(bytes)
        return (try context.deriveKey(cipher: cipher, from: running, flags: .exportable), context)
    }

    private func agree(_ peer: String, _ cipher: AlgorithmID) throws -> (Key, Context) {
        let publicKey = try PublicKey(encoded: InputFile(peer).content(limit: 65_536, of: "public key"))
        var global = global
        if global.provider == nil { global.provider = PrivateKeyInfo.provider(publicKey, .keyExchange) }
        let context = try global.open(container: container)
        let other = try context.publicKey(publicKey, .keyExchange)
        let key = try context.userKey(.keyExchange).agree(
            with: other.publicKeyBlob(), on: cipher, flags: .exportable)
        return (key, context)
    }
}

private struct DeriveResult: CommandResult {
    let container: String?
    let algorithm: String
    let bits: Int
    let form: String
    let file: String

    var text: String { "The \(algorithm) key is in \(printable(file)), for its owner alone.\n" }
}
