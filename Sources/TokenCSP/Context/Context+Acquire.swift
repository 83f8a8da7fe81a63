internal import PKCS11

extension Context {
    /// Opens a container, or makes one (CryptAcquireContext).
    ///
    /// - Parameters:
    ///   - container: a name of 1 to 260 bytes, `\\.\READER\CONTAINER`, or a PKCS#11 URI; nil for the default container,
    ///     or with `verifyContext` for none.
    ///   - provider: a provider's name; nil for the default of `type`.
    ///   - type: nil for the type of the provider, PROV_RSA_AES where that is nil too.
    ///   - configuration: nil reads it as `Configuration.load()` does.
    ///   - interaction: how a person is asked, when the token needs a login and neither `setPIN` nor the URI's `pin-source`
    ///     answers, and at each use of a key that is made so; nil: as the configuration says, by default a dialog or the
    ///     terminal. Not with `silent`.
    /// - Throws: NTE_BAD_KEYSET (no such container), NTE_EXISTS, NTE_BAD_FLAGS, NTE_BAD_KEYSET_PARAM (name),
    ///   NTE_KEYSET_NOT_DEF and NTE_PROV_TYPE_… (provider), SCARD_E_NO_SMARTCARD, NTE_PROV_DLL_NOT_FOUND (module).
    public static func acquire(
        container: String? = nil, provider: String? = nil, type: ProviderType? = nil, flags: Flags = [],
        configuration: Configuration? = nil, interaction: (any UserInteraction)? = nil
    ) throws(CSPError) -> Context {
        guard !flags.contains(.deleteKeySet) else {
            throw CSPError(.badFlags, "CRYPT_DELETEKEYSET opens no context; use deleteContainer")
        }
        let opening = try Opening(container, provider, type, flags, configuration, interaction)
        if flags.contains(.newKeySet), !flags.isVerifyContext { return try opening.create() }
        return try opening.open()
    }

    /// Removes a container with its keys, and certificates of the same ids (CRYPT_DELETEKEYSET).
    ///
    /// - Throws: NTE_BAD_KEYSET where there is none; else as `acquire`, and what a login throws.
    public static func deleteContainer(
        _ container: String?, provider: String? = nil, type: ProviderType? = nil, flags: Flags = [],
        configuration: Configuration? = nil, interaction: (any UserInteraction)? = nil
    ) throws(CSPError) {
        guard !flags.isVerifyContext, !flags.contains(.newKeySet) else {
            throw CSPError(
                .badFlags, "CRYPT_DELETEKEYSET goes neither with CRYPT_NEWKEYSET nor with CRYPT_VERIFYCONTEXT")
        }
        try Opening(container, provider, type, flags.subtracting(.deleteKeySet), configuration, interaction).delete()
    }

    /// The provider that a container's keys belong to: of a URI with an id that of the key. Asks for no PIN.
    ///
    /// - Returns: nil where there is no such key.
    package static func provider(
        ofKeysIn container: String?, flags: Flags = [], configuration: Configuration? = nil
    ) throws(CSPError) -> String? {
        try Opening(container, nil, nil, flags, configuration, nil).providerOfKeys()
    }

    /// Whether a private half stands under a container's name without its public one: no container is there to be seen
    /// without a login. Asks nobody, and says no where somebody would have to be asked.
    package static func isPrivateHalfAlone(
        _ container: String?, flags: Flags = [], configuration: Configuration? = nil
    ) throws(CSPError) -> Bool {
        try Opening(container, nil, nil, flags, configuration, nil).isPrivateHalfAlone()
    }

    /// The form of the C function: a blank name means none, the type is always given, deleting answers nil.
    package static func acquire(
        container: String?, provider: String?, rawType: UInt32, rawFlags: UInt32
    ) throws(CSPError) -> Context? {
        let name = container == "" ? nil : container
        let flags = Flags(rawValue: rawFlags)
        let type = ProviderType(rawValue: rawType)
        guard flags.contains(.deleteKeySet) else {
            return try acquire(container: name, provider: provider, type: type, flags: flags)
        }
        try deleteContainer(name, provider: provider, type: type, flags: flags)
        return nil
    }
}

