import PKCS11
import TestTokens
import Testing

@testable import TokenCSP

@Suite("A container's name")
struct ContainerNameTests {
    static let allowed: [String] = [
        "a", " ", "two words", "a/b", "../../etc/passwd", "quote\"inside", "it's", "Schlüssel", "鍵 🔑", "e\u{301}",
        "100%",
        "a;b?c&d=e", "pkcs11", "{5F3A6A0C-6E3B-4B0A-9F1E-0F5F3E1B2C4D}", "machine", "#comment", "$(id)",
        "\u{202E}right-to-left",
        String(repeating: "n", count: 260), String(repeating: "ü", count: 130),
    ]

    @Test("may hold any UTF-8 but control characters and backslashes")
    func mayHoldAnyUTF8() throws {
        let bench = try Workbench()
        for name in Self.allowed {
            let context = try bench.create(name)
            #expect(try context.containers() == [name])
            let key = try context.generateKey(.signature, bits: 1024)
            #expect(try context.containers() == [name])
            let later = try bench.open(name)
            #expect(later.containerName == name)
            try later.proves(.signature, key: key)
            #expect(try bench.privateKeys(name, onToken: true).count == 1, "CKA_LABEL is the name, byte for byte")
            let uri = try #require(later.keys().first?.uri)
            try bench.open(uri).proves(.signature, key: key)
            try bench.delete(name)
            #expect(try bench.objects().isEmpty)
        }
    }

