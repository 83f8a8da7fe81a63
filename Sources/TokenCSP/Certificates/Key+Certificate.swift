internal import PKCS11

extension Key {
    /// The certificate that is stored with the key, in DER; nil where there is none (CryptGetKeyParam, KP_CERTIFICATE).
    /// Asks for no PIN.
    ///
    /// It is the X.509 certificate on the token whose CKA_ID is the key's and whose public key is the key's.
    public func certificate() throws(CSPError) -> [UInt8]? {
        try checkMade()
        guard case .stored(let key) = material else { return nil }
        return try onToken(key.subject) { () throws(PKCS11Error) in
            try CertificateStore(token: key.token).certificate(of: key.pair, key.publicKey)?.der
        }
    }

    /// Stores a certificate with the key, in place of the one that is there (CryptSetKeyParam, KP_CERTIFICATE).
    ///
    /// It goes with the key: when the key is deleted or replaced, or its container deleted.
    ///
    /// - Parameter der: one X.509 certificate in DER, for this key's public half.
    /// - Throws: NTE_BAD_DATA for what is no certificate; NTE_BAD_PUBLIC_KEY for the certificate of another key;
    ///   NTE_PERM for a key that no container keeps; and what a login throws.
    public func setCertificate(_ der: [UInt8]) throws(CSPError) {
        try checkMade()
        let content = try CertificateContent(der)
        let key = try storedForCertificate()
        guard content.subjectPublicKeyInfo == key.publicKey.subjectPublicKeyInfo() else {
            throw CSPError(.badPublicKey, "\(key.subject): the certificate is another key's")
        }
        try changingCertificates(key) { store throws(CSPError) in
            try store.write(der, content, label: key.pair.label, id: key.pair.id) { _ in true }
        }
    }

    /// Removes the certificate that is stored with the key.
    ///
    /// - Throws: SCARD_E_NO_SUCH_CERTIFICATE where there is none, and what a login throws.
    public func deleteCertificate() throws(CSPError) {
        try checkMade()
        let key = try storedForCertificate()
        guard try certificate() != nil else { throw noCertificate(key.subject) }
        try changingCertificates(key) { store throws(CSPError) in
            let publicKey = key.publicKey.subjectPublicKeyInfo()
            try onToken(key.subject) { () throws(PKCS11Error) in
                let own = try store.entries(id: key.pair.id).filter { $0.content?.subjectPublicKeyInfo == publicKey }
                try store.destroy(own.map(\.handle))
            }
        }
    }

    private func storedForCertificate() throws(CSPError) -> StoredKey {
        guard case .stored(let key) = material else {
            throw CSPError(
                .permission, "a certificate is stored with a container's key pair, and this \(algorithm) key is none")
        }
        guard !key.pair.id.isEmpty else {
            throw CSPError(
                .permission, "\(key.subject): the key has no id (CKA_ID), by which a certificate would belong to it")
        }
        return key
    }

    /// Work with the certificates of a key after a login, alone among the processes of this user.
    private func changingCertificates(
        _ key: StoredKey, _ work: (CertificateStore) throws(CSPError) -> Void
    ) throws(CSPError) {
        try context.changingCertificates(key.token, lockName: key.pair.label, work)
    }

    // MARK: - KP_CERTIFICATE

    func certificateParameter() throws(CSPError) -> [UInt8] {
        switch material {
        case .stored(let key):
            guard let certificate = try certificate() else { throw noCertificate(key.subject) }
            return certificate
        case .ephemeral, .hostPrivate: throw noCertificate("\(algorithm) key")
        case .session, .publicKey, .draft, .agreed: throw notApplicable(KeyParameter.certificate)
        }
    }

    /// - Parameter data: a certificate; how long it is, it says itself.
    func setCertificateParameter(_ data: UnsafePointer<UInt8>?) throws(CSPError) {
        switch material {
        case .session, .publicKey, .draft, .agreed: throw notApplicable(KeyParameter.certificate)
        case .stored, .ephemeral, .hostPrivate: break
        }
        guard let data else { throw CSPError(.invalidParameter, "KP_CERTIFICATE: the data pointer is NULL") }
        guard let count = Self.lengthOfSequence(data) else {
            throw CSPError(.badData, "KP_CERTIFICATE: this is no X.509 certificate in DER")
        }
        try setCertificate(Array(UnsafeBufferPointer(start: data, count: count)))
    }

    /// The bytes of a SEQUENCE that begins here, of at most 16 MB. Reads no byte beyond those that a certificate has.
    private static func lengthOfSequence(_ data: UnsafePointer<UInt8>) -> Int? {
        guard data[0] == 0x30 else { return nil }
        // No certificate is so short that its length takes one byte.
        guard (0x81...0x83).contains(data[1]) else { return nil }
        let digits = Int(data[1] & 0x7F)
        var length = 0
        for index in 0..<digits { length = length << 8 | Int(data[2 + index]) }
        return 2 + digits + length
    }

    private func noCertificate(_ subject: String) -> CSPError {
        CSPError(.noSuchCertificate, "\(subject): no certificate is stored with the key")
    }
}
