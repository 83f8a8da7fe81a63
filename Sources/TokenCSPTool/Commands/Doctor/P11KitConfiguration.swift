import Glibc

/// What p11-kit's own files say, read without loading what they name: a module that crashes would take us with it.
struct P11KitConfiguration {
    struct Module {
        /// The file's name without `.module`: what `module-name` of a URI means.
        let name: String
        let file: String
        /// The library's path; nil for a remote module.
        let path: String?
        /// `x-init-reserved`.
        let reserved: String?
        /// Certificates that the system trusts: no place for keys.
        let isTrustPolicy: Bool
        /// `enable-in` or `disable-in` leave this command out.
        let isDisabledHere: Bool
    }

    /// By name, a user's file before the system's before a package's.
    private(set) var modules: [Module] = []
    /// The folders that were looked at, the last one counting most.
    private(set) var folders = ["/usr/share/p11-kit/modules", "/etc/pkcs11/modules"]
    /// Settings that keep modules from being seen, for people.
    private(set) var overrides: [String] = []

    init() {
        let settings = Self.read("/etc/pkcs11/pkcs11.conf") ?? [:]
        let user = settings["user-config"] ?? "merge"
        if user != "none", let home = getenv("HOME"), home.pointee != 0 {
            let folder = String(cString: home) + "/.config/pkcs11"
            let mode = Self.read(folder + "/pkcs11.conf")?["user-config"] ?? user
            if user == "only" || mode == "only" {
                folders = []
                overrides.append("user-config = only: the system's modules are left out")
            }
            folders.append(folder + "/modules")
        } else if user == "none" {
            overrides.append("/etc/pkcs11/pkcs11.conf has user-config = none: a user's modules are left out")
        }
        var found: [String: Module] = [:]
        for folder in folders {
            for name in Self.entries(folder) where name.hasSuffix(".module") {
                let file = folder + "/" + name
                guard let settings = Self.read(file) else { continue }
                let module = Self.module(String(name.dropLast(7)), file, settings)
                if found[module.name] != nil {
                    overrides.append("\(file) takes the place of another file of that name")
                }
                found[module.name] = module
            }
        }
        modules = found.values.sorted { $0.name < $1.name }
    }

    /// The init string of the module at `path`.
    static func reserved(path: String) -> String? {
        P11KitConfiguration().modules.first { $0.path.map(realPath) == realPath(path) }?.reserved
    }

    private static func module(_ name: String, _ file: String, _ settings: [String: String]) -> Module {
        func programs(_ key: String) -> [Substring]? {
            settings[key].map { $0.split { $0 == "," || $0 == " " } }
        }
        let isDisabled =
            programs("enable-in").map { !$0.contains("tokencsp") } ?? programs("disable-in")?.contains("tokencsp")
        return Module(
            name: name, file: file, path: settings["remote"] == nil ? settings["module"].map(resolved) : nil,
            reserved: settings["x-init-reserved"], isTrustPolicy: settings["trust-policy"] == "yes",
            isDisabledHere: isDisabled ?? false)
    }

    /// Where p11-kit looks for a module without a folder in its name.
    private static func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        let places = ["/usr/lib/\(triple)/pkcs11/", "/usr/lib64/pkcs11/", "/usr/lib/pkcs11/"].map { $0 + path }
        return places.first { access($0, F_OK) == 0 } ?? path
    }

    #if arch(x86_64)
        private static let triple = "x86_64-linux-gnu"
    #else
        private static let triple = "aarch64-linux-gnu"
    #endif

    private static func entries(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.sorted()
    }

    /// `key: value` lines; nil where there is no such file.
    private static func read(_ path: String) -> [String: String]? {
        guard access(path, R_OK) == 0, let file = try? InputFile(path),
            let bytes = try? file.content(limit: 1 << 20, of: "configuration")
        else { return nil }
        var settings: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { continue }
            var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            while let last = value.last, last == " " || last == "\t" { value.removeLast() }
            settings[String(line[..<colon]).lowercased()] = String(value)
        }
        return settings
    }
}
