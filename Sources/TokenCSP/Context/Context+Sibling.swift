internal import PKCS11

extension Context {
    /// What the token and its module tell of themselves.
    package func tokenDescription() throws(CSPError) -> TokenDescription {
        let token = try token()
        return try onToken { () throws(PKCS11Error) in try TokenDescription(token.slot) }
    }

    /// Logs in now, where the token wants a login.
    ///
    /// - Throws: NTE_SILENT_CONTEXT and SCARD_W_CARD_NOT_AUTHENTICATED where there is no PIN to be had; what the token
    ///   says of a wrong one.
    package func logIn() throws(CSPError) { try authenticate() }

    /// Another container of the same token in a context that shares this one's PIN and login: many keys are made with one
    /// login, and a PIN source is read once. Both end with either's release.
    ///
    /// - Parameters:
    ///   - container: a plain name.
    ///   - flags: `.newKeySet`, `.machineKeySet`.
    /// - Throws: NTE_BAD_KEYSET_PARAM for a name that says where it is; else as `acquire`.
    package func sibling(
        container: String, provider: String? = nil, flags: Flags = []
    ) throws(CSPError) -> Context {
        let place = try ContainerName(container)
        guard place.name != nil, place.uri == nil, place.reader == nil else {
            throw CSPError(.badKeysetParam, "container \"\(container)\": a plain name is wanted here")
        }
        return try opened(container, provider: provider, flags)
    }

    /// The same, of a key that its CKA_ID names.
    package func sibling(id: [UInt8], provider: String? = nil, flags: Flags = []) throws(CSPError) -> Context {
        try opened("pkcs11:id=" + id.map { "%" + hexadecimal([$0]) }.joined(), provider: provider, flags)
    }

    /// A context without a container, for the lists of another key set.
    package func listing(flags: Flags) throws(CSPError) -> Context {
        try opened(nil, provider: nil, flags.union(.defaultContainerOptional))
    }
}
