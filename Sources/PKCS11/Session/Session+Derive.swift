internal import CPKCS11

extension Session {
    /// Derives a key on the token (C_DeriveKey) as the template says.
    public func derive(
        _ base: ObjectHandle, _ mechanism: Mechanism, _ template: Template
    ) throws(PKCS11Error) -> ObjectHandle {
        var key: CK_OBJECT_HANDLE = 0
        let answer = mechanism.withUnsafeMechanism { mechanism in
            template.withUnsafeAttributes {
                functions.pointee.C_DeriveKey?(handle, mechanism, base.rawValue, $0, $1, &key)
            }
        }
        try check(answer, "C_DeriveKey")
        return ObjectHandle(rawValue: key)
    }
}
