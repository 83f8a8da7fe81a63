internal import Glibc

/// The CKA_ID that we give a key pair, chosen before generation and put into both templates.
///
/// It says what a label cannot, on every token and in one write: that the pair is ours, which key spec it was made for
/// (a foreign pair may serve both), what it asks of its user, which of two is newer while one replaces the other, and where
/// it was made (whether half a pair is the rest of a crash here, or another host's work in progress).
///
/// | bytes | meaning |
/// | --- | --- |
/// | 4 | `TCSP` |
/// | 1 | low four bits: AT_KEYEXCHANGE 1, AT_SIGNATURE 2; high four: what the key asks at each use (`KeyProtection`) |
/// | 4 | origin: hash of machine id, host name and user |
/// | 8 | microseconds since 1970, big-endian |
/// | 7 | random |
struct KeyIdentifier: Hashable, Sendable {
    static let length = 24
    private static let magic: [UInt8] = Array("TCSP".utf8)

    let bytes: [UInt8]

    /// A new one, newer than every one in `others`.
    init(_ spec: KeySpec, _ protection: KeyProtection = .none, newerThan others: [KeyIdentifier] = []) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let microseconds = UInt64(clamping: now.tv_sec) &* 1_000_000 &+ UInt64(clamping: now.tv_nsec / 1000)
        let time = others.map(\.time).max().map { max(microseconds, $0 &+ 1) } ?? microseconds
        var generator = SystemRandomNumberGenerator()
        bytes =
            Self.magic + [UInt8(truncatingIfNeeded: spec.rawValue) | protection.rawValue << 4] + Self.here
            + withUnsafeBytes(of: time.bigEndian) { Array($0) }
            + (0..<7).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Nil for an id that is not ours.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.starts(with: Self.magic), (1...2).contains(bytes[4] & 0xF),
            KeyProtection(rawValue: bytes[4] >> 4) != nil
        else { return nil }
        self.bytes = bytes
    }

    /// The same key, asking for something else at each use.
    func protected(_ protection: KeyProtection) -> [UInt8] {
        var changed = bytes
        changed[4] = bytes[4] & 0xF | protection.rawValue << 4
        return changed
    }

    /// An id without what its key asks for, which may change: the rest tells pairs apart.
    static func identity(_ id: [UInt8]) -> [UInt8] { KeyIdentifier(id)?.protected(.none) ?? id }

    var spec: KeySpec { KeySpec(rawValue: UInt32(bytes[4] & 0xF)) }
    var protection: KeyProtection { KeyProtection(rawValue: bytes[4] >> 4) ?? .none }
    var isFromHere: Bool { Array(bytes[5..<9]) == Self.here }
    /// Microseconds since 1970.
    var time: UInt64 { bytes[9..<17].reduce(0) { $0 << 8 | UInt64($1) } }

    /// FNV-1a over the machine id and the user's number: a mark, no secret.
    private static let here: [UInt8] = {
        var text = [UInt8](repeating: 0, count: 64)
        let descriptor = open("/etc/machine-id", O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            _ = read(descriptor, &text, 64)
            close(descriptor)
        }
        // Container images share a machine id, or have none yet: the host's name tells them apart.
        var name = [CChar](repeating: 0, count: 65)
        gethostname(&name, 64)
        text += name.map { UInt8(bitPattern: $0) }
        text += Array("\(geteuid())".utf8)
        let hash = text.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return withUnsafeBytes(of: hash.bigEndian) { Array($0) }
    }()
}
