/// HP_….
private enum Parameter {
    static let algID: UInt32 = 1
    static let hashValue: UInt32 = 2
    static let hashSize: UInt32 = 4
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
            try deliver(littleEndian(UInt32(clamping: kind.digestSize)), data: data, length: &length)
        case Parameter.hashValue:
            let isQuery = data == nil || length < UInt32(clamping: kind.digestSize)
            let value = isQuery ? [UInt8](repeating: 0, count: kind.digestSize) : try value()
            try deliver(value, data: data, length: &length)
        default:
            throw CSPError(.badType, "hash parameter \(id) does not apply to \(algorithm)")
        }
    }

    /// CryptSetHashParam: HP_HASHVAL, as many bytes as the hash has.
    package func setParameter(_ id: UInt32, data: UnsafePointer<UInt8>?, flags: UInt32) throws(CSPError) {
        try context.checkAlive()
        guard flags == 0 else { throw CSPError(.badFlags, "CryptSetHashParam takes no flags") }
        guard id == Parameter.hashValue else { throw CSPError(.badType, "hash parameter \(id) cannot be set on \(algorithm)") }
        guard let data else { throw CSPError(.invalidParameter, "HP_HASHVAL: the data pointer is NULL") }
        try setValue([UInt8](UnsafeBufferPointer(start: data, count: kind.digestSize)))
    }
}
