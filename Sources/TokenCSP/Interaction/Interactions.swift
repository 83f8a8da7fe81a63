/// Chooses how people are asked.
package enum Interactions {
    /// What the configuration says, and the environment allows at the time of each question.
    package static func choose(_ configuration: Configuration) -> any UserInteraction {
        configuration.interaction == .none ? RefusingInteraction() : DefaultInteraction(configuration)
    }
}
