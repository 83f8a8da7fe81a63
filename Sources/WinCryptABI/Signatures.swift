// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

// MARK: - Signing

@c @implementation
public func CryptSignHashA(
    _ hHash: HCRYPTHASH, _ dwKeySpec: DWORD, _ szDescription: LPCSTR?, _ dwFlags: DWORD,
    _ pbSignature: UnsafeMutablePointer<BYTE>?, _ pdwSigLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    sign("CryptSignHashA", hHash, dwKeySpec, isBlank(szDescription), dwFlags, pbSignature, pdwSigLen)
}

@c @implementation
public func CryptSignHashW(
    _ hHash: HCRYPTHASH, _ dwKeySpec: DWORD, _ szDescription: LPCWSTR?, _ dwFlags: DWORD,
    _ pbSignature: UnsafeMutablePointer<BYTE>?, _ pdwSigLen: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    sign("CryptSignHashW", hHash, dwKeySpec, isBlank(szDescription), dwFlags, pbSignature, pdwSigLen)
}

private func sign(
    _ function: StaticString, _ hHash: HCRYPTHASH, _ spec: DWORD, _ isBlank: Bool, _ flags: DWORD,
    _ signature: UnsafeMutablePointer<BYTE>?, _ length: UnsafeMutablePointer<DWORD>?
) -> BOOL {
    // A digest is no secret; what a login and a key on the host leave behind is wiped there.
    perform(function, leaving: 0) { () throws(CSPError) in
        let hash = try liveHash(hHash)
        guard isBlank else { throw describedSignature }
        try withLength(length) { (length) throws(CSPError) in
            try hash.sign(rawSpec: spec, flags: flags, data: signature, length: &length)
        }
    }
}

// MARK: - Verifying

@c @implementation
public func CryptVerifySignatureA(
    _ hHash: HCRYPTHASH, _ pbSignature: UnsafePointer<BYTE>?, _ dwSigLen: DWORD, _ hPubKey: HCRYPTKEY,
    _ szDescription: LPCSTR?, _ dwFlags: DWORD
) -> BOOL {
    verify("CryptVerifySignatureA", hHash, pbSignature, dwSigLen, hPubKey, isBlank(szDescription), dwFlags)
}

@c @implementation
public func CryptVerifySignatureW(
    _ hHash: HCRYPTHASH, _ pbSignature: UnsafePointer<BYTE>?, _ dwSigLen: DWORD, _ hPubKey: HCRYPTKEY,
    _ szDescription: LPCWSTR?, _ dwFlags: DWORD
) -> BOOL {
    verify("CryptVerifySignatureW", hHash, pbSignature, dwSigLen, hPubKey, isBlank(szDescription), dwFlags)
}

/// The longest RSA signature, of a 16384-bit key, in bytes, and one more: what is longer is as wrong as that.
private let longestSignature = 2049

/// A signature of a wrong length is a bad signature, and `Hash.verify` reads none of it.
private func verify(
    _ function: StaticString, _ hHash: HCRYPTHASH, _ signature: UnsafePointer<BYTE>?, _ length: DWORD,
    _ hPubKey: HCRYPTKEY, _ isBlank: Bool, _ flags: DWORD
) -> BOOL {
    perform(function) { () throws(CSPError) in
        let hash = try liveHash(hHash)
        let key = try liveKey(hPubKey)
        guard let signature else { throw CSPError(.invalidParameter, "The signature is NULL.") }
        guard isBlank else { throw describedSignature }
        let count = min(Int(clamping: length), longestSignature)
        try hash.verify(UnsafeRawBufferPointer(start: signature, count: count), key: key, flags: flags)
    }
}

// MARK: - Descriptions

/// Microsoft: the description "must be set to NULL to prevent security vulnerabilities". It would have gone into the
/// hash, so it is refused rather than passed over.
private let describedSignature = CSPError(.invalidParameter, "A signature's description must be NULL.")

private func isBlank<Unit: FixedWidthInteger>(_ description: UnsafePointer<Unit>?) -> Bool {
    description.map { $0.pointee == 0 } ?? true
}
