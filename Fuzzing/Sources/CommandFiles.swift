// The files in Command are links to sources of the command and of TokenCSPCertificates: no other package can import an
// executable, and swift-certificates would take longer to build than all the rest.

/// What ManifestReader wants of ArgumentValues.swift, which imports ArgumentParser.
enum KeySpecArgument: String, CaseIterable { case signature, exchange }

/// certreq's INF files.
enum INFFiles {
    static func run(_ input: UnsafeRawBufferPointer) {
        let bytes = Array(input)
        guard let file = try? INFFile(bytes) else { return }
        let lines = bytes.count { $0 == 0x0A } + 1
        for section in file.sections {
            expect((1...lines).contains(section.line), "a section stands in a line")
            expect(section.entries.allSatisfy { (1...lines).contains($0.line) }, "a key stands in a line")
        }
        let keys = file.sections.flatMap(\.entries).map(\.key)
        let text = file.sections.map(written).joined()
        // Strings may make a key of nothing, or one that continues; and more than a file may have.
        guard keys.allSatisfy({ !$0.isEmpty && $0.lowercased() != "_continue_" }), text.utf8.count <= INFFile.limit / 2
        else { return }
        let again = try? INFFile(Array(text.utf8))
        expect(again.map { contents($0) == contents(file) } ?? false, "what was read is read again")
    }

    private static func contents(_ file: INFFile) -> [[String]] {
        file.sections.map { [$0.name] + $0.entries.flatMap { [$0.key] + $0.values } }
    }

    private static func written(_ section: INFFile.Section) -> String {
        let isStrings = section.name.lowercased() == "strings"
        func quoted(_ text: String) -> String {
            var result = ""
            for scalar in text.unicodeScalars {
                result.unicodeScalars.append(scalar)
                if scalar == "\"" || scalar == "%" && !isStrings { result.unicodeScalars.append(scalar) }
            }
            return "\"" + result + "\""
        }
        return section.entries.reduce("[\(section.name)]\n") { text, entry in
            let more = entry.values.dropFirst().map { "_continue_ = \(quoted($0))\n" }.joined()
            return text + "\(quoted(entry.key)) = \(quoted(entry.values.first ?? ""))\n" + more
        }
    }
}

/// The manifest of a key ceremony.
enum Manifests {
    static func run(_ input: UnsafeRawBufferPointer) {
        let bytes = Array(input)
        guard let manifest = try? ManifestReader.read(bytes, file: "manifest") else { return }
        expect((try? JSONValue(parsing: bytes)) != nil, "a manifest is JSON")
        expect(!manifest.runs.isEmpty, "a manifest has a run")
        let keys = manifest.runs.flatMap(\.keys)
        expect(Set(keys.map(\.id)).count == keys.count, "an id stands once")
        let uris = keys.map(\.uri) + manifest.runs.map(\.token.uri)
        expect(uris.allSatisfy { !$0.utf8.contains(UInt8(ascii: "?")) }, "a URI names no module and no PIN")
    }
}

/// The beginning of what `tokencsp encrypt` writes.
enum SealedHeaders {
    static func run(_ input: UnsafeRawBufferPointer) {
        let bytes = Array(input)
        var position = 0
        let header = try? SealedHeader { count in
            let part = Array(bytes[position..<min(position + count, bytes.count)])
            position += part.count
            return part
        }
        guard let header else { return }
        expect(header.vector.count == 16, "the vector is a block")
        expect(header.bytes == Array(bytes[..<position]), "a header is written as it was read")
    }
}
