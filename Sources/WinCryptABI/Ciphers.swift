// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

@c @implementation
public func CryptEncrypt(
    _ hKey: HCRYPTKEY, _ hHash: HCRYPTHASH, _ Final: BOOL, _ dwFlags: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwBufLen: DWORD
) -> BOOL {
    // What is below leaves nothing on the stack.
    perform("CryptEncrypt", leaving: 0) { () throws(CSPError) in
        let key = try liveKey(hKey)
        let hash = try liveHashIfAny(hHash)
        try withLength(pdwDataLen) { (length) throws(CSPError) in
            if let pbData { _ = try output(pbData, min(length, dwBufLen)) }
            try key.encrypt(
                hash: hash, final: Final != 0, flags: dwFlags, data: pbData, length: &length, capacity: dwBufLen
            )
        }
    }
}

@c @implementation
public func CryptDecrypt(
    _ hKey: HCRYPTKEY, _ hHash: HCRYPTHASH, _ Final: BOOL, _ dwFlags: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    perform("CryptDecrypt", leaving: 0) { () throws(CSPError) in
        let key = try liveKey(hKey)
        let hash = try liveHashIfAny(hHash)
        let data = try required(pbData)
        try withLength(pdwDataLen) { (length) throws(CSPError) in
            _ = try output(data, length)
            try key.decrypt(hash: hash, final: Final != 0, flags: dwFlags, data: data, length: &length)
        }
    }
}

@c @implementation
public func CryptDeriveKey(
    _ hProv: HCRYPTPROV, _ Algid: ALG_ID, _ hBaseData: HCRYPTHASH, _ dwFlags: DWORD,
    _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    perform("CryptDeriveKey") { () throws(CSPError) in
        let (provider, family) = try liveProviderFamily(hProv)
        let hash = try liveHash(hBaseData)
        let result = try required(phKey)
        let key = try provider.deriveKey(AlgorithmID(rawValue: Algid), from: hash, flags: dwFlags)
        result.pointee = try adopt(.key(key), into: family)
    }
}

@c @implementation
public func CryptDuplicateKey(
    _ hKey: HCRYPTKEY, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    perform("CryptDuplicateKey") { () throws(CSPError) in
        let (key, family) = try liveKeyFamily(hKey)
        try checkReserved(pdwReserved, flags: dwFlags, code: .invalidParameter)
        let result = try required(phKey)
        result.pointee = try adopt(.key(try key.duplicate()), into: family)
    }
}

@c @implementation
public func CryptHashSessionKey(_ hHash: HCRYPTHASH, _ hKey: HCRYPTKEY, _ dwFlags: DWORD) -> BOOL {
    perform("CryptHashSessionKey") { () throws(CSPError) in
        try liveHash(hHash).update(key: try liveKey(hKey), flags: dwFlags)
    }
}
