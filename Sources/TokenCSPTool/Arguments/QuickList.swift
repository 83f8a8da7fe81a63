import ArgumentParser

/// A listing whose options are those of every command: `key list`, `container list`, `token list`.
protocol ListingCommand: ParsableCommand {
    var global: GlobalOptions { get set }
}

/// The listings, parsed by hand where only the plainest options are given.
///
/// Scripts list in loops, and swift-argument-parser's reflection takes longer (3 ms) than the token does. What is not
/// understood here, however little, goes to it, with its messages.
enum QuickList {
    static func parse(_ arguments: [String]) throws -> (any ParsableCommand)? {
        guard arguments.count >= 2, arguments[1] == "list" else { return nil }
        switch arguments[0] {
        case "key": return try listing(KeyList(), arguments.dropFirst(2))
        case "container": return try listing(ContainerList(), arguments.dropFirst(2))
        case "token": return try listing(TokenList(), arguments.dropFirst(2))
        default: return nil
        }
    }

    private static func listing(
        _ command: some ListingCommand, _ arguments: ArraySlice<String>
    ) throws -> (any ParsableCommand)? {
        var command = command
        var global = GlobalOptions.plain
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--json": global.json = true
            case "--machine": global.machine = true
            case "--token", "--provider":
                guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
                if argument == "--token" { global.token = value } else { global.provider = value }
            default: return nil
            }
        }
        do {
            try global.validate()
        } catch {
            // The parser says it with the command's usage.
            return nil
        }
        command.global = global
        return command
    }
}
