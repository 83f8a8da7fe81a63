internal import CWinCrypt
internal import TokenCSP

/// A handle beside hProv in a CP function. 0 is no handle where a function says "if any".
enum MemberHandle {
    case key(HCRYPTKEY)
    case keyIfAny(HCRYPTKEY)
    case hash(HCRYPTHASH)
    case hashIfAny(HCRYPTHASH)

    fileprivate func check(_ family: Handles.Family) throws(CSPError) {
        switch self {
        case .keyIfAny(0), .hashIfAny(0):
            return
        case .key(let handle), .keyIfAny(let handle):
            if let entry = handles.entry(handle), case .key = entry.object, entry.family == family { return }
            throw CSPError(.badKey, "0x\(String(handle, radix: 16)) is no live HCRYPTKEY of this context.")
        case .hash(let handle), .hashIfAny(let handle):
            if let entry = handles.entry(handle), case .hash = entry.object, entry.family == family { return }
            throw CSPError(.badHash, "0x\(String(handle, radix: 16)) is no live HCRYPTHASH of this context.")
        }
    }
}

/// Answers a CP function by its Crypt function, once hProv is live and the other handles are live and of that context.
func forward(
    _ function: StaticString, _ hProv: HCRYPTPROV, _ members: MemberHandle..., to crypt: () -> BOOL
) -> BOOL {
    let isRight = perform(function, leaving: 0) { () throws(CSPError) in
        guard let entry = handles.entry(hProv), case .provider = entry.object else {
            throw CSPError(.badUID, "0x\(String(hProv, radix: 16)) is not a live HCRYPTPROV.")
        }
        for member in members { try member.check(entry.family) }
    }
    return isRight == 0 ? isRight : crypt()
}