extension Context {
    /// Opens a container, or makes one, with this context's configuration, PIN and login.
    func opened(_ container: String?, provider: String?, _ flags: Flags) throws(CSPError) -> Context {
        try checkAlive()
        let opening = try Opening(
            container, provider ?? profile.name, nil, flags, locator.configuration, nil, sharing: authenticator)
        return flags.contains(.newKeySet) ? try opening.create() : try opening.open()
    }
}

/// The work of opening, creating and deleting a container.
private struct Opening {
    let profile: ProviderProfile
    let flags: Context.Flags
    let place: ContainerName
    let configuration: Configuration
    let locator: TokenLocator
    let authenticator: Authenticator
    /// Nil for a context without a container.
    let name: String?

    init(
        _ container: String?, _ provider: String?, _ type: ProviderType?, _ flags: Context.Flags,
        _ configuration: Configuration?, _ interaction: (any UserInteraction)?, sharing shared: Authenticator? = nil
    ) throws(CSPError) {
        profile = try ProviderProfile.find(name: provider, type: type)
        try Self.check(flags, container, profile)
        self.flags = flags
        place = try ContainerName(container)
        guard !place.isOfMachine || flags.contains(.machineKeySet) else {
            throw CSPError(
                .badKeyset,
                "container \"\(place.name ?? "")\" of that URI is in the machine's key set (CRYPT_MACHINE_KEYSET)")
        }
        self.configuration = if let configuration { configuration } else { try Configuration.load() }
        locator = TokenLocator(configuration: self.configuration)
        let uris = [(place.uri, false), (try locator.configuredURI(), true)].compactMap { uri, isConfigured in
            uri.map { (uri: $0, isConfigured: isConfigured) }
        }
        let isSilent = flags.contains(.silent) || flags.isVerifyContext
        authenticator =
            shared
            ?? Authenticator(
                uris: uris, configuration: self.configuration, isSilent: isSilent, interaction: interaction)
        if place.name == nil, place.uri?.objectID == nil, !flags.isVerifyContext {
            name = self.configuration.defaultContainerName
        } else {
            name = place.name
        }
    }

    private static func check(_ flags: Context.Flags, _ container: String?, _ profile: ProviderProfile) throws(CSPError)
    {
        let known: Context.Flags = [
            .verifyContext, .newKeySet, .deleteKeySet, .machineKeySet, .silent, .defaultContainerOptional,
        ]
        let unknown = flags.subtracting(known)
        // CRYPT_VERIFYCONTEXT is four bits: one of them alone means nothing.
        let partial = flags.intersection(.verifyContext)
        guard unknown.isEmpty, partial.isEmpty || flags.isVerifyContext else {
            throw CSPError(
                .badFlags,
                "CryptAcquireContext knows no flags \(hexadecimal(unknown.isEmpty ? partial.rawValue : unknown.rawValue))"
            )
        }
        if flags.isVerifyContext, container != nil, !profile.verifiesContainers || flags.contains(.newKeySet) {
            throw CSPError(.badFlags, "CRYPT_VERIFYCONTEXT takes no container name with provider \"\(profile.name)\"")
        }
        if flags.contains(.defaultContainerOptional), !profile.verifiesContainers || container != nil {
            throw CSPError(
                .badFlags, "CRYPT_DEFAULT_CONTAINER_OPTIONAL goes with the default container of a token's provider")
        }
    }

    private func context(_ token: Token?, container: String?, isTransient: Bool = false) -> Context {
        Context(
            profile: profile, flags: flags, place: place, container: container, isTransient: isTransient,
            locator: locator, authenticator: authenticator, token: token
        )
    }

    private func store(_ token: Token) -> ContainerStore {
        ContainerStore(
            token: token, keySet: KeySet(isMachine: flags.contains(.machineKeySet)), kind: profile.containerKind)
    }

