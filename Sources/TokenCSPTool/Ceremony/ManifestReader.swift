import PKCS11
import TokenCSP

/// Reads a manifest strictly: what is not as we write it is an error that names line and field, so that an edited file
/// says where it was edited, and whatever is in it, nothing is done by its word.
enum ManifestReader {
    static func read(_ bytes: [UInt8], file: String) throws(ToolError) -> Manifest {
        let value: JSONValue
        do throws(JSONValue.Fault) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw ToolError(.usage, "\(file), line \(error.line): this is no JSON: \(error.reason)")
        }
        let root = ManifestField(file: file, path: "", value: value)
        guard case .object(let members) = value.content,
            let schema = members.first(where: { $0.name == "schema" }),
            case .string(Manifest.schemaName) = schema.value.content
        else { throw root.fault("this is no manifest: \"schema\" is not \"\(Manifest.schemaName)\"") }
        if let version = members.first(where: { $0.name == "version" })?.value {
            let field = ManifestField(file: file, path: "version", value: version)
            guard try field.integer(1...Int.max) == Manifest.schemaVersion else {
                throw field.fault("this version of tokencsp reads manifests of version \(Manifest.schemaVersion)")
            }
        }
        let object = try root.object(["schema", "version", "runs"])
        var runs: [Manifest.Run] = []
        var ids: Set<String> = []
        for field in try object["runs"].array() {
            let run = try run(field)
            for key in run.keys {
                guard ids.insert(key.id).inserted else { throw field.fault("the id \(key.id) stands twice") }
            }
            runs.append(run)
        }
        guard !runs.isEmpty else { throw object["runs"].fault("there is no run in it") }
        return Manifest(runs: runs)
    }

    private static func run(_ field: ManifestField) throws(ToolError) -> Manifest.Run {
        let object = try field.object(
            ["time", "software", "host", "operator", "module", "token", "provider", "key_set", "keys"],
            optional: ["note"])
        let software = try object["software"].object(["name", "version"])
        let module = try object["module"].object(["path", "description", "manufacturer", "version"])
        let token = try object["token"].object([
            "label", "manufacturer", "model", "serial", "uri", "hardware_version", "firmware_version",
        ])
        let provider = try object.string("provider")
        guard ProviderProfile.all.contains(where: { $0.name == provider }) else {
            throw object["provider"].fault("there is no provider \"\(shortened(provider))\"")
        }
        let keySet = try object["key_set"].word(Manifest.KeySetName.allCases.map(\.rawValue))
        var keys: [Manifest.Key] = []
        for field in try object["keys"].array() { keys.append(try key(field)) }
        return Manifest.Run(
            time: try object["time"].time(),
            software: .init(name: try software.string("name"), version: try software.string("version")),
            host: try object.string("host"), operator: try object.string("operator"),
            note: try object.optionalString("note"),
            module: .init(
                path: try module.string("path"), description: try module.string("description"),
                manufacturer: try module.string("manufacturer"), version: try module.string("version")),
            token: .init(
                label: try token.string("label"), manufacturer: try token.string("manufacturer"),
                model: try token.string("model"), serial: try token.string("serial"), uri: try uri(token["uri"]),
                hardwareVersion: try token.string("hardware_version"),
                firmwareVersion: try token.string("firmware_version")),
            provider: provider, keySet: keySet == "machine" ? .machine : .user, keys: keys)
    }

    /// A URI that names a token or an object and nothing else: no module to load, no source to read a PIN from.
    private static func uri(_ field: ManifestField) throws(ToolError) -> String {
        let text = try field.string()
        guard text.hasPrefix("pkcs11:"), !text.utf8.contains(UInt8(ascii: "?")), (try? TokenURI(text)) != nil else {
            throw field.fault("a PKCS#11 URI without a query part is due")
        }
        return text
    }

    private static func key(_ field: ManifestField) throws(ToolError) -> Manifest.Key {
        let object = try field.object(
            [
                "time", "container", "spec", "uri", "id", "algorithm", "bits", "mechanism", "rung", "flags",
                "flag_names", "protection", "attributes", "public_key", "public_key_sha256", "notes",
            ], optional: ["curve", "protection_held_by", "certificate_request"])
        let flags = try object["flags"].string()
        guard flags.hasPrefix("0x"), flags.utf8.count == 10, let value = UInt32(flags.dropFirst(2), radix: 16) else {
            throw object["flags"].fault("flags such as 0x08000001 are due")
        }
        var names: [String] = []
        for name in try object["flag_names"].array() { names.append(try name.string()) }
        guard names == KeyFlags(rawValue: value & 0xFFFF).names else {
            throw object["flag_names"].fault("they are not the names of the flags \(flags)")
        }
        var attributes: [Manifest.Attribute] = []
        var seen: Set<[String]> = []
        for field in try object["attributes"].array() {
            let attribute = try attribute(field)
            guard seen.insert([attribute.object, attribute.attribute]).inserted else {
                throw field.fault("\(attribute.object) \(shortened(attribute.attribute)) stands twice")
            }
            attributes.append(attribute)
        }
        var notes: [String] = []
        for note in try object["notes"].array() { notes.append(try note.string()) }
        let holders = ["token", "csp", "nobody"]
        return Manifest.Key(
            time: try object["time"].time(), container: try object.string("container"),
            spec: try object["spec"].word(KeySpecArgument.allCases.map(\.rawValue)), uri: try uri(object["uri"]),
            id: try object["id"].hexadecimalBytes(limit: 255), algorithm: try object.string("algorithm"),
            bits: try object["bits"].integer(1...65_535), curve: try object.optionalString("curve"),
            mechanism: try object.string("mechanism"), rung: try object["rung"].integer(0...255), flags: flags,
            flagNames: names,
            protection: try object["protection"].word([KeyProtection.none, .consent, .pin].map(\.name)),
            protectionHeldBy: try object.optional("protection_held_by")?.word(holders), attributes: attributes,
            publicKey: try publicKey(object["public_key"]),
            publicKeySHA256: try object["public_key_sha256"].hexadecimalBytes(limit: 32),
            certificateRequest: try object.optionalString("certificate_request"), notes: notes)
    }

    private static func publicKey(_ field: ManifestField) throws(ToolError) -> String {
        let text = try field.string()
        guard text.hasPrefix("-----BEGIN PUBLIC KEY-----\n"), text.hasSuffix("-----END PUBLIC KEY-----\n") else {
            throw field.fault("a public key in PEM is due")
        }
        return text
    }

    private static func attribute(_ field: ManifestField) throws(ToolError) -> Manifest.Attribute {
        let object = try field.object(["object", "attribute", "held_by", "because"], optional: ["asked", "on_token"])
        let name = try object.string("attribute")
        guard name.hasPrefix("CKA_") else { throw object["attribute"].fault("a name such as CKA_SIGN is due") }
        return Manifest.Attribute(
            object: try object["object"].word(["private", "public"]), attribute: name,
            asked: try object.optionalString("asked"), onToken: try object.optionalString("on_token"),
            heldBy: try object["held_by"].word(["token", "csp", "nobody"]), because: try object.string("because"))
    }
}
