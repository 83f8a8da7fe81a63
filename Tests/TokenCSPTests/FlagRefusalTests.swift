import PKCS11
import Testing

@testable import TokenCSP

@Suite("CryptGenKey refuses")
struct FlagRefusalTests {
    /// A call that must fail, and how.
    struct Call: Sendable, CustomTestStringConvertible {
        var algorithm: UInt32
        var flags: UInt32 = 0
        var context: Context.Flags = []
        var provider: String?
        let code: ErrorCode
        var naming: [String] = []

        var testDescription: String {
            "\(hexadecimal(algorithm)) flags \(hexadecimal(flags)) in \(hexadecimal(context.rawValue)): \(code.name)"
        }
    }

    static let rsa: [UInt32] = [1, 2, 0xA400, 0x2400]
    static let ciphers: [UInt32] = [0x660E, 0x660F, 0x6610, 0x6603, 0x6609]
    static let contexts: [Context.Flags] = [[], .silent, .verifyContext]
    static let baseProvider = "Microsoft Base Cryptographic Provider v1.0"

    static let unknownFlags: [Call] = (rsa + ciphers).flatMap { algorithm in
        [UInt32(0x20), 0x0400_0021].map {
            Call(algorithm: algorithm, flags: $0, code: .badFlags, naming: ["0x20"])
        }
    }

    static let pregeneration: [Call] = rsa.flatMap { algorithm in
        contexts.map {
            Call(algorithm: algorithm, flags: 0x0400_0040, context: $0, code: .badFlags, naming: ["CRYPT_PREGEN"])
        }
    }

    static let protectionThatNobodyCanGive: [Call] = rsa.flatMap { algorithm in
        [UInt32(0x2), 0x8000, 0x8002, 0x3].flatMap { flags in
            [Context.Flags.silent, .verifyContext, [.verifyContext, .silent]].map {
                Call(algorithm: algorithm, flags: 0x0400_0000 | flags, context: $0, code: .silentContext)
            }
        }
    }

    static let protectionOfSessionKeys: [Call] = ciphers.flatMap { algorithm in
        [UInt32(0x2), 0x8000, 0x8003].flatMap { flags in
            contexts.map {
                Call(algorithm: algorithm, flags: flags, context: $0, code: .badFlags, naming: ["CRYPT_USER_PROTECTED"])
            }
        }
    }

    static let lengthsOfPairs: [Call] = rsa.flatMap { algorithm in
        // 16 is CRYPT_USER_PROTECTED_STRONG, whose bit lies in the length.
        [1, 16, 512, 1000, 1023, 1025, 1028, 16392, 32768, 65535].flatMap { (bits: UInt32) in
            [Context.Flags(), .verifyContext].map {
                Call(
                    algorithm: algorithm, flags: bits << 16, context: $0, code: .invalidParameter,
                    naming: ["\(bits) bits", "1024 to 16384", "steps of 8"]
                )
            }
        }
    }

    static let lengthsOfSessionKeys: [Call] = [
        (0x660E, 1, 128), (0x660E, 256, 128), (0x660F, 128, 192), (0x6610, 65535, 256), (0x6603, 112, 168),
        (0x6609, 168, 112),
    ].map { (algorithm: UInt32, bits: UInt32, allowed: Int) in
        Call(algorithm: algorithm, flags: bits << 16, code: .invalidParameter, naming: ["\(bits) bits", "\(allowed)"])
    }

    /// RC2, RC4, DES, DSS, DH, EC, AES without a length, hashes, and numbers that are none.
    static let unknownAlgorithms: [Call] = [
        0, 3, 0x2000, 0x2200, 0x2203, 0xAA01, 0xAA05, 0x6604, 0x660D, 0x6802, 0x6611, 0x8003, 0x8004, 0x800C,
        0xFFFF_FFFF,
    ].flatMap { algorithm in contexts.map { Call(algorithm: algorithm, context: $0, code: .badAlgID) } }

