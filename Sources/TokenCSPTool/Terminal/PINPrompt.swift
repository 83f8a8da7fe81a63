import Glibc
import TokenCSP

import class PKCS11.PIN

/// Asks for a PIN on the terminal, without echo.
enum PINPrompt {
    /// Longer than any token's maximum.
    private static let limit = 1024

    /// - Throws: `.notAuthenticated` without a terminal and for an empty or over-long answer, `.cancelledByUser` at the
    ///   end of input.
    static func ask(_ question: String) throws(CSPError) -> PIN {
        var bytes = try readBytes(question)
        defer { wipe(&bytes) }
        return PIN(bytes)
    }

    /// Asks for a PIN that is to be set, twice.
    ///
    /// - Throws: As `ask`, and `.invalidChv` where the two differ.
    static func askTwice(_ question: String) throws(CSPError) -> PIN {
        var first = try readBytes(question)
        defer { wipe(&first) }
        var second = try readBytes(question + ", again")
        defer { wipe(&second) }
        guard first == second else { throw CSPError(.invalidChv, "the two PINs differ; nothing was changed") }
        return PIN(first)
    }

    private static func readBytes(_ question: String) throws(CSPError) -> [UInt8] {
        guard let terminal = Terminal() else {
            throw CSPError(
                .notAuthenticated,
                "\(question): there is no terminal to ask on; name a source: --pin-source, or of a new or an officer's PIN --new-pin-source, --so-pin-source (file:PATH, env:NAME or fd:N)"
            )
        }
        let answer = terminal.withoutEcho {
            terminal.write(printable(question) + ": ")
            return terminal.readLine(limit: limit)
        }
        guard let answer else {
            throw CSPError(.notAuthenticated, "\(question): the terminal's echo cannot be switched off")
        }
        guard var bytes = answer else { throw CSPError(.cancelledByUser, "\(question): no answer") }
        guard !bytes.isEmpty else {
            throw CSPError(.notAuthenticated, "\(question): an empty PIN is not sent to a token")
        }
        guard bytes.count <= limit else {
            wipe(&bytes)
            throw CSPError(.invalidChv, "\(question): the answer has more than \(limit) bytes")
        }
        return bytes
    }

    private static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            explicit_bzero(start, buffer.count)
        }
    }
}
