internal import PKCS11

private let cryptFirst: UInt32 = 1
private let cryptNext: UInt32 = 2

extension Context {
    /// PROV_ENUMALGS and PROV_ENUMALGS_EX, one a call; flags 0 goes on as CRYPT_NEXT does.
    func enumerateAlgorithms(
        _ id: UInt32, data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        let position = try position(id, flags)
        guard position < profile.algorithms.count else {
            throw CSPError(.noMoreItems, "the provider has \(profile.algorithms.count) algorithms")
        }
        let algorithm = profile.algorithms[position]
        let entry =
            id == ProviderParameter.algorithms ? algorithm.enumerationEntry : algorithm.extendedEnumerationEntry
        state.withLock { $0.cursors[id] = position }
        try deliver(entry, data: data, length: &length)
        if data != nil { state.withLock { $0.cursors[id] = position + 1 } }
    }

    /// Container names, one a call. The size is that of the longest name that can be (MAX_PATH and a NUL), and a
    /// buffer of that size is filled without the length being changed: programs rely on both.
    func enumerateContainers(
        data: UnsafeMutablePointer<UInt8>?, length: inout UInt32, flags: UInt32
    ) throws(CSPError) {
        let id = ProviderParameter.containers
        let position = try position(id, flags)
        if flags & cryptFirst != 0 {
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
