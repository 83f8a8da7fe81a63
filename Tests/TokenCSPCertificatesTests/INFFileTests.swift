import Testing
import TokenCSP
import TokenCSPCertificates

@Suite("INF files: sections, values, strings")
struct INFFileTests {
    @Test("sections are found in any case, and one that stands twice is one")
    func sections() throws {
        let file = try INFFile(
            "; before all\r\n[ One ]\r\na = 1\r\n\r\n[TWO]\r\nb=2\r\n[one]\r\nc = 3\r\n[Empty]")
        #expect(file.sections.map(\.name).sorted() == ["Empty", "One", "TWO"])
        #expect(file.section("ONE")?.entries.map(\.key) == ["a", "c"])
        #expect(file.section("one")?.entries.map(\.line) == [3, 8])
        #expect(file.section("two")?.entries.map(\.value) == ["2"])
        #expect(file.section("empty")?.entries.isEmpty == true)
        #expect(file.section("three") == nil)
    }

    @Test(
        "a value is read as it stands: blanks, quotes, comments",
        arguments: [
            ("k=v", "v"), ("k = v ", "v"), ("\tk\t=\tv\t", "v"), ("k=", ""), ("k = a b", "a b"), ("k=a=b", "a=b"),
            ("k = \"a b\"", "a b"), ("k = \" a \"", " a "), ("k = \"a\"\"b\"", "a\"b"), ("k = \"\"", ""),
            ("k = \"\"\"\"", "\""), ("k = a\" ; \"b", "a ; b"), ("k = v ; comment", "v"), ("k = v;", "v"),
            ("k = \"a;b\" ; \"c", "a;b"), ("k = \"CN=a, O=\"\"b, c\"\"\"", "CN=a, O=\"b, c\""), ("\"k\" = v", "v"),
            ("k = ü", "ü"), ("k = \u{1F511}", "\u{1F511}"), ("k = [x]", "[x]"),
        ])
    func values(_ line: String, _ expected: String) throws {
        for end in ["", "\n", "\r\n", "\n\n; more"] {
            let entry = try #require(try INFFile("[S]\n" + line + end).section("S")?.entries.first)
            #expect(entry.key == "k")
            #expect(entry.value == expected)
            #expect(entry.line == 2)
        }
    }

    @Test("a backslash at a line's end joins the next one, and the entry's line is the first")
    func joined() throws {
        let file = try INFFile("[S]\na = 1,\\\n  2,\\ ; comment\n  3\nb = 4\nc = d\\e\nlast = x\\")
        let entries = try #require(file.section("S")?.entries)
        #expect(entries.map(\.key) == ["a", "b", "c", "last"])
        #expect(entries.map(\.value) == ["1,2,3", "4", "d\\e", "x"])
        #expect(entries.map(\.line) == [2, 5, 6, 7])
    }

    @Test("_continue_ adds to the line above")
    func continued() throws {
        let file = try INFFile("[S]\na = \"{text}\"\n_continue_ = \"DNS=a&\"\n_Continue_ = \"DNS=b\"\nb = 1")
        let entries = try #require(file.section("S")?.entries)
        #expect(entries.map(\.key) == ["a", "b"])
        #expect(entries[0].values == ["{text}", "DNS=a&", "DNS=b"])
        #expect(entries[0].value == "{text}DNS=a&DNS=b")
        #expect(entries[1].line == 5)
    }

    @Test("%name% is replaced once, in keys and values, wherever [Strings] stands")
    func strings() throws {
        let file = try INFFile(
            "[S]\n%Oid% = \"%one%, %ONE%\"\na = 100%%\nb = 5%\nc = %twice%\n[Strings]\nOID = 2.5.29.37\none = 1\ntwice = \"%one%\""
        )
        let entries = try #require(file.section("S")?.entries)
        #expect(entries.map(\.key) == ["2.5.29.37", "a", "b", "c"])
        #expect(entries.map(\.value) == ["1, 1", "100%", "5%", "%one%"])
    }

