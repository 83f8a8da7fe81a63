// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

@c @implementation
public func CryptCreateHash(
    _ hProv: HCRYPTPROV, _ Algid: ALG_ID, _ hKey: HCRYPTKEY, _ dwFlags: DWORD,
    _ phHash: UnsafeMutablePointer<HCRYPTHASH>?
) -> BOOL {
    perform("CryptCreateHash") { () throws(CSPError) in
        let (provider, family) = try liveProviderFamily(hProv)
        let result = try required(phHash)
        let key = try liveKeyIfAny(hKey)
        let hash = try provider.makeHash(AlgorithmID(rawValue: Algid), key: key, flags: dwFlags)
        result.pointee = try adopt(.hash(hash), into: family)
    }
}

@c @implementation
public func CryptDuplicateHash(
    _ hHash: HCRYPTHASH, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ phHash: UnsafeMutablePointer<HCRYPTHASH>?
) -> BOOL {
    perform("CryptDuplicateHash") { () throws(CSPError) in
        let (hash, family) = try liveHashFamily(hHash)
        try checkReserved(pdwReserved, flags: dwFlags, code: .invalidParameter)
        let result = try required(phHash)
        result.pointee = try adopt(.hash(try hash.duplicate()), into: family)
    }
}

@c @implementation
public func CryptHashData(
    _ hHash: HCRYPTHASH, _ pbData: UnsafePointer<BYTE>?, _ dwDataLen: DWORD, _ dwFlags: DWORD
) -> BOOL {
    // What is below leaves nothing on the stack.
    perform("CryptHashData", leaving: 0) { () throws(CSPError) in
        try liveHash(hHash).update(try input(pbData, dwDataLen), flags: dwFlags)
    }
}

@c @implementation
public func CryptGetHashParam(
    _ hHash: HCRYPTHASH, _ dwParam: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    perform("CryptGetHashParam") { () throws(CSPError) in
        let hash = try liveHash(hHash)
        try withLength(pdwDataLen) { (length) throws(CSPError) in
            try hash.parameter(dwParam, data: pbData, length: &length, flags: dwFlags)
        }
    }
}

@c @implementation
public func CryptSetHashParam(
    _ hHash: HCRYPTHASH, _ dwParam: DWORD, _ pbData: UnsafePointer<BYTE>?, _ dwFlags: DWORD
) -> BOOL {
    // A digest that is set goes straight to where it stays.
    perform("CryptSetHashParam", leaving: dwParam == DWORD(HP_HASHVAL) ? 0 : 8192) { () throws(CSPError) in
        try liveHash(hHash).setParameter(dwParam, data: pbData, flags: dwFlags)
    }
}

@c @implementation
public func CryptDestroyHash(_ hHash: HCRYPTHASH) -> BOOL {
    perform("CryptDestroyHash") { () throws(CSPError) in
        let isHash: (HandleObject) -> Bool = { if case .hash = $0 { true } else { false } }
        guard case .hash(let hash)? = handles.remove(hHash, where: isHash) else { throw notLive(hHash, "HCRYPTHASH") }
        hash.destroy()
    }
}
