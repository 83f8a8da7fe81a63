// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

// MARK: - Providers

@c @implementation
public func CryptEnumProvidersA(
    _ dwIndex: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ pdwProvType: UnsafeMutablePointer<DWORD>?, _ szProvName: LPSTR?, _ pcbProvName: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptEnumProvidersA") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: dwFlags)
        try deliver(providers, dwIndex, pdwProvType, NameBuffer(szProvName, pcbProvName))
    }
}

@c @implementation
public func CryptEnumProvidersW(
    _ dwIndex: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ pdwProvType: UnsafeMutablePointer<DWORD>?, _ szProvName: LPWSTR?, _ pcbProvName: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptEnumProvidersW") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: dwFlags)
        try deliver(providers, dwIndex, pdwProvType, NameBuffer(szProvName, pcbProvName))
    }
}

// MARK: - Provider types

@c @implementation
public func CryptEnumProviderTypesA(
    _ dwIndex: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ pdwProvType: UnsafeMutablePointer<DWORD>?, _ szTypeName: LPSTR?, _ pcbTypeName: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptEnumProviderTypesA") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: dwFlags)
        try deliver(ProviderProfile.types, dwIndex, pdwProvType, NameBuffer(szTypeName, pcbTypeName))
    }
}

@c @implementation
public func CryptEnumProviderTypesW(
    _ dwIndex: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ pdwProvType: UnsafeMutablePointer<DWORD>?, _ szTypeName: LPWSTR?, _ pcbTypeName: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptEnumProviderTypesW") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: dwFlags)
        try deliver(ProviderProfile.types, dwIndex, pdwProvType, NameBuffer(szTypeName, pcbTypeName))
    }
}

// MARK: - The default provider

@c @implementation
public func CryptGetDefaultProviderA(
    _ dwProvType: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD, _ pszProvName: LPSTR?,
    _ pcbProvName: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptGetDefaultProviderA") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: 0)
        try NameBuffer(pszProvName, pcbProvName).deliver(ProviderProfile.defaultName(type: dwProvType, flags: dwFlags))
    }
}

@c @implementation
public func CryptGetDefaultProviderW(
    _ dwProvType: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD, _ pszProvName: LPWSTR?,
    _ pcbProvName: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptGetDefaultProviderW") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: 0)
        try NameBuffer(pszProvName, pcbProvName).deliver(ProviderProfile.defaultName(type: dwProvType, flags: dwFlags))
    }
}

// MARK: - The protocol of both enumerations

private var providers: [(type: ProviderType, name: String)] {
    ProviderProfile.all.map { ($0.type, $0.name) }
}

private func deliver(
    _ items: [(type: ProviderType, name: String)], _ index: DWORD, _ type: UnsafeMutablePointer<DWORD>?,
    _ buffer: NameBuffer
) throws(CSPError) {
    let type = try required(type)
    guard let index = Int(exactly: index), index < items.count else {
        throw CSPError(.noMoreItems, "There are \(items.count) items.")
    }
    type.pointee = items[index].type.rawValue
    try buffer.deliver(items[index].name)
}
