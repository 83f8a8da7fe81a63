// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

@c @implementation
public func CryptSetProviderA(_ pszProvName: LPCSTR?, _ dwProvType: DWORD) -> BOOL {
    setProvider("CryptSetProviderA", dwProvType, nil, DWORD(CRYPT_USER_DEFAULT)) { () throws(CSPError) in
        try string(pszProvName, refusing: .invalidParameter)
    }
}

@c @implementation
public func CryptSetProviderW(_ pszProvName: LPCWSTR?, _ dwProvType: DWORD) -> BOOL {
    setProvider("CryptSetProviderW", dwProvType, nil, DWORD(CRYPT_USER_DEFAULT)) { () throws(CSPError) in
        try string(pszProvName, refusing: .invalidParameter)
    }
}

@c @implementation
public func CryptSetProviderExA(
    _ pszProvName: LPCSTR?, _ dwProvType: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    setProvider("CryptSetProviderExA", dwProvType, pdwReserved, dwFlags) { () throws(CSPError) in
        try string(pszProvName, refusing: .invalidParameter)
    }
}

@c @implementation
public func CryptSetProviderExW(
    _ pszProvName: LPCWSTR?, _ dwProvType: DWORD, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    setProvider("CryptSetProviderExW", dwProvType, pdwReserved, dwFlags) { () throws(CSPError) in
        try string(pszProvName, refusing: .invalidParameter)
    }
}

private func setProvider(
    _ function: StaticString, _ type: DWORD, _ reserved: UnsafeMutablePointer<DWORD>?, _ flags: DWORD,
    name: () throws(CSPError) -> String?
) -> BOOL {
    perform(function) { () throws(CSPError) in
        try checkReserved(reserved, flags: 0)
        guard let name = try name() else { throw CSPError(.invalidParameter, "The provider's name is NULL.") }
        try ProviderDefaults.set(name, type: type, flags: flags)
    }
}
