// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

@c @implementation
public func CPAcquireContext(
    _ phProv: UnsafeMutablePointer<HCRYPTPROV>?, _ szContainer: LPCSTR?, _ dwFlags: DWORD,
    _ pVTable: PVTableProvStruc?
) -> BOOL {
    phProv?.pointee = 0
    var provider = (type: DWORD(PROV_RSA_AES), name: LPCSTR?.none)
    let isRight = perform("CPAcquireContext") { () throws(CSPError) in
        if let pVTable { provider = try meant(by: pVTable, or: provider.type) }
    }
    return isRight == 0 ? isRight : CryptAcquireContextA(phProv, szContainer, provider.name, provider.type, dwFlags)
}

/// The provider that the host means. Of the struct only what its version has is read: it may be a shorter one.
private func meant(
    by table: UnsafeMutablePointer<VTableProvStruc>, or type: DWORD
) throws(CSPError) -> (type: DWORD, name: LPCSTR?) {
    let version = table.pointee.Version
    guard (1...3).contains(version) else {
        throw CSPError(.invalidParameter, "A VTableProvStruc has version 1, 2 or 3, not \(version).")
    }
    return (version >= 2 ? table.pointee.dwProvType : type, version >= 3 ? LPCSTR(table.pointee.pszProvName) : nil)
}

@c @implementation
public func CPReleaseContext(_ hProv: HCRYPTPROV, _ dwFlags: DWORD) -> BOOL {
    forward("CPReleaseContext", hProv) { CryptReleaseContext(hProv, dwFlags) }
}

@c @implementation
public func CPGetProvParam(
    _ hProv: HCRYPTPROV, _ dwParam: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPGetProvParam", hProv) { CryptGetProvParam(hProv, dwParam, pbData, pdwDataLen, dwFlags) }
}

@c @implementation
public func CPSetProvParam(
    _ hProv: HCRYPTPROV, _ dwParam: DWORD, _ pbData: UnsafePointer<BYTE>?, _ dwFlags: DWORD
) -> BOOL {
    forward("CPSetProvParam", hProv) { CryptSetProvParam(hProv, dwParam, pbData, dwFlags) }
}

@c @implementation
public func CPGenRandom(_ hProv: HCRYPTPROV, _ dwLen: DWORD, _ pbBuffer: UnsafeMutablePointer<BYTE>?) -> BOOL {
    forward("CPGenRandom", hProv) { CryptGenRandom(hProv, dwLen, pbBuffer) }
}
