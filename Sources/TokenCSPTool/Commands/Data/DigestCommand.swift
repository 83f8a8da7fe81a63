import ArgumentParser
import TokenCSP

/// `tokencsp digest`.
struct DigestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digest",
        abstract: "Hash files or a pipe. No token is needed.",
        discussion: """
            Prints what sha256sum and its like print and check.
            Example:
              tokencsp digest --hash sha384 letter.txt
            """
    )

    @Argument(help: ArgumentHelp("The files; standard input if left out.", valueName: "file"), completion: .file())
    var files: [String] = []

    @Option(help: "The hash.")
    var hash: HashAlgorithm = .sha256

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let context = try global.acquireForListing()
        defer { context.release() }
        var digests: [DigestResult.Digest] = []
        for file in files.isEmpty ? ["-"] : files {
            let input = try InputFile(file)
            let running = try context.makeHash(hash.algorithmID)
            var progress = Progress("hashing", total: input.size, json: global.json)
            while true {
                let chunk = try input.chunk(65_536)
                if chunk.isEmpty { break }
                try running.update(chunk)
                progress.advance(chunk.count)
            }
            digests.append(DigestResult.Digest(file: file, digest: hexadecimal(try running.value())))
        }
        try Output.print(DigestResult(hash: hash.rawValue, digests: digests), json: global.json)
    }
}

private struct DigestResult: CommandResult {
    struct Digest: Encodable {
        let file: String
        let digest: String
    }

    let hash: String
    let digests: [Digest]

    /// As sha256sum: a name with a backslash or a line's end is escaped, and a backslash in front says so.
    var text: String {
        digests.map { digest in
            let name = digest.file
            let isPlain = !name.unicodeScalars.contains { $0 == "\\" || $0 == "\n" || $0 == "\r" }
            guard !isPlain else { return "\(digest.digest)  \(name)\n" }
            let escaped = name.unicodeScalars.map { scalar in
                switch scalar {
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\r": "\\r"
                default: String(scalar)
                }
            }.joined()
            return "\\\(digest.digest)  \(escaped)\n"
        }.joined()
    }
}
