import ArgumentParser
import FoundationEssentials
import TokenCSP

/// `tokencsp random`.
struct RandomCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "random",
        abstract: "Random bytes, of the host or of the token.",
        discussion: """
            Raw bytes, or text with --hex or --base64. What goes to a file is its owner's alone (mode 600); one that \
            is there is replaced with --overwrite only.
            Examples:
              tokencsp random --bytes 32 --hex
              tokencsp random --bytes 1048576 --from-token --out noise
            """
    )

    @Option(
        parsing: .unconditional, help: ArgumentHelp("How many.", valueName: "number"), transform: Self.count)
    var bytes: Int

    @Flag(help: "In hexadecimal, on one line.")
    var hex = false

    @Flag(name: .customLong("base64"), help: "In base64, on one line.")
    var base64 = false

    @Flag(help: "Of the token's generator, and not of the host's.")
    var fromToken = false

    @Option(
        help: ArgumentHelp("The file to write; standard output if left out.", valueName: "file"), completion: .file())
    var out: String?

    @OptionGroup var secretOutput: SecretOutputOptions
    @OptionGroup var global: GlobalOptions

    private static func count(_ text: String) throws -> Int {
        guard let count = Int(text), count > 0, !text.hasPrefix("+") else {
            throw ValidationError("--bytes takes a number from 1 on")
        }
        return count
    }

    mutating func validate() throws {
        if hex, base64 { throw ValidationError("--hex and --base64 exclude each other") }
        if global.json, !hex, !base64, OutputFile.isStandardOutput(out) {
            throw ValidationError("--json shows text: give --hex or --base64, or --out FILE")
        }
        if global.json || base64 || hex, bytes > 1 << 20 { throw ValidationError("text is for 1 MiB at most") }
    }

    func run() throws {
        let isText = hex || base64
        let toStandardOutput = OutputFile.isStandardOutput(out)
        if toStandardOutput, !isText { try Output.requireNoTerminal("the random data") }
        try secretOutput.prepare(out)
        let context = try global.acquireForListing()
        defer { context.release() }
        if fromToken { try context.useTokenRandom() }
        if isText {
            let value = try context.random(bytes)
            let text = hex ? hexadecimal(value) : Data(value).base64EncodedString()
            if !toStandardOutput { try secretOutput.write(Array((text + "\n").utf8), to: out) }
            let shown = toStandardOutput ? text : nil
            let result = RandomResult(bytes: bytes, fromToken: fromToken, value: shown, file: out)
            return toStandardOutput || global.json ? try Output.print(result, json: global.json) : ()
        }
        let file = try NewFile(out, isSecret: true, existing: secretOutput.existing)
        var progress = Progress("random", total: bytes, json: global.json)
        var left = bytes
        while left > 0 {
            let count = min(left, 65_536)
            try file.write(context.random(count))
            progress.advance(count)
            left -= count
        }
        try file.commit()
        guard global.json else { return }
        try Output.print(RandomResult(bytes: bytes, fromToken: fromToken, value: nil, file: out), json: true)
    }
}

private struct RandomResult: CommandResult {
    let bytes: Int
    let fromToken: Bool
    let value: String?
    let file: String?

    var text: String { (value ?? "") + "\n" }
}
