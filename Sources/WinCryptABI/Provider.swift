// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CWinCrypt
internal import TokenCSP

@c @implementation
public func CryptAcquireContextA(
    _ phProv: UnsafeMutablePointer<HCRYPTPROV>?, _ szContainer: LPCSTR?, _ szProvider: LPCSTR?,
    _ dwProvType: DWORD, _ dwFlags: DWORD
) -> BOOL {
    acquire("CryptAcquireContextA", phProv, dwProvType, dwFlags) { () throws(CSPError) in
        (try string(szContainer, refusing: .badKeysetParam), try string(szProvider, refusing: .badKeysetParam))
    }
}

@c @implementation
public func CryptAcquireContextW(
    _ phProv: UnsafeMutablePointer<HCRYPTPROV>?, _ szContainer: LPCWSTR?, _ szProvider: LPCWSTR?,
    _ dwProvType: DWORD, _ dwFlags: DWORD
) -> BOOL {
    acquire("CryptAcquireContextW", phProv, dwProvType, dwFlags) { () throws(CSPError) in
        (try string(szContainer, refusing: .badKeysetParam), try string(szProvider, refusing: .badKeysetParam))
    }
}

/// Deleting a key set answers TRUE without a handle. This function alone resets the last error when it succeeds.
private func acquire(
    _ function: StaticString, _ result: UnsafeMutablePointer<HCRYPTPROV>?, _ type: DWORD, _ flags: DWORD,
    names: () throws(CSPError) -> (container: String?, provider: String?)
) -> BOOL {
    perform(function) { () throws(CSPError) in
        let result = try required(result)
        result.pointee = 0
        let (container, provider) = try names()
        let context = try Context.acquire(container: container, provider: provider, rawType: type, rawFlags: flags)
        if let context { result.pointee = handles.insertHead(.provider(context)) }
        SetLastError(ErrorCode.success.rawValue)
    }
}

/// With flags the provider is released all the same, and the answer is FALSE: so says the contract.
@c @implementation
public func CryptReleaseContext(_ hProv: HCRYPTPROV, _ dwFlags: DWORD) -> BOOL {
    perform("CryptReleaseContext") { () throws(CSPError) in
        switch handles.release(hProv) {
        case .notLive: throw notLive(hProv, "HCRYPTPROV")
        case .stillReferenced: break
        case .ended(let provider, let members):
            for member in members { member.close() }
            provider.close()
        }
        guard dwFlags == 0 else { throw CSPError(.badFlags, "Released, though dwFlags must be 0.") }
    }
}

@c @implementation
public func CryptContextAddRef(
    _ hProv: HCRYPTPROV, _ pdwReserved: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    perform("CryptContextAddRef") { () throws(CSPError) in
        try checkReserved(pdwReserved, flags: dwFlags, code: .invalidParameter)
        guard handles.retain(hProv) else { throw notLive(hProv, "HCRYPTPROV") }
    }
}

@c @implementation
public func CryptGetProvParam(
    _ hProv: HCRYPTPROV, _ dwParam: DWORD, _ pbData: UnsafeMutablePointer<BYTE>?,
    _ pdwDataLen: UnsafeMutablePointer<DWORD>?, _ dwFlags: DWORD
) -> BOOL {
    perform("CryptGetProvParam") { () throws(CSPError) in
        let provider = try liveProvider(hProv)
        try withLength(pdwDataLen) { (length) throws(CSPError) in
            try provider.parameter(dwParam, data: pbData, length: &length, flags: dwFlags)
        }
    }
}

/// PP_CLIENT_HWND without a provider is documented: it sets the window for all later contexts. There are no windows.
/// PP_TOKENCSP_INTERACTION is ours, and its value the program's own function.
@c @implementation
public func CryptSetProvParam(
    _ hProv: HCRYPTPROV, _ dwParam: DWORD, _ pbData: UnsafePointer<BYTE>?, _ dwFlags: DWORD
) -> BOOL {
    perform("CryptSetProvParam") { () throws(CSPError) in
        if hProv == 0, dwParam == DWORD(PP_CLIENT_HWND) { return try checkReserved(nil, flags: dwFlags) }
        if dwParam == DWORD(PP_TOKENCSP_INTERACTION) {
            let provider = hProv == 0 ? nil : try liveProvider(hProv)
            try checkReserved(nil, flags: dwFlags)
            let interaction = try ProgramInteraction(pbData)
            guard let provider else { return Interactions.setForProcess(interaction) }
            return provider.setInteraction(interaction)
        }
        try liveProvider(hProv).setParameter(dwParam, data: pbData, flags: dwFlags)
    }
}

@c @implementation
public func CryptGenRandom(_ hProv: HCRYPTPROV, _ dwLen: DWORD, _ pbBuffer: UnsafeMutablePointer<BYTE>?) -> BOOL {
    perform("CryptGenRandom") { () throws(CSPError) in
        try liveProvider(hProv).random(into: try output(pbBuffer, dwLen))
    }
}
