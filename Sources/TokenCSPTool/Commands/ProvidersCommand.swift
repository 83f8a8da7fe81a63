import ArgumentParser
import TokenCSP

struct ProvidersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract: "List the cryptographic providers: the names for --provider. Needs no token.",
        discussion: """
            Example:
              tokencsp providers
            """
    )

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let types = ProviderProfile.types
        let userDefault: UInt32 = 2  // CRYPT_USER_DEFAULT
        let providers = ProviderProfile.all.map { profile in
            let type = profile.type
            return ProvidersResult.Provider(
                name: profile.name, type: type.rawValue, typeName: types.first { $0.type == type }?.name,
                isDefault: (try? ProviderProfile.defaultName(type: type.rawValue, flags: userDefault)) == profile.name)
        }
        try Output.print(ProvidersResult(providers: providers), json: global.json)
    }
}

/// `{"providers": [{"name": "…", "type": 24, "type_name": "…", "is_default": true}]}`; `is_default` is that of its
/// type.
private struct ProvidersResult: CommandResult {
    struct Provider: Encodable {
        let name: String
        let type: UInt32
        let typeName: String?
        let isDefault: Bool
    }
    let providers: [Provider]

    var text: String {
        var table = Table("TYPE", "DEFAULT", "NAME")
        for provider in providers {
            table.append(String(provider.type), provider.isDefault ? "yes" : "", provider.name)
        }
        return table.text()
    }
}
