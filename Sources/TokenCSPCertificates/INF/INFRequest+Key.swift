internal import TokenCSP

extension INFRequest {
    /// What of [NewRequest] says how the key is.
    mutating func readKey(_ settings: inout INFSettings) throws(CSPError) {
        let isWindowsOwn = try readProvider(&settings)
        try readAlgorithm(&settings)
        try chooseProvider(isWindowsOwn, settings.line)
        try readLength(&settings)
        try readContainer(&settings)
        try readFlags(&settings)
    }

    // MARK: - Provider

    /// Providers of Windows that make keys by themselves: here the token makes them.
    private static let windowsProviders: [(name: String, type: UInt32?)] = [
        ("Microsoft RSA SChannel Cryptographic Provider", 12),
        ("Microsoft Software Key Storage Provider", nil),
        ("Microsoft Smart Card Key Storage Provider", nil),
    ]

    /// - Returns: the provider's entry where it is one of Windows' own; nil where it is ours or not said.
    private mutating func readProvider(_ settings: inout INFSettings) throws(CSPError) -> INFFile.Entry? {
        let type = settings.take("ProviderType")
        if let type, type.number == nil { throw type.fault("ProviderType is a number, such as 24 for PROV_RSA_AES") }
        guard let entry = settings.take("ProviderName") else {
            guard let type, let number = type.number else { return nil }
            if number == 12 || number == 0 { return type }
            guard let profile = ProviderProfile.all.first(where: { $0.type.rawValue == number }) else {
                throw type.fault("there is no provider of type \(number): `tokencsp providers` lists those there are")
            }
            provider = profile.name
            return nil
        }
        let name = entry.value.lowercased()
        if let profile = ProviderProfile.all.first(where: { $0.name.lowercased() == name }) {
            if let type, type.number != profile.type.rawValue {
                throw type.fault(
                    "\"\(profile.name)\" is of type \(profile.type.rawValue), and not \(shown(type.value))")
            }
            provider = profile.name
            return nil
        }
        guard let windows = Self.windowsProviders.first(where: { $0.name.lowercased() == name }) else {
            let hint =
                name == "microsoft platform crypto provider"
                ? "the token is chosen by --token, a TPM's by its module"
                : "`tokencsp providers` lists those there are"
            throw entry.fault("there is no provider \"\(shown(entry.value))\" here: take the line out, \(hint)")
        }
        if let type, let number = type.number, number != windows.type ?? 0 {
            throw type.fault("\"\(windows.name)\" is of type \(windows.type ?? 0), and not \(number)")
        }
        return entry
    }

    private mutating func chooseProvider(_ windows: INFFile.Entry?, _ line: Int) throws(CSPError) {
        let wanted = curve == nil ? ProviderProfile.all[0] : Self.curveProvider
        guard let wanted else { throw INFFile.fault(line, "there is no provider for curves") }
        let isNamed = provider != ProviderProfile.all[0].name
        if isNamed, windows == nil {
            let isCurveProvider = provider == Self.curveProvider?.name
            guard isCurveProvider == (curve != nil) else {
                throw INFFile.fault(
                    line,
                    "provider \"\(provider)\" does not make \(curve == nil ? "RSA" : "ECDSA") keys: take ProviderName "
                        + "out, or give \"\(wanted.name)\"")
            }
            return
        }
        provider = wanted.name
        if let windows, windows.key.lowercased() == "providername" {
            notes.append(
                "line \(windows.line): \"\(windows.value)\" is Windows' own; the token makes the key, by \"\(wanted.name)\""
            )
        }
    }

    private static var curveProvider: ProviderProfile? {
        ProviderProfile.all.first { $0.name == "TokenCSP Elliptic Curve Provider" }
    }

    // MARK: - Algorithm and length

    private mutating func readAlgorithm(_ settings: inout INFSettings) throws(CSPError) {
        let specEntry = settings.take("KeySpec")
        var asked: KeySpec?
        if let specEntry {
            switch specEntry.value.uppercased() {
            case "1", "0X1", "AT_KEYEXCHANGE", "XCN_AT_KEYEXCHANGE": asked = .keyExchange
            case "2", "0X2", "AT_SIGNATURE", "XCN_AT_SIGNATURE": asked = .signature
            // Keys of Windows' newer interface have none: what the algorithm can do.
            case "0", "0X0", "AT_NONE", "XCN_AT_NONE": asked = nil
            default: throw specEntry.fault("KeySpec is AT_SIGNATURE (2), AT_KEYEXCHANGE (1) or AT_NONE (0)")
            }
        }
        guard let entry = settings.take("KeyAlgorithm") else {
            spec = asked ?? .keyExchange
            if provider == Self.curveProvider?.name { try useCurve(.p256, asked, specEntry) }
            return
        }
        switch entry.value.uppercased() {
        case "RSA": spec = asked ?? .keyExchange
        case "ECDSA_P256": try useCurve(.p256, asked, specEntry)
        case "ECDSA_P384": try useCurve(.p384, asked, specEntry)
        case "ECDSA_P521": try useCurve(.p521, asked, specEntry)
        case "ECDH_P256", "ECDH_P384", "ECDH_P521", "DH":
            throw entry.fault(
                "a \(entry.value) key only agrees on secrets and cannot sign its request: give ECDSA_P256 …")
        case "DSA":
            throw entry.fault("certificates of DSA keys are not made: give RSA or ECDSA_P256, ECDSA_P384, ECDSA_P521")
        default:
            throw entry.fault(
                "there is no key algorithm \"\(shown(entry.value))\": RSA, ECDSA_P256, ECDSA_P384 and ECDSA_P521 are known"
            )
        }
    }

