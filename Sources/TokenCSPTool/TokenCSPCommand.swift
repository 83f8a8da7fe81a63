import ArgumentParser
import Glibc
import TokenCSP

/// The command `tokencsp`: parses, runs, and turns every error into one message and one exit status.
@main
struct TokenCSPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokencsp",
        abstract: "Keys on a PKCS#11 token, made and used by the rules of Microsoft's CryptoAPI.",
        discussion: """
            The token is named by one RFC 7512 URI: --token, else the environment variable TOKENCSP_TOKEN, else the \
            configuration file (the one TOKENCSP_CONFIG names, or ~/.config/tokencsp/tokencsp.conf and \
            /etc/tokencsp/tokencsp.conf), else the only initialized token at hand. The PIN comes from --pin-source, \
            else from the URI's pin-source, else from a prompt.

            Example:
              export TOKENCSP_TOKEN='pkcs11:token=demo?module-name=softhsm2'
              tokencsp key generate --container alice --spec signature --bits 3072
              tokencsp sign --container alice --in letter.txt --out letter.sig
              tokencsp key export-public --container alice --out alice.pem
              openssl dgst -sha256 -verify alice.pem -signature letter.sig letter.txt

            Exit status:
            \(ExitStatus.table)
            """,
        version: "0.1.0",
        subcommands: [
            TokenCommand.self, ContainerCommand.self, KeyCommand.self, CertificateCommand.self, RequestCommand.self,
            SignCommand.self, VerifyCommand.self, EncryptCommand.self, DecryptCommand.self, DigestCommand.self,
            DeriveCommand.self,
            RandomCommand.self,
            ExplainCommand.self, ProvidersCommand.self,
            DoctorCommand.self, SelfTestCommand.self, ProbeModuleCommand.self, ManualCommand.self,
        ]
    )

    /// Whether the command was a listing, which leaves nothing to be cleared away.
    nonisolated(unsafe) private static var onlyListed = false

    /// swift-argument-parser's word before an error message.
    static let _errorPrefix = "tokencsp: "

    static func main() {
        keepStandardDescriptorsTaken()
        // A closed pipe is then an error of write(2), reported like any other.
        signal(SIGPIPE, SIG_IGN)
        let status = run(Array(CommandLine.arguments.dropFirst()))
        CommandInteraction.forgetPINs()
        if onlyListed {
            // Nobody logged in and nothing was made: what a module would clear away at an exit is memory, which of long
            // lists takes a while.
            fflush(nil)
            _exit(status.rawValue)
        }
        // Before the exit's functions write what is left in the registers to the stack.
        wipeStack()
        Glibc.exit(status.rawValue)
    }

    /// Parses and runs; what it answers is the process's exit status.
    private static func run(_ arguments: [String]) -> ExitStatus {
        let options = arguments.prefix { $0 != "--" }
        let json = options.contains("--json")
        do {
            try refuseBrokenText()
            try GlobalOptions.refusePINs(in: options)
            if var quick = QuickCommand.parse(arguments) {
                onlyListed = quick.isListing
                try quick.command.run()
                return .success
            }
            var command = try parseAsRoot(arguments)
            try command.run()
            return .success
        } catch let exit as ExitCode {
            // What there is to say is said.
            return ExitStatus(rawValue: exit.rawValue) ?? .failure
        } catch {
            let failure = Failure(error)
            guard failure.status == .success else {
                // What a shell asks for while somebody types is answered in silence.
                if arguments.first != "---completion" { failure.report(json: json) }
                return failure.status
            }
            // Not a failure: the text of --help, --version or a completion script.
            do {
                try Output.write(failure.message + "\n")
                return .success
            } catch {
                let failure = Failure(error)
                failure.report(json: json)
                return failure.status
            }
        }
    }

    /// Swift puts U+FFFD where an argument is no UTF-8, which would be another name than the one that was given.
    private static func refuseBrokenText() throws(ToolError) {
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
                continue
            }
            throw ToolError(
                .usage,
                "argument \(index) (\"\(String(cString: argument))\") is no UTF-8: names of containers and files are")
        }
    }

    /// Where descriptor 0, 1 or 2 is closed, the next file opened would take its number and receive what is meant for
    /// it. A descriptor that can only fail is put in its place.
    private static func keepStandardDescriptorsTaken() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
