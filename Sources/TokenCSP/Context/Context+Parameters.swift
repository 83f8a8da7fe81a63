internal import PKCS11

extension Context {
    /// CryptGetProvParam.
    package func parameter(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        try checkAlive()
        switch id {
        case ProviderParameter.algorithms, ProviderParameter.algorithmsEx:
            return try enumerateAlgorithms(id, data: data, length: &length, flags: flags)
        case ProviderParameter.containers:
            return try enumerateContainers(data: data, length: &length, flags: flags)
        default:
            break
        }
        try Self.checkFlags(id, flags)
        if id == ProviderParameter.useHardwareRandom {
            try Self.checkNone(data)
            try checkTokenRandom()
        }
        try deliver(value(id), data: data, length: &length)
    }

    private func value(_ id: UInt32) throws(CSPError) -> [UInt8] {
        switch id {
        case ProviderParameter.implementationType: return littleEndian(implementationType())
        case ProviderParameter.name: return terminated(profile.name)
        case ProviderParameter.version: return littleEndian(0x200)
        case ProviderParameter.container: return terminated(try boundContainer())
        case ProviderParameter.uniqueContainer: return terminated(try uniqueContainer())
        case ProviderParameter.securityDescriptor: return try securityDescriptor()
        case ProviderParameter.providerType: return littleEndian(profile.type.rawValue)
        // CRYPT_SEC_DESCR, which programs look for; the token decides on access.
        case ProviderParameter.keyStorage: return littleEndian(0x1)
        case ProviderParameter.symmetricKeySize, ProviderParameter.sessionKeySize:
            return littleEndian(try sessionKeySize(id))
        case ProviderParameter.keySetType: return littleEndian(keySet.isMachine ? 0x20 : 0)
        case ProviderParameter.signatureKeySizeIncrement, ProviderParameter.exchangeKeySizeIncrement:
            return littleEndian(keySizeIncrement)
        case ProviderParameter.keySpec: return littleEndian(keySpecs())
        // It answers by its success alone.
        case ProviderParameter.useHardwareRandom: return []
        case ProviderParameter.reader:
            let token = try token()
            return terminated(try onToken { () throws(PKCS11Error) in try token.slot.description() })
        case ProviderParameter.tokenIdentifier: return try tokenIdentifier()
        default:
            throw CSPError(.badType, "provider parameter \(id) is not one that this provider tells")
        }
    }

    /// Flags of a parameter that is not enumerated.
    static func checkFlags(_ id: UInt32, _ flags: UInt32) throws(CSPError) {
        let known = id == ProviderParameter.securityDescriptor ? securityInformation : 0
        guard flags & ~known == 0 else {
            throw CSPError(.badFlags, "provider parameter \(id) takes no flags \(hexadecimal(flags & ~known))")
        }
    }

    /// PP_USE_HARDWARE_RNG: pbData must be NULL.
    static func checkNone(_ data: UnsafePointer<UInt8>?) throws(CSPError) {
        guard data == nil else { throw CSPError(.invalidParameter, "PP_USE_HARDWARE_RNG takes no data: NULL") }
    }
}

// MARK: - Values

extension Context {
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

    /// A self-relative SECURITY_DESCRIPTOR without owner, group and access lists: it claims no protection, for none
    /// comes from one.
    private func securityDescriptor() throws(CSPError) -> [UInt8] {
        _ = try boundContainer()
        let revision: UInt8 = 1
        let selfRelative: [UInt8] = [0x00, 0x80]
        return [revision, 0] + selfRelative + [UInt8](repeating: 0, count: 16)
    }

    /// The provider's usual length of a session key, in bits: that of RC2, whose length varies between providers.
    private func sessionKeySize(_ id: UInt32) throws(CSPError) -> UInt32 {
        let ciphers = profile.algorithms.filter { $0.id.algorithmClass == .dataEncryption }
        guard let cipher = ciphers.first(where: { $0.id == .rc2 }) ?? ciphers.first else {
            throw CSPError(.badType, "provider parameter \(id): provider \"\(profile.name)\" has no session keys")
        }
        return UInt32(clamping: cipher.defaultBits)
    }

    /// By how many bits key lengths differ. Those of curves differ by 128 and by 137: programs ask for P-521 by its length.
    private var keySizeIncrement: UInt32 {
        switch profile.type {
        case .dss, .dssDH: 64
        case .ecdsaFull: 128
        default: 8
        }
    }

    /// AT_KEYEXCHANGE and AT_SIGNATURE, those that the provider has algorithms for.
    private func keySpecs() -> UInt32 {
        profile.algorithms.reduce(0) { specs, algorithm in
            switch algorithm.id.algorithmClass {
            case .keyExchange: specs | KeySpec.keyExchange.rawValue
            case .signature: specs | KeySpec.signature.rawValue
            default: specs
            }
        }
    }

    /// CRYPT_IMPL_…: what the token says of its generator and its slot, beside the hashes of the host.
    private func implementationType() -> UInt32 {
        let software: UInt32 = 2
        let mixed: UInt32 = 3
        let removable: UInt32 = 8
        let hardwareFlag: UInt = 0x1
        guard let slot = try? token().slot,
            let info = try? slot.mechanismInfo(profile.pairAlgorithm(.signature)?.generation ?? .rsaPKCSKeyPairGen)
        else {
            return software
        }
        let kind = info.flags & hardwareFlag != 0 ? mixed : software
        return (try? slot.isRemovable()) == true ? kind | removable : kind
    }

    /// A GUID that stays while the token is not initialized anew: a hash of what it says of itself, as a UUID of
    /// version 8 (RFC 9562) in the byte order of a GUID in memory.
    private func tokenIdentifier() throws(CSPError) -> [UInt8] {
        let token = try token()
        let info = try onToken { () throws(PKCS11Error) in try token.info() }
        let hash = HostHash(.sha256)
        for text in [info.manufacturer, info.model, info.serial, info.label] {
            terminated(text).withUnsafeBytes { hash.update($0) }
        }
        var identifier = Array(hash.finish().prefix(16))
        identifier[7] = identifier[7] & 0x0F | 0x80
        identifier[8] = identifier[8] & 0x3F | 0x80
        return identifier
    }
}

func terminated(_ text: String) -> [UInt8] {
    Array(text.utf8) + [0]
}
