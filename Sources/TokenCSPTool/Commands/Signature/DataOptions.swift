import ArgumentParser
import TokenCSP

/// What `sign` and `verify` share: a key, a hash and the data.
struct DataOptions: ParsableArguments {
    @OptionGroup var selection: KeySelection

    @Option(help: "The hash.")
    var hash: HashAlgorithm = .sha256

    @Option(
        name: .customLong("in"), help: ArgumentHelp("The data; standard input if left out.", valueName: "file"),
        completion: .file())
    var input: String?

    @Flag(help: "The signature is as CryptSignHash has it, of RSA the last byte first. As openssl has it otherwise.")
    var littleEndian = false

    var readsStandardInput: Bool { input == nil || input == "-" }

    /// Hashes the data, 64 KiB at a time.
    func makeHash(in context: Context, json: Bool) throws -> Hash {
        let file = try InputFile(input)
        let hash = try context.makeHash(hash.algorithmID)
        var progress = Progress("hashing", total: file.size, json: json)
        while true {
            let chunk = try file.chunk(65_536)
            guard !chunk.isEmpty else { return hash }
            try hash.update(chunk)
            progress.advance(chunk.count)
        }
    }

    /// A signature of the CSP's in the form that was asked for.
    func written(_ signature: [UInt8], _ key: Key) throws -> [UInt8] {
        littleEndian ? signature : Signature(cryptoAPI: signature, key: try key.publicKey()).bytes
    }

    /// The reverse. Bytes of another form become an empty signature, which verifies nothing.
    func read(_ signature: [UInt8], _ key: Key) throws -> [UInt8] {
        littleEndian ? signature : Signature(signature).cryptoAPIBytes(for: try key.publicKey()) ?? []
    }

    /// A PIN and the data cannot both come from standard input.
    func validate(_ global: GlobalOptions) throws {
        if readsStandardInput, global.pinSource?.readsStandardInput == true {
            throw ValidationError("--pin-source fd:0 and the data both read standard input: give --in FILE")
        }
    }
}
