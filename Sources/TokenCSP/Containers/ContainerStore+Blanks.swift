internal import Glibc
internal import PKCS11

extension ContainerStore {
    /// Removes objects that a crash cut off within the module's own C_GenerateKeyPair or C_CreateObject.
    ///
    /// SoftHSM writes an object's file attribute by attribute, label, id and numbers last: a process that is killed
    /// meanwhile leaves an object that nothing ties to its container, and that is of no use to anybody. The caller
    /// knows that somebody died here, and that no process of this user makes an object now. As for others': what they
    /// are making is not the same for long, so it must be found twice.
    func removeBlanks() throws(PKCS11Error) {
        let first = try blanks()
        guard !first.isEmpty else { return }
        usleep(50_000)
        let blanks = try Set(blanks()).intersection(first)
        try destroy([], records: Array(blanks))
        Log.notice("removed \(blanks.count) objects without name and value that a crash within the token's module left")
    }

    private func blanks() throws(PKCS11Error) -> [ObjectHandle] {
        try token.reading { session throws(PKCS11Error) in
            var blanks: [ObjectHandle] = []
            for handle in try session.find([]) where try Self.isBlank(handle, in: session) { blanks.append(handle) }
            return blanks
        }
    }

    /// Whether an object has neither an identity nor what makes a key or a record: no numbers, no domain, no value.
    private static func isBlank(_ object: ObjectHandle, in session: borrowing Session) throws(PKCS11Error) -> Bool {
        let values: AttributeValues
        do throws(PKCS11Error) {
            values = try session.attributes(of: object, [.objectClass, .keyType])
        } catch {
            // SoftHSM's answer to every question about an object whose class or key type is not written yet. No token
            // makes such an object, and the specification has no such answer to C_GetAttributeValue.
            guard error.returnValue == .attributeValueInvalid else { throw error }
            return true
        }
        return switch values.objectClass {
        // RSA alone: of other private keys a token may tell next to nothing.
        case .publicKey, .privateKey:
            (values.keyType ?? .rsa) == .rsa
                && session.hasNone(of: [.label, .id, .modulus, .publicExponent, .prime, .ecParams], object)
        case .data:
            session.hasNone(of: [.label, .application, .objectID, .value], object)
        default:
            false
        }
    }
}
