import ArgumentParser
import CGnuTLS
import PKCS11
import TokenCSP

/// `tokencsp encrypt`.
struct EncryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypt a file or a pipe of any size for a container's exchange key, or under a passphrase.",
        discussion: """
            A fresh AES-256 key encrypts the data and authenticates it; it goes with the file, encrypted under the public \
            half of the RSA exchange key (a SIMPLEBLOB by OAEP), or comes from the passphrase by PBKDF2. No PIN is asked \
            for. The format is documented in Documentation/KeysAndData.md. --raw rsa-oaep encrypts a few bytes with the key \
            itself.
            Examples:
              tokencsp encrypt --container alice --in letter.txt --out letter.enc
              tar c folder | tokencsp encrypt --recipient alice.pem >folder.enc
              tokencsp encrypt --passphrase-source prompt --in letter.txt --out letter.enc
            """
    )

    @OptionGroup var stream: StreamOptions

    @Option(
        help: ArgumentHelp("The receiver's RSA public key, PEM or DER, in place of --container.", valueName: "file"),
        completion: .file())
    var recipient: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try stream.validate(global)
        if recipient != nil, stream.container != nil || stream.usesPassphrase {
            throw ValidationError("--recipient goes with neither --container nor --passphrase-source")
        }
    }

    func run() throws {
        // The ciphers' key schedules lie in plain memory until they are wiped.
        cgnutls_forbid_core_files()
        if OutputFile.isStandardOutput(stream.out) { try Output.requireNoTerminal("the encrypted data") }
        let context =
            try recipient == nil && !stream.usesPassphrase ? stream.context(global) : stream.hostContext(global)
        defer { context.release() }
        let input = try FilledInput(stream.input)
        if let raw = stream.raw {
            let key = try receiver(context)
            let limit = raw.padding.messageLimit(modulusSize: (key.bits + 7) / 8)
            let data = try input.next(limit + 1)
            guard data.count <= limit else {
                throw CSPError(
                    .badLen, "\(raw.rawValue) with this key takes \(limit) bytes; without --raw there is no limit")
            }
            try NewFile.write(key.encrypt(data, padding: raw.padding), to: stream.out, isSecret: false)
            return try finish(context, raw.rawValue, data.count)
        }
        let (key, header) = try makeKey(context)
        let output = try NewFile(stream.out, isSecret: false)
        try output.write(header.bytes)
        var progress = Progress("encrypting", total: input.size, json: global.json)
        try SealedStream(key, header, in: context).encrypt(input, to: output, &progress)
        try output.commit()
        try finish(context, stream.usesPassphrase ? "passphrase" : "exchange-key", input.size)
    }

    private func receiver(_ context: Context) throws -> Key {
        guard let recipient else {
            let key = try context.userKey(.keyExchange)
            guard try key.publicKey().rsa != nil else {
                throw CSPError(.badKey, "files are encrypted for RSA exchange keys; this one is a \(key.algorithm) key")
            }
            return key
        }
        let key = try PublicKey(encoded: InputFile(recipient).content(limit: 65_536, of: "public key"))
        guard key.rsa != nil else {
            throw CSPError(.badKey, "files are encrypted for RSA exchange keys, not for this one")
        }
        return try context.publicKey(key, .keyExchange)
    }

    private func makeKey(_ context: Context) throws -> (Key, SealedHeader) {
        let vector = try context.random(16)
        if stream.usesPassphrase {
            let passphrase = try stream.passphrase.read("the encrypted file", isNew: true)
            let salt = try context.random(16)
            let value = PasswordKey.derive(passphrase, salt: salt, iterations: PasswordKey.iterations, count: 32)
            let way = SealedHeader.Way.passphrase(iterations: PasswordKey.iterations, salt: salt)
            return (try context.sessionKey(.aes256, value), SealedHeader(way, vector: vector))
        }
        let key = try context.generateKey(cipher: .aes256, flags: .exportable)
        let blob = try key.export(.sessionKey, under: receiver(context), padding: .oaep)
        return (key, SealedHeader(.exchangeKey(simpleBlob: blob), vector: vector))
    }

    private func finish(_ context: Context, _ way: String, _ bytes: Int?) throws {
        guard global.json else { return }
        let result = StreamResult(container: context.containerName, by: way, file: stream.out, bytes: bytes)
        try Output.print(result, json: true)
    }
}
