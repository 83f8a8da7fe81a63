internal import PKCS11

extension Configuration {
    /// Takes over what a file says, in place of what was there.
    ///
    /// - Throws: NTE_PROV_TYPE_ENTRY_BAD, naming file and line.
    mutating func takeOver(_ file: ConfigurationFile) throws(CSPError) {
        if let setting = file.settings["token"] {
            do throws(PKCS11Error) {
                _ = try TokenURI(setting.value)
            } catch {
                // Not the value itself: a PIN may stand in it.
                throw CSPError(.provTypeEntryBad, "\(setting.place): token: \(error.message)")
            }
            tokenURI = setting.value
        }
        if let setting = file.settings["default-container"] { defaultContainer = setting.value }
        if let setting = file.settings["session-keys"] {
            guard let placement = Placement(rawValue: setting.value) else {
                throw setting.malformed("automatic, token or host")
            }
            sessionKeys = placement
        }
        if let setting = file.settings["interaction"] {
            guard let interaction = Interaction(rawValue: setting.value) else {
                throw setting.malformed(Interaction.allowed)
            }
            self.interaction = interaction
        }
        if let setting = file.settings["pinentry"] { pinentry = setting.value }
        if let setting = file.settings["prompt-timeout"] {
            guard let seconds = Self.seconds(setting.value) else {
                throw setting.malformed("a number of seconds up to \(Self.longest), 0 for ever")
            }
            promptTimeout = seconds
        }
        if let setting = file.settings["pin-cache"] { pinCache = try PINCache(setting) }
        for (label, settings) in file.tokens {
            if let setting = settings["pin-cache"] { pinCaches[label] = try PINCache(setting) }
        }
        for (path, settings) in file.modules {
            if let setting = settings["init-reserved"] { initReserved[path] = setting.value }
        }
    }

    /// A year.
    fileprivate static let longest = 31_536_000

    fileprivate static func seconds(_ text: String) -> Int? {
        // Int takes a sign too.
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text),
            number <= longest
        else { return nil }
        return number
    }
}

extension Configuration.Interaction {
    static let allowed = "automatic, terminal, pinentry or none"
}

extension Configuration.PINCache {
    fileprivate init(_ setting: ConfigurationFile.Setting) throws(CSPError) {
        switch setting.value {
        case "release": self = .untilRelease
        case "none": self = .none
        default:
            guard let seconds = Configuration.seconds(setting.value) else {
                throw setting.malformed("release, none or a number of seconds up to \(Configuration.longest)")
            }
            self = seconds == 0 ? .none : .seconds(seconds)
        }
    }
}
