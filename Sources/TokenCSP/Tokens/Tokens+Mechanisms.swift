internal import PKCS11

extension Tokens {
    /// A mechanism as the token describes it.
    package struct Mechanism: Sendable {
        /// For instance `CKM_RSA_PKCS_KEY_PAIR_GEN`.
        package let name: String
        /// Key sizes: bits of pairs, mostly bytes of secret keys; 0 where the token does not tell.
        package let minimum: Int
        package let maximum: Int
    }

    /// The token that the configuration means, and its mechanisms. Asks for no PIN.
    ///
    /// - Throws: as `find`.
    package static func mechanisms(
        _ configuration: Configuration
    ) throws(CSPError) -> (token: TokenDescription, mechanisms: [Mechanism]) {
        let token = try TokenLocator(configuration: configuration).find()
        return try onToken { () throws(PKCS11Error) in
            var mechanisms: [Mechanism] = []
            for type in try token.slot.mechanisms() {
                let info = try? token.slot.mechanismInfo(type)
                mechanisms.append(
                    Mechanism(
                        name: type.name, minimum: Int(clamping: info?.minimumKeySize ?? 0),
                        maximum: Int(clamping: info?.maximumKeySize ?? 0)))
            }
            return (try TokenDescription(token.slot), mechanisms)
        }
    }
}
