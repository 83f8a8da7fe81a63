internal import PKCS11

/// PP_…, those that apply.
private enum Parameter {
    static let clientWindow: UInt32 = 1
    static let algorithms: UInt32 = 1
    static let containers: UInt32 = 2
    static let implementationType: UInt32 = 3
    static let name: UInt32 = 4
    static let version: UInt32 = 5
    static let container: UInt32 = 6
    static let providerType: UInt32 = 16
    static let keyStorage: UInt32 = 17
    static let algorithmsEx: UInt32 = 22
    static let keySetType: UInt32 = 27
    static let keyExchangePIN: UInt32 = 32
    static let signaturePIN: UInt32 = 33
    static let signatureKeySizeIncrement: UInt32 = 34
    static let exchangeKeySizeIncrement: UInt32 = 35
    static let uniqueContainer: UInt32 = 36
    static let useHardwareRandom: UInt32 = 38
    static let keySpec: UInt32 = 39
    static let reader: UInt32 = 43
}

private let cryptFirst: UInt32 = 1
private let cryptNext: UInt32 = 2

extension Context {
    /// CryptGetProvParam.
    package func parameter(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        try checkAlive()
        switch id {
        case Parameter.algorithms, Parameter.algorithmsEx:
            return try enumerateAlgorithms(id, data: data, length: &length, flags: flags)
        case Parameter.containers:
            return try enumerateContainers(data: data, length: &length, flags: flags)
        default:
            break
        }
        guard flags == 0 else { throw CSPError(.badFlags, "provider parameter \(id) takes no flags") }
        try deliver(value(id), data: data, length: &length)
    }

    private func value(_ id: UInt32) throws(CSPError) -> [UInt8] {
        switch id {
        case Parameter.implementationType: return littleEndian(implementationType())
        case Parameter.name: return terminated(profile.name)
        case Parameter.version: return littleEndian(0x200)
        case Parameter.container: return terminated(try boundContainer())
        case Parameter.uniqueContainer: return terminated(try uniqueContainer())
        case Parameter.providerType: return littleEndian(profile.type.rawValue)
        // CRYPT_SEC_DESCR; the token decides on access.
        case Parameter.keyStorage: return littleEndian(0x1)
        case Parameter.keySetType: return littleEndian(keySet.isMachine ? 0x20 : 0)
        case Parameter.signatureKeySizeIncrement, Parameter.exchangeKeySizeIncrement: return littleEndian(8)
        case Parameter.keySpec: return littleEndian(KeySpec.keyExchange.rawValue | KeySpec.signature.rawValue)
        case Parameter.useHardwareRandom: return littleEndian(state.withLock { $0.usesTokenRandom } ? 1 : 0)
        case Parameter.reader:
            let token = try token()
            return terminated(try onToken { () throws(PKCS11Error) in try token.slot.description() })
        default:
            throw CSPError(.badType, "provider parameter \(id) is not one that this provider tells")
        }
    }

    /// CryptSetProvParam.
    package func setParameter(_ id: UInt32, data: UnsafePointer<UInt8>?, flags: UInt32) throws(CSPError) {
        try checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "provider parameter \(id) takes no flags") }
        switch id {
        case Parameter.clientWindow:
            return
        case Parameter.keyExchangePIN, Parameter.signaturePIN:
            guard let data else { return setPIN(nil) }
            // No PIN is longer; a text without an end is not followed for ever.
            var count = 0
            while count <= 255, data[count] != 0 { count += 1 }
            guard (1...255).contains(count) else {
                throw CSPError(.badData, "a PIN is a text of 1 to 255 bytes with a NUL at its end")
            }
            setPIN(PIN(UnsafeRawBufferPointer(start: data, count: count)))
        case Parameter.useHardwareRandom:
            try useTokenRandom()
        default:
            throw CSPError(.badType, "provider parameter \(id) cannot be set")
        }
    }

    private func boundContainer() throws(CSPError) -> String {
        guard let name = containerName else {
            throw CSPError(.noKey, "this context has no container (CRYPT_VERIFYCONTEXT)")
        }
        return name
    }

    /// `\\.\TOKEN\CONTAINER`: the name that opens this container whatever token is configured.
    private func uniqueContainer() throws(CSPError) -> String {
        let name = try boundContainer()
        let token = try token()
        let label = try onToken { () throws(PKCS11Error) in try token.info().label }
        return "\\\\.\\" + label + "\\" + name
    }

    /// CRYPT_IMPL_…: what the token says of its generator, beside the hashes of the host.
    private func implementationType() -> UInt32 {
        let software: UInt32 = 2
        let mixed: UInt32 = 3
        let hardwareFlag: UInt = 0x1
        guard let token = try? token(), let info = try? token.slot.mechanismInfo(.rsaPKCSKeyPairGen) else {
            return software
        }
        return info.flags & hardwareFlag != 0 ? mixed : software
    }
}