    private mutating func useCurve(
        _ chosen: EllipticCurve, _ asked: KeySpec?, _ entry: INFFile.Entry?
    ) throws(CSPError) {
        if asked == .keyExchange, let entry {
            throw entry.fault("an ECDSA key signs and nothing else: give KeySpec = AT_SIGNATURE, or take the line out")
        }
        curve = chosen
        spec = .signature
        bits = chosen.bits
    }

    private mutating func readLength(_ settings: inout INFSettings) throws(CSPError) {
        guard let entry = settings.take("KeyLength") else { return }
        guard let number = entry.number, (1...65_535).contains(number) else {
            throw entry.fault("KeyLength is a number of bits such as 2048, and not \"\(shown(entry.value))\"")
        }
        let length = Int(number)
        if let curve {
            guard length == curve.bits else {
                throw entry.fault("KeyLength = \(length) does not fit the curve \(curve.rawValue): take the line out")
            }
            return
        }
        let allowed: ClosedRange<Int>
        do throws(CSPError) {
            allowed = try ProviderProfile.keyLengths(
                spec == .signature ? .rsaSign : .rsaKeyExchange, provider: provider)
        } catch {
            throw entry.fault(error.reason)
        }
        // swift-certificates signs for no shorter keys, and no CA takes them.
        guard length >= 2048 else {
            throw entry.fault("KeyLength = \(length): requests are made for RSA keys of 2048 bits and more")
        }
        guard allowed.contains(length), length % 8 == 0 else {
            throw entry.fault(
                "KeyLength = \(length): \(allowed.lowerBound) to \(allowed.upperBound) in steps of 8 are allowed by \"\(provider)\""
            )
        }
        bits = length
    }

    // MARK: - Container and flags

    private mutating func readContainer(_ settings: inout INFSettings) throws(CSPError) {
        if let entry = settings.take("KeyContainer") {
            // A file from somebody else chooses no token and no source of PINs.
            guard !entry.value.isEmpty, !entry.value.lowercased().hasPrefix("pkcs11:"), !entry.value.contains("\\")
            else {
                throw entry.fault("KeyContainer is a plain name; the token is chosen by --token")
            }
            guard entry.value.utf8.count <= 260 else { throw entry.fault("KeyContainer has 260 bytes at most") }
            container = entry.value
        }
        isMachine = try settings.flag("MachineKeySet")?.value ?? false
        isSilent = try settings.flag("Silent")?.value ?? false
        usesExistingKey = try settings.flag("UseExistingKeySet")?.value ?? false
    }

    private static let protections: [String: UInt32] = [
        "NCRYPT_UI_NO_PROTECTION_FLAG": 0, "NCRYPT_UI_PROTECT_KEY_FLAG": 1, "NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG": 2,
        // As Microsoft's page has it.
        "NCRYPT_UI_NO_PROTCTION_FLAG": 0,
    ]

    private mutating func readFlags(_ settings: inout INFSettings) throws(CSPError) {
        let plain = try settings.flag("Exportable")
        let encrypted = try settings.flag("ExportableEncrypted")
        if plain?.value == true || encrypted?.value == true {
            flags.insert(.exportable)
            if let plain, plain.value {
                notes.append("line \(plain.entry.line): whoever has the PIN can take the key off the token")
            } else if let encrypted {
                notes.append(
                    "line \(encrypted.entry.line): whoever has the PIN can take the key off the token; that it leaves "
                        + "encrypted only, nothing enforces")
            }
        }
        let isProtected = try settings.flag("UserProtected")
        if isProtected?.value == true { flags.insert(.userProtected) }
        if let entry = settings.take("KeyProtection") {
            let level = try entry.bits(Self.protections, ["XCN_"])
            switch level {
            case 0:
                if isProtected?.value == true {
                    throw entry.fault("KeyProtection = 0 and UserProtected = TRUE: one of the two")
                }
            case 1: flags.insert(.userProtected)
            case 2, 3: flags.insert(.forceKeyProtectionHigh)
            default: throw entry.fault("KeyProtection is 0, 1 or 2, and not \(shown(entry.value))")
            }
        }
        let asks = !flags.isDisjoint(with: [.userProtected, .forceKeyProtectionHigh])
        if isSilent, asks {
            throw INFFile.fault(
                settings.line, "Silent = TRUE and a key that asks its user at each use: nobody could ever use it so")
        }
    }
}
