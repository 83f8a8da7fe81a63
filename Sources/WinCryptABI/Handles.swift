internal import CWinCrypt
internal import Glibc
internal import TokenCSP

/// What a handle of the C interface can stand for.
enum HandleObject: Sendable {
    case provider(Context)
    case key(Key)
    case hash(Hash)

    /// Ends what a dying handle stood for. A key that fails to close is told in the log: its handle is gone anyway.
    func close() {
        switch self {
        case .provider(let context): context.release()
        case .hash(let hash): hash.destroy()
        case .key(let key):
            do { try key.destroy() } catch { Log.failure("CryptDestroyKey", error) }
        }
    }
}

typealias Handles = HandleTable<HandleObject>

/// All handles of the process. A child of a fork goes on with copies of them.
let handles: Handles = {
    pthread_atfork({ handles.lockForFork() }, { handles.unlockAfterFork() }, { handles.unlockAfterFork() })
    return Handles()
}()

// MARK: - From handles to objects

/// The context of a live `HCRYPTPROV`.
func liveProvider(_ handle: HCRYPTPROV) throws(CSPError) -> Context {
    guard case .provider(let context)? = handles.object(handle) else { throw notLive(handle, "HCRYPTPROV") }
    return context
}

/// The key of a live `HCRYPTKEY`.
func liveKey(_ handle: HCRYPTKEY) throws(CSPError) -> Key {
    guard case .key(let key)? = handles.object(handle) else { throw notLive(handle, "HCRYPTKEY") }
    return key
}

/// The key of a live `HCRYPTKEY`, or nil where a function takes 0 for no key.
func liveKeyIfAny(_ handle: HCRYPTKEY) throws(CSPError) -> Key? {
    handle == 0 ? nil : try liveKey(handle)
}

/// The hash of a live `HCRYPTHASH`.
func liveHash(_ handle: HCRYPTHASH) throws(CSPError) -> Hash {
    guard case .hash(let hash)? = handles.object(handle) else { throw notLive(handle, "HCRYPTHASH") }
    return hash
}

func notLive(_ handle: UInt, _ kind: StaticString) -> CSPError {
    CSPError(.invalidParameter, "0x\(String(handle, radix: 16)) is not a live \(kind).")
}

/// The hash of a live `HCRYPTHASH`, or nil where a function takes 0 for no hash.
func liveHashIfAny(_ handle: HCRYPTHASH) throws(CSPError) -> Hash? {
    handle == 0 ? nil : try liveHash(handle)
}

// MARK: - From objects to handles

/// A live key with its provider's family, for functions that make a handle.
func liveKeyFamily(_ handle: HCRYPTKEY) throws(CSPError) -> (Key, Handles.Family) {
    guard let entry = handles.entry(handle), case .key(let key) = entry.object else {
        throw notLive(handle, "HCRYPTKEY")
    }
    return (key, entry.family)
}

/// A live provider's context with its family, for functions that make a handle.
func liveProviderFamily(_ handle: HCRYPTPROV) throws(CSPError) -> (Context, Handles.Family) {
    guard let entry = handles.entry(handle), case .provider(let context) = entry.object else {
        throw notLive(handle, "HCRYPTPROV")
    }
    return (context, entry.family)
}

/// A live hash with its provider's family, for functions that make a handle.
func liveHashFamily(_ handle: HCRYPTHASH) throws(CSPError) -> (Hash, Handles.Family) {
    guard let entry = handles.entry(handle), case .hash(let hash) = entry.object else {
        throw notLive(handle, "HCRYPTHASH")
    }
    return (hash, entry.family)
}

/// A handle for a new object. If the provider was released while it was made, the object is closed again.
func adopt(_ object: HandleObject, into family: Handles.Family) throws(CSPError) -> UInt {
    if let handle = handles.insert(object, into: family) { return handle }
    object.close()
    throw CSPError(.invalidParameter, "The provider was released during the call.")
}
