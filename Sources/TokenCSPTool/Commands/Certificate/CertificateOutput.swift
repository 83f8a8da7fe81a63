import ArgumentParser
import FoundationEssentials
import TokenCSPCertificates

/// `--form` of certificates and requests.
enum CertificateForm: String, CaseIterable, ExpressibleByArgument, Sendable {
    case pem
    case der
}

/// Where a certificate or a request goes, and in which form.
struct CertificateOutput: ParsableArguments {
    @Option(
        name: [.customLong("form"), .customLong("format")], help: "The form of what is written.")
    var form: CertificateForm = .pem

    @Option(
        help: ArgumentHelp("The file to write; standard output if left out.", valueName: "file"), completion: .file())
    var out: String?

    /// Whether a document takes standard output.
    func takesStandardOutput(json: Bool) -> Bool { OutputFile.isStandardOutput(out) && !json }

    func validate(_ global: GlobalOptions) throws {
        if global.json, out == "-" { throw ValidationError("--out - and --json both want standard output") }
    }

    /// Refuses to begin what would end in bytes on a terminal, or in a file that cannot be written.
    func requirePossible(json: Bool, _ what: String) throws {
        if form == .der, takesStandardOutput(json: json) { try Output.requireNoTerminal(what) }
        try NewFile.requirePossible(out, isSecret: false)
    }

    /// Writes DER in the form that was asked for: to the file or standard output. With `--json` standard output is the
    /// JSON document's, which has what ``text(_:_:)`` answers.
    ///
    /// - Parameter kind: the words after BEGIN.
    func write(_ documents: [[UInt8]], _ kind: String, json: Bool) throws {
        let bytes = form == .der ? documents.first ?? [] : Array(documents.map { text($0, kind) }.joined().utf8)
        if takesStandardOutput(json: json) { return try Output.write(bytes) }
        if let out, out != "-" { try NewFile.write(bytes, to: out, isSecret: false) }
    }

    /// For JSON: PEM, or base64 of DER.
    func text(_ der: [UInt8], _ kind: String) -> String {
        form == .pem ? CertificateDocument.pem(der, kind) : Data(der).base64EncodedString()
    }
}
