/// One thing that the doctor looked at.
struct Finding: Encodable {
    /// How bad it is.
    enum Level: String, Encodable, CaseIterable {
        case ok
        /// It works, but not as it could, or not for long.
        case warning
        /// Something does not work.
        case problem
    }

    /// The heading that it stands under.
    enum Area: String, Encodable, CaseIterable {
        case configuration, environment, modules, tokens, mechanisms
        case knownFaults = "known_faults"
        case prompts, system

        var title: String { self == .knownFaults ? "known faults" : rawValue }
    }

    let area: Area
    let level: Level
    /// What it is about: a file, a variable, a module, a token.
    let subject: String
    let message: String
    /// What to do; nil where there is nothing to be done.
    let remedy: String?

    init(_ area: Area, _ level: Level, _ subject: String, _ message: String, remedy: String? = nil) {
        self.area = area
        self.level = level
        self.subject = subject
        self.message = message
        self.remedy = remedy
    }
}
