import ArgumentParser
import FoundationEssentials
import Glibc
import PKCS11
import TokenCSP

/// What a module told a process of its own, or why it does not start.
struct ModuleProbe: Codable {
    struct Mechanism: Codable {
        let type: UInt
        let minimum: UInt
        let maximum: UInt
    }

    struct Token: Codable {
        let description: TokenResult
        /// Whether the chosen URI means it; true without one.
        let isMeant: Bool
        let mechanisms: [Mechanism]
    }

    var failure: String?
    var cryptokiVersion = ""
    var manufacturer = ""
    var description = ""
    var version = ""
    /// Why a slot does not answer.
    var faultySlots: [String] = []
    var tokens: [Token] = []

    /// A module that could not be looked at.
    init(failure: String) {
        self.failure = failure
    }

    /// What another process wrote.
    init?(json: [UInt8]) {
        guard let probe = try? JSONDecoder().decode(ModuleProbe.self, from: Data(json)) else { return nil }
        self = probe
    }

    /// Loads the module and looks.
    init(path: String, reserved: String?) {
        do throws(PKCS11Error) {
            let module = try Module.load(path: path, reserved: reserved)
            let info = try module.info()
            (cryptokiVersion, manufacturer) = (info.cryptokiVersion, info.manufacturer)
            (description, version) = (info.description, info.libraryVersion)
            for slot in try module.slots() { look(slot) }
        } catch {
            failure = error.code == .moduleUnavailable ? error.message : error.description
        }
    }

    private mutating func look(_ slot: Slot) {
        do throws(PKCS11Error) {
            // The doctor has put the chosen one there.
            let wanted = environment("TOKENCSP_TOKEN").flatMap { try? TokenURI($0) }
            let isMeant = if let wanted { try wanted.matches(slot) } else { true }
            var mechanisms: [Mechanism] = []
            for type in try slot.mechanisms() {
                let info = try? slot.mechanismInfo(type)
                mechanisms.append(
                    Mechanism(
                        type: type.rawValue, minimum: info?.minimumKeySize ?? 0, maximum: info?.maximumKeySize ?? 0))
            }
            tokens.append(
                Token(
                    description: TokenResult(try TokenDescription(slot)), isMeant: isMeant, mechanisms: mechanisms))
        } catch {
            faultySlots.append("slot \(slot.id): \(error.description)")
        }
    }
}

/// What the doctor runs for each module: not for people, and so not in the help.
struct ProbeModuleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe-module", abstract: "Load one module and say what it tells. For 'doctor'.",
        shouldDisplay: false)

    @Argument(help: "The module's path.")
    var path: String

    func run() throws {
        // Does not outlive the doctor's patience, where somebody ends the doctor.
        alarm(15)
        let configured = (try? Configuration.load())?.initReserved[path]
        let probe = ModuleProbe(path: path, reserved: configured ?? P11KitConfiguration.reserved(path: path))
        try Output.write(Array(JSONEncoder().encode(probe)))
    }
}
