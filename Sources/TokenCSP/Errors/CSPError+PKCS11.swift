internal import PKCS11

extension CSPError {
    /// The CryptoAPI code for a PKCS#11 failure, and words for it.
    ///
    /// - Parameters:
    ///   - subject: the token, key or container that this was about.
    ///   - codes: where this operation's documentation asks for another code than the table below.
    init(_ error: PKCS11Error, _ subject: String = "", _ codes: [ReturnValue: ErrorCode] = [:]) {
        let prefix = subject.isEmpty ? "" : subject + ": "
        switch error.code {
        case .moduleUnavailable:
            self.init(.provDLLNotFound, prefix + error.message)
        case .invalidURI:
            self.init(.invalidParameter, prefix + error.message)
        case .pinSourceUnreadable, .pinNotSent, .padNotAsked:
            self.init(.notAuthenticated, prefix + error.message)
        case .returned(let value):
            let entry = Self.table[value]
            // Whatever a module says against its start: it is the module that fails, not a token.
            let code = error.function == "C_Initialize" ? .providerDLLFail : entry?.code
            let words = error.message.isEmpty ? entry?.words ?? "the token refused" : error.message
            self.init(
                codes[value] ?? code ?? .fail,
                prefix + words,
                cause: Cause(function: error.function, name: value.name, value: value.rawValue)
            )
        }
    }

    private static let table: [ReturnValue: (code: ErrorCode, words: String)] = [
        .cancel: (.cancelledByUser, "cancelled"),
        .functionCanceled: (.cancelledByUser, "cancelled"),
        .functionRejected: (.cancelledByUser, "refused by the user"),
        .hostMemory: (.noMemory, "out of memory"),
        .slotIDInvalid: (.noSmartcard, "the slot is gone"),
        .tokenNotPresent: (.noSmartcard, "no token is in the slot"),
        .tokenNotRecognized: (.unknownCard, "the module does not know this token"),
        .deviceRemoved: (.removedCard, "the token was removed"),
        .deviceError: (.commError, "talking to the token failed"),
        .deviceMemory: (.storageFull, "the token is full"),
        .generalError: (.fail, "the token gives no reason"),
        .functionFailed: (.fail, "the token gives no reason"),
        .argumentsBad: (.sysErr, "the module refused our arguments"),
        .attributeReadOnly: (.permission, "the attribute cannot be changed"),
        .actionProhibited: (.permission, "the object's policy forbids it"),
        .attributeSensitive: (.badKeyState, "the value is sensitive"),
        .keyUnextractable: (.badKeyState, "the key is not extractable"),
        .keyNotWrappable: (.badKeyState, "the token does not wrap this key"),
        .attributeTypeInvalid: (.notSupported, "the token does not know an attribute"),
        .attributeValueInvalid: (.notSupported, "the token refuses an attribute's value"),
        .templateIncomplete: (.notSupported, "the token wants more attributes"),
        .templateInconsistent: (.notSupported, "the token cannot hold these attributes together"),
        .dataInvalid: (.badData, "the data is not valid"),
        .encryptedDataInvalid: (.badData, "the data is not valid"),
        .dataLenRange: (.badLen, "the data's length does not fit"),
        .encryptedDataLenRange: (.badLen, "the data's length does not fit"),
        .functionNotSupported: (.notSupported, "the module lacks this function"),
        .keyHandleInvalid: (.noKey, "the key is gone from the token"),
        .objectHandleInvalid: (.noKey, "the object is gone from the token"),
        .keySizeRange: (.invalidParameter, "the token refuses this key length"),
        .keyTypeInconsistent: (.badKey, "the key is of another type"),
        .keyFunctionNotPermitted: (.badKey, "the key's policy does not permit this use"),
        .mechanismInvalid: (.badAlgID, "the token lacks the mechanism"),
        .mechanismParamInvalid: (.badAlgID, "the token refuses the mechanism's parameter"),
        .curveNotSupported: (.badAlgID, "the token lacks the curve"),
        .operationActive: (.sysErr, "the session has an operation active"),
        .operationNotInitialized: (.sysErr, "no operation is active"),
        .pinIncorrect: (.wrongChv, "wrong PIN"),
        .pinInvalid: (.invalidChv, "the PIN has characters that the token does not take"),
        .pinLenRange: (.invalidChv, "the PIN's length is not one that the token takes"),
        .pinTooWeak: (.invalidChv, "the token finds the PIN too weak"),
        .pinExpired: (.passwordChangeRequired, "the PIN has expired"),
        .pinLocked: (.chvBlocked, "the PIN is locked; the security officer can set a new one"),
        .userNotLoggedIn: (.notAuthenticated, "the token wants a login"),
        .userPINNotInitialized: (.notAuthenticated, "the token has no user PIN yet"),
        .userAnotherAlreadyLoggedIn: (.busy, "the security officer is logged in"),
        .userTooManyTypes: (.busy, "another kind of user is logged in"),
        .sessionClosed: (.resetCard, "the token was reset"),
        .sessionHandleInvalid: (.resetCard, "the token was reset"),
        .sessionCount: (.busy, "the token's sessions are all in use"),
        .sessionReadOnly: (.readOnlyCard, "the token is read-only"),
        .tokenWriteProtected: (.readOnlyCard, "the token is write-protected"),
        .wrappedKeyInvalid: (.badData, "the wrapped key is not valid"),
        .wrappedKeyLenRange: (.badData, "the wrapped key's length does not fit"),
        .wrappingKeyHandleInvalid: (.badKey, "the wrapping key is gone"),
        .wrappingKeySizeRange: (.badKey, "the wrapping key's length does not fit"),
        .wrappingKeyTypeInconsistent: (.badKey, "the wrapping key is of another type"),
        .unwrappingKeySizeRange: (.badKey, "the unwrapping key's length does not fit"),
        .unwrappingKeyTypeInconsistent: (.badKey, "the unwrapping key is of another type"),
        .domainParamsInvalid: (.badData, "the domain parameters are not valid"),
        .informationSensitive: (.badKeyState, "the value is sensitive"),
        .signatureInvalid: (.badSignature, "the signature does not verify"),
        .signatureLenRange: (.badSignature, "the signature has the wrong length"),
        .randomNoRNG: (.fail, "the token has no random number generator"),
        .bufferTooSmall: (.moreData, "the buffer is too small"),
        .cryptokiNotInitialized: (.providerDLLFail, "the module is not initialized"),
    ]
}

/// Runs PKCS#11 work and answers its failures in the terms of CryptoAPI.
///
/// Subject and codes are worked out where it fails.
func onToken<R>(
    _ subject: @autoclosure () -> String = "", _ codes: @autoclosure () -> [ReturnValue: ErrorCode] = [:],
    _ work: () throws(PKCS11Error) -> R
) throws(CSPError) -> R {
    do throws(PKCS11Error) {
        return try work()
    } catch {
        throw CSPError(error, subject(), codes())
    }
}
