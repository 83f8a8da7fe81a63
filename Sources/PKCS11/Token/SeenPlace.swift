internal import CPKCS11
internal import Glibc

/// What a slot and the token in it tell of themselves, in the module's own form, which p11-kit compares.
struct SeenPlace {
    let token: CK_TOKEN_INFO
    let slot: CK_SLOT_INFO
    let info: TokenInfo

    init(_ place: Slot) throws(PKCS11Error) {
        token = try place.ownTokenInfo()
        slot = try place.ownInfo()
        info = TokenInfo(token)
    }
}

extension Token {
    /// A look at the place, and what tells whether it is still as it was.
    final class Look {
        let place: SeenPlace
        /// Was open when the token was asked: when a token goes, its sessions end. Nil: there was none.
        weak var session: SessionConnection?
        /// Milliseconds of the monotonic clock.
        let time: Int
        /// Those that were asked for meanwhile; nil where the token does not have one.
        var mechanisms: [MechanismType: MechanismInfo?] = [:]

        init(place: SeenPlace, session: SessionConnection?, time: Int) {
            self.place = place
            self.session = session
            self.time = time
        }
    }

    /// After so many milliseconds the token is asked anew in any case: SoftHSM lets another process give a token a new name
    /// while this one has sessions on it.
    private static let lifetime = 1000

    /// What the token tells, for what names it: label, serial number, whether it is initialized. Not for its tries.
    ///
    /// It is not asked again within a second, as long as a session that was open when it told is open still.
    package func presentInfo() throws(PKCS11Error) -> TokenInfo {
        if let known = standingLook(pool.standing, Self.milliseconds, { $0.place.info }) { return known }
        return try place().info
    }

    /// The same; nil where the URI means another token. That it did is believed for that second without a session too.
    package func presentInfo(meantBy uri: TokenURI?) throws(PKCS11Error) -> TokenInfo? {
        if let uri, let look = look.withLock({ $0 }), Self.milliseconds - look.time < Self.lifetime,
            try !uri.matches(slot, { look.place })
        {
            return nil
        }
        let place = try place()
        if let uri, try !uri.matches(slot, { place }) { return nil }
        return place.info
    }

    func place() throws(PKCS11Error) -> SeenPlace {
        let (session, time) = (pool.standing, Self.milliseconds)
        if let standing = standingLook(session, time, { $0.place }) { return standing }
        let place = try SeenPlace(slot)
        remember(place.info)
        look.withLock { $0 = Look(place: place, session: session, time: time) }
        return place
    }

    /// What the token says of a mechanism; nil where it does not have it. Asked as often as `presentInfo` asks.
    package func mechanismInfo(_ type: MechanismType) throws(PKCS11Error) -> MechanismInfo? {
        let session = pool.standing
        if let known = standingLook(session, Self.milliseconds, { $0.mechanisms[type] }) { return known }
        // A new look, which it is kept with.
        _ = try place()
        let info = try slot.mechanismInfo(type)
        look.withLock { look in
            if look?.session === session { look?.mechanisms[type] = .some(info) }
        }
        return info
    }

    /// What is wanted of a look that is good still; nil where there is none.
    private func standingLook<R>(_ session: SessionConnection?, _ time: Int, _ wanted: (Look) -> R?) -> R? {
        guard let session else { return nil }
        let found = look.withLock { look -> R? in
            guard let look, look.session === session, time - look.time < Self.lifetime else { return nil }
            return wanted(look)
        }
        return found != nil && session.isOpen ? found : nil
    }

    private static var milliseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec &* 1000 &+ time.tv_nsec / 1_000_000
    }

    /// Has the next one that wants to know ask the token.
    package func forgetPlace() {
        look.withLock { $0 = nil }
    }
}

extension SessionConnection {
    /// Whether the module still knows the session.
    fileprivate var isOpen: Bool {
        var info = CK_SESSION_INFO()
        return functions.pointee.C_GetSessionInfo?(handle, &info) == CK_RV(CKR_OK)
    }
}
