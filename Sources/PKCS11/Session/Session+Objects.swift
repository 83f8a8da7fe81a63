internal import CPKCS11

extension Session {
    /// The objects that match every attribute of `template`; all that are visible for an empty one.
    public func find(_ template: Template) throws(PKCS11Error) -> [ObjectHandle] {
        let started = template.withUnsafeAttributes { functions.pointee.C_FindObjectsInit?(handle, $0, $1) }
        try check(started, "C_FindObjectsInit")
        var found: [ObjectHandle] = []
        var answer: CK_RV?
        withUnsafeTemporaryAllocation(of: CK_OBJECT_HANDLE.self, capacity: 512) { batch in
            while true {
                var count: CK_ULONG = 0
                answer = functions.pointee.C_FindObjects?(handle, batch.baseAddress, CK_ULONG(batch.count), &count)
                guard answer == 0, count > 0, count <= CK_ULONG(batch.count) else { return }
                for index in 0..<Int(count) { found.append(ObjectHandle(rawValue: batch[index])) }
                // Fewer than asked for are the last: no second call to hear that.
                if count < CK_ULONG(batch.count) { return }
            }
        }
        let ended = functions.pointee.C_FindObjectsFinal?(handle)
        try check(answer, "C_FindObjects")
        try check(ended, "C_FindObjectsFinal")
        return found
    }

    /// Reads attributes of one object in one call (C_GetAttributeValue).
    ///
    /// What the object lacks or the token keeps to itself is absent from the answer and no error.
    public func attributes(
        of object: ObjectHandle, _ types: [AttributeType]
    ) throws(PKCS11Error) -> AttributeValues {
        let (values, oversized, answer) = read(object, types, sizes: types.map(\.expectedSize))
        switch answer.map(ReturnValue.init(rawValue:)) {
        case .ok, .attributeTypeInvalid, .attributeSensitive, .bufferTooSmall:
            guard !oversized.isEmpty else { return values }
            return try completing(values, object, oversized)
        case .generalError, .functionFailed, .argumentsBad:
            // SoftHSM fails the whole call over one date: ask one by one.
            // Not what was read: the buffers of a failed call hold anything.
            guard types.count > 1 else { return AttributeValues() }
            var single = AttributeValues()
            for type in types { single.append(contentsOf: try attributes(of: object, [type])) }
            return single
        default:
            try check(answer, "C_GetAttributeValue")
            return values
        }
    }

    /// Whether the token says for certain that each of these attributes is empty, or not there.
    public func hasNone(of types: [AttributeType], _ object: ObjectHandle) -> Bool {
        types.allSatisfy { type in
            var query = CK_ATTRIBUTE(type: type.rawValue, pValue: nil, ulValueLen: 0)
            let answer = functions.pointee.C_GetAttributeValue?(handle, object.rawValue, &query, 1)
            switch answer.map(ReturnValue.init(rawValue:)) {
            case .ok: return query.ulValueLen == 0
            case .attributeTypeInvalid: return true
            default: return false
            }
        }
    }

    private func completing(
        _ values: AttributeValues, _ object: ObjectHandle, _ types: [AttributeType]
    ) throws(PKCS11Error) -> AttributeValues {
        var queries = types.map { CK_ATTRIBUTE(type: $0.rawValue, pValue: nil, ulValueLen: 0) }
        _ = functions.pointee.C_GetAttributeValue?(handle, object.rawValue, &queries, CK_ULONG(queries.count))
        // 1 MiB is more than any attribute of a key, certificate or record.
        let sizes = queries.map { $0.ulValueLen > 1 << 20 ? 0 : Int($0.ulValueLen) }
        var all = values
        all.append(contentsOf: read(object, types, sizes: sizes).values)
        return all
    }

    private func read(
        _ object: ObjectHandle, _ types: [AttributeType], sizes: [Int]
    ) -> (values: AttributeValues, oversized: [AttributeType], answer: CK_RV?) {
        var values = AttributeValues()
        var oversized: [AttributeType] = []
        var answer: CK_RV?
        let total = sizes.reduce(0) { $0 + aligned($1) }
        withUnsafeTemporaryAllocation(byteCount: max(total, 8), alignment: 8) { storage in
            withUnsafeTemporaryAllocation(of: CK_ATTRIBUTE.self, capacity: max(types.count, 1)) { attributes in
                var offset = 0
                for (index, size) in sizes.enumerated() {
                    attributes[index] = CK_ATTRIBUTE(
                        type: types[index].rawValue,
                        pValue: storage.baseAddress?.advanced(by: offset),
                        ulValueLen: CK_ULONG(size)
                    )
                    offset += aligned(size)
                }
                answer = functions.pointee.C_GetAttributeValue?(
                    handle, object.rawValue, attributes.baseAddress, CK_ULONG(types.count)
                )
                var told = 0
                for (index, size) in sizes.enumerated() where attributes[index].ulValueLen <= CK_ULONG(size) {
                    told += Int(attributes[index].ulValueLen)
                }
                values = AttributeValues(capacity: types.count, bytes: told)
                for (index, size) in sizes.enumerated() {
                    let length = attributes[index].ulValueLen
                    if length <= CK_ULONG(size) {
                        values.append(
                            types[index], UnsafeRawBufferPointer(start: attributes[index].pValue, count: Int(length)))
                    } else if answer == CK_RV(CKR_BUFFER_TOO_SMALL) || types[index].isUnlimited {
                        // SoftHSM answers -1 for what does not fit, as for what it keeps to itself; and where another
                        // attribute is absent, the call's answer does not tell either.
                        oversized.append(types[index])
                    }
                }
                wipe(storage)
            }
        }
        return (values, oversized, answer)
    }

    /// Makes a token object (C_CreateObject). Use inside `token.writing`.
    public func create(_ template: Template) throws(PKCS11Error) -> ObjectHandle {
        var object: CK_OBJECT_HANDLE = 0
        try check(
            template.withUnsafeAttributes { functions.pointee.C_CreateObject?(handle, $0, $1, &object) },
            "C_CreateObject")
        return ObjectHandle(rawValue: object)
    }

    /// Makes a session object, which lives as long as the answer is kept.
    public func createSessionObject(_ template: Template) throws(PKCS11Error) -> SessionObject {
        SessionObject(try create(template), in: self)
    }

    /// Copies an object, changing what `template` names (C_CopyObject). Use inside `token.writing`.
    public func copy(_ object: ObjectHandle, _ template: Template) throws(PKCS11Error) -> ObjectHandle {
        var copy: CK_OBJECT_HANDLE = 0
        let answer = template.withUnsafeAttributes {
            functions.pointee.C_CopyObject?(handle, object.rawValue, $0, $1, &copy)
        }
        try check(answer, "C_CopyObject")
        return ObjectHandle(rawValue: copy)
    }

    /// Changes attributes (C_SetAttributeValue). Use inside `token.writing`.
    public func set(_ template: Template, of object: ObjectHandle) throws(PKCS11Error) {
        try check(
            template.withUnsafeAttributes { functions.pointee.C_SetAttributeValue?(handle, object.rawValue, $0, $1) },
            "C_SetAttributeValue"
        )
    }

    /// Removes an object (C_DestroyObject). Use inside `token.writing`.
    public func destroy(_ object: ObjectHandle) throws(PKCS11Error) {
        try check(functions.pointee.C_DestroyObject?(handle, object.rawValue), "C_DestroyObject")
    }
}