    @Test("UTF-16 and UTF-8 with a byte order mark are read")
    func encodings() throws {
        let text = "[S]\r\nk = \"CN=ü\u{1F511}\"\r\n"
        var files: [[UInt8]] = [Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8)]
        files.append([0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        files.append([0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
        for bytes in files {
            #expect(try INFFile(bytes).section("S")?.entries.first?.value == "CN=ü\u{1F511}")
        }
        for bytes in [[0xFF, 0xFE, 0x41], [0xFF, 0xFE, 0x00, 0xD8], [0x41, 0xFF], [0xFE, 0xFF, 0, 0]] as [[UInt8]] {
            let error = #expect(throws: CSPError.self) { try INFFile(bytes) }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test(
        "what is no INF file is an error with its line",
        arguments: [
            ("k = v", 1), ("\n\nk = v", 3), ("[S]\nword", 2), ("[S\nk = v", 1), ("[]", 1), ("[S]\n\n\n= v", 4),
            ("[S]\nk = \"a", 2), ("[S]\r\nk = 1\r\nl = a\"\r\n", 3), ("[S]\n_continue_ = a", 2),
            ("[S]\na = 1\nb = %none%", 3), ("[S]\nk = a\u{7}", 2), ("[S]\nk = 1\0", 2),
            ("[S]\na = 1,\\\n2\n%none% = 1", 4), ("[Strings]\na = 1\nb = 2\nA = 3", 4), ("[S]\na = \\\n\"b\n", 3),
        ])
    func malformed(_ text: String, _ line: Int) throws {
        let error = try #require(#expect(throws: CSPError.self) { try INFFile(text) })
        #expect(error.code == .invalidParameter)
        #expect(error.reason.hasPrefix("line \(line): "), "\(error.reason)")
    }

    @Test("a file of more than a mebibyte is refused, and so is one that [Strings] makes of it")
    func limits() throws {
        #expect(throws: CSPError.self) { try INFFile([UInt8](repeating: 0x0A, count: INFFile.limit + 1)) }
        let long = String(repeating: "x", count: 100_000)
        let many = String(repeating: "%long%", count: 1000)
        let error = #expect(throws: CSPError.self) { try INFFile("[S]\nk = \(many)\n[Strings]\nlong = \(long)") }
        #expect(error?.reason.hasPrefix("line 2: ") == true)
    }

    @Test("whatever the bytes, it is read or refused")
    func hostile() throws {
        var generator = Random(seed: 5)
        let samples = [INFSample.full, INFSample.certificate]
        var read = 0
        for round in 0..<3000 {
            var bytes = Array(samples[round % samples.count].utf8)
            switch round % 5 {
            case 0: bytes = Array(bytes.prefix(generator.below(bytes.count)))
            case 1: bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
            case 2: bytes.removeSubrange(INFSample.range(in: bytes.count, &generator))
            case 3:
                let piece = Array(bytes[INFSample.range(in: bytes.count, &generator)])
                bytes.insert(contentsOf: piece, at: generator.below(bytes.count))
            default:
                let count = generator.below(300)
                bytes = (0..<count).map { _ in UInt8(generator.below(256)) }
                if round % 2 == 0 { bytes = [0xFF, 0xFE] + bytes }
            }
            do throws(CSPError) {
                let file = try INFFile(bytes)
                #expect(file.sections.allSatisfy { $0.line >= 1 })
                _ = try INFRequest(file, now: INFSample.now)
                read += 1
            } catch {
                #expect(error.code == .invalidParameter, "\(error.reason)")
            }
        }
        // Not everything falls at the first hurdle.
        #expect(read > 50)
    }

    @Test("each cut of a file is read or refused, in UTF-16 too")
    func cuts() throws {
        let text = INFSample.full
        let wide: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        for bytes in [Array(text.utf8), wide] {
            for count in 0..<bytes.count {
                do throws(CSPError) {
                    _ = try INFRequest(try INFFile(Array(bytes.prefix(count))), now: INFSample.now)
                } catch {
                    #expect(error.code == .invalidParameter, "\(count): \(error.reason)")
                }
            }
        }
    }
}

extension INFFile {
    init(_ text: String) throws(CSPError) { try self.init(Array(text.utf8)) }
}
