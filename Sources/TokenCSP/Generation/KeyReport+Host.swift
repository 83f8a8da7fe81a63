extension KeyReport {
    /// The report of a session key on the host: no token says anything of it, the CSP holds its policy.
    init(hostKey request: GenerationRequest) {
        func line(_ attribute: String, _ value: Bool, _ because: String) -> Line {
            Line(
                object: "secret", attribute: attribute, asked: String(value), onToken: nil, heldBy: .csp,
                because: because)
        }
        let isExtractable = request.isExportable || request.isArchivable
        self.init(
            container: nil, spec: nil, algorithm: request.algorithm, bits: request.bits, id: [], token: "",
            tokenSerial: "",
            mechanism: "", rung: 0,
            lines: [
                line("CKA_TOKEN", false, "session key"),
                line("CKA_EXTRACTABLE", isExtractable, isExtractable ? "CRYPT_EXPORTABLE" : "no CRYPT_EXPORTABLE"),
            ],
            notes: request.notes + ["the key is in this process's memory, on no token"],
            protection: .none, protectionHolder: nil
        )
    }
}
