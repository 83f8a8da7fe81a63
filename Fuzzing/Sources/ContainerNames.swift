import PKCS11

@testable import TokenCSP

/// A container's name: plain, `\\.\READER\CONTAINER`, or a PKCS #11 URI.
enum ContainerNames {
    static func run(_ input: UnsafeRawBufferPointer) {
        let text = String(decoding: input, as: UTF8.self)
        if let place = try? ContainerName(text) { check(place, text) }
        if let uri = try? TokenURI(text) { check(uri, text) }
        // Whatever stands in front of it: a PIN does not get into the text or an error.
        let pin = "7hUnGuEsSaBlE"
        for separator in ["?", "&"] { expectHidden(pin, in: text + separator + "pin-value=" + pin) }
    }

    private static func check(_ place: ContainerName, _ text: String) {
        expect(place.reader != "", "a reader has a name")
        expect(place.reader == nil || text.hasPrefix(#"\\.\"#), "only a full name has a reader")
        guard let name = place.name else { return }
        expect((1...260).contains(name.utf8.count), "a name has 1 to 260 bytes")
        expect(name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }, "a name holds no control character")
        let isURI = name.prefix(7).lowercased() == "pkcs11:"
        expect(ContainerName.isValid(name) != isURI, "a name is valid")
        for isMachine in [false, true] {
            let set = KeySet(isMachine: isMachine)
            expect(set.name(set.label(name)) == name, "a name comes back from its label")
            expect(KeySet(isMachine: !isMachine).name(set.label(name)) == nil, "a label is of one key set")
        }
        guard !isURI, place.uri == nil else { return }
        expect((try? ContainerName(#"\\.\reader\"# + name))?.name == name, "a full name holds the plain one")
    }

    private static func check(_ uri: TokenURI, _ text: String) {
        guard let again = try? TokenURI(uri.text) else { fatalError("a URI's text is a URI") }
        expect(again.text == uri.text, "a URI's text stays the same")
        expect(
            again.objectLabel == uri.objectLabel && again.objectID == uri.objectID && again.modulePath == uri.modulePath
                && again.moduleName == uri.moduleName && again.pinSource == uri.pinSource
                && again.namesToken == uri.namesToken,
            "a URI's text says the same")
    }

    private static func expectHidden(_ pin: String, in text: String) {
        do {
            let uri = try TokenURI(text)
            expect(!uri.text.contains(pin), "the text holds no PIN")
        } catch {
            expect(!"\(error)".contains(pin), "an error holds no PIN")
        }
        do {
            _ = try ContainerName(text)
        } catch {
            // A name that is no URI is shown as it is.
            expect(text.prefix(7).lowercased() != "pkcs11:" || !"\(error)".contains(pin), "an error holds no PIN")
        }
    }
}
