internal import PKCS11

/// KP_…, those that apply.
enum KeyParameter {
    static let iv: UInt32 = 1
    static let salt: UInt32 = 2
    static let padding: UInt32 = 3
    static let mode: UInt32 = 4
    static let modeBits: UInt32 = 5
    static let permissions: UInt32 = 6
    static let algID: UInt32 = 7
    static let blockLen: UInt32 = 8
    static let keyLen: UInt32 = 9
    static let saltEx: UInt32 = 10
    static let prime: UInt32 = 11
    static let base: UInt32 = 12
    static let subprime: UInt32 = 13
    static let privateValue: UInt32 = 14
    static let effectiveKeyLen: UInt32 = 19
    static let certificate: UInt32 = 26
    static let keyValue: UInt32 = 30
    static let oaepParameters: UInt32 = 36
    static let publicParameters: UInt32 = 39
    static let verifyParameters: UInt32 = 40
    /// KP_TOKENCSP_OAEP_HASH, of ours.
    static let oaepHash: UInt32 = 0x8000_0001
}

/// Bits of KP_PERMISSIONS.
private enum Permission {
    static let export: UInt32 = 0x04
    static let archive: UInt32 = 0x100
    /// ENCRYPT, DECRYPT, READ, WRITE and MAC: what Windows says of every key, whatever its use.
    static let base: UInt32 = 0x3B
}

extension Key {
    /// KP_PERMISSIONS: CRYPT_EXPORT where the key can leave the token, CRYPT_ARCHIVE while its handle is open.
    package func permissions() throws(CSPError) -> UInt32 {
        try checkAlive()
        let archive: UInt32 = flags.contains(.archivable) ? Permission.archive : 0
        return try Permission.base | archive | (isExportable() ? Permission.export : 0)
    }

    /// Whether the key may be exported, also after its handle was closed. False where only the PIN's owner could tell, and
    /// nobody is to be asked.
    public func isExportable() throws(CSPError) -> Bool {
        guard case .stored(let key) = material, generationReport == nil else { return flags.contains(.exportable) }
        // Private information: told where it needs nobody's answer, else the careful answer.
        guard context.mayUsePrivateKeys, context.authenticator.needsNobody else { return false }
        do throws(CSPError) {
            try context.authenticator.authenticate(key.token, mayLogIn: true, mayAsk: false)
        } catch {
            guard error.code == .notAuthenticated else { throw error }
            return false
        }
        return try key.findPrivateHalf().isExtractable
    }

    /// The length of a block in bits (KP_BLOCKLEN): of a block cipher its block, of RC4 0, of RSA the modulus.
    public var blockBits: Int {
        guard case .session(let key) = material else { return bits }
        return key.algorithm.blockSize * 8
    }

    /// KP_KEYLEN in bits: of DES and 3DES with parity, of RC2 512 at most.
    var lengthInBits: Int {
        guard case .session(let key) = material else { return bits }
        return key.cipherBytes * 8
    }

    /// CryptGetKeyParam.
    package func parameter(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        try checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptGetKeyParam takes no flags") }
        try deliver(value(id), data: data, length: &length)
    }

    private func value(_ id: UInt32) throws(CSPError) -> [UInt8] {
        switch id {
        case KeyParameter.algID: return littleEndian(algorithm.rawValue)
        case KeyParameter.keyLen: return littleEndian(UInt32(clamping: lengthInBits))
        case KeyParameter.blockLen: return littleEndian(UInt32(clamping: blockBits))
        case KeyParameter.permissions: return littleEndian(try permissions())
        case KeyParameter.prime, KeyParameter.base, KeyParameter.subprime, KeyParameter.verifyParameters:
            return try domainParameter(id)
        case KeyParameter.certificate: return try certificateParameter()
        default: break
        }
        guard case .session(let key) = material else {
            if id == KeyParameter.oaepHash, try publicNumbers().rsa != nil {
                return littleEndian(state.withLock { AlgorithmID($0.oaepHash) }.rawValue)
            }
            guard id != KeyParameter.salt else { throw CSPError(.badKey, "KP_SALT: a \(algorithm) key has no salt") }
            throw notApplicable(id)
        }
        guard let value = key.parameter(id) else { throw notApplicable(id) }
        return value
    }

    /// CryptSetKeyParam. Of KP_PERMISSIONS nothing can be added, and clearing has no effect, as on Windows.
    package func setParameter(_ id: UInt32, data: UnsafePointer<UInt8>?, flags: UInt32) throws(CSPError) {
        try checkAlive()
        if id == KeyParameter.algID, case .agreed(let secret) = material {
            guard let data else { throw CSPError(.invalidParameter, "KP_ALGID: the data pointer is NULL") }
            let algorithm = AlgorithmID(rawValue: UnsafeRawPointer(data).loadUnaligned(as: UInt32.self))
            return try activate(secret, algorithm, rawFlags: flags)
        }
        guard flags == 0 else { throw CSPError(.badFlags, "CryptSetKeyParam takes no flags") }
        if id == KeyParameter.permissions {
            guard let data else { throw CSPError(.invalidParameter, "KP_PERMISSIONS: the data pointer is NULL") }
            let wanted = UnsafeRawPointer(data).loadUnaligned(as: UInt32.self)
            let added = wanted & ~(try permissions()) & (Permission.export | Permission.archive)
            guard added == 0 else {
                throw CSPError(
                    .badData, "KP_PERMISSIONS: a key that was made without CRYPT_EXPORTABLE cannot be given it")
            }
            return
        }
        if id == KeyParameter.certificate { return try setCertificateParameter(data) }
        guard case .session(let key) = material else { return try setPairParameter(id, data) }
        try key.setParameter(id, data, saltRule: context.profile.saltRule)
    }

    /// KP_OAEP_PARAMS: the label, a CRYPT_DATA_BLOB. KP_TOKENCSP_OAEP_HASH: the hash, an ALG_ID. The numbers of
    /// CRYPT_PREGEN.
    private func setPairParameter(_ id: UInt32, _ data: UnsafePointer<UInt8>?) throws(CSPError) {
        if PairDraft.parameters.contains(id) { return try setDomainParameter(id, data) }
        guard id == KeyParameter.oaepParameters || id == KeyParameter.oaepHash else { throw notApplicable(id) }
        guard let data else { throw CSPError(.invalidParameter, "key parameter \(id): the data pointer is NULL") }
        guard case .rsa? = PairAlgorithm.all[algorithm]?.family else { throw notApplicable(id) }
        guard id == KeyParameter.oaepHash else {
            let label = try DataBlob.bytes(data, most: 1 << 16)
            return state.withLock { $0.oaepLabel = label }
        }
        let algorithm = AlgorithmID(rawValue: UnsafeRawPointer(data).loadUnaligned(as: UInt32.self))
        guard let hash = HashKind(algorithm), hash.tokenIdentifiers != nil else {
            throw CSPError(.badAlgID, "KP_TOKENCSP_OAEP_HASH = \(algorithm): SHA-1 and SHA-2 are there")
        }
        state.withLock { $0.oaepHash = hash }
    }

    func notApplicable(_ id: UInt32) -> CSPError {
        CSPError(.badType, "key parameter \(id) does not apply to a \(algorithm) key")
    }
}
