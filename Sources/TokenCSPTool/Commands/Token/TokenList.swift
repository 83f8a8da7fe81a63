import ArgumentParser
import TokenCSP

struct TokenList: ListingCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens at hand. No PIN is asked for.",
        discussion: """
            Shows every token that the chosen URI matches, or all tokens of all modules that p11-kit has configured, \
            uninitialized ones too.

            Example:
              tokencsp token list --json
            """
    )

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let tokens = try Tokens.list(try global.configuration()).map { TokenResult($0) }
        // What commands find by the same URI.
        let usable = tokens.filter(\.isInitialized)
        let chosen = usable.count == 1 ? usable.first?.uri : nil
        try Output.print(TokenListResult(chosen: chosen, tokens: tokens), json: global.json)
    }
}

/// `{"chosen": "pkcs11:…", "tokens": [ {"label", "manufacturer", "model", "serial", "slot_description", "slot_id", "uri", "module_path",
/// "module_name", "is_initialized", "is_user_pin_initialized", "needs_login", "is_write_protected", "has_random",
/// "has_protected_authentication_path", "user_pin_count_low", "user_pin_final_try", "user_pin_locked",
/// "user_pin_to_be_changed", "so_pin_count_low", "so_pin_final_try", "so_pin_locked", "so_pin_to_be_changed",
/// "minimum_pin_length", "maximum_pin_length"} ]}`
private struct TokenListResult: CommandResult {
    static let emptyNote = "No token found."

    /// The URI of the one that the other commands use with the same options; absent where they would find several, or none.
    let chosen: String?
    let tokens: [TokenResult]

    var text: String {
        guard !tokens.isEmpty else { return "" }
        var table = Table("LABEL", "STATE", "MODEL", "SERIAL", "MODULE")
        for token in tokens {
            table.append(token.label, token.state, token.model, token.serial, token.moduleName ?? token.modulePath)
        }
        return table.text() + "\n" + choice
    }

    /// Which of them the other commands use.
    private var choice: String {
        let usable = tokens.filter(\.isInitialized)
        if usable.isEmpty { return "None is initialized: 'tokencsp token init' does it.\n" }
        guard let token = usable.first, usable.count == 1 else {
            return "Several are initialized: choose one by --token, TOKENCSP_TOKEN or the configuration file.\n"
        }
        return "Chosen: \"\(printable(token.label))\".\n"
    }
}

/// One token, as `token list`, `token init` print it; the keys are those of `token list`.
struct TokenResult: Codable {
    let label: String
    let manufacturer: String
    let model: String
    let serial: String
    let slotDescription: String
    let slotID: UInt
    let uri: String
    let modulePath: String
    let moduleName: String?
    let isInitialized: Bool
    let isUserPINInitialized: Bool
    let needsLogin: Bool
    let isWriteProtected: Bool
    let hasRandom: Bool
    let hasProtectedAuthenticationPath: Bool
    let userPINCountLow: Bool
    let userPINFinalTry: Bool
    let userPINLocked: Bool
    let userPINToBeChanged: Bool
    let soPINCountLow: Bool
    let soPINFinalTry: Bool
    let soPINLocked: Bool
    let soPINToBeChanged: Bool
    let minimumPINLength: Int
    let maximumPINLength: Int

    init(_ token: TokenDescription) {
        label = token.label
        manufacturer = token.manufacturer
        model = token.model
        serial = token.serial
        slotDescription = token.slotDescription
        slotID = token.slotID
        uri = token.uri
        modulePath = token.modulePath
        moduleName = token.moduleName
        isInitialized = token.isInitialized
        isUserPINInitialized = token.isUserPINInitialized
        needsLogin = token.needsLogin
        isWriteProtected = token.isWriteProtected
        hasRandom = token.hasRandom
        hasProtectedAuthenticationPath = token.hasProtectedAuthenticationPath
        userPINCountLow = token.userPINCountLow
        userPINFinalTry = token.userPINFinalTry
        userPINLocked = token.userPINLocked
        userPINToBeChanged = token.userPINToBeChanged
        soPINCountLow = token.soPINCountLow
        soPINFinalTry = token.soPINFinalTry
        soPINLocked = token.soPINLocked
        soPINToBeChanged = token.soPINToBeChanged
        minimumPINLength = token.minimumPINLength
        maximumPINLength = token.maximumPINLength
    }

    /// What stands in the way of using it, the worst first, and what there is to say of the officer's PIN.
    var state: String {
        guard isInitialized else { return "uninitialized" }
        return officerState.map { userState + ", " + $0 } ?? userState
    }

    private var userState: String {
        if userPINLocked { return "PIN locked" }
        if needsLogin, !isUserPINInitialized { return "no user PIN" }
        if userPINFinalTry { return "one PIN try left" }
        if userPINToBeChanged { return "PIN must be changed" }
        if userPINCountLow { return "wrong PIN tried" }
        return isWriteProtected ? "read-only" : "ready"
    }

    private var officerState: String? {
        if soPINLocked { return "SO PIN locked" }
        if soPINFinalTry { return "one SO PIN try left" }
        if soPINToBeChanged { return "SO PIN must be changed" }
        return soPINCountLow ? "wrong SO PIN tried" : nil
    }
}
