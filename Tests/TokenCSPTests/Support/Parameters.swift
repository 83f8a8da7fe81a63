@testable import TokenCSP

/// The two-call protocol as a C program speaks it: the size, then the value.
private func twoCalls(
    _ call: (UnsafeMutablePointer<UInt8>?, inout UInt32) throws -> Void
) throws -> [UInt8] {
    var length: UInt32 = 0
    try call(nil, &length)
    var bytes = [UInt8](repeating: 0xEE, count: Int(length) + 8)
    var capacity = length
    try bytes.withUnsafeMutableBufferPointer { try call($0.baseAddress, &capacity) }
    return Array(bytes.prefix(Int(capacity)))
}

private func dword(_ bytes: [UInt8]) -> UInt32? {
    guard bytes.count == 4 else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
}

extension Key {
    func value(_ parameter: UInt32) throws -> [UInt8] {
        try twoCalls { try self.parameter(parameter, data: $0, length: &$1, flags: 0) }
    }

    func dword(_ parameter: UInt32) throws -> UInt32? { TokenCSPTests.dword(try value(parameter)) }
}

extension Hash {
    func value(_ parameter: UInt32) throws -> [UInt8] {
        try twoCalls { try self.parameter(parameter, data: $0, length: &$1, flags: 0) }
    }

    func dword(_ parameter: UInt32) throws -> UInt32? { TokenCSPTests.dword(try value(parameter)) }
}

extension Context {
    func value(_ parameter: UInt32, flags: UInt32 = 0) throws -> [UInt8] {
        try twoCalls { try self.parameter(parameter, data: $0, length: &$1, flags: flags) }
    }

    func dword(_ parameter: UInt32) throws -> UInt32? { TokenCSPTests.dword(try value(parameter)) }

    /// A text parameter, without the NUL at its end that must be there.
    func text(_ parameter: UInt32) throws -> String? {
        let bytes = try value(parameter)
        guard bytes.last == 0 else { return nil }
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}
