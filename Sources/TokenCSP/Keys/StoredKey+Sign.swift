internal import PKCS11

extension StoredKey {
    /// What came of signing at once.
    enum Attempt {
        case signed(Int)
        case failed(PKCS11Error)
        /// A login, consent or a choice of mechanisms comes first.
        case notPossible
    }

    /// Signs where nothing is to be asked any more, which is all but the first time: the context's login stands, the
    /// private half is known, and it asks its user for nothing. Takes no lock and no memory.
    ///
    /// - Parameter signature: as ``Signer/sign(_:into:)``.
    func signAtOnce(
        _ message: SignatureMessage, in context: Context, into signature: UnsafeMutableRawBufferPointer
    ) -> Attempt {
        guard case .pkcs1(let namesHash) = message.padding.scheme, let signatureScheme, context.mayUsePrivateKeys,
            protection == .none, let half = knownHalf, !half.asksForPIN, context.authenticator.passes(token)
        else { return .notPossible }
        do throws(PKCS11Error) {
            let bytes: UnsafeRawBufferPointer
            let mechanism: MechanismType
            switch signatureScheme {
            case .rsa:
                mechanism = .rsaPKCS
                if namesHash, let kind = message.kind {
                    return .signed(
                        try DigestInfo.withEncoded(kind, digest: message.value) { encoded throws(PKCS11Error) in
                            try token.sign(encoded, with: half.handle, mechanism, into: signature)
                        })
                }
                bytes = message.value
            case .dsa(let size): (mechanism, bytes) = (.dsa, message.leftmost(size))
            case .ecdsa(let size): (mechanism, bytes) = (.ecdsa, message.leftmost(size))
            case .edDSA: (mechanism, bytes) = (.edDSA, message.value)
            }
            return .signed(try token.sign(bytes, with: half.handle, mechanism, into: signature))
        } catch {
            return .failed(error)
        }
    }
}
