import Glibc
import TokenCSP

/// The run of `selftest` on one token.
final class SelfTest {
    private let global: GlobalOptions
    private let configuration: Configuration
    private let interaction: any UserInteraction
    private let token: TokenDescription
    /// A name that nobody has.
    private let container: String
    private let rsaBits: Int
    private var steps: [SelfTestResult.Step] = []
    private var openContexts: [Context] = []
    /// Set where no login is to be had: nothing is tried after that, for each try counts on the token.
    private(set) var loginFailure: ErrorCode?

    private static let curveProvider = "TokenCSP Elliptic Curve Provider"

    /// Finds the token, and has its PIN where a source gives one: each container is a login of its own, and a descriptor
    /// can be read once only.
    init(_ global: GlobalOptions, bits: Int) throws {
        self.global = global
        rsaBits = bits
        var configuration = try global.configuration()
        token = try Tokens.find(configuration)
        if let stored = try Tokens.storedPIN(configuration) {
            let pin = stored.pin
            interaction = CallbackInteraction(
                consent: { _ in true },
                pin: { request throws(CSPError) in
                    // One that was refused is not sent again.
                    guard request.complaint == nil else {
                        throw CSPError(.wrongChv, "\(request.label): the PIN of the source is wrong")
                    }
                    return pin
                })
            configuration.pinSource = nil
            configuration.tokenURI = configuration.tokenURI.map { PKCS11URI($0).removingPINSource }
        } else {
            interaction = CommandInteraction(configuration)
        }
        self.configuration = configuration
        container = "tokencsp-selftest-\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 16))"
    }

    func run() -> SelfTestResult {
        let rsa = { (spec: KeySpec) in
            (algorithm: spec == .signature ? AlgorithmID.rsaSign : .rsaKeyExchange, spec: spec)
        }
        signing("RSA \(rsaBits)", rsa(.signature), bits: rsaBits, provider: nil)
        encrypting("RSA \(rsaBits)", rsa(.keyExchange))
        signing("P-256", (.ecdsa, .signature), bits: 256, provider: Self.curveProvider)
        signing("Ed25519", (.ed25519, .signature), bits: 0, provider: Self.curveProvider)
        protection()
        sessionKey("AES-256", .aes256)
        random()
        cleanUp()
        return SelfTestResult(
            passed: !steps.contains { $0.result == .failed } && !Interruption.happened, token: token.label,
            tokenSerial: token.serial, tokenURI: token.uri, steps: steps)
    }

    // MARK: - Steps

    private typealias Pair = (algorithm: AlgorithmID, spec: KeySpec)

    private func signing(_ subject: String, _ pair: Pair, bits: Int, provider: String?) {
        guard let context = open(subject, provider) else { return }
        guard let key = generate(subject, pair, bits, context) else { return }
        let message = [UInt8]("TokenCSP tests this token.".utf8)
        var signature: Signature?
        step(subject, "sign") {
            let hash = try context.makeHash(.sha256)
            try hash.update(message)
            signature = try hash.sign(with: key)
            return nil
        }
        if let signature {
            step(subject, "verify on the host") {
                let hash = try context.makeHash(.sha256)
                try hash.update(message)
                try hash.verify(signature, with: key)
                return nil
            }
            step(subject, "refuse another message") {
                let hash = try context.makeHash(.sha256)
                try hash.update(message + [0])
                do throws(CSPError) {
                    try hash.verify(signature, with: key)
                } catch {
                    guard error.code == .badSignature else { throw error }
                    return nil
                }
                throw ToolError(.failure, "the signature verifies over another message")
            }
        }
        refuseExport(subject, key)
    }

    private func encrypting(_ subject: String, _ pair: Pair) {
        let subject = subject + " exchange"
        guard let context = open(subject, nil), let key = generate(subject, pair, rsaBits, context) else { return }
        let plaintext = [UInt8](0..<32)
        step(subject, "encrypt and decrypt") {
            let ciphertext = try key.encrypt(plaintext, padding: .pkcs1)
            guard try key.decrypt(ciphertext, padding: .pkcs1) == plaintext else {
                throw ToolError(.failure, "the token decrypts to something else")
            }
            return "PKCS #1 v1.5"
        }
        step(subject, "encrypt and decrypt") {
            let ciphertext = try key.encrypt(plaintext, padding: .oaep(hash: .sha1, label: []))
            guard try key.decrypt(ciphertext, padding: .oaep(hash: .sha1, label: [])) == plaintext else {
                throw ToolError(.failure, "the token decrypts to something else")
            }
            return "OAEP with SHA-1"
        }
        refuseExport(subject, key)
    }

    private func refuseExport(_ subject: String, _ key: Key) {
        step(subject, "refuse to export") {
            do throws(CSPError) {
                _ = try key.export(.privateKey)
            } catch {
                guard error.code == .badKeyState else { throw error }
                let line = try key.report().lines.first { $0.object == "private" && $0.attribute == "CKA_EXTRACTABLE" }
                return "held by \(line?.heldBy.rawValue ?? "nobody")"
            }
            throw ToolError(.failure, "a key without CRYPT_EXPORTABLE was exported")
        }
    }

