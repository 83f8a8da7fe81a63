import ArgumentParser
import TokenCSP

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain what 'key generate' would ask of the token, and what a token would answer.",
        discussion: """
            Shows how CryptGenKey's flags become PKCS#11 attributes, what is left out for tokens that refuse the full \
            template, and what each flag does beyond attributes. --flags takes dwFlags as a program would pass it, on \
            top of the other options.

            Without --token and --ask-token no token is needed or touched. With one of them it says what that token \
            makes of the request: whether it has the mechanism and the length, and who will hold the policy. No key is \
            made, and no PIN is asked for.

            Examples:
              tokencsp explain --spec signature --bits 3072 --exportable
              tokencsp explain --user-protected --token 'pkcs11:token=demo'
              tokencsp explain --spec exchange --flags 0x08000001
            """
    )

    @OptionGroup var generation: GenerationOptions

    @Option(
        help: ArgumentHelp("CryptGenKey's dwFlags, such as 0x08000001.", valueName: "value"), transform: RawFlags.parse)
    var flags: UInt32?

    @Flag(help: "Ask the configured token what it makes of the request; --token does so too.")
    var askToken = false

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if generation.bits != nil, let flags, flags >> 16 != 0 {
            throw ValidationError("--bits and the high word of --flags \(hexadecimal(flags)) both give the length")
        }
    }

    func run() throws {
        let plan = try generation.plan(global, addingFlags: flags ?? 0)
        var answer: TokenAnswer?
        if askToken || global.token != nil {
            let found = try Tokens.mechanisms(global.configuration())
            answer = TokenAnswer(plan, found.token, found.mechanisms)
        }
        let result = PlanResult(
            plan, flags: generation.flags | (flags ?? 0), sessionObject: generation.isSessionObject, token: answer)
        try Output.print(result, json: global.json)
    }
}
