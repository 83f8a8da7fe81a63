import Testing

@testable import TokenCSP

@Suite("What people are told") struct InteractionWordsTests {
    @Test("holds nothing that could steer a terminal or fake a line")
    func holdsNothingThatCouldSteer() {
        var request = UserRequest(.pin, token: "de\u{1B}[2Jmo\n", serial: "1\r2")
        request.container = "a\u{202E}b\nToken: other"
        request.program = "x\u{7}"
        request.prompt = "hello\nToken: other\u{2028}"
        request.complaint = "no\u{1B}"
        request.tries = .fewer
        let lines = request.facts.split(separator: "\n")
        // What it is for, the token, the tries, the program's words.
        #expect(lines.count == 4)
        for line in lines + [Substring(request.label), Substring(request.shownComplaint ?? "\n")] {
            #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(line)")
            #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .format }, "\(line)")
        }
        #expect(lines[0].contains("container \"a?b?Token: other\""))
    }

    @Test("is ours first: the program's words cannot push it away")
    func isOursFirst() {
        var request = UserRequest(
            .pin, token: String(repeating: "😀", count: 8), serial: String(repeating: "s", count: 16))
        request.container = String(repeating: "😀", count: 260)
        request.program = String(repeating: "😀", count: 255)
        request.prompt = String(repeating: "😀", count: 5000)
        request.tries = .last
        request.operation = .sign
        request.isForOneUse = true
        let line = String(decoding: AssuanText.line("SETDESC", request.facts), as: UTF8.self)
        #expect(line.utf8.count <= AssuanText.longestLine)
        #expect(line.contains("This key asks at each use.%0AToken: "))
        #expect(line.contains("LAST TRY: a wrong PIN locks the token.%0AThe program says: "))
        #expect(line.hasSuffix("…"))
    }

    @Test("does not say that no wrong PIN is counted just after one")
    func doesNotContradictItself() {
        var request = UserRequest(.pin, token: "demo", serial: "")
        #expect(request.facts.contains("no wrong PIN is counted"))
        request.complaint = "Wrong PIN."
        #expect(!request.facts.contains("Tries"))
        request.tries = .fewer
        #expect(request.facts.contains("A wrong PIN was entered before"))
    }

    @Test("names the operation")
    func namesTheOperation() {
        var request = UserRequest(.consent, token: "demo", serial: "")
        request.container = "alice"
        request.spec = .keyExchange
        let words: [(UserRequest.Operation?, String)] = [
            (.sign, "wants to sign with"), (.decrypt, "wants to decrypt with"),
            (.agree, "wants to agree on a secret with"),
            (.export, "wants to EXPORT"), (nil, "wants to use"),
        ]
        for (operation, words) in words {
            request.operation = operation
            #expect(request.facts.contains("\(words) the exchange key of container \"alice\"."))
        }
    }

    @Test("is a line of Assuan", arguments: [("a%b\nc\rd\u{7F}", "X a%25b%0Ac%0Dd%7F"), ("é€", "X é€"), ("", "X ")])
    func isALineOfAssuan(text: String, line: String) {
        #expect(String(decoding: AssuanText.line("X", text), as: UTF8.self) == line)
    }

    @Test("that is a secret is kept in place, compared and cut")
    func thatIsASecret() {
        let buffer = SecretBuffer(capacity: 4)
        for byte in Array("abcd".utf8) { #expect(buffer.append(byte)) }
        #expect(!buffer.append(1))
        #expect(buffer.fill { $0.count } == 0)
        buffer.removeFirst(1)
        #expect(buffer.text == "bcd")
        buffer.truncate(to: 2)
        #expect(buffer.text == "bc" && buffer.pin.text == "bc")
        #expect(
            buffer.fill {
                $0[0] = 7
                return 1
            } == 1)
        #expect(buffer.count == 3)
        let other = SecretBuffer(capacity: 8)
        #expect(!buffer.holdsSame(as: other))
        buffer.removeFirst(9)
        #expect(buffer.isEmpty && buffer.holdsSame(as: other))
    }
}
