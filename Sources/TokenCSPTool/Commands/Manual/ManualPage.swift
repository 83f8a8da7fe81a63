/// A manual page (man(7)) of one command, from its help.
struct ManualPage {
    /// `tokencsp-key-generate`
    let name: String
    private let command: CommandHelp
    private let parents: [CommandHelp]

    init(_ command: CommandHelp, under parents: [CommandHelp]) {
        self.command = command
        self.parents = parents
        name = (parents + [command]).map(\.commandName).joined(separator: "-")
    }

    func text(date: String) -> String {
        var page = #".TH "\#(Self.escaped(name.uppercased()))" 1 "\#(date)" "TokenCSP" "TokenCSP""# + "\n"
        page += Self.section("NAME") + "\(Self.escaped(name)) \\- \(Self.escaped(summary))\n"
        page += Self.section("SYNOPSIS") + synopsis
        let parts = ManualText(command.discussion ?? "")
        if !parts.description.isEmpty { page += Self.section("DESCRIPTION") + parts.description }
        page += commandList + optionList
        for (title, body) in parts.sections { page += Self.section(title) + body }
        if parents.isEmpty { page += Self.surroundings }
        return page + seeAlso
    }

    /// The abstract as whatis(1) wants it: without a full stop.
    private var summary: String {
        var text = command.abstract ?? ""
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    // MARK: - Sections

    private var synopsis: String {
        let words = (parents + [command]).map { Self.escaped($0.commandName) }.joined(separator: " ")
        guard command.shownSubcommands.isEmpty else { return ".B \(words)\n.I command\n.RI [ options ]\n" }
        var lines = ".B \(words)\n"
        for argument in command.shownArguments where argument.kind == "positional" || !argument.isOptional {
            let value = Self.escaped(argument.valueName ?? "value")
            let dots = argument.isRepeating ? " ..." : ""
            if argument.kind == "positional" {
                lines += argument.isOptional ? ".RI [ \(value) ]\(dots)\n" : ".I \(value)\(dots)\n"
            } else if argument.kind == "option" {
                lines += ".B \(Self.escaped(argument.names?.first?.text ?? ""))\n.I \(value)\n"
            }
        }
        return lines + ".RI [ options ]\n"
    }

    private var commandList: String {
        guard !command.shownSubcommands.isEmpty else { return "" }
        return Self.section("COMMANDS")
            + command.shownSubcommands.map { child in
                ".TP\n.BR \(Self.escaped(name + "-" + child.commandName)) (1)\n"
                    + ManualText.line(child.abstract ?? "") + "\n"
            }.joined()
    }

    private var optionList: String {
        let arguments = command.shownArguments
        guard !arguments.isEmpty else { return "" }
        return Self.section("OPTIONS") + arguments.map(Self.option).joined()
    }

    private static func option(_ argument: CommandHelp.Argument) -> String {
        let value = "\\fI" + escaped(argument.valueName ?? "value") + "\\fR"
        let names = (argument.names ?? []).map { "\\fB" + escaped($0.text) + "\\fR" }.joined(separator: ", ")
        var text = ".TP\n"
        switch argument.kind {
        case "positional": text += value
        case "flag": text += names
        default: text += names + " " + value
        }
        text += "\n" + ManualText.line(argument.abstract ?? "") + "\n"
        if let values = argument.allValues, argument.kind == "option" {
            text += "One of " + values.map { "\\fB" + escaped($0) + "\\fR" }.joined(separator: ", ") + "."
            text += argument.defaultValue.map { " Default: \\fB" + escaped($0) + "\\fR.\n" } ?? "\n"
        } else if let standard = argument.defaultValue, argument.kind == "option" {
            text += "Default: \\fB" + escaped(standard) + "\\fR.\n"
        }
        return text
    }

    private var seeAlso: String {
        var pages = command.shownSubcommands.map { name + "-" + $0.commandName }
        if !parents.isEmpty { pages.insert(parents.map(\.commandName).joined(separator: "-"), at: 0) }
        pages += ["p11-kit", "pkcs11.conf"].filter { _ in parents.isEmpty }
        let numbered = pages.map { page in
            ".BR \(Self.escaped(page)) (\(page == "pkcs11.conf" ? 5 : page == "p11-kit" ? 8 : 1))"
        }
        return Self.section("SEE ALSO") + numbered.joined(separator: " ,\n") + "\n"
    }

    /// What the main page says of the environment and files.
    private static let surroundings =
        section("ENVIRONMENT")
        + [
            ("TOKENCSP_TOKEN", "The token, as a PKCS#11 URI."), ("TOKENCSP_CONFIG", "The configuration file."),
            ("TOKENCSP_INTERACTION", "How people are asked: automatic, terminal, pinentry or none."),
            ("TOKENCSP_LOG", "How much is logged on standard error."),
            ("NO_COLOR", "Text is not coloured where it is set."),
            ("COLUMNS", "The width that tables are cut to on a terminal."),
        ].map { ".TP\n.B \($0.0)\n\($0.1)\n" }.joined()
        + section("FILES") + ".I ~/.config/tokencsp/tokencsp.conf\n.br\n.I /etc/tokencsp/tokencsp.conf\n"

    static func section(_ title: String) -> String { ".SH \"\(title)\"\n" }

    /// A word or a line without what troff would act on.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "\"": result += "\\(dq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "…": result += "..."
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }
}

/// A discussion: its paragraphs, and the parts behind lines such as "Examples:".
struct ManualText {
    private(set) var description = ""
    /// Title and body, in their order.
    private(set) var sections: [(title: String, body: String)] = []

    private static let titles = [
        "Example:": "EXAMPLES", "Examples:": "EXAMPLES", "Exit status:": "EXIT STATUS",
    ]

    init(_ discussion: String) {
        var isLiteral = false
        var isNew = false
        func put(_ text: String, _ this: inout ManualText) {
            if this.sections.isEmpty {
                this.description += text
            } else {
                this.sections[this.sections.count - 1].body += text
            }
        }
        for line in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
            let indented = line.hasPrefix("  ")
            if isLiteral, !indented {
                put(".fi\n.RE\n", &self)
                isLiteral = false
            }
            if let title = Self.titles[String(line)] {
                sections.append((title, ""))
                isNew = false
            } else if indented {
                if !isLiteral { put(".RS 2\n.nf\n", &self) }
                isLiteral = true
                put(ManualPage.escaped(String(line.dropFirst(2))) + "\n", &self)
            } else if line.isEmpty {
                isNew = true
            } else {
                let isFirst = sections.isEmpty ? description.isEmpty : sections.last?.body.isEmpty ?? true
                put((isNew && !isFirst ? ".PP\n" : "") + Self.line(String(line)) + "\n", &self)
                isNew = false
            }
        }
        if isLiteral { put(".fi\n.RE\n", &self) }
    }

    /// Running text: a sentence a line, as troff's own readers like it.
    static func line(_ text: String) -> String {
        ManualPage.escaped(text).split(separator: " ").reduce(into: "") { result, word in
            let isEnd = result.hasSuffix(".") && word.first?.isUppercase == true
            if !result.isEmpty { result += isEnd ? "\n" : " " }
            result += word
        }
    }
}
