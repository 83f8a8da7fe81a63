// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

@c @implementation
public func CryptGenKey(
    _ hProv: HCRYPTPROV, _ Algid: ALG_ID, _ dwFlags: DWORD, _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    perform("CryptGenKey") { () throws(CSPError) in
        let (provider, family) = try liveProviderFamily(hProv)
        let result = try required(phKey)
        let key = try provider.generateKey(AlgorithmID(rawValue: Algid), flags: dwFlags)
        result.pointee = try adopt(.key(key), into: family)
    }
}

@c @implementation
public func CryptGetUserKey(
    _ hProv: HCRYPTPROV, _ dwKeySpec: DWORD, _ phUserKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    perform("CryptGetUserKey") { () throws(CSPError) in
        let (provider, family) = try liveProviderFamily(hProv)
        let result = try required(phUserKey)
        let key = try provider.userKey(KeySpec(rawValue: dwKeySpec))
        result.pointee = try adopt(.key(key), into: family)
    }
}

@c @implementation
public func CryptImportKey(
    _ hProv: HCRYPTPROV, _ pbData: UnsafePointer<BYTE>?, _ dwDataLen: DWORD, _ hPubKey: HCRYPTKEY, _ dwFlags: DWORD,
    _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    perform("CryptImportKey") { () throws(CSPError) in
        let (provider, family) = try liveProviderFamily(hProv)
        let result = try required(phKey)
        let under = try liveKeyIfAny(hPubKey)
        let key = try provider.importKey(try input(pbData, dwDataLen), under: under, flags: dwFlags)
        result.pointee = try adopt(.key(key), into: family)
    }
}

@c @implementation
public func CryptExportKey(
    _ hKey: HCRYPTKEY, _ hExpKey: HCRYPTKEY, _ dwBlobType: DWORD, _ dwFlags: DWORD,
    _ pbData: UnsafeMutablePointer<BYTE>?, _ pdwDataLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptExportKey") { () throws(CSPError) in
        let key = try liveKey(hKey)
        let under = try liveKeyIfAny(hExpKey)
        try withLength(pdwDataLen) { (length) throws(CSPError) in
            try key.export(dwBlobType, under: under, flags: dwFlags, data: pbData, length: &length)
        }
    }
}

@c @implementation
public func CryptGetKeyParam(
    _ hKey: HCRYPTKEY, _ dwParam: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    perform("CryptGetKeyParam") { () throws(CSPError) in
        let key = try liveKey(hKey)
        try withLength(pdwDataLen) { (length) throws(CSPError) in
            try key.parameter(dwParam, data: pbData, length: &length, flags: dwFlags)
        }
    }
}

@c @implementation
public func CryptSetKeyParam(
    _ hKey: HCRYPTKEY, _ dwParam: DWORD, _ pbData: UnsafePointer<BYTE>?, _ dwFlags: DWORD
) -> BOOL {
    perform("CryptSetKeyParam") { () throws(CSPError) in
        try liveKey(hKey).setParameter(dwParam, data: pbData, flags: dwFlags)
    }
}

/// The handle is dead afterwards, also when closing the key (for instance an archivable one) fails.
@c @implementation
public func CryptDestroyKey(_ hKey: HCRYPTKEY) -> BOOL {
    perform("CryptDestroyKey") { () throws(CSPError) in
        let isKey: (HandleObject) -> Bool = { if case .key = $0 { true } else { false } }
        guard case .key(let key)? = handles.remove(hKey, where: isKey) else { throw notLive(hKey, "HCRYPTKEY") }
        try key.destroy()
    }
}
