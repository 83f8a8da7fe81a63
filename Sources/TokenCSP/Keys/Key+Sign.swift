internal import PKCS11

extension Key {
    /// RSASSA-PKCS1-v1_5 over an encoded message (DigestInfo, or bare data), big-endian.
    func sign(_ encodedMessage: [UInt8]) throws(CSPError) -> [UInt8] {
        try checkAlive()
        switch material {
        case .stored(let key):
            return try context.withLogin { () throws(CSPError) in
                let half = try key.findPrivateHalf()
                // CKA_ALWAYS_AUTHENTICATE: the PIN goes with each use.
                let pin = half.asksForPIN ? try context.authenticator.operationPIN(key.token) : nil
                return try key.withPrivateHalf { half throws(PKCS11Error) in
                    try sign(encodedMessage, key.token, half.handle, pin)
                }
            }
        case .ephemeral(let pair):
            let token = try context.token()
            return try onToken("\(algorithm) key") { () throws(PKCS11Error) in
                try sign(encodedMessage, token, pair.objects.privateKey.handle, nil)
            }
        case .hostPrivate(let key):
            return try key.sign(encodedMessage)
        case .session, .publicKey:
            throw CSPError(.badKey, "a \(algorithm) key without a private half does not sign")
        }
    }

    private func sign(
        _ encodedMessage: [UInt8], _ token: Token, _ handle: ObjectHandle, _ pin: PIN?
    ) throws(PKCS11Error) -> [UInt8] {
        try token.withSession { session throws(PKCS11Error) in
            try session.sign(encodedMessage, with: handle, .rsaPKCS, maximumSize: (bits + 7) / 8, authorization: pin)
        }
    }
}
