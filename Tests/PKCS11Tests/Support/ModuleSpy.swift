import CPKCS11
import Foundation
import TestTokens

@testable import PKCS11

/// Stands in front of SoftHSM's function list: counts calls and makes them fail, slot by slot, so that suites running
/// side by side on the one module do not see each other.
final class ModuleSpy: @unchecked Sendable {
    // Unchecked: everything is behind the lock.
    enum Function: Hashable {
        case openSession
        case closeSession
        case login
        case sign
        case signInit
        case getAttributeValue
        case findObjects
        case generateRandom
    }

    /// What a slot's calls are to meet.
    struct Plan {
        var calls: [Function: Int] = [:]
        /// Answered instead of calling the module, so many times.
        var faults: [Function: (answer: ReturnValue, times: Int)] = [:]
        var lastSession: UInt = 0
        var openSessions = 0
        var maximumSessions = Int.max
        var addedFlags: UInt = 0
    }

    static let shared = ModuleSpy()

    private let lock = NSLock()
    private var plans: [UInt: Plan] = [:]
    private var slotOfSession: [UInt: UInt] = [:]
    fileprivate var original = CK_FUNCTION_LIST()

    /// Puts the spy in front of the module, once a process.
    private static let isInstalled: Bool = {
        guard let functions = try? TestToken.module.functions else { return false }
        shared.original = functions.pointee
        functions.pointee.C_OpenSession = { slot, flags, application, notify, session in
            spy.open(slot) {
                spy.original.C_OpenSession(slot, flags, application, notify, session)
            } session: {
                session?.pointee ?? 0
            }
        }
        functions.pointee.C_CloseSession = { session in
            spy.call(.closeSession, session) { spy.original.C_CloseSession(session) }
        }
        functions.pointee.C_Login = { session, user, pin, length in
            spy.call(.login, session) { spy.original.C_Login(session, user, pin, length) }
        }
        functions.pointee.C_SignInit = { session, mechanism, key in
            spy.call(.signInit, session) { spy.original.C_SignInit(session, mechanism, key) }
        }
        functions.pointee.C_Sign = { session, data, count, signature, length in
            spy.call(.sign, session) { spy.original.C_Sign(session, data, count, signature, length) }
        }
        functions.pointee.C_GetAttributeValue = { session, object, attributes, count in
            spy.call(.getAttributeValue, session) {
                spy.original.C_GetAttributeValue(session, object, attributes, count)
            }
        }
        functions.pointee.C_FindObjects = { session, objects, maximum, count in
            spy.call(.findObjects, session) { spy.original.C_FindObjects(session, objects, maximum, count) }
        }
        functions.pointee.C_GenerateRandom = { session, buffer, length in
            spy.call(.generateRandom, session) { spy.original.C_GenerateRandom(session, buffer, length) }
        }
        functions.pointee.C_GetTokenInfo = { slot, info in
            let answer = spy.original.C_GetTokenInfo(slot, info)
            info?.pointee.flags |= spy.plan(slot).addedFlags
            return answer
        }
        return true
    }()

    /// Starts to watch this token's slot; what making the token opened is closed and not counted.
    static func watch(_ token: Token) -> SlotSpy {
        precondition(isInstalled)
        token.reset(closingSessions: true)
        shared.change(token.slot.id) { $0 = Plan() }
        return SlotSpy(slot: token.slot.id)
    }

    func plan(_ slot: UInt) -> Plan { lock.withLock { plans[slot] ?? Plan() } }

    func change(_ slot: UInt, _ body: (inout Plan) -> Void) {
        lock.withLock { body(&plans[slot, default: Plan()]) }
    }

    private func open(_ slot: UInt, _ call: () -> UInt, session: () -> UInt) -> UInt {
        let fault = lock.withLock { () -> UInt? in
            plans[slot, default: Plan()].calls[.openSession, default: 0] += 1
            if plans[slot, default: Plan()].openSessions >= plans[slot, default: Plan()].maximumSessions {
                return ReturnValue.sessionCount.rawValue
            }
            return takeFault(.openSession, slot)
        }
        if let fault { return fault }
        let answer = call()
        if answer == 0 {
            lock.withLock {
                slotOfSession[session()] = slot
                plans[slot, default: Plan()].openSessions += 1
            }
        }
        return answer
    }

    private func call(_ function: Function, _ session: UInt, _ call: () -> UInt) -> UInt {
        let fault = lock.withLock { () -> UInt? in
            guard let slot = slotOfSession[session] else { return nil }
            plans[slot, default: Plan()].calls[function, default: 0] += 1
            plans[slot, default: Plan()].lastSession = session
            if function == .closeSession { plans[slot, default: Plan()].openSessions -= 1 }
            return takeFault(function, slot)
        }
        return fault ?? call()
    }

    private func takeFault(_ function: Function, _ slot: UInt) -> UInt? {
        guard let fault = plans[slot]?.faults[function], fault.times > 0 else { return nil }
        plans[slot]?.faults[function]?.times -= 1
        return fault.answer.rawValue
    }
}

private let spy = ModuleSpy.shared

/// One slot's view of the spy.
struct SlotSpy: Sendable {
    let slot: UInt

    func calls(_ function: ModuleSpy.Function) -> Int { ModuleSpy.shared.plan(slot).calls[function] ?? 0 }

    /// Sessions open now.
    var openSessions: Int { ModuleSpy.shared.plan(slot).openSessions }

    /// The session of the last call that was watched.
    var lastSession: UInt { ModuleSpy.shared.plan(slot).lastSession }

    /// The next `times` calls answer `answer` and do not reach the module.
    func fail(_ function: ModuleSpy.Function, with answer: ReturnValue, times: Int = 1) {
        ModuleSpy.shared.change(slot) { $0.faults[function] = (answer, times) }
    }

    /// Closes every session behind our back, as a reader does that was unplugged.
    func closeAllSessions() {
        _ = spy.original.C_CloseAllSessions(slot)
        ModuleSpy.shared.change(slot) { $0.openSessions = 0 }
    }

    /// The token opens no more than this many sessions.
    func limitSessions(to count: Int) {
        ModuleSpy.shared.change(slot) { $0.maximumSessions = count }
    }

    /// The token shows these flags beside its own.
    func show(_ flags: TokenInfo.Flags) {
        ModuleSpy.shared.change(slot) { $0.addedFlags = flags.rawValue }
    }
}