    static let algorithmsOfOtherProviders: [Call] =
        [0x660E, 0x660F, 0x6610].flatMap { (algorithm: UInt32) in
            ["TokenCSP RSA Provider", "Microsoft Strong Cryptographic Provider", baseProvider].map {
                Call(algorithm: algorithm, provider: $0, code: .badAlgID, naming: [$0])
            }
        }
        + [0x6603, 0x6609].map { Call(algorithm: $0, provider: baseProvider, code: .badAlgID, naming: [baseProvider]) }

    @Test("a flag that does not exist", arguments: unknownFlags)
    func aFlagThatDoesNotExist(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("CRYPT_PREGEN of an RSA key", arguments: pregeneration)
    func pregenOfAnRSAKey(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("a protected key where nobody can be asked", arguments: protectionThatNobodyCanGive)
    func aProtectedKeyWhereNobodyCanBeAsked(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("protection of a session key", arguments: protectionOfSessionKeys)
    func protectionOfASessionKey(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("an RSA length, naming it and what is allowed", arguments: lengthsOfPairs)
    func anRSALength(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("a length that a cipher does not have", arguments: lengthsOfSessionKeys)
    func aLengthThatACipherDoesNotHave(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("an algorithm that it makes no keys for", arguments: unknownAlgorithms)
    func anAlgorithmThatItMakesNoKeysFor(call: Call) throws { try leavesTheTokenAlone(call) }

    @Test("an algorithm that the provider does not have", arguments: algorithmsOfOtherProviders)
    func anAlgorithmThatTheProviderDoesNotHave(call: Call) throws { try leavesTheTokenAlone(call) }

    /// One token for all calls: each must leave it as it was.
    private static let bench = Result {
        let bench = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        return (bench, try bench.objects())
    }

    private struct Place: Hashable {
        let flags: Context.Flags
        let provider: String?
    }

    /// The contexts of the calls: opening one looks at every token that other tests have made.
    private static let opened = Lock<[Place: Context]>([:])

    private func context(_ bench: Workbench, _ call: Call) throws -> Context {
        try Self.opened.withLock { contexts in
            let place = Place(flags: call.context, provider: call.provider)
            if let context = contexts[place] { return context }
            let container = call.context.isVerifyContext ? nil : "alice"
            let context = try bench.open(container, call.context, provider: call.provider)
            contexts[place] = context
            return context
        }
    }

    private func leavesTheTokenAlone(_ call: Call) throws {
        let (bench, before) = try Self.bench.get()
        let context = try context(bench, call)
        refused(call.code, naming: call.naming) {
            try context.generateKey(AlgorithmID(rawValue: call.algorithm), flags: call.flags)
        }
        #expect(try bench.objects() == before)
        refused(call.code) {
            try GenerationPlan(
                AlgorithmID(rawValue: call.algorithm), flags: call.flags, container: "alice", provider: call.provider,
                contextFlags: call.context
            )
        }
    }

    @Test("a length that only the token does not make, naming the token's")
    func aLengthThatOnlyTheTokenDoesNotMake() throws {
        let bench = try Workbench()
        let context = try bench.create("alice", provider: "Microsoft Strong Cryptographic Provider")
        let before = try bench.objects()
        refused(.invalidParameter, naming: ["384", "512 to 16384"]) { try context.generateKey(.signature, bits: 384) }
        #expect(try bench.objects() == before)
    }

    @Test("a length that no high word holds")
    func aLengthThatNoHighWordHolds() throws {
        let bench = try Workbench()
        let context = try bench.create("alice")
        for bits in [-1, 0, 65536, Int.max, Int.min] {
            refused(.invalidParameter, naming: ["\(bits) bits", "1024 to 16384"]) {
                try context.generateKey(.signature, bits: bits)
            }
        }
    }

    @Test("a pair in a context without a container")
    func aPairWithoutAContainer() throws {
        let bench = try Workbench()
        let context = try bench.open(nil, .defaultContainerOptional)
        refused(.noKey) { try context.generateKey(.signature, bits: 1024) }
        #expect(try bench.objects().isEmpty)
    }
}
