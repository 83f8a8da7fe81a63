internal import PKCS11

/// The tokens that no certificate is on: who deletes many keys does not search for those of each.
///
/// What a search found is believed for five seconds, unless this process writes a certificate. A certificate that another process
/// writes in that time for a key that goes stays behind, and is nobody's.
enum KnownCertificates {
    private static let lifetime = 5
    private static let answers = Lock<[ObjectIdentifier: (areNone: Bool, time: Int)]>([:])

    /// One search, where it is not known. The caller has logged in: a certificate may be private.
    static func areNone(on token: Token) throws(PKCS11Error) -> Bool {
        let place = ObjectIdentifier(token)
        let now = Authenticator.now
        if let known = answers.withLock({ $0[place] }), now - known.time < lifetime { return known.areNone }
        return try token.reading { session throws(PKCS11Error) in
            let areNone = try session.find([Attribute(.certificate)]).isEmpty
            // While nobody writes: who does forgets it afterwards.
            answers.withLock { $0[place] = (areNone, now) }
            return areNone
        }
    }

    static func forget(_ token: Token) {
        _ = answers.withLock { $0.removeValue(forKey: ObjectIdentifier(token)) }
    }
}
