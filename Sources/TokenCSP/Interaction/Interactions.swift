internal import PKCS11

/// Chooses how people are asked.
package enum Interactions {
    /// What the program set for all contexts that it acquires from then on; nil: as the configuration says.
    package static func setForProcess(_ interaction: (any UserInteraction)?) {
        ofTheProcess.withLock { $0 = interaction }
    }

    static let ofTheProcess = Lock<(any UserInteraction)?>(nil)

    /// What the configuration says, and the environment allows at the time of each question.
    package static func choose(_ configuration: Configuration) -> any UserInteraction {
        configuration.interaction == .none ? RefusingInteraction() : DefaultInteraction(configuration)
    }

    /// What there is to ask by, for `doctor`.
    package struct Means: Sendable {
        /// The pinentry's place; nil where there is none.
        package let pinentry: String?
        package let hasDisplay: Bool
        package let hasTerminal: Bool
    }

    /// Looks for them; asks nobody.
    package static func means(_ configuration: Configuration) -> Means {
        Means(
            pinentry: PinentryProcess.find(configuration.pinentry), hasDisplay: PinentryInteraction.hasDisplay,
            hasTerminal: Terminal.isThere)
    }
}
