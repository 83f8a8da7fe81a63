import ArgumentParser
import Glibc
import TokenCSP

/// What the shell offers for an option's value, looked up when the key is pressed.
///
/// Nobody is asked for anything, nothing is said where it fails, and it is over within two seconds.
enum Completion {
    /// The containers of the token that the words before name.
    static let containers = CompletionKind.custom { words, _, _ in
        found(words) { configuration in
            let context = try Context.acquire(
                provider: value(of: "--provider", in: words),
                flags: words.contains("--machine") ? [.verifyContext, .machineKeySet] : .verifyContext,
                configuration: configuration)
            defer { context.release() }
            return try context.containers()
        }
    }

    /// The URIs of the tokens at hand.
    static let tokens = CompletionKind.custom { words, _, _ in
        found(words) { configuration in
            // The URI is what is being written; of it the module alone counts.
            var configuration = configuration
            configuration.tokenURI = configuration.tokenURI.map { PKCS11URI($0).removingToken }
            return try Tokens.list(configuration).filter(\.isInitialized).map(\.uri)
        }
    }

    static let providers = CompletionKind.custom { _, _, _ in ProviderProfile.all.map(\.name) }

    static let pinSources = CompletionKind.list([
        "file:", "env:", "fd:", "credential:", "command:", "prompt", "pinentry",
    ])

    private static func found(
        _ words: [String], _ look: (Configuration) throws -> [String]
    ) -> [String] {
        // A token that hangs must not hang the shell: the alarm ends this process, in silence.
        alarm(2)
        let silence = open("/dev/null", O_WRONLY | O_CLOEXEC)
        if silence >= 0 { dup2(silence, STDERR_FILENO) }
        guard var configuration = try? Configuration.load() else { return [] }
        configuration.interaction = .none
        if let uri = value(of: "--token", in: words), !uri.isEmpty { configuration.tokenURI = uri }
        // Whoever may label an object writes these words, and bash expands them: nothing that means anything to a shell
        // is offered. For zsh a colon begins a description.
        let values = ((try? look(configuration)) ?? []).filter(isPlain)
        guard CompletionShell.requesting == .zsh else { return values }
        return values.map { $0.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:") }
    }

    private static func isPlain(_ word: String) -> Bool {
        word.unicodeScalars.allSatisfy { sign in
            sign.properties.isAlphabetic || sign.properties.numericType != nil
                || "_-.,:;=@%+/?&{}".unicodeScalars.contains(sign)
        }
    }

    private static func value(of option: String, in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == option, index + 1 < words.count {
                // As it stands in the line: quotes and backslashes are still there.
                let value = words[index + 1].filter { $0 != "'" && $0 != "\"" && $0 != "\\" }
                return value.hasPrefix("--") ? nil : value
            }
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
        }
        return nil
    }
}
