internal import CPKCS11
internal import Glibc

/// A PKCS#11 module, loaded through p11-kit and initialized.
///
/// One object a module and process: loading the same path twice answers the same object, so that everybody shares its
/// tokens' sessions, locks and login state. A module is never finalized: its own statics may be gone before ours at exit.
public final class Module: @unchecked Sendable {
    // Unchecked: the function list is constant and the module does its own locking (CKF_OS_LOCKING_OK).
    let functions: UnsafeMutablePointer<CK_FUNCTION_LIST>

    /// The shared library's path.
    public let path: String
    /// The name in p11-kit's configuration, where it was loaded by that.
    public var name: String? { configuredName.withLock { $0 } }
    private let configuredName: Lock<String?>
    private let reserved: String?
    private let tokens = Lock<[UInt: Token]>([:])
    let told = Lock<CK_INFO?>(nil)
    private let initializedIn: Lock<UInt>
    /// The last turns at storing before the module looked at its tokens; nil where that is not known.
    let turnsAtStart = Lock<[UInt64]?>(nil)
    /// Held while slots are listed and tokens made: SoftHSM 2.6.1 aborts the process ("Assertion `result.second'
    /// failed") when two threads find the same new free slot.
    private let slotting = Lock(())

    /// Held while any module lists its slots: two may be one library (a proxy, a logger before it), and SoftHSM's own list
    /// ends the process where two threads add the free slot at once.
    private static let listing = Lock(())

    private init(
        functions: UnsafeMutablePointer<CK_FUNCTION_LIST>, path: String, name: String?, reserved: String?
    ) throws(PKCS11Error) {
        self.functions = functions
        self.path = path
        configuredName = Lock(name)
        self.reserved = reserved
        initializedIn = Lock(ForkGeneration.current)
        try initialize()
    }

    private func initialize() throws(PKCS11Error) {
        var arguments = CK_C_INITIALIZE_ARGS()
        arguments.flags = CK_FLAGS(CKF_OS_LOCKING_OK)
        let turns = StoringTurn.numbers
        let answer: CK_RV?
        if let reserved {
            answer = reserved.withCString { text in
                arguments.pReserved = UnsafeMutableRawPointer(mutating: text)
                return functions.pointee.C_Initialize?(&arguments)
            }
        } else if name != nil {
            // p11-kit knows the init string of a configured module (x-init-reserved).
            answer = p11_kit_module_initialize(functions)
        } else {
            answer = functions.pointee.C_Initialize?(&arguments)
        }
        if answer == CK_RV(CKR_CRYPTOKI_ALREADY_INITIALIZED) { return }
        do throws(PKCS11Error) {
            try check(answer, "C_Initialize")
        } catch {
            let message = "module \(path) does not start; is it configured?"
            throw PKCS11Error(error.code, function: "C_Initialize", message: message)
        }
        turnsAtStart.withLock { $0 = turns }
    }

    /// Initializes again in a child process, where the parent's state is of no use.
    func enterProcess() throws(PKCS11Error) {
        let current = ForkGeneration.current
        // Under the lock: another thread must not go on before this one has initialized.
        try initializedIn.withLock { generation throws(PKCS11Error) in
            guard generation != current else { return }
            try initialize()
            generation = current
        }
    }
}

// MARK: - Loading

extension Module {
    private static let loaded = Lock<[String: Module]>([:])
    /// By the paths that were asked for: a module that is loaded stays, wherever its links lead later.
    private static let byPath = Lock<[String: Module]>([:])

    /// Loads the module at `path`.
    ///
    /// - Parameter reserved: the string that some modules want in C_Initialize's pReserved (NSS: `configdir='sql:…' …`).
    /// - Throws: `.moduleUnavailable`, or what C_Initialize answered.
    public static func load(path: String, reserved: String? = nil) throws(PKCS11Error) -> Module {
        if let module = byPath.withLock({ $0[path] }) { return module }
        let module = try share(key: realPath(path)) { () throws(PKCS11Error) in
            guard let functions = p11_kit_module_load(path, 0) else {
                throw PKCS11Error(
                    .moduleUnavailable, function: "p11_kit_module_load", message: "module \(path): \(p11Message())")
            }
            return try Module(functions: functions, path: path, name: nil, reserved: reserved)
        }
        byPath.withLock { $0[path] = module }
        return module
    }

