import Foundation
import PKCS11
import Synchronization

@testable import TokenCSP

/// Somebody who answers questions, and remembers them.
final class Person: UserInteraction {
    let asksYesOrNo: Bool
    private let pins: Mutex<[String]>
    private let consents: Bool
    private let heard = Mutex<[UserRequest]>([])

    /// - Parameters:
    ///   - pins: the answers, one after the other; the last again and again. None: cancels.
    ///   - consents: the answer to a yes-or-no question; nil: cannot be asked one.
    init(_ pins: String..., consents: Bool? = true) {
        self.pins = Mutex(pins)
        asksYesOrNo = consents != nil
        self.consents = consents ?? false
    }

    /// What was asked, in order.
    var requests: [UserRequest] { heard.withLock { $0 } }
    var questions: [UserRequest.Question] { requests.map(\.question) }

    func enterPIN(_ request: UserRequest) throws(CSPError) -> PIN {
        heard.withLock { $0.append(request) }
        let pin = pins.withLock { pins in pins.count > 1 ? pins.removeFirst() : pins.first }
        guard let pin else { throw CSPError(.cancelledByUser, "pressed Escape") }
        return PIN(pin)
    }

    func confirm(_ request: UserRequest) throws(CSPError) {
        heard.withLock { $0.append(request) }
        if !consents { throw CSPError(.cancelledByUser, "pressed Escape") }
    }
}

/// Held by tests of what is set for the whole process (PP_UI_PROMPT).
let processWide = NSLock()