    /// - Parameter contents: what was found, which is another provider's or nothing.
    private func absent(_ name: String, _ token: Token, _ contents: ContainerStore.Contents? = nil) -> CSPError {
        let label = (try? token.presentInfo().label) ?? ""
        let kind = flags.contains(.machineKeySet) ? "machine container" : "container"
        let hint = otherProvider(contents).map { "; provider \"\($0)\" has one" } ?? ""
        return CSPError(.badKeyset, "there is no \(kind) \"\(name)\" on token \"\(label)\"\(hint)")
    }

    /// A provider that has a container of this name.
    private func otherProvider(_ contents: ContainerStore.Contents?) -> String? {
        contents.flatMap { provider(of: $0.hiddenPairs, $0.hiddenRecords, id: nil) }
    }

    /// This provider, where it has the pair of an id, or of any, else the first that has; of an empty container its maker's.
    private func provider(of pairs: [StoredPair], _ records: [ContainerRecord], id: [UInt8]?) -> String? {
        let profiles = [profile] + ProviderProfile.all
        guard let pair = pairs.first(where: { id == nil || $0.id == id }) else {
            guard id == nil, let record = records.first else { return nil }
            return profiles.first { $0.containerKind == record.kind }?.name
        }
        guard let spec = pair.specs.first else { return nil }
        let algorithm = PairAlgorithm.algorithm(of: pair, spec)
        return profiles.first { $0.algorithm(algorithm) != nil }?.name
    }

    /// The provider of the key that the URI names by its id, of what stands under another name; nil where nothing does.
    func providerOfKeys() throws(CSPError) -> String? {
        let store = store(try token())
        let id = place.uri?.objectID
        guard name != nil || id != nil else { return nil }
        let all = if let name { try store.ofAllKinds(name) } else { try store.ofAllKinds(id: id ?? []) }
        return provider(of: all.pairs, all.records.map(\.record), id: id)
    }

    func isPrivateHalfAlone() throws(CSPError) -> Bool {
        guard let name, authenticator.needsNobody else { return false }
        let token = try token()
        try authenticator.authenticate(token, mayLogIn: true, mayAsk: false)
        return try store(token).ofAllKinds(name).pairs.contains { $0.publicHandle == nil && $0.privateHandle != nil }
    }

    /// The token. Where it is not there and the program has words for that (PP_UI_PROMPT), a person is asked to insert it.
    private func token() throws(CSPError) -> Token {
        var questions = 3
        while true {
            do throws(CSPError) {
                let token = try locator.find(place.uri, reader: place.reader)
                // Read once: later a silent context refuses without asking the token.
                _ = try? token.knownInfo()
                return token
            } catch {
                let words = Prompts.token.withLock { $0 }
                guard error.code == .noSmartcard, let words, !authenticator.isSilent, questions > 0,
                    authenticator.interaction.isAvailable
                else { throw error }
                questions -= 1
                var request = UserRequest(.token, token: place.reader ?? place.uri?.text ?? configured, serial: "")
                request.prompt = words
                request.timeout = configuration.promptTimeout > 0 ? configuration.promptTimeout : nil
                try authenticator.interaction.confirm(request)
            }
        }
    }

    /// The configured token's label, else its URI.
    private var configured: String {
        guard let uri = try? locator.configuredURI() else { return "" }
        return uri.text
    }

    // MARK: Opening

    func open() throws(CSPError) -> Context {
        let isWithoutContainer = flags.isVerifyContext && name == nil && place.uri?.objectID == nil
        if isWithoutContainer { return context(nil, container: nil) }
        let token = try token()
        guard let name else {
            guard let id = place.uri?.objectID, try !store(token).contents(id: id).isEmpty else {
                throw absent(place.uri?.text ?? "", token)
            }
            return context(token, container: nil)
        }
        let store = store(token)
        let sign = store.sign(name)
        var contents = try store.known(name, sign)
        let isMarked = !flags.isVerifyContext && sign == .marked
        if contents.isSuspicious || isMarked { contents = repaired(contents, name, token) }
        guard contents.isEmpty else { return context(token, container: name) }
        guard flags.contains(.defaultContainerOptional) else { throw absent(name, token, contents) }
        return context(token, container: nil)
    }