    /// Who asks for the PIN at each use of a protected key: found out by trying, when the key is made.
    private func protection() {
        let subject = "RSA \(rsaBits) protected"
        guard let context = open(subject, nil) else { return }
        step(subject, "find out who protects it", mayLack: true) {
            // Takes the place of the signature key.
            let key = try context.generateKey(.signature, bits: self.rsaBits, flags: .userProtected)
            let report = try key.report()
            return "\(report.protection.name) at each use, held by \(report.protectionHolder?.rawValue ?? "nobody")"
        }
    }

    private func sessionKey(_ subject: String, _ cipher: AlgorithmID) {
        var made: Key?
        step(subject, "generate") {
            let context = try self.acquire(nil, [.verifyContext], named: false)
            self.openContexts.append(context)
            let key = try context.generateKey(cipher: cipher)
            made = key
            return "on the \(key.placement.rawValue)"
        }
        guard let made else { return }
        step(subject, "encrypt and decrypt") {
            let plaintext = [UInt8](repeating: 0x5A, count: 1000)
            let ciphertext = try made.encrypt(plaintext)
            guard ciphertext != plaintext, try made.decrypt(ciphertext) == plaintext else {
                throw ToolError(.failure, "what was encrypted decrypts to something else")
            }
            return "CBC"
        }
    }

    private func random() {
        guard mayGoOn else { return }
        guard token.hasRandom else {
            return steps.append(
                .init(
                    subject: "random", step: "32 bytes", result: .skipped, milliseconds: nil,
                    detail: "the token has no generator"))
        }
        step("random", "32 bytes") {
            let context = try self.acquire(nil, [.verifyContext], named: false)
            self.openContexts.append(context)
            try context.useTokenRandom()
            guard try context.random(32) != context.random(32) else {
                throw ToolError(.failure, "the same bytes twice")
            }
            return nil
        }
    }

    // MARK: - What the steps share

    private func acquire(_ provider: String?, _ flags: Context.Flags, named: Bool = true) throws(CSPError) -> Context {
        try Context.acquire(
            container: named ? container : nil, provider: provider, flags: flags, configuration: configuration,
            interaction: interaction)
    }

    /// The test's container as a provider sees it.
    private func open(_ subject: String, _ provider: String?) -> Context? {
        guard mayGoOn else { return nil }
        do throws(CSPError) {
            let context: Context
            do throws(CSPError) {
                context = try acquire(provider, [])
            } catch {
                guard error.code == .badKeyset else { throw error }
                context = try acquire(provider, .newKeySet)
            }
            openContexts.append(context)
            return context
        } catch {
            add(subject, "open a container", .failed, nil, Self.words(error))
            return nil
        }
    }

    private func generate(_ subject: String, _ pair: Pair, _ bits: Int, _ context: Context) -> Key? {
        var made: Key?
        step(subject, "generate", mayLack: true) {
            let key = try context.generateKey(pair.algorithm, flags: UInt32(UInt16(clamping: bits)) << 16)
            made = key
            let report = try key.report()
            guard report.lines.allSatisfy(\.agrees) else { return "the token left something out: see 'key show'" }
            return "as asked" + (report.rung == 0 ? "" : ", by template \(report.rung + 1)")
        }
        return made
    }

    /// - Parameters:
    ///   - mayLack: a token that has no such keys is no failure.
    ///   - work: answers what there is to say of a success.
    private func step(_ subject: String, _ name: String, mayLack: Bool = false, _ work: () throws -> String?) {
        guard mayGoOn else { return }
        let started = now()
        do {
            let detail = try work()
            add(subject, name, .passed, now() - started, detail)
        } catch {
            let lacks: Set<ErrorCode> = [.badAlgID, .invalidParameter]
            let refusals: Set<ErrorCode> = [
                .wrongChv, .chvBlocked, .notAuthenticated, .invalidChv, .cancelledByUser, .passwordChangeRequired,
            ]
            if let code = (error as? CSPError)?.code, refusals.contains(code) { loginFailure = code }
            let isLack = mayLack && (error as? CSPError).map { lacks.contains($0.code) } ?? false
            add(subject, name, isLack ? .skipped : .failed, now() - started, Self.words(error))
        }
    }

    private var mayGoOn: Bool { !Interruption.happened && loginFailure == nil }

    private func add(
        _ subject: String, _ step: String, _ result: SelfTestResult.Outcome, _ time: Double?, _ detail: String?
    ) {
        steps.append(.init(subject: subject, step: step, result: result, milliseconds: time, detail: detail))
    }

    private static func words(_ error: any Error) -> String {
        if let error = error as? CSPError { return error.description }
        return (error as? ToolError)?.message ?? "an error without words"
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    // MARK: - The end

    /// Removes what was made. Runs whatever happened before.
    private func cleanUp() {
        for context in openContexts { context.release() }
        openContexts = []
        let started = now()
        var failure: CSPError?
        for provider in [nil, Self.curveProvider] {
            do throws(CSPError) {
                try Context.deleteContainer(
                    container, provider: provider, configuration: configuration, interaction: interaction)
            } catch {
                if error.code != .badKeyset { failure = error }
            }
        }
        if Interruption.happened { add("interrupted", "", .failed, nil, "the steps that were left are not done") }
        if let failure {
            add(
                "all", "clean up", .failed, now() - started,
                Self.words(failure) + "; what stays: tokencsp container delete \(container)")
        } else {
            add("all", "clean up", .passed, now() - started, "container \(container) is gone")
        }
    }
}
