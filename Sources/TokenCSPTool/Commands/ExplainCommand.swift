import ArgumentParser
import TokenCSP

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain what 'key generate' would ask of the token. Needs no token.",
        discussion: """
            Shows how CryptGenKey's flags become PKCS#11 attributes, what is left out for tokens that refuse the full \
            template, and what each flag does beyond attributes. --flags takes dwFlags as a program would pass it, on \
            top of the other options.

            Examples:
              tokencsp explain --spec signature --bits 3072 --exportable
              tokencsp explain --spec exchange --flags 0x08000001
            """
    )

    @OptionGroup var generation: GenerationOptions

    @Option(
        help: ArgumentHelp("CryptGenKey's dwFlags, such as 0x08000001.", valueName: "value"), transform: RawFlags.parse)
    var flags: UInt32?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if generation.bits != nil, let flags, flags >> 16 != 0 {
            throw ValidationError("--bits and the high word of --flags \(hexadecimal(flags)) both give the length")
        }
    }

    func run() throws {
        let plan = try generation.plan(global, addingFlags: flags ?? 0)
        let result = PlanResult(
            plan, flags: generation.flags | (flags ?? 0), sessionObject: generation.isSessionObject)
        try Output.print(result, json: global.json)
    }
}