// MARK: - Enumerating

extension Context {
    /// PROV_ENUMALGS and PROV_ENUMALGS_EX, one a call; flags 0 goes on as CRYPT_NEXT does.
    private func enumerateAlgorithms(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        let position = try position(id, flags)
        guard position < profile.algorithms.count else {
            throw CSPError(.noMoreItems, "the provider has \(profile.algorithms.count) algorithms")
        }
        let algorithm = profile.algorithms[position]
        let entry = id == Parameter.algorithms ? algorithm.enumerationEntry : algorithm.extendedEnumerationEntry
        try deliver(entry, data: data, length: &length)
        state.withLock { $0.cursors[id] = data == nil ? position : position + 1 }
    }

    /// Container names, one a call. The size is that of the longest name that can be (MAX_PATH and a NUL), and a
    /// buffer of that size is filled without the length being changed: programs rely on both.
    private func enumerateContainers(
        data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        let id = Parameter.containers
        let position = try position(id, flags)
        if flags == cryptFirst {
            let names = try containers()
            state.withLock { $0.containerNames = names }
        }
        let name: String? = state.withLock { state in
            guard position < state.containerNames.count else { return nil }
            state.cursors[id] = data == nil ? position : position + 1
            return state.containerNames[position]
        }
        guard let name else { throw CSPError(.noMoreItems, "no more containers") }
        let maximum = UInt32(ContainerName.maximumLength + 1)
        let bytes = terminated(name)
        guard data != nil, length >= UInt32(clamping: bytes.count) else {
            let capacity = length
            length = maximum
            if data == nil { return }
            state.withLock { $0.cursors[id] = position }
            throw CSPError(.moreData, "a buffer of \(capacity) bytes: names have up to \(maximum)")
        }
        var capacity = length
        try deliver(bytes, data: data, length: &capacity)
    }

    private func position(_ id: UInt32, _ flags: UInt32) throws(CSPError) -> Int {
        guard flags & ~(cryptFirst | cryptNext) == 0 else {
            throw CSPError(
                .badFlags, "an enumeration takes CRYPT_FIRST (1) or CRYPT_NEXT (2), not \(hexadecimal(flags))")
        }
        return flags & cryptFirst != 0 ? 0 : state.withLock { $0.cursors[id] ?? 0 }
    }
}

extension ProviderAlgorithm {
    /// PROV_ENUMALGS: ALG_ID, bits, length of the name with its NUL, name in 20 bytes.
    var enumerationEntry: [UInt8] {
        littleEndian(id.rawValue) + littleEndian(UInt32(clamping: defaultBits)) + text(name, 20)
    }

    /// PROV_ENUMALGS_EX: ALG_ID, default, minimum and maximum bits, protocols, name in 20 bytes, long name in 40.
    var extendedEnumerationEntry: [UInt8] {
        let protocols: UInt32 = 0
        return [
            id.rawValue, UInt32(clamping: defaultBits), UInt32(clamping: minimumBits), UInt32(clamping: maximumBits),
            protocols,
        ]
        .flatMap { littleEndian($0) } + text(name, 20) + text(longName, 40)
    }

    private func text(_ text: String, _ size: Int) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(size - 1))
        return littleEndian(UInt32(clamping: bytes.count + 1)) + bytes
            + [UInt8](repeating: 0, count: size - bytes.count)
    }
}

private func terminated(_ text: String) -> [UInt8] {
    Array(text.utf8) + [0]
}
