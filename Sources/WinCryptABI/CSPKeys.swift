// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt

// MARK: - Making and ending keys

@c @implementation
public func CPGenKey(
    _ hProv: HCRYPTPROV, _ Algid: ALG_ID, _ dwFlags: DWORD, _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    forward("CPGenKey", hProv) { CryptGenKey(hProv, Algid, dwFlags, phKey) }
}

@c @implementation
public func CPDeriveKey(
    _ hProv: HCRYPTPROV, _ Algid: ALG_ID, _ hBaseData: HCRYPTHASH, _ dwFlags: DWORD,
    _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    forward("CPDeriveKey", hProv, .hash(hBaseData)) { CryptDeriveKey(hProv, Algid, hBaseData, dwFlags, phKey) }
}

@c @implementation
public func CPGetUserKey(
    _ hProv: HCRYPTPROV, _ dwKeySpec: DWORD, _ phUserKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    forward("CPGetUserKey", hProv) { CryptGetUserKey(hProv, dwKeySpec, phUserKey) }
}

@c @implementation
public func CPDuplicateKey(
    _ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD,
    _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    forward("CPDuplicateKey", hProv, .key(hKey)) { CryptDuplicateKey(hKey, pdwReserved, dwFlags, phKey) }
}

@c @implementation
public func CPDestroyKey(_ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY) -> BOOL {
    forward("CPDestroyKey", hProv, .key(hKey)) { CryptDestroyKey(hKey) }
}

// MARK: - Parameters and blobs

@c @implementation
public func CPGetKeyParam(
    _ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY, _ dwParam: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPGetKeyParam", hProv, .key(hKey)) { CryptGetKeyParam(hKey, dwParam, pbData, pdwDataLen, dwFlags) }
}

@c @implementation
public func CPSetKeyParam(
    _ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY, _ dwParam: DWORD, _ pbData: UnsafePointer<BYTE>?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPSetKeyParam", hProv, .key(hKey)) { CryptSetKeyParam(hKey, dwParam, pbData, dwFlags) }
}

@c @implementation
public func CPExportKey(
    _ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY, _ hPubKey: HCRYPTKEY, _ dwBlobType: DWORD, _ dwFlags: DWORD,
    _ pbData: UnsafeMutablePointer<BYTE>?, _ pdwDataLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    forward("CPExportKey", hProv, .key(hKey), .keyIfAny(hPubKey)) {
        CryptExportKey(hKey, hPubKey, dwBlobType, dwFlags, pbData, pdwDataLen)
    }
}

@c @implementation
public func CPImportKey(
    _ hProv: HCRYPTPROV, _ pbData: UnsafePointer<BYTE>?, _ dwDataLen: DWORD, _ hPubKey: HCRYPTKEY, _ dwFlags: DWORD,
    _ phKey: UnsafeMutablePointer<HCRYPTKEY>?
) -> BOOL {
    forward("CPImportKey", hProv, .keyIfAny(hPubKey)) {
        CryptImportKey(hProv, pbData, dwDataLen, hPubKey, dwFlags, phKey)
    }
}

// MARK: - Ciphers

@c @implementation
public func CPEncrypt(
    _ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY, _ hHash: HCRYPTHASH, _ Final: BOOL, _ dwFlags: DWORD,
    _ pbData: UnsafeMutablePointer<BYTE>?, _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwBufLen: DWORD
) -> BOOL {
    forward("CPEncrypt", hProv, .key(hKey), .hashIfAny(hHash)) {
        CryptEncrypt(hKey, hHash, Final, dwFlags, pbData, pdwDataLen, dwBufLen)
    }
}

@c @implementation
public func CPDecrypt(
    _ hProv: HCRYPTPROV, _ hKey: HCRYPTKEY, _ hHash: HCRYPTHASH, _ Final: BOOL, _ dwFlags: DWORD,
    _ pbData: UnsafeMutablePointer<BYTE>?, _ pdwDataLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    forward("CPDecrypt", hProv, .key(hKey), .hashIfAny(hHash)) {
        CryptDecrypt(hKey, hHash, Final, dwFlags, pbData, pdwDataLen)
    }
}
