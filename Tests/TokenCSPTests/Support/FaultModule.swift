import Foundation
import Glibc
import PKCS11
import TestTokens
import Testing

/// A module in front of SoftHSM that fails, changes and counts calls, and a token seen through it.
///
/// Each is a copy of the compiled Tests/FaultModule/faultmodule.c, so that tests with different rules run side by side.
struct FaultModule: Sendable {
    let bench: Workbench
    private let setRules: @convention(c) (UnsafePointer<CChar>) -> Void
    private let countCalls: @convention(c) (UnsafePointer<CChar>) -> UInt

    init() throws {
        let path = Tool.file("-fault.so")
        try FileManager.default.copyItem(atPath: Self.compiled.get(), toPath: path)
        let library = try #require(dlopen(path, RTLD_NOW), "\(String(cString: dlerror()))")
        setRules = unsafeBitCast(try #require(dlsym(library, "fault_rules")), to: type(of: setRules))
        countCalls = unsafeBitCast(try #require(dlsym(library, "fault_calls")), to: type(of: countCalls))
        bench = try Workbench(modulePath: path)
    }

    /// Rules from now on, in place of those before.
    func rules(_ rules: Rule...) {
        setRules(rules.map(\.text).joined(separator: "\n"))
    }

    /// How often `work` calls each function.
    func calls<R>(of functions: [String], in work: () throws -> R) rethrows -> (calls: [String: UInt], result: R) {
        let before = functions.map { countCalls($0) }
        let result = try work()
        let calls = zip(functions, before).map { ($0, countCalls($0) - $1) }
        return (Dictionary(uniqueKeysWithValues: calls), result)
    }

    /// Calls since the module was loaded; faultmodule.c says what else is counted.
    func calls(_ function: String) -> UInt { countCalls(function) }

    /// The token, seen through this module.
    func token() throws -> Token {
        let module = try Module.load(path: bench.modulePath)
        let slot = try #require(try module.slots().first { try $0.tokenInfo().label == bench.made.label })
        return module.token(in: slot)
    }

    private static let compiled = Result {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../FaultModule/faultmodule.c").standardized.path
        let path = Tool.file("-faultmodule.so")
        let flags = try Tool.run("/usr/bin/pkg-config", ["--cflags", "p11-kit-1"]).split(whereSeparator: \.isWhitespace)
        try Tool.run(
            "/usr/bin/cc",
            [
                "-Wall", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
                "-DREAL_MODULE=\"\(TestToken.modulePath)\"",
            ]
                + flags.map(String.init) + [source, "-o", path, "-ldl"]
        )
        return path
    }
}

/// One fault; faultmodule.c says what each does.
struct Rule {
    enum Half: Int {
        case both = -1
        case privateKey = 0
        case publicKey = 1
        /// What C_CreateObject makes: not a half of a pair.
        case created = 2
    }

    let text: String

    static func fail(_ function: String, _ answer: ReturnValue, times: Int = 1, after skipped: Int = 0) -> Rule {
        Rule(text: "fail \(function) \(hex(answer.rawValue)) \(times) \(skipped)")
    }

    static func refuse(
        _ type: AttributeType, _ answer: ReturnValue = .attributeTypeInvalid, where value: Bool? = nil,
        _ half: Half = .both
    ) -> Rule {
        Rule(
            text:
                "refuse \(hex(type.rawValue)) \(hex(answer.rawValue)) \(value.map { $0 ? 1 : 0 } ?? -1) \(half.rawValue)"
        )
    }

    static func change(_ type: AttributeType, to value: Bool, _ half: Half = .both) -> Rule {
        Rule(text: "change \(hex(type.rawValue)) \(value ? 1 : 0) \(half.rawValue)")
    }

    static func drop(_ type: AttributeType, _ half: Half = .both) -> Rule {
        Rule(text: "drop \(hex(type.rawValue)) \(half.rawValue)")
    }

    static func byDefault(_ type: AttributeType, _ value: Bool, _ half: Half = .both) -> Rule {
        Rule(text: "default \(hex(type.rawValue)) \(value ? 1 : 0) \(half.rawValue)")
    }

    static func hide(_ type: AttributeType) -> Rule { Rule(text: "hide \(hex(type.rawValue))") }

    /// Flags of C_GetTokenInfo that are set, and those that are not.
    static func tells(_ set: TokenInfo.Flags, not clear: TokenInfo.Flags = []) -> Rule {
        Rule(text: "flags \(hex(set.rawValue)) \(hex(clear.rawValue))")
    }

    /// The user PIN locks after so many wrong ones, and the flags tell how many are left.
    static func locks(after tries: Int) -> Rule { Rule(text: "lock \(tries)") }

    /// The reader has a pad, where the PIN in the environment's FAULT_PAD_PIN is entered.
    static let pad = Rule(text: "pad")

    /// The user PIN must be changed before anybody logs in with it.
    static let expired = Rule(text: "expired")

    private static func hex(_ value: UInt) -> String { String(value, radix: 16) }
}