    static let refusedNames: [(String, [String])] = [
        ("", ["0 bytes"]), (String(repeating: "n", count: 261), ["261 bytes"]),
        (String(repeating: "n", count: 300), ["300 bytes"]),
        (String(repeating: "ü", count: 150), ["300 bytes"]), ("a\0b", ["a?b", "0x0"]), ("\0", ["0x0"]),
        ("a\\b", [#"a\b"#, "0x5C"]), ("\\", ["0x5C"]), (#"machine\alice"#, ["0x5C"]), ("a\nb", ["a?b", "0xA"]),
        ("\t", ["0x9"]),
        ("\u{1B}[31m", ["0x1B"]), ("\u{7F}", ["0x7F"]), (#"\\."#, ["0x5C"]), (#"\\x\y"#, ["0x5C"]),
    ]

    @Test("that is not allowed is refused, naming the fault and the rule")
    func thatIsNotAllowedIsRefused() throws {
        let bench = try Workbench()
        for (name, words) in Self.refusedNames {
            let naming = words + ["1 to 260 bytes of UTF-8"]
            refused(.badKeysetParam, naming: naming) { try bench.create(name) }
            refused(.badKeysetParam, naming: naming) { try bench.create(name, .machineKeySet) }
            refused(.badKeysetParam, naming: naming) { try bench.open(name) }
            refused(.badKeysetParam, naming: naming) { try bench.delete(name) }
            #expect(try bench.objects().isEmpty)
        }
    }

    @Test("that begins with an accent stays in its key set")
    func thatBeginsWithAnAccentStaysInItsKeySet() throws {
        let bench = try Workbench()
        let name = "\u{301}a"
        #expect(try bench.create(name, .machineKeySet).containers() == [name])
        #expect(try bench.ephemeral().containers() == [])
        let unique = #"\\.\\#(bench.made.label)\"# + name
        #expect(try bench.open(unique, .machineKeySet).containerName == name)
        try bench.delete(name, .machineKeySet)
    }

    @Test("is compared byte for byte")
    func isComparedByteForByte() throws {
        let bench = try Workbench()
        _ = try bench.create("\u{E9}")
        refused(.badKeyset) { try bench.open("e\u{301}") }
        _ = try bench.create("Alice")
        refused(.badKeyset) { try bench.open("alice") }
    }

    // MARK: - \\.\READER\CONTAINER

    @Test("of the smart-card form names the token by its label or its reader, whatever is configured")
    func ofTheSmartCardForm() throws {
        let bench = try Workbench()
        let other = try Workbench()
        let context = try bench.create("alice")
        let key = try context.generateKey(.signature, bits: 1024)
        let reader = try bench.made.token().slot.description()
        for place in [bench.made.label, reader] {
            let name = "\\\\.\\\(place)\\alice"
            let opened = try other.open(name)
            #expect(opened.containerName == "alice")
            #expect(try opened.userKey(.signature).publicKey() == key.publicKey())
            opened.setPIN(PIN(bench.made.userPIN))
            try opened.proves(.signature, key: key)
        }
        #expect(try other.objects().isEmpty)
    }

    @Test("of the smart-card form without a container is the default one")
    func ofTheSmartCardFormWithoutAContainer() throws {
        let bench = try Workbench()
        let login = bench.configuration.defaultContainerName
        refused(.badKeyset, naming: [login]) { try bench.open("\\\\.\\\(bench.made.label)\\") }
        #expect(try bench.create("\\\\.\\\(bench.made.label)\\").containerName == login)
        #expect(try bench.open("\\\\.\\\(bench.made.label)").containerName == login)
    }

    @Test("of the smart-card form with an unknown reader is SCARD_E_UNKNOWN_READER, with the tokens that are there")
    func ofTheSmartCardFormWithAnUnknownReader() throws {
        let bench = try Workbench()
        refused(.unknownReader, naming: ["no such reader", bench.made.label]) {
            try bench.create(#"\\.\no such reader\alice"#)
        }
        refused(.badKeysetParam, naming: ["no reader"]) { try bench.create(#"\\.\"#) }
        refused(.badKeysetParam, naming: ["no reader"]) { try bench.create(#"\\.\\alice"#) }
        refused(.badKeysetParam, naming: ["0x5C"]) { try bench.create("\\\\.\\\(bench.made.label)\\a\\b") }
        #expect(try bench.objects().isEmpty)
    }

    // MARK: - URIs

    @Test("may be a PKCS#11 URI, with what the configuration does not say")
    func mayBeAURI() throws {
        let bench = try Workbench()
        let other = try Workbench()
        let context = try bench.create("pkcs11:object=alice%20%2F%20bob")
        #expect(context.containerName == "alice / bob")
        let key = try context.generateKey(.signature, bits: 1024)
        try bench.open("alice / bob").proves(.signature, key: key)
        let full = "pkcs11:token=\(bench.made.label);object=alice%20%2F%20bob"
        let fromElsewhere = try other.open(full, configuration: other.withoutPIN)
        #expect(try fromElsewhere.userKey(.signature).publicKey() == key.publicKey())
        refused(.notAuthenticated) { try fromElsewhere.proves(.signature) }
        let pinSource = try #require(bench.uri.split(separator: "&").last)
        let alone = try Context.acquire(
            container: full + "?module-path=\(TestToken.modulePath)&\(pinSource)", configuration: Configuration()
        )
        try alone.proves(.signature, key: key)
    }

    @Test("by a URI sends no PIN of another token")
    func byAURISendsNoPINOfAnotherToken() throws {
        let bench = try Workbench()
        let other = try Workbench()
        _ = try bench.create("alice").generateKey(.signature, bits: 1024)
        // The configuration's PIN source is the other token's.
        let context = try other.open("pkcs11:token=\(bench.made.label);object=alice")
        refused(.notAuthenticated) { try context.proves(.signature) }
        #expect(try !bench.made.token().info().flags.contains(.userPINCountLow))
    }

    @Test("by a URI that is malformed, or whose object is no name, is refused and named")
    func byAURIThatIsMalformed() throws {
        let bench = try Workbench()
        refused(.invalidParameter, naming: ["pkcs11:object=%zz"]) { try bench.create("pkcs11:object=%zz") }
        refused(.invalidParameter, naming: ["NUL"]) { try bench.create("pkcs11:object=a\0b") }
        refused(.badKeysetParam, naming: ["0xA"]) { try bench.create("pkcs11:object=a%0Ab") }
        refused(.badKeysetParam, naming: ["300 bytes"]) {
            try bench.create("pkcs11:object=" + String(repeating: "n", count: 300))
        }
        refused(.noSmartcard, naming: ["token=no-such-token"]) {
            try bench.create("pkcs11:token=no-such-token;object=alice")
        }
        refused(.badKeysetParam, naming: ["object"]) { try bench.create("pkcs11:id=%01") }
        refused(.badKeyset) { try bench.open("pkcs11:id=%01") }
        refused(.badKeysetParam, naming: ["object"]) { try bench.delete("pkcs11:id=%01") }
        #expect(try bench.objects().isEmpty)
    }
}
