import ArgumentParser
import Glibc

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
            TokenCommand.self, ContainerCommand.self, KeyCommand.self, CertificateCommand.self, SignCommand.self, VerifyCommand.self,
            RequestCommand.self, ExplainCommand.self, ProvidersCommand.self,
        ]
    )

    /// swift-argument-parser's word before an error message.
    static let _errorPrefix = "tokencsp: "

    static func main() {
        keepStandardDescriptorsTaken()
        // A closed pipe is then an error of write(2), reported like any other.
        signal(SIGPIPE, SIG_IGN)
        let status = run(Array(CommandLine.arguments.dropFirst()))
        CommandInteraction.forgetPINs()
        Glibc.exit(status.rawValue)
    }

    /// Parses and runs; what it answers is the process's exit status.
    private static func run(_ arguments: [String]) -> ExitStatus {
        let options = arguments.prefix { $0 != "--" }
        let json = options.contains("--json")
        do {
            try GlobalOptions.refusePINs(in: options)
            var command = try parseAsRoot(arguments)
            try command.run()
            return .success
        } catch {
            let failure = Failure(error)
            guard failure.status == .success else {
                failure.report(json: json)
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

    /// Where descriptor 0, 1 or 2 is closed, the next file opened would take its number and receive what is meant for
    /// it. A descriptor that can only fail is put in its place.
    private static func keepStandardDescriptorsTaken() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
