import TestTokens
import Testing
import TokenCSP

/// What a program outside the package sees and does: this target has no access to `package` declarations.
@Suite("The public API, from outside")
struct TourTests {
    let configuration: Configuration
    let witness: Witness

    init() throws {
        configuration = Configuration(tokenURI: try TestToken.make().uri)
        witness = try Witness()
    }

    private func create(_ name: String, provider: String? = nil) throws -> Context {
        try Context.acquire(container: name, provider: provider, flags: .newKeySet, configuration: configuration)
    }

    private let text = Array("All the king's horses and all the king's men.".utf8)

    // MARK: - Containers and keys

    @Test("a container is made, found again, listed and deleted")
    func containers() throws {
        let context = try create("erin")
        let key = try context.generateKey(.signature, bits: 2048)
        #expect(key.bits == 2048 && key.placement == .token && key.spec == .signature)
        #expect(try key.report().lines.allSatisfy { $0.agrees })
        #expect(try !key.isExportable())
        let publicKey = try key.publicKey()
        context.release()

        let again = try Context.acquire(container: "erin", configuration: configuration)
        #expect(try again.containers() == ["erin"])
        #expect(try again.keys().map(\.bits) == [2048])
        #expect(try again.userKey(.signature).publicKey() == publicKey)
        try again.deleteKey(.signature)
        #expect(throws: CSPError(.noKey, "")) { try again.userKey(.signature) }
        again.release()
        try Context.deleteContainer("erin", configuration: configuration)
        #expect(throws: CSPError(.badKeyset, "")) {
            try Context.acquire(container: "erin", configuration: configuration)
        }
    }

    @Test("an error says what happened and why")
    func errors() throws {
        let error = #expect(throws: CSPError.self) {
            try Context.acquire(container: "nobody", configuration: configuration)
        }
        #expect(error?.code == .badKeyset)
        #expect(error?.reason.contains("nobody") == true)
    }

    // MARK: - Signatures

    @Test(
        "openssl verifies what was signed, and what openssl signs verifies",
        arguments: [AlgorithmID.sha1, .sha256, .sha384, .sha512])
    func signatures(_ algorithm: AlgorithmID) throws {
        let context = try create("signer", provider: "TokenCSP RSA and AES Provider")
        let key = try context.generateKey(.signature, bits: 2048)
        let digest = [AlgorithmID.sha1: "sha1", .sha256: "sha256", .sha384: "sha384"][algorithm] ?? "sha512"
        let hash = try context.makeHash(algorithm)
        try hash.update(text.span)
        let pem = try witness.file("key.pem", try key.publicKey().pem())
        let message = try witness.file("message", text)

        let plain = try hash.sign(with: key)
        try hash.verify(plain, with: key)
        try witness.openssl(
            "dgst", "-\(digest)", "-verify", pem, "-signature", witness.file("plain", plain.bytes), message)
        let behind = try [UInt8](capacity: 257) { (room) throws(CSPError) in
            room.append(0xFF)
            try hash.sign(with: key, into: &room)
        }
        #expect(behind == [0xFF] + plain.bytes)
        #expect(throws: CSPError(.moreData, "")) {
            _ = try [UInt8](capacity: 255) { (room) throws(CSPError) in try hash.sign(with: key, into: &room) }
        }

        for padding in [RSASignaturePadding.pss, .pss(saltLength: 0), .pss(saltLength: 17)] {
            let length = padding == .pss ? "digest" : padding == .pss(saltLength: 0) ? "0" : "17"
            let signature = try hash.sign(with: key, padding: padding)
            try hash.verify(signature, with: key, padding: padding)
            let other = try context.makeHash(algorithm)
            try other.update(text)
            #expect(throws: CSPError(.badSignature, "")) { try other.verify(signature, with: key) }
            #expect(throws: CSPError(.badSignature, "")) {
                try other.verify(signature, with: key, padding: .pss(saltLength: 18))
            }
            try witness.openssl(
                "dgst", "-\(digest)", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:\(length)",
                "-verify", pem, "-signature", witness.file("pss", signature.bytes), message)
        }

        // CryptoAPI's own order, and back.
        let publicKey = try key.publicKey()
        #expect(plain.cryptoAPIBytes(for: publicKey) == plain.bytes.reversed())
        #expect(Signature(cryptoAPI: plain.bytes.reversed(), key: publicKey) == plain)
        #expect(plain == plain && Signature([1, 2, 3]).cryptoAPIBytes(for: publicKey) == nil)
        #expect(throws: CSPError(.badSignature, "")) { try hash.verify(Signature([1, 2, 3]), with: key) }
    }

    @Test("what openssl signs with a key that was imported verifies", arguments: ["digest", "0", "max"])
    func foreignSignature(_ salt: String) throws {
        let pem = try witness.file("theirs.pem", witness.openssl("genrsa", "2048"))
        let blob = try witness.openssl("rsa", "-in", pem, "-outform", "MS PRIVATEKEYBLOB")
        let bytes = try witness.openssl(
            "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:\(salt)", "-sign", pem,
            try witness.file("message", text))
        let context = try Context.acquire(
            provider: "TokenCSP RSA and AES Provider", flags: .verifyContext, configuration: configuration)
        let key = try context.importKey(blob, flags: .exportable)
        let hash = try context.makeHash(.sha256)
        try hash.update(text)
        let length = ["digest": 32, "0": 0][salt] ?? 256 - 32 - 2
        try hash.verify(Signature(bytes), with: key, padding: .pss(saltLength: length))
        #expect(throws: CSPError(.badSignature, "")) {
            try hash.verify(Signature(bytes), with: key, padding: .pss(saltLength: length + 1))
        }
        #expect(throws: CSPError(.badLen, "")) { try hash.sign(with: key, padding: .pss(saltLength: 223)) }
        #expect(throws: CSPError(.badLen, "")) { try hash.sign(with: key, padding: .pss(saltLength: -1)) }
        let old = try context.makeHash(.md5)
        #expect(throws: CSPError(.badAlgID, "")) { try old.sign(with: key, padding: .pss) }
    }

    @Test(
        "openssl verifies DSA, ECDSA and EdDSA signatures as they are, and its own verify",
        arguments: [
            ("TokenCSP DSS Provider", AlgorithmID.sha1, 1024), ("TokenCSP Elliptic Curve Provider", .sha256, 256),
            ("TokenCSP Elliptic Curve Provider", .sha384, 384), ("TokenCSP Elliptic Curve Provider", .sha512, 521),
        ])
    func otherKeys(_ provider: String, _ algorithm: AlgorithmID, _ bits: Int) throws {
        let context = try create("signer", provider: provider)
        let key = try context.generateKey(.signature, bits: bits)
        let publicKey = try key.publicKey()
        let pem = try witness.file("key.pem", publicKey.pem())
        let digest = [AlgorithmID.sha1: "sha1", .sha256: "sha256", .sha384: "sha384"][algorithm] ?? "sha512"
        let hash = try context.makeHash(algorithm)
        try hash.update(text)
        // Many, for numbers that begin with zeros or a set bit.
        for _ in 0..<8 {
            let signature = try hash.sign(with: key)
            try hash.verify(signature, with: key)
            let bytes = try #require(signature.cryptoAPIBytes(for: publicKey))
            #expect(Signature(cryptoAPI: bytes, key: publicKey) == signature)
            try witness.openssl(
                "dgst", "-\(digest)", "-verify", pem, "-signature", witness.file("signature", signature.bytes),
                witness.file("message", text))
            #expect(throws: CSPError(.badSignature, "")) {
                try hash.verify(Signature(signature.bytes.dropLast()), with: key)
            }
            #expect(throws: CSPError(.badSignature, "")) {
                try hash.verify(Signature(signature.bytes + [0]), with: key)
            }
            #expect(throws: CSPError(.badSignature, "")) { try hash.verify(Signature([]), with: key) }
        }
        #expect(throws: CSPError(.badFlags, "")) { try hash.sign(with: key, padding: .pss) }
        #expect(throws: CSPError(.badFlags, "")) {
            try hash.verify(hash.sign(with: key), with: key, padding: .pss)
        }
    }

    @Test("two parties agree on a session key: Diffie-Hellman in a group of theirs, and on a curve")
    func agreement() throws {
        func exchange(_ hers: Key, _ his: Key, _ cipher: AlgorithmID) throws {
            let one = try hers.agree(with: his.export(.publicKey), on: cipher, flags: .exportable)
            let other = try his.agree(with: hers.export(.publicKey), on: cipher)
            #expect(one.algorithm == cipher && one.placement == .host)
            #expect(try other.decrypt(one.encrypt(text)) == text)
            #expect(try one.isExportable() && !other.isExportable())
            #expect(throws: CSPError(.badKey, "")) { try one.agree(with: hers.export(.publicKey), on: cipher) }
            #expect(throws: CSPError(.badData, "")) { try his.agree(with: [], on: cipher) }
        }
        let curves = "TokenCSP Elliptic Curve Provider"
        let (alice, bob) = (try create("alice", provider: curves), try create("bob", provider: curves))
        let key = try alice.generateKey(.keyExchange, bits: 384)
        try exchange(key, bob.generateKey(algorithm: .ecdhEphemeral, bits: 384), .aes256)
        #expect(throws: CSPError(.badData, "")) {
            try key.agree(with: bob.generateKey(algorithm: .ecdhEphemeral, bits: 256).export(.publicKey), on: .aes256)
        }
        #expect(throws: CSPError(.noKey, "")) {
            try alice.importKey(key.export(.publicKey)).agree(with: key.export(.publicKey), on: .aes256)
        }

        let numbers = "TokenCSP DSS and Diffie-Hellman Provider"
        let (carol, dave) = (try create("carol", provider: numbers), try create("dave", provider: numbers))
        let first = try carol.generateKey(algorithm: .dhEphemeral, bits: 1024)
        guard case .diffieHellman(let published) = try first.publicKey() else {
            Issue.record("no Diffie-Hellman key")
            return
        }
        let second = try dave.generateKey(algorithm: .dhEphemeral, domain: published.parameters)
        #expect(second.bits == 1024)
        try exchange(first, second, .tripleDES)
        #expect(throws: CSPError(.badAlgID, "")) {
            try dave.generateKey(algorithm: .aes256, domain: published.parameters)
        }
        #expect(throws: CSPError(.badData, "")) {
            try dave.generateKey(
                algorithm: .dhEphemeral,
                domain: DomainParameters(prime: [UInt8](repeating: 0xFF, count: 128), base: [0]))
        }
    }

    // MARK: - Hashes

    @Test("a hash takes data in pieces, in spans and arrays, and can be split")
    func hashes() throws {
        let context = try Context.acquire(flags: .verifyContext, configuration: configuration)
        let hash = try context.makeHash(.sha1)
        try hash.update(Array(text.prefix(10)))
        try hash.update(text.span.extracting(10..<20))
        let other = try hash.duplicate()
        try hash.update(text.span.extracting(20..<text.count).bytes)
        try other.update([1])
        let expected = try witness.openssl("dgst", "-sha1", "-binary", witness.file("message", text))
        #expect(try hash.value() == expected && hash.valueSize() == 20)
        #expect(try other.value() != expected)
        #expect(throws: CSPError(.badHashState, "")) { try hash.update([1]) }
    }

    // MARK: - Ciphers

    @Test("a file goes through AES in chunks, out of spans and into spans")
    func chunks() throws {
        let context = try create("cipher", provider: "TokenCSP RSA and AES Provider")
        let key = try context.generateKey(cipher: .aes256, flags: .exportable)
        let vector = try context.random(16)
        try key.setInitializationVector(vector)
        #expect(try key.initializationVector() == vector && key.mode() == .cbc && key.blockBits == 128)
        let file = try context.random(100_001)
        let size = try key.encryptedSize(file.count)
        #expect(size == 100_016)
        let encrypted = try [UInt8](capacity: size) { output throws(CSPError) in
            for start in stride(from: 0, to: file.count, by: 4096) {
                let end = min(start + 4096, file.count)
                try key.encrypt(
                    file.span.extracting(start..<end), isLast: end == file.count, into: &output)
            }
        }
        #expect(try key.decrypt(encrypted) == file)

        let value = try key.export(.plaintext).dropFirst(12)
        let decrypted = try witness.openssl(
            "enc", "-d", "-aes-256-cbc", "-K", hex(Array(value)), "-iv", hex(vector),
            "-in", try witness.file("encrypted", encrypted))
        #expect(decrypted == file)

        // No room: nothing has happened, and the message goes on from where it was.
        let found = try [UInt8](capacity: 32) { output throws(CSPError) in
            do throws(CSPError) {
                try key.encrypt(file.span.extracting(0..<32), into: &output)
                Issue.record("48 bytes went into 32")
            } catch {
                #expect(error.code == .moreData && output.isEmpty)
            }
            try key.encrypt(file.span.extracting(0..<32), isLast: false, into: &output)
        }
        #expect(found == Array(encrypted.prefix(32)))
        #expect(throws: CSPError(.badData, "")) { try key.encrypt([1], isLast: false) }
        #expect(throws: CSPError(.badLen, "")) { try key.setInitializationVector([1]) }
        try key.setMode(.ecb)
        #expect(try key.encrypt(Array(file.prefix(16))).count == 32)
        #expect(throws: CSPError(.badAlgID, "")) { try key.setMode(CipherMode(rawValue: 3)) }
        #expect(throws: CSPError(.badKey, "")) { try key.encrypt([1], padding: .oaep) }
    }

    @Test("OAEP with every hash, with and without a label, both ways", arguments: HashKind.allCases.dropFirst(3))
    func oaep(_ hash: HashKind) throws {
        let context = try create("reader")
        let key = try context.generateKey(.keyExchange, bits: 2048, flags: .exportable)
        let pem = try witness.file("key.pem", try key.publicKey().pem())
        let name = "\(hash)"
        for label in [[], Array("label".utf8)] {
            let options =
                ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:\(name)"]
                + (label.isEmpty ? [] : ["-pkeyopt", "rsa_oaep_label:\(hex(label))"])
            let padding = RSAEncryptionPadding.oaep(hash: hash, label: label)
            let theirs = try witness.openssl(
                ["pkeyutl", "-encrypt", "-pubin", "-inkey", pem, "-in", witness.file("message", text)] + options)
            #expect(try key.decrypt(theirs, padding: padding) == text)
            let ours = try key.encrypt(text, padding: padding)
            #expect(try key.decrypt(ours, padding: padding) == text)
            let bad: [[UInt8]] = [theirs.reversed(), [1, 2, 3], [UInt8](repeating: 0, count: 256)]
            for ciphertext in bad {
                #expect(throws: CSPError(.badData, "")) { try key.decrypt(ciphertext, padding: padding) }
            }
            #expect(throws: CSPError(.badData, "")) {
                try key.decrypt(ours, padding: .oaep(hash: hash, label: [1]))
            }
        }
        let limit = RSAEncryptionPadding.oaep(hash: hash).messageLimit(modulusSize: 256)
        #expect(limit == 256 - 2 * hash.digestSize - 2)
        #expect(throws: CSPError(.badLen, "")) {
            try key.encrypt([UInt8](repeating: 1, count: limit + 1), padding: .oaep(hash: hash))
        }
        #expect(throws: CSPError(.badAlgID, "")) { try key.encrypt(self.text, padding: .oaep(hash: .md5)) }
        #expect(throws: CSPError(.badKey, "")) { try key.encrypt(self.text) }
    }

    // MARK: - Blobs

    @Test("keys leave and come back: public, session and private keys")
    func blobs() throws {
        let context = try create("owner", provider: "TokenCSP RSA and AES Provider")
        let pair = try context.generateKey(.keyExchange, bits: 2048, flags: .exportable)
        let session = try context.generateKey(cipher: .aes128, flags: .exportable)
        let ciphertext = try session.encrypt(text)

        // To a correspondent, who has the public half alone.
        let sender = try Context.acquire(
            provider: "TokenCSP RSA and AES Provider", flags: .verifyContext, configuration: configuration)
        let receiver = try sender.importKey(pair.export(.publicKey))
        let drawn = try sender.generateKey(cipher: .aes256, flags: .exportable)
        let letter = try drawn.encrypt(text)
        for padding in [RSAEncryptionPadding.pkcs1, .oaep, .oaep(hash: .sha256, label: [7])] {
            let blob = try drawn.export(.sessionKey, under: receiver, padding: padding)
            let opened = try context.importKey(blob, padding: padding)
            #expect(try opened.decrypt(letter) == text)
            #expect(try context.importKey(blob, under: pair, padding: padding).decrypt(letter) == text)
        }
        #expect(throws: CSPError(.badData, "")) {
            try context.importKey(drawn.export(.sessionKey, under: receiver, padding: .oaep))
        }

        // In the clear, for this container alone, and wrapped.
        #expect(try context.importKey(session.export(.plaintext)).decrypt(ciphertext) == text)
        #expect(try context.importKey(session.export(.opaque)).decrypt(ciphertext) == text)
        let (inner, outer) = (
            try context.generateKey(cipher: .tripleDES, flags: .exportable), try context.generateKey(cipher: .tripleDES)
        )
        let wrapped = try inner.export(.wrapped, under: outer)
        #expect(try context.importKey(wrapped, under: outer).decrypt(inner.encrypt(text)) == text)

        // The private key, under a session key, into another container.
        let backup = try pair.export(.privateKey, under: session)
        let other = try create("heir", provider: "TokenCSP RSA and AES Provider")
        let bare = try other.importKey(session.export(.plaintext))
        let restored = try other.importKey(backup, under: bare)
        #expect(try restored.publicKey() == pair.publicKey() && restored.placement == .token)
        #expect(try restored.decrypt(pair.encrypt(text, padding: .oaep), padding: .oaep) == text)
        #expect(throws: CSPError(.badKeyState, "")) { try restored.export(.privateKey) }
        #expect(throws: CSPError(.badFlags, "")) { try other.importKey(backup, under: bare, flags: .preGenerate) }
    }

    // MARK: - The rest

    @Test("a passphrase gives the same key to everybody; a keyed hash needs one")
    func derivation() throws {
        let context = try Context.acquire(
            provider: "TokenCSP RSA and AES Provider", flags: .verifyContext, configuration: configuration)
        func derive(_ phrase: String) throws -> Key {
            let hash = try context.makeHash(.sha256)
            try hash.update(Array(phrase.utf8))
            return try context.deriveKey(cipher: .aes256, from: hash, flags: .exportable)
        }
        let key = try derive("open sesame")
        #expect(try derive("open sesame").decrypt(key.encrypt(text)) == text)
        let value = try witness.openssl("dgst", "-sha256", "-binary", witness.file("phrase", "open sesame"))
        #expect(try Array(key.export(.plaintext).dropFirst(12)) == value)

        let rc4 = try context.generateKey(cipher: .rc4, bits: 56)
        #expect(rc4.bits == 56 && rc4.placement == .host)
        let code = try context.makeHMAC(.sha256, key: key)
        try code.update(text)
        let expected = try witness.openssl(
            "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(hex(value))", "-binary",
            witness.file("message", text))
        #expect(try code.value() == expected)
        #expect(throws: CSPError(.badAlgID, "")) { try code.sign(with: key) }
    }

    @Test("random numbers fill a span")
    func random() throws {
        let context = try Context.acquire(flags: .verifyContext, configuration: configuration)
        var bytes = [UInt8](repeating: 0, count: 64)
        var span = bytes.mutableSpan
        try context.random(into: &span)
        #expect(bytes.contains { $0 != 0 })
        #expect(try context.random(64) != bytes)
        #expect(throws: CSPError(.badLen, "")) { try context.random(-1) }
    }
}
