/// HP_….
private enum Parameter {
    static let algID: UInt32 = 1
    static let hashValue: UInt32 = 2
    static let hashSize: UInt32 = 4
    static let hmacInfo: UInt32 = 5
    /// HP_TOKENCSP_PSS_SALT_LENGTH, of ours.
    static let pssSaltLength: UInt32 = 0x8000_0001
}

/// HMAC_INFO, as it lies in memory.
private struct HMACInfo {
    var hashAlgorithm: UInt32
    var innerString: UnsafePointer<UInt8>?
    var innerCount: UInt32
    var outerString: UnsafePointer<UInt8>?
    var outerCount: UInt32
}

extension Hash {
    /// CryptGetHashParam. Asking for the size of HP_HASHVAL does not end the hash.
    package func parameter(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        try context.checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptGetHashParam takes no flags") }
        switch id {
        case Parameter.algID:
            try deliver(littleEndian(algorithm.rawValue), data: data, length: &length)
        case Parameter.hashSize:
            try deliver(littleEndian(UInt32(clamping: try valueSize())), data: data, length: &length)
        case Parameter.hashValue:
            try deliverValue(data, &length)
        case Parameter.pssSaltLength where kind != nil:
            let size = try withLive { state throws(CSPError) in state.pssSaltLength ?? state.valueSize }
            try deliver(littleEndian(UInt32(clamping: size)), data: data, length: &length)
        default:
            throw CSPError(.badType, "hash parameter \(id) cannot be read from \(algorithm)")
        }
    }

    /// The value goes straight to the caller: a copy on the way would have to be wiped.
    private func deliverValue(_ data: UnsafeMutablePointer<UInt8>?, _ length: inout UInt32) throws(CSPError) {
        let capacity = length
        let size = try valueSize()
        length = UInt32(clamping: size)
        guard let data else { return }
        guard capacity >= length else {
            throw CSPError(.moreData, "a buffer of \(capacity) bytes: \(size) are needed")
        }
        try withValue { value in
            UnsafeMutableRawBufferPointer(start: data, count: size).copyBytes(from: value.prefix(size))
        }
    }

    /// CryptSetHashParam: HP_HASHVAL, as many bytes as the hash has; HP_HMAC_INFO, an HMAC_INFO;
    /// HP_TOKENCSP_PSS_SALT_LENGTH, a DWORD.
    package func setParameter(_ id: UInt32, data: UnsafePointer<UInt8>?, flags: UInt32) throws(CSPError) {
        try context.checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptSetHashParam takes no flags") }
        // What another hash is given for HP_HMAC_INFO may be shorter than one: it is not read.
        guard
            id == Parameter.hashValue || id == Parameter.hmacInfo && algorithm == .hmac
                || id == Parameter.pssSaltLength && kind != nil
        else {
            throw CSPError(.badType, "hash parameter \(id) cannot be set on \(algorithm)")
        }
        guard let data else { throw CSPError(.invalidParameter, "hash parameter \(id): the data pointer is NULL") }
        if id == Parameter.hashValue {
            try setValue(from: data)
        } else if id == Parameter.pssSaltLength {
            let bytes = Int(UnsafeRawPointer(data).loadUnaligned(as: UInt32.self))
            _ = try PSS(hash: kind, saltLength: bytes)
            try withLive { state throws(CSPError) in state.pssSaltLength = bytes }
        } else {
            let info = UnsafeRawPointer(data).loadUnaligned(as: HMACInfo.self)
            try setHMAC(
                AlgorithmID(rawValue: info.hashAlgorithm), innerString: string(info.innerString, info.innerCount),
                outerString: string(info.outerString, info.outerCount))
        }
    }

    /// A length of 0 means the default string, whatever the pointer says: programs leave it unset.
    private func string(_ start: UnsafePointer<UInt8>?, _ count: UInt32) throws(CSPError) -> [UInt8] {
        guard count > 0 else { return [] }
        // No string is near this long; a length that was never set is not read.
        let longest: UInt32 = 1 << 20
        guard let start, count <= longest else {
            throw CSPError(.invalidParameter, "HMAC_INFO: a string of \(count) bytes is NULL or longer than \(longest)")
        }
        return [UInt8](UnsafeBufferPointer(start: start, count: Int(count)))
    }
}
