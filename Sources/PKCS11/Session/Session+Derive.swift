internal import CPKCS11

extension Session {
    /// Derives a key from another (C_DeriveKey) as the template says. A token key: use inside `token.writing`.
    public func derive(
        _ base: ObjectHandle, _ mechanism: Mechanism, _ template: Template
    ) throws(PKCS11Error) -> ObjectHandle {
        var key: CK_OBJECT_HANDLE = 0
        let answer = mechanism.withUnsafeMechanism { mechanism in
            template.withUnsafeAttributes { attributes, count in
                functions.pointee.C_DeriveKey?(handle, mechanism, base.rawValue, attributes, count, &key)
            }
        }
        try check(answer, "C_DeriveKey")
        return ObjectHandle(rawValue: key)
    }

    /// A secret key's value that the token tells (CKA_VALUE); nil where it does not, or where it has more bytes.
    public func secretValue(of key: ObjectHandle, maximumSize: Int) throws(PKCS11Error) -> PIN? {
        var answer: CK_RV?
        let size = max(0, min(maximumSize, 1 << 16))
        let value: PIN? = withUnsafeTemporaryAllocation(byteCount: max(size, 1), alignment: 8) { buffer in
            defer { wipe(buffer) }
            var attribute = CK_ATTRIBUTE(
                type: AttributeType.value.rawValue, pValue: buffer.baseAddress, ulValueLen: CK_ULONG(size))
            answer = functions.pointee.C_GetAttributeValue?(handle, key.rawValue, &attribute, 1)
            guard answer == 0, attribute.ulValueLen <= CK_ULONG(size) else { return nil }
            return PIN(UnsafeRawBufferPointer(rebasing: buffer[..<Int(attribute.ulValueLen)]))
        }
        switch answer.map(ReturnValue.init(rawValue:)) {
        case .attributeSensitive, .attributeTypeInvalid, .bufferTooSmall: return nil
        default: break
        }
        try check(answer, "C_GetAttributeValue")
        return value
    }
}
