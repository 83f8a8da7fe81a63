public import PKCS11

// Who imports TokenCSP makes PINs, and needs nothing else of the layer below.
@_exported public import class PKCS11.PIN

/// Reads PINs from where a `pin-source` says.
public enum PINSource {
    /// One newline at the end is dropped.
    ///
    /// - Parameters:
    ///   - source: `file:/run/demo.pin` (or a plain path with a slash in it), `env:NAME`, `fd:N`, `credential:NAME`, or a command:
    ///     `|/path/to/program arguments`, `command:…`.
    ///   - allowingCommands: run a command. Not for a source that may come from anywhere.
    /// - Throws: SCARD_W_CARD_NOT_AUTHENTICATED, naming the source and never its content.
    public static func read(_ source: String, allowingCommands: Bool = false) throws(CSPError) -> PIN {
        Log.observePINSources()
        return try onToken { () throws(PKCS11Error) in
            try PKCS11.PINSource.read(source, allowingCommands: allowingCommands)
        }
    }
}
