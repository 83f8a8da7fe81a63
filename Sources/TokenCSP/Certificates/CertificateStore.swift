internal import PKCS11

/// The certificates on one token: finding, writing, destroying them. A certificate belongs to the key with its CKA_ID.
struct CertificateStore: Sendable {
    let token: Token

    /// A certificate as it stands on the token.
    struct Entry: Sendable {
        let handle: ObjectHandle
        let label: String
        let id: [UInt8]
        let der: [UInt8]
        /// Nil for what is no certificate that we can read.
        let content: CertificateContent?
    }

    // MARK: - Finding

    /// Every X.509 certificate, or those with an id. Asks for no PIN.
    func entries(id: [UInt8]? = nil) throws(PKCS11Error) -> [Entry] {
        var template = [Attribute(.certificate), Attribute(.token, true)]
        if let id { template.append(Attribute(.id, bytes: id)) }
        return try token.retryingOnce { isRetry throws(PKCS11Error) in
            try token.reading { session throws(PKCS11Error) in
                var entries: [Entry] = []
                for handle in try session.find(template) {
                    do throws(PKCS11Error) {
                        if let entry = try Self.entry(handle, in: session) { entries.append(entry) }
                    } catch {
                        // Gone since the search, or still being written.
                        guard isRetry, let value = error.returnValue, ContainerStore.unreadable.contains(value) else {
                            throw error
                        }
                    }
                }
                return entries
            }
        }
    }

    private static func entry(_ handle: ObjectHandle, in session: borrowing Session) throws(PKCS11Error) -> Entry? {
        let values = try session.attributes(of: handle, [.certificateType, .label, .id, .value])
        // CKC_X_509 is 0. A certificate that is kept elsewhere (CKA_URL) has no value.
        guard values.uint(.certificateType) ?? 0 == 0, let der = values.bytes(.value), !der.isEmpty else { return nil }
        return Entry(
            handle: handle, label: values.string(.label) ?? "", id: values.bytes(.id) ?? [], der: der,
            content: try? CertificateContent(der))
    }

    /// The certificate of a key: of its id, and for its public half. Of several, which only a crash leaves, the latest.
    func certificate(of pair: StoredPair, _ key: PublicKey) throws(PKCS11Error) -> Entry? {
        guard !pair.id.isEmpty else { return nil }
        let publicKey = key.subjectPublicKeyInfo()
        return try entries(id: pair.id).filter { $0.content?.subjectPublicKeyInfo == publicKey }.max { a, b in
            (a.content?.notBefore ?? 0) < (b.content?.notBefore ?? 0)
        }
    }

    // MARK: - Changing

    /// Writes a certificate, then removes those that it takes the place of. The caller has logged in.
    ///
    /// - Parameter isOld: which of those with the same id go.
    func write(
        _ der: [UInt8], _ content: CertificateContent, label: String, id: [UInt8], replacing isOld: (Entry) -> Bool
    ) throws(CSPError) {
        let before = try onToken { () throws(PKCS11Error) in try entries(id: id) }
        let isThere = before.contains { $0.der == der }
        if !isThere {
            let handle = try onToken("the certificate") { () throws(PKCS11Error) in
                try create(der, content, label: label, id: id)
            }
            let written = try onToken { () throws(PKCS11Error) in try entries(id: id) }
            guard written.contains(where: { $0.der == der }) else {
                try? destroy([handle])
                throw CSPError(
                    .notSupported, "the token does not keep a certificate under its key's id; it was removed again")
            }
        }
        let old = before.filter { $0.der != der && isOld($0) }.map(\.handle)
        try onToken("the certificate that was there before") { () throws(PKCS11Error) in try destroy(old) }
    }

    /// NSS lets certificates of different subjects not share a label: there a number makes it another one.
    private func create(
        _ der: [UInt8], _ content: CertificateContent, label: String, id: [UInt8]
    ) throws(PKCS11Error) -> ObjectHandle {
        // Before and after: another thread may look meanwhile.
        KnownCertificates.forget(token)
        defer { KnownCertificates.forget(token) }
        var number = 1
        while true {
            do throws(PKCS11Error) {
                return try token.writing(lasting: true) { session throws(PKCS11Error) in
                    try session.create([
                        Attribute(.certificate), Attribute(.certificateType, UInt(0)), Attribute(.token, true),
                        Attribute(.isPrivate, false), Attribute(.label, number == 1 ? label : "\(label) #\(number)"),
                        Attribute(.id, bytes: id), Attribute(.subject, bytes: content.subject),
                        Attribute(.issuer, bytes: content.issuer),
                        Attribute(.serialNumber, bytes: content.serialNumber), Attribute(.value, bytes: der),
                    ])
                }
            } catch {
                guard error.returnValue == .attributeValueInvalid, number < 9 else { throw error }
                number += 1
            }
        }
    }

    /// Removes objects; what is gone already is no failure.
    func destroy(_ handles: [ObjectHandle]) throws(PKCS11Error) {
        guard !handles.isEmpty else { return }
        try token.writing(lasting: true) { session throws(PKCS11Error) in
            for handle in handles {
                do throws(PKCS11Error) {
                    try session.destroy(handle)
                } catch {
                    guard error.returnValue == .objectHandleInvalid else { throw error }
                }
            }
        }
    }
}
