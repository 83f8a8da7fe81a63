import ArgumentParser

struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Make certificate requests and certificates, and keep certificates on the token.",
        discussion: """
            The private key signs on the token and stays there. A certificate on the token belongs to the key with the \
            same id (CKA_ID), and goes with it.

            Examples:
              tokencsp certificate request --container web --subject 'CN=www.example.com, O=Example' \\
                --san dns:www.example.com --extended-key-usage serverAuth --out web.csr
              tokencsp certificate write --container web --in web.pem
              tokencsp certificate list
            """,
        subcommands: [
            CertificateRequest.self, CertificateSelfSign.self, CertificateIssue.self, CertificateWrite.self,
            CertificateShow.self, CertificateList.self, CertificateExport.self, CertificateDelete.self,
        ],
        aliases: ["cert"]
    )
}
