import Foundation
import PKCS11
import TestTokens

/// Other people's programs, which see the token through their own eyes.
enum Tool {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program and answers what it printed.
    @discardableResult
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], mayFail: Bool = false
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
            .merging(TestToken.environment) { $1 }.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard mayFail || process.terminationStatus == 0 else {
            throw Failure(description: "\(program) \(arguments): status \(process.terminationStatus)\n\(text)")
        }
        return text
    }

    /// pkcs11-tool on a token, logged in where `asUser`.
    @discardableResult
    static func pkcs11Tool(
        _ token: TestToken, asUser: Bool = true, environment: [String: String] = [:], _ arguments: [String]
    ) throws -> String {
        let login = asUser ? ["--login", "--pin", "env:TOOL_PIN"] : []
        let all = ["--module", TestToken.modulePath, "--token-label", token.label] + login + arguments
        for _ in 0..<10 {
            do {
                return try run(
                    "/usr/bin/pkcs11-tool", all, environment: environment.merging(["TOOL_PIN": token.userPIN]) { $1 }
                )
            } catch let failure as Failure where failure.description.contains("No slot with token named") {
                // SoftHSM may not show it to a process that starts while another test makes a token in the same folder.
                continue
            }
        }
        throw Failure(description: "pkcs11-tool does not see token \(token.label)")
    }

    /// The environment in which SoftHSM shows a copy of one token alone: p11tool does not see all of many.
    private static func alone(_ token: TestToken) throws -> [String: String] {
        let serial = try token.token().info().serial
        let folder = TestToken.folder.appendingPathComponent("tokens")
        // SoftHSM names a token's folder by a UUID that ends in the serial number.
        let name = try FileManager.default.contentsOfDirectory(atPath: folder.path).first {
            $0.replacingOccurrences(of: "-", with: "").hasSuffix(serial)
        }
        guard let name else { throw Failure(description: "no folder of token \(token.label)") }
        let copies = file("-tokens")
        try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder.appendingPathComponent(name).path, toPath: copies + "/" + name)
        let original = TestToken.environment["SOFTHSM2_CONF"] ?? ""
        let configuration = try String(contentsOfFile: original, encoding: .utf8)
            .replacingOccurrences(of: folder.path + "\n", with: copies + "\n")
        try configuration.write(toFile: copies + ".conf", atomically: true, encoding: .utf8)
        return ["SOFTHSM2_CONF": copies + ".conf"]
    }

    /// A path for a test's file.
    static func file(_ suffix: String) -> String {
        TestToken.folder.appendingPathComponent("\(UUID().uuidString)\(suffix)").path
    }
}

// MARK: - What they see

/// An object in a tool's list.
struct ListedObject {
    /// `private`, `public`, `secret`, `data` or `certificate`.
    let kind: String
    let label: String
    let id: String
    /// pkcs11-tool's Usage and Access, p11tool's Flags.
    let words: Set<String>
}

extension Tool {
    /// `pkcs11-tool --list-objects`.
    static func list(_ token: TestToken, asUser: Bool = true) throws -> [ListedObject] {
        let kinds = [
            "Private Key": "private", "Public Key": "public", "Secret Key": "secret", "Data object": "data",
            "Certificate": "certificate",
        ]
        var objects: [ListedObject] = []
        var block: (kind: String, fields: [String: String])?
        func finish() {
            guard let (kind, fields) = block else { return }
            let words = [fields["Usage"], fields["Access"]].compactMap(\.self).flatMap {
                $0.components(separatedBy: ", ")
            }
            // A data object's label stands in quotes.
            let label = (fields["label"] ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "'"))
            objects.append(
                ListedObject(kind: kind, label: label, id: fields["ID"] ?? "", words: Set(words.filter { !$0.isEmpty }))
            )
        }
        let text = try pkcs11Tool(token, asUser: asUser, environment: alone(token), ["--list-objects"])
        for line in text.split(separator: "\n") {
            if let kind = kinds.first(where: { line.hasPrefix($0.key) }) {
                finish()
                block = (kind.value, [:])
            } else if let colon = line.firstIndex(of: ":"), line.hasPrefix("  ") {
                let name = line[..<colon].trimmingCharacters(in: .whitespaces)
                block?.fields[name] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
        }
        finish()
        return objects
    }

    /// `p11tool --list-all`.
    static func listByGnuTLS(_ token: TestToken) throws -> [ListedObject] {
        let text = try run(
            "/usr/bin/p11tool",
            ["--provider", TestToken.modulePath, "--login", "--list-all", "--batch", "pkcs11:token=\(token.label)"],
            environment: alone(token).merging(["GNUTLS_PIN": token.userPIN]) { $1 }
        )
        let kinds = ["Private key": "private", "Public key": "public", "Data": "data", "X.509": "certificate"]
        return text.components(separatedBy: "Object ").dropFirst().map { block in
            func field(_ name: String) -> String {
                let line = block.split(separator: "\n").first { $0.hasPrefix("\t\(name):") } ?? ""
                return line.dropFirst(name.count + 2).trimmingCharacters(in: .whitespaces)
            }
            let kind = kinds.first { field("Type").hasPrefix($0.key) }?.value ?? field("Type")
            let words = field("Flags").components(separatedBy: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            return ListedObject(
                kind: kind, label: field("Label"), id: field("ID"), words: Set(words.filter { !$0.isEmpty }))
        }
    }
}

// MARK: - OpenSSL

extension Tool {
    /// Whether openssl verifies a signature, given in CryptoAPI's byte order, over `text`.
    static func opensslVerifies(_ signature: [UInt8], of text: String, pem: String, digest: String = "sha256") throws
        -> Bool
    {
        let paths = [".pem", ".sig", ".txt"].map { file($0) }
        try Data(pem.utf8).write(to: URL(fileURLWithPath: paths[0]))
        try Data(signature.reversed()).write(to: URL(fileURLWithPath: paths[1]))
        try Data(text.utf8).write(to: URL(fileURLWithPath: paths[2]))
        let answer = try run(
            "/usr/bin/openssl", ["dgst", "-\(digest)", "-verify", paths[0], "-signature", paths[1], paths[2]],
            mayFail: true
        )
        return answer.contains("Verified OK")
    }
}
