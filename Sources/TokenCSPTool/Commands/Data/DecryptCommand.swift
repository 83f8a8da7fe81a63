import ArgumentParser
import CGnuTLS
import PKCS11
import TokenCSP

/// `tokencsp decrypt`.
struct DecryptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt",
        abstract: "Decrypt what 'tokencsp encrypt' made.",
        discussion: """
            Every byte is proven before it is written. A file is put in its place at the end, or not at all. Into a pipe it \
            goes as it is proven: where something is wrong further on, the exit status says so (1), and what came before \
            is right but not all there is.
            Examples:
              tokencsp decrypt --container alice --in letter.enc --out letter.txt
              tokencsp decrypt --container alice --in folder.enc | tar x
            """
    )

    @OptionGroup var stream: StreamOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        try stream.validate(global)
    }

    func run() throws {
        // The ciphers' key schedules lie in plain memory until they are wiped.
        cgnutls_forbid_core_files()
        let input = try FilledInput(stream.input)
        if let raw = stream.raw { return try decrypt(raw, input) }
        let header = try SealedHeader { try input.next($0) }
        let (key, context) = try open(header)
        defer { context.release() }
        // The owner's alone: what it is was a secret.
        let output = try NewFile(stream.out, isSecret: true)
        var progress = Progress("decrypting", total: input.size, json: global.json)
        let stream = try SealedStream(key, header, in: context)
        do {
            try stream.decrypt(input, to: output, &progress)
        } catch let error as ToolError where stream.isAtStart && self.stream.usesPassphrase {
            // Nothing was proven yet: it may be either.
            throw ToolError.passphrase("the passphrase is wrong; or " + error.message)
        }
        try output.commit()
        let way = if case .passphrase = header.way { "passphrase" } else { "exchange-key" }
        try finish(context, way)
    }

    private func open(_ header: SealedHeader) throws -> (Key, Context) {
        switch header.way {
        case .exchangeKey(let blob):
            guard !stream.usesPassphrase else {
                throw ToolError(
                    .usage, "the data was encrypted for an exchange key: --container names it, no passphrase")
            }
            let context = try stream.context(global)
            do throws(CSPError) {
                return (try context.importKey(blob, padding: .oaep), context)
            } catch {
                guard error.code == .badData || error.code == .badLen else { throw error }
                throw CSPError(.badData, "the data was encrypted for another key, or is damaged", cause: error.cause)
            }
        case .passphrase(let iterations, let salt):
            if stream.container != nil {
                throw ToolError(.usage, "the data was encrypted under a passphrase: leave --container out")
            }
            let passphrase = try stream.passphrase.read(stream.input ?? "the data")
            let context = try stream.hostContext(global)
            let value = PasswordKey.derive(passphrase, salt: salt, iterations: iterations, count: 32)
            return (try context.sessionKey(.aes256, value), context)
        }
    }

    private func decrypt(_ raw: RawEncryption, _ input: FilledInput) throws {
        let context = try stream.context(global)
        defer { context.release() }
        let key = try context.userKey(.keyExchange)
        let size = (key.bits + 7) / 8
        let data = try input.next(size + 1)
        guard data.count == size else {
            throw CSPError(.badData, "\(raw.rawValue) with this key makes \(size) bytes, and this is something else")
        }
        try NewFile.write(key.decrypt(data, padding: raw.padding), to: stream.out, isSecret: true)
        try finish(context, raw.rawValue)
    }

    private func finish(_ context: Context, _ way: String) throws {
        guard global.json else { return }
        let result = StreamResult(container: context.containerName, by: way, file: stream.out, bytes: nil)
        try Output.print(result, json: true)
    }
}