    /// Loads the module that p11-kit's configuration calls `name`.
    public static func configured(name: String) throws(PKCS11Error) -> Module {
        guard let module = try configured(where: { $0 == name }).first else {
            throw PKCS11Error(
                .moduleUnavailable,
                function: "p11_kit_modules_load",
                message: "p11-kit has no module configured as \"\(name)\""
            )
        }
        return module
    }

    /// Loads every module that p11-kit has configured; those that fail are left out.
    public static func allConfigured() throws(PKCS11Error) -> [Module] {
        try configured { _ in true }
    }

    private static func configured(where isWanted: (String) -> Bool) throws(PKCS11Error) -> [Module] {
        guard let list = p11_kit_modules_load(nil, 0) else {
            throw PKCS11Error(.moduleUnavailable, function: "p11_kit_modules_load", message: p11Message())
        }
        defer { free(list) }
        var modules: [Module] = []
        var firstError: PKCS11Error?
        var index = 0
        while let functions = list[index] {
            index += 1
            let name = takeString(p11_kit_module_get_name(functions)) ?? ""
            // What the trust module holds are public certificates: no place for keys.
            let isTrustPolicy = p11_kit_module_get_flags(functions) & CInt(P11_KIT_MODULE_TRUSTED) != 0
            guard isWanted(name), !isTrustPolicy else {
                p11_kit_module_release(functions)
                continue
            }
            let path = takeString(p11_kit_module_get_filename(functions)) ?? name
            do {
                let module = try share(key: realPath(path)) { () throws(PKCS11Error) in
                    try Module(functions: functions, path: path, name: name, reserved: nil)
                }
                // It may have been loaded by its path before.
                module.configuredName.withLock { $0 = name }
                modules.append(module)
            } catch {
                firstError = firstError ?? error
            }
        }
        if modules.isEmpty, let firstError { throw firstError }
        return modules
    }

    private static func share(
        key: String, _ make: () throws(PKCS11Error) -> Module
    ) throws(PKCS11Error) -> Module {
        try loaded.withLock { modules throws(PKCS11Error) in
            if let module = modules[key] { return module }
            let module = try make()
            modules[key] = module
            return module
        }
    }
}

// MARK: - Slots and tokens

extension Module {
    /// The slots, asked anew: SoftHSM adds a free slot, and changes ids, whenever a token was initialized.
    public func slots(withToken: Bool = true) throws(PKCS11Error) -> [Slot] {
        try enterProcess()
        return try changingSlots { () throws(PKCS11Error) in
            try Self.listing.withLock { _ throws(PKCS11Error) in try slotIDs(withToken: withToken) }
        }.map { Slot(module: self, id: $0) }
    }

    private func slotIDs(withToken: Bool) throws(PKCS11Error) -> ArraySlice<CK_SLOT_ID> {
        var count: CK_ULONG = 0
        try check(functions.pointee.C_GetSlotList?(withToken ? 1 : 0, nil, &count), "C_GetSlotList")
        var ids = [CK_SLOT_ID](repeating: 0, count: Int(clamping: count) + 8)
        count = CK_ULONG(ids.count)
        try check(functions.pointee.C_GetSlotList?(withToken ? 1 : 0, &ids, &count), "C_GetSlotList")
        return ids.prefix(Int(clamping: count))
    }

    /// Work that may change the module's slots, one thread at a time.
    func changingSlots<R>(_ work: () throws(PKCS11Error) -> R) throws(PKCS11Error) -> R {
        try slotting.withLock { _ throws(PKCS11Error) in try work() }
    }

    /// The token in `slot`: the same object for every caller.
    public func token(in slot: Slot) -> Token {
        tokens.withLock { tokens in
            if let token = tokens[slot.id] { return token }
            let token = Token(slot: slot)
            tokens[slot.id] = token
            return token
        }
    }
}

/// The path without links: a module is the same by whatever name it was loaded.
func realPath(_ path: String) -> String {
    takeString(realpath(path, nil)) ?? path
}

/// p11-kit's own words for its last failure.
func p11Message() -> String {
    guard let message = p11_kit_message() else { return "p11-kit gives no reason" }
    return String(cString: message)
}

private func takeString(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text else { return nil }
    defer { free(text) }
    return String(cString: text)
}
