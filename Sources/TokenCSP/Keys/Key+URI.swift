internal import PKCS11

extension Key {
    /// The PKCS#11 URI of a container's key: token, CKA_LABEL and CKA_ID.
    ///
    /// - Throws: NTE_BAD_KEY for a key that no container keeps.
    package func objectURI() throws(CSPError) -> String {
        try checkMade()
        guard case .stored(let key) = material else {
            throw CSPError(.badKey, "the \(algorithm) key is in no container and has no URI")
        }
        return try onToken { () throws(PKCS11Error) in
            try TokenURI.object(on: key.token.info(), label: key.pair.label, id: key.pair.id)
        }
    }
}
