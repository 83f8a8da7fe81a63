import Synchronization
import TokenCSP

/// How the command asks: on the terminal where there is one, else as the configuration says. The PIN for a login is asked
/// for once, however many contexts a command opens.
struct CommandInteraction: UserInteraction {
    private let asking: any UserInteraction
    private static let known = Mutex<[String: PIN]>([:])

    init(_ configuration: Configuration) {
        let terminal = TerminalInteraction()
        let prefersTerminal = configuration.interaction == .automatic && terminal.isAvailable
        asking = prefersTerminal ? terminal : Interactions.choose(configuration)
    }

    /// Wipes what was entered: a core dump at the command's end has none of it.
    static func forgetPINs() {
        known.withLock { $0 = [:] }
    }

    var isAvailable: Bool { asking.isAvailable }
    var whyUnavailable: String { asking.whyUnavailable }
    var asksYesOrNo: Bool { asking.asksYesOrNo }

    func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        let isLogin = request.question == .pin && !request.isForOneUse && request.administration == nil
        let token = request.token + "\n" + request.serial
        if isLogin, request.complaint == nil, let pin = Self.known.withLock({ $0[token] }) { return pin }
        let pin = try asking.enterPIN(request)
        if isLogin { Self.known.withLock { $0[token] = pin } }
        return pin
    }

    func confirm(_ request: UserRequest) throws(CSPError) { try asking.confirm(request) }

    func announcePad(_ request: UserRequest) -> (@Sendable () -> Void)? { asking.announcePad(request) }
}
