internal import PKCS11

extension Context {
    /// CryptSetProvParam.
    package func setParameter(_ id: UInt32, data: UnsafePointer<UInt8>?, flags: UInt32) throws(CSPError) {
        try checkAlive()
        try Self.checkFlags(id, flags)
        switch id {
        // There are no windows.
        case ProviderParameter.clientWindow:
            return
        case ProviderParameter.keyExchangePIN, ProviderParameter.signaturePIN:
            try setUserPIN(try pin(data))
        case ProviderParameter.officerPIN:
            let pin = try pin(data)
            state.withLock { $0.officerPIN = pin }
        case ProviderParameter.pinPrompt:
            let text = try wideText(data)
            authenticator.setPrompts { $0.pin = text }
        case ProviderParameter.tokenPrompt:
            let text = try wideText(data)
            Prompts.token.withLock { $0 = text }
        case ProviderParameter.promptSeconds:
            let seconds = UnsafeRawPointer(try required(data)).loadUnaligned(as: UInt32.self)
            authenticator.setPrompts { $0.seconds = UInt32(littleEndian: seconds) }
        case ProviderParameter.deleteKey:
            try deleteEphemeralKeys()
        case ProviderParameter.useHardwareRandom:
            try Self.checkNone(data)
            try useTokenRandom()
        case ProviderParameter.securityDescriptor:
            _ = try required(data)
            throw CSPError(.functionNotSupported, "access to a key is the token's: no security descriptor is kept to")
        default:
            throw CSPError(.badType, "provider parameter \(id) cannot be set")
        }
    }

    /// The context's PIN. A token whose user PIN is locked or was never set gets it as that from its security officer,
    /// where PP_ADMIN_PIN was set; the officer's PIN is sent once, right or wrong.
    private func setUserPIN(_ pin: PIN?) throws(CSPError) {
        if let pin, let officer = state.withLock({ $0.officerPIN.take() }) {
            let token = try token()
            try onToken("PP_ADMIN_PIN") { () throws(PKCS11Error) in
                let flags = try token.info().flags
                guard flags.contains(.userPINLocked) || !flags.contains(.isUserPINInitialized) else { return }
                try token.initializePIN(pin, soPIN: officer)
            }
        }
        setPIN(pin)
    }

    /// PP_DELETEKEY: a context without a container forgets its pairs. A handle that is still open keeps its own.
    private func deleteEphemeralKeys() throws(CSPError) {
        guard container == nil, containerID == nil else {
            throw CSPError(
                .permission, "PP_DELETEKEY is for keys without a container; a container's go with CRYPT_DELETEKEYSET")
        }
        // Outside the lock: what is dropped here waits for the token.
        let old = state.withLock { state in
            let old = (state.ephemeral, state.hostKeys)
            state.ephemeral = [:]
            state.hostKeys = [:]
            return old
        }
        withExtendedLifetime(old) {}
    }
}

// MARK: - Values that the caller points to

extension Context {
    private func required(_ data: UnsafePointer<UInt8>?) throws(CSPError) -> UnsafePointer<UInt8> {
        guard let data else { throw CSPError(.invalidParameter, "the parameter's value is NULL") }
        return data
    }

    /// A NUL-terminated PIN. A text without an end is not followed for ever: no PIN is longer.
    private func pin(_ data: UnsafePointer<UInt8>?) throws(CSPError) -> PIN? {
        guard let data else { return nil }
        var count = 0
        while count <= 255, data[count] != 0 { count += 1 }
        guard (1...255).contains(count) else {
            throw CSPError(.badFlags, "a PIN is a text of 1 to 255 bytes with a NUL at its end")
        }
        return PIN(UnsafeRawBufferPointer(start: data, count: count))
    }

    /// A NUL-terminated UTF-16 text of at most 1023 units.
    private func wideText(_ data: UnsafePointer<UInt8>?) throws(CSPError) -> String? {
        guard let data else { return nil }
        let invalid = CSPError(.badFlags, "a prompt is a UTF-16 text of at most 1023 units with a NUL at its end")
        var units: [UInt16] = []
        while units.count < 1024 {
            let unit = UnsafeRawPointer(data).loadUnaligned(fromByteOffset: units.count * 2, as: UInt16.self)
            if unit == 0 {
                guard let text = String(validating: units, as: UTF16.self) else { throw invalid }
                return text
            }
            units.append(unit)
        }
        throw invalid
    }
}
