internal import PKCS11
internal import Synchronization

/// A container's key pair, held by its identity: handles go stale with a logout, a reset, another process.
final class StoredKey: Sendable {
    /// What was read with the private half.
    struct PrivateHalf: Sendable, Equatable {
        let handle: ObjectHandle
        let asksForPIN: Bool
        let isExtractable: Bool
    }

    let token: Token
    let container: String
    let spec: KeySpec
    let pair: StoredPair
    let publicKey: PublicKey
    /// Nil for a key that does not sign.
    let signatureScheme: SignatureScheme?
    private let isOurs: Bool
    /// What its id says of its protection.
    private let level: KeyProtection
    let algorithm: AlgorithmID
    /// The private half as it was found last: read at each use, without a lock, by any thread.
    // Unsafe: it is atomic, and what it points to is constant.
    nonisolated(unsafe) private let newest = Atomic<UnsafeMutablePointer<Found>?>(nil)

    /// All that were found stay until the key goes, for a thread may be reading one; a handle seldom changes.
    private struct Found {
        let half: PrivateHalf
        let before: UnsafeMutablePointer<Found>?
    }

    init(token: Token, container: String, spec: KeySpec, pair: StoredPair) throws(CSPError) {
        guard let publicKey = pair.publicKey else {
            throw CSPError(
                .badPublicKey, "container \"\(container)\": the token does not tell the public key of its \(spec) pair")
        }
        self.token = token
        self.container = container
        self.spec = spec
        self.pair = pair
        self.publicKey = publicKey
        isOurs = pair.identifier != nil
        level = pair.protection
        let algorithm = PairAlgorithm.algorithm(of: pair, spec)
        self.algorithm = algorithm
        signatureScheme = PairAlgorithm.all[algorithm]?.agrees == true ? nil : publicKey.signatureScheme
    }

    deinit {
        var next = newest.load(ordering: .acquiring)
        while let found = next {
            next = found.pointee.before
            found.deinitialize(count: 1).deallocate()
        }
    }

    var knownHalf: PrivateHalf? { newest.load(ordering: .acquiring)?.pointee.half }

    private func keep(_ half: PrivateHalf) {
        var before = newest.load(ordering: .acquiring)
        while before?.pointee.half != half {
            let found = UnsafeMutablePointer<Found>.allocate(capacity: 1)
            found.initialize(to: Found(half: half, before: before))
            let result = newest.compareExchange(
                expected: before, desired: found, ordering: .acquiringAndReleasing)
            if result.exchanged { return }
            found.deinitialize(count: 1).deallocate()
            before = result.original
        }
    }

    /// What the key asks of its user. One of ours without a level in its id was made before there were levels: where its
    /// token wants the PIN at each use it was made with CRYPT_USER_PROTECTED. That is known once the private half is.
    var protection: KeyProtection {
        guard level == .none, isOurs else { return level }
        return knownHalf?.asksForPIN ?? false ? .consent : .none
    }

    /// The private half, found once. The caller has logged in.
    ///
    /// - Throws: NTE_NO_KEY where it is not on the token.
    func findPrivateHalf(again: Bool = false) throws(CSPError) -> PrivateHalf {
        if !again, let known = knownHalf { return known }
        let found = try onToken(subject) { () throws(PKCS11Error) in
            try token.retryingOnce { _ throws(PKCS11Error) in
                try token.reading { session throws(PKCS11Error) in
                    let known = again ? nil : known(session)
                    return if let known { known } else { try search(session) }
                }
            }
        }
        guard let found else {
            throw CSPError(.noKey, "\(subject): the private key is not on the token, its public half alone is")
        }
        keep(found)
        return found
    }

    /// The private half that was seen with the pair, where it still is what it was.
    private func known(_ session: borrowing Session) -> PrivateHalf? {
        let types = Self.privateAttributes + [.objectClass, .id, .label]
        guard let handle = pair.privateHandle, let values = try? session.attributes(of: handle, types),
            values.objectClass == .privateKey, values.bytes(.id) ?? [] == pair.id,
            (values.bytes(.label) ?? []).elementsEqual(pair.label.utf8)
        else { return nil }
        return half(handle, values)
    }

    /// By its id; of a pair whose protection was being raised when something stopped it, by the one that it had before.
    private func search(_ session: borrowing Session) throws(PKCS11Error) -> PrivateHalf? {
        if let found = try search(pair.id, session) { return found }
        guard let identifier = pair.identifier else { return nil }
        for level in [KeyProtection.consent, .none] where level.rawValue < pair.protection.rawValue {
            if let found = try search(identifier.protected(level), session) { return found }
        }
        return nil
    }

    private func search(_ id: [UInt8], _ session: borrowing Session) throws(PKCS11Error) -> PrivateHalf? {
        // The twin of an archivable pair is a session object.
        var template = [
            Attribute(.privateKey), Attribute(pair.keyType), Attribute(.token, true), Attribute(.label, pair.label),
        ]
        if !id.isEmpty { template.append(Attribute(.id, bytes: id)) }
        for handle in try session.find(template) {
            if let half = half(handle, try session.attributes(of: handle, Self.privateAttributes)) { return half }
        }
        return nil
    }

    private static let privateAttributes: [AttributeType] = [.modulus, .alwaysAuthenticate, .extractable]

    /// Nil for the half of another pair.
    private func half(_ handle: ObjectHandle, _ values: AttributeValues) -> PrivateHalf? {
        if let modulus = values.bytes(.modulus), let rsa = publicKey.rsa,
            modulus.drop(while: { $0 == 0 }) != rsa.modulus[...]
        {
            return nil
        }
        return PrivateHalf(
            handle: handle, asksForPIN: values.bool(.alwaysAuthenticate) ?? false,
            isExtractable: values.bool(.extractable) ?? false
        )
    }

    /// Uses the private half; a stale handle is looked for once more.
    func withPrivateHalf<R>(_ work: (PrivateHalf) throws(PKCS11Error) -> R) throws(CSPError) -> R {
        let known = try findPrivateHalf()
        do throws(PKCS11Error) {
            return try work(known)
        } catch {
            guard error.returnValue == .keyHandleInvalid || error.returnValue == .objectHandleInvalid else {
                throw CSPError(error, subject)
            }
        }
        let fresh = try findPrivateHalf(again: true)
        return try onToken(subject) { () throws(PKCS11Error) in try work(fresh) }
    }

    var subject: String { "container \"\(container)\", \(spec)" }
}
