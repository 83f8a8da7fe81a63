import Glibc

@testable import TokenCSP

/// The key pairs in Fuzzing/Keys, a PRIVATEKEYBLOB each, which `FUZZ_KEYS` names: those that agree, and those that a token
/// wraps.
struct OwnKey: Sendable {
    let context: Context
    let key: Key
    let blob: [UInt8]

    static let all: [OwnKey] = (environment("FUZZ_KEYS") ?? "").split(separator: ":").map { path in
        let blob = bytes(String(path))
        let context = providerContext(of: number(blob.dropFirst(4)))
        guard let key = context.imported(blob) else { fatalError("\(path) is not imported") }
        return OwnKey(context: context, key: key, blob: blob)
    }

    private static func bytes(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