    /// Clears up after a crash where that needs nobody's answer; else the next login does.
    private func repaired(_ contents: ContainerStore.Contents, _ name: String, _ token: Token)
        -> ContainerStore.Contents
    {
        guard !flags.isVerifyContext, authenticator.needsNobody, let info = try? token.presentInfo() else {
            return contents
        }
        // Held by another process: it is no crash, but somebody at work.
        guard let lock = ContainerLock(info, label: store(token).lockName(name), waiting: false) else {
            return contents
        }
        defer { lock.end() }
        do throws(CSPError) {
            // Others wait for the lock: nobody is asked while it is held.
            try authenticator.authenticate(token, mayLogIn: true, mayAsk: false)
            let store = store(token)
            return try store.repaired(store.contents(name), name: name, lock)
        } catch {
            Log.debug("container \"\(name)\" is not repaired: \(error.description)")
            return contents
        }
    }

    // MARK: Creating

    func create() throws(CSPError) -> Context {
        let token = try token()
        guard let name else {
            throw CSPError(.badKeysetParam, "CRYPT_NEWKEYSET: a URI without `object` names no new container")
        }
        do throws(CSPError) {
            return try create(name, token)
        } catch {
            // Most tokens let anybody put down public data; this one wants a login first. Nobody is asked while others
            // wait for the container's lock.
            guard error.code == .notAuthenticated else { throw error }
            try authenticator.authenticate(token, mayLogIn: true)
            return try create(name, token)
        }
    }

    private func create(_ name: String, _ token: Token) throws(CSPError) -> Context {
        let store = store(token)
        let info = try onToken { () throws(PKCS11Error) in try token.presentInfo() }
        let lock = ContainerLock(info, label: store.lockName(name))
        defer { lock?.end() }
        var contents = try store.contents(name)
        guard contents.isEmpty else {
            throw CSPError(.exists, "a container \"\(name)\" is on token \"\(info.label)\" already")
        }
        let record = ContainerRecord(label: store.keySet.label(name), kind: store.kind)
        let kept = try onToken("container \"\(name)\"") { () throws(PKCS11Error) in try store.create(record) }
        if let kept {
            contents.records = [(kept, record)]
            store.remember(contents, name, lock)
        }
        return context(token, container: name, isTransient: kept == nil)
    }

    // MARK: Deleting

    func delete() throws(CSPError) {
        let token = try token()
        guard let name else {
            throw CSPError(.badKeysetParam, "CRYPT_DELETEKEYSET: a URI without `object` names no container")
        }
        let store = store(token)
        // Private halves show after a login only; asking somebody comes before the lock that others wait for, and after a
        // look at whether there is anything to delete.
        if authenticator.needsNobody, token.isLoggedIn {
            try authenticator.authenticate(token, mayLogIn: true)
        } else {
            let before = try store.known(name, store.sign(name))
            guard !before.isEmpty else { throw absent(name, token, before) }
            if !before.pairs.isEmpty { try authenticator.authenticate(token, mayLogIn: true) }
        }
        let info = try onToken { () throws(PKCS11Error) in try token.presentInfo() }
        let lock = ContainerLock(info, label: store.lockName(name))
        defer { lock?.end() }
        let found = try store.contents(name)
        guard !found.isEmpty else { throw absent(name, token, found) }
        guard found.pairs.isEmpty || found.sawPrivate else {
            throw CSPError(.busy, "container \"\(name)\": another process made a key in it meanwhile; delete it again")
        }
        try onToken("container \"\(name)\"") { () throws(PKCS11Error) in
            try store.destroyCertificates(of: found.pairs)
            try store.destroy(found.pairs, records: found.records.map(\.handle))
        }
    }
}
