import PKCS11

@testable import TokenCSP

/// What other programs may have put on the token: the value of a container's data object, and a key's CKA_ID.
enum TokenRecords {
    static func run(_ input: UnsafeRawBufferPointer) {
        let bytes = Array(input)
        if let record = ContainerRecord(bytes, label: "a label") {
            guard let value = record.template[.value]?.bytes, let again = ContainerRecord(value, label: "a label")
            else {
                fatalError("a record that is written is one")
            }
            expect(again.current == record.current, "a record comes back")
        }
        guard let id = KeyIdentifier(Array(bytes.prefix(KeyIdentifier.length))) else { return }
        expect(id.spec == .keyExchange || id.spec == .signature, "an id says its key spec")
        let newer = KeyIdentifier(id.spec, newerThan: [id])
        expect(newer.time > id.time || id.time == .max, "a new id is newer")
        expect(newer.isFromHere && newer.spec == id.spec && KeyIdentifier(newer.bytes) == newer, "an id comes back")
    }
}
