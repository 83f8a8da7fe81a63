/// Chooses how people are asked.
package enum Interactions {
    /// What the configuration says, and the environment allows now.
    package static func choose(_ configuration: Configuration) -> any UserInteraction {
        RefusingInteraction()
    }
}
