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
}
