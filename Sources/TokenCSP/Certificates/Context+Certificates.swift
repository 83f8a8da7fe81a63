internal import PKCS11

/// A certificate on the token, from public information.
public struct CertificateSummary: Sendable {
    /// CKA_LABEL: the container's name, of one that was stored without a key the name it was given.
    public let label: String
    /// CKA_ID: the same as its key's.
    public let id: [UInt8]
    /// The certificate's PKCS#11 URI.
    public let uri: String
    /// The container of the key that it belongs to; nil where that is not on the token, or of the other key set.
    public let container: String?
    /// Which of the container's keys.
    public let spec: KeySpec?
    /// The certificate in DER.
    public let der: [UInt8]
    /// What it says; nil where that cannot be read.
    public let content: CertificateContent?
}

extension Context {
    /// Every X.509 certificate of this key set on the token. Asks for no PIN.
    public func certificates() throws(CSPError) -> [CertificateSummary] {
        let store = try store()
        let entries = try onToken { () throws(PKCS11Error) in try CertificateStore(token: store.token).entries() }
        guard !entries.isEmpty else { return [] }
        let owners = try owners(store)
        return try onToken { () throws(PKCS11Error) in
            let info = try store.token.info()
            var result: [CertificateSummary] = []
            for entry in entries {
                let owner = Self.owner(of: entry, owners)
                guard owner != nil || entry.label.isEmpty && !keySet.isMachine || keySet.name(entry.label) != nil else {
                    continue
                }
                result.append(
                    CertificateSummary(
                        label: keySet.name(entry.label) ?? entry.label, id: entry.id,
                        uri: try TokenURI.object(
                            on: info, label: entry.label, id: entry.id, objectClass: .certificate),
                        container: owner?.name, spec: owner?.spec, der: entry.der, content: entry.content))
            }
            return result
        }
    }

    private typealias Owner = (container: String, pair: StoredPair)

    /// The key pairs by their ids.
    private func owners(_ store: ContainerStore) throws(CSPError) -> [[UInt8]: [Owner]] {
        var owners: [[UInt8]: [Owner]] = [:]
        for container in try store.all() {
            for pair in container.contents.pairs where !pair.id.isEmpty {
                owners[pair.id, default: []].append((container.name, pair))
            }
        }
        return owners
    }

    private static func owner(
        of entry: CertificateStore.Entry, _ owners: [[UInt8]: [Owner]]
    ) -> (name: String, spec: KeySpec)? {
        guard let content = entry.content else { return nil }
        for owner in owners[entry.id] ?? [] {
            // Of a pair that shows its private half alone the id has to do.
            let key = owner.pair.publicKey?.subjectPublicKeyInfo()
            if key ?? content.subjectPublicKeyInfo == content.subjectPublicKeyInfo, let spec = owner.pair.specs.first {
                return (owner.container, spec)
            }
        }
        return nil
    }

    /// Stores a CA's certificate whose key is not on the token: for programs that look for a chain there.
    ///
    /// One of the same CA and issuer is replaced. Its CKA_ID is the SHA-1 of its public key's bits, as in most subject key
    /// identifiers. That it is stored says nothing about trust.
    ///
    /// - Parameters:
    ///   - der: a certificate whose basic constraints say that it is a CA's.
    ///   - label: what it is called on the token, by the rules of containers' names.
    /// - Throws: NTE_BAD_DATA for what is no certificate; NTE_PERM for one that is no CA's; NTE_BAD_KEYSET_PARAM for the
    ///   label; and what a login throws.
    public func storeCertificate(authority der: [UInt8], label: String) throws(CSPError) {
        let content = try CertificateContent(der)
        guard content.isAuthority else {
            throw CSPError(
                .permission, "a certificate without its key on the token is stored if it is a CA's, which this is not")
        }
        guard try ContainerName(label).name == label else {
            throw CSPError(
                .badKeysetParam, "the label \"\(label)\" is a URI or names a reader: a plain name is possible")
        }
        let label = keySet.label(label)
        let hash = HashKind.sha1.digest(of: content.publicKeyBits)
        try changingCertificates(token(), lockName: label) { store throws(CSPError) in
            try store.write(der, content, label: label, id: hash) { old in
                old.content?.subject == content.subject && old.content?.issuer == content.issuer
            }
        }
    }

    /// Removes a certificate, whether its key is on the token or not.
    ///
    /// - Throws: SCARD_E_NO_SUCH_CERTIFICATE where it is not there any more, and what a login throws.
    public func deleteCertificate(_ certificate: CertificateSummary) throws(CSPError) {
        let name = certificate.container ?? certificate.label
        try changingCertificates(token(), lockName: keySet.label(name)) { store throws(CSPError) in
            let found = try onToken { () throws(PKCS11Error) in
                try store.entries(id: certificate.id).filter { $0.der == certificate.der }
            }
            guard !found.isEmpty else {
                throw CSPError(.noSuchCertificate, "certificate \"\(name)\" is not on the token any more")
            }
            try onToken("certificate \"\(name)\"") { () throws(PKCS11Error) in
                try store.destroy(found.map(\.handle))
            }
        }
    }

    /// Work with certificates after a login, alone among the processes of this user that change this container.
    func changingCertificates(
        _ token: Token, lockName: String, _ work: (CertificateStore) throws(CSPError) -> Void
    ) throws(CSPError) {
        try withLogin { () throws(CSPError) in
            let info = try onToken { () throws(PKCS11Error) in try token.info() }
            let lock = ContainerLock(info, label: lockName)
            defer { lock?.end() }
            try work(CertificateStore(token: token))
        }
    }
}
