// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt

@c @implementation
public func CPCreateHash(
    _ hProv: HCRYPTPROV, _ Algid: ALG_ID, _ hKey: HCRYPTKEY, _ dwFlags: DWORD,
    _ phHash: UnsafeMutablePointer<HCRYPTHASH>?
) -> BOOL {
    forward("CPCreateHash", hProv, .keyIfAny(hKey)) { CryptCreateHash(hProv, Algid, hKey, dwFlags, phHash) }
}

@c @implementation
public func CPDuplicateHash(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ phHash: UnsafeMutablePointer<HCRYPTHASH>?
) -> BOOL {
    forward("CPDuplicateHash", hProv, .hash(hHash)) { CryptDuplicateHash(hHash, pdwReserved, dwFlags, phHash) }
}

@c @implementation
public func CPDestroyHash(_ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH) -> BOOL {
    forward("CPDestroyHash", hProv, .hash(hHash)) { CryptDestroyHash(hHash) }
}

@c @implementation
public func CPHashData(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ pbData: UnsafePointer<BYTE>?, _ dwDataLen: DWORD, _ dwFlags: DWORD
) -> BOOL {
    forward("CPHashData", hProv, .hash(hHash)) { CryptHashData(hHash, pbData, dwDataLen, dwFlags) }
}

@c @implementation
public func CPHashSessionKey(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ hKey: HCRYPTKEY, _ dwFlags: DWORD
) -> BOOL {
    forward("CPHashSessionKey", hProv, .hash(hHash), .key(hKey)) { CryptHashSessionKey(hHash, hKey, dwFlags) }
}

@c @implementation
public func CPGetHashParam(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ dwParam: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPGetHashParam", hProv, .hash(hHash)) { CryptGetHashParam(hHash, dwParam, pbData, pdwDataLen, dwFlags) }
}

@c @implementation
public func CPSetHashParam(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ dwParam: DWORD, _ pbData: UnsafePointer<BYTE>?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPSetHashParam", hProv, .hash(hHash)) { CryptSetHashParam(hHash, dwParam, pbData, dwFlags) }
}

// MARK: - Signatures

@c @implementation
public func CPSignHash(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ dwKeySpec: DWORD, _ szDescription: LPCWSTR?, _ dwFlags: DWORD,
    _ pbSignature: UnsafeMutablePointer<BYTE>?, _ pdwSigLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    forward("CPSignHash", hProv, .hash(hHash)) {
        CryptSignHashW(hHash, dwKeySpec, szDescription, dwFlags, pbSignature, pdwSigLen)
    }
}

@c @implementation
public func CPVerifySignature(
    _ hProv: HCRYPTPROV, _ hHash: HCRYPTHASH, _ pbSignature: UnsafePointer<BYTE>?, _ dwSigLen: DWORD,
    _ hPubKey: HCRYPTKEY, _ szDescription: LPCWSTR?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPVerifySignature", hProv, .hash(hHash), .key(hPubKey)) {
        CryptVerifySignatureW(hHash, pbSignature, dwSigLen, hPubKey, szDescription, dwFlags)
    }
}
