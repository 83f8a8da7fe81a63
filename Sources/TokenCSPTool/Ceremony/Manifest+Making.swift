import ArgumentParser
import Glibc
import TokenCSP

extension Manifest.Run {
    /// A run that begins now, on the token of a context.
    init(_ token: TokenDescription, provider: String, isMachine: Bool, note: String?) {
        self.init(
            time: Timestamp.now(),
            software: .init(name: "tokencsp", version: TokenCSPCommand.configuration.version),
            host: hostName(), operator: userName(), note: note, module: .init(token), token: .init(token),
            provider: provider, keySet: isMachine ? .machine : .user, keys: [])
    }
}

extension Manifest.Module {
    init(_ token: TokenDescription) {
        self.init(
            path: token.modulePath, description: token.libraryDescription, manufacturer: token.libraryManufacturer,
            version: token.libraryVersion)
    }
}

extension Manifest.Token {
    init(_ token: TokenDescription) {
        self.init(
            label: token.label, manufacturer: token.manufacturer, model: token.model, serial: token.serial,
            uri: String(token.uri.prefix { $0 != "?" }), hardwareVersion: token.hardwareVersion,
            firmwareVersion: token.firmwareVersion)
    }
}

extension Manifest.Key {
    /// - Parameters:
    ///   - flags: CryptGenKey's dwFlags that it was made with.
    ///   - final: the finished key, read back.
    init(_ made: KeyMaker.Made, final: KeyReport, uri: String, publicKey: PublicKey, flags: UInt32) {
        let curve: String? = if case .ellipticCurve(let key) = publicKey { key.curve.rawValue } else { nil }
        self.init(
            time: made.time, container: made.container, spec: final.spec?.argument ?? "", uri: uri,
            id: hexadecimal(final.id), algorithm: final.algorithm.name, bits: final.bits, curve: curve,
            mechanism: made.report.mechanism, rung: made.report.rung, flags: hexadecimal(flags),
            flagNames: KeyFlags(rawValue: flags & 0xFFFF).names, protection: final.protection.name,
            protectionHeldBy: final.protectionHolder?.rawValue,
            attributes: Manifest.Attribute.merge(asked: made.report.lines, final: final.lines),
            publicKey: publicKey.pem(), publicKeySHA256: hexadecimal(sha256(publicKey.subjectPublicKeyInfo())),
            certificateRequest: nil, notes: made.report.notes)
    }
}

extension Manifest.Attribute {
    /// What was asked at generation beside what the finished key shows: that is what can be held against the token later.
    static func merge(asked: [KeyReport.Line], final: [KeyReport.Line]) -> [Manifest.Attribute] {
        let seen = final.map { line in
            let first = asked.first { $0.object == line.object && $0.attribute == line.attribute }
            return Manifest.Attribute(
                object: line.object, attribute: line.attribute, asked: first?.asked, onToken: line.onToken,
                heldBy: line.heldBy.rawValue, because: first?.because ?? line.because)
        }
        // What the token does not tell, and what the CSP holds in its place.
        let unseen = asked.filter { line in
            !final.contains { $0.object == line.object && $0.attribute == line.attribute }
        }
        return seen
            + unseen.map { line in
                Manifest.Attribute(
                    object: line.object, attribute: line.attribute, asked: line.asked, onToken: nil,
                    heldBy: line.heldBy.rawValue, because: line.because)
            }
    }
}

private func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    _ = gethostname(&name, name.count - 1)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The login name, else the number.
private func userName() -> String {
    let name: UnsafeMutablePointer<CChar>? = getpwuid(geteuid())?.pointee.pw_name
    return name.map { String(cString: $0) } ?? String(geteuid())
}
