public import PKCS11

/// A PIN in memory that is wiped.
public typealias PIN = PKCS11.PIN

/// Reads PINs from where a `pin-source` says.
public enum PINSource {
    /// - Parameter source: `file:/run/demo.pin` (or a plain path), `env:NAME`, `fd:N`. One newline at the end is dropped.
    /// - Throws: SCARD_W_CARD_NOT_AUTHENTICATED, naming the source and never its content.
    public static func read(_ source: String) throws(CSPError) -> PIN {
        try onToken { () throws(PKCS11Error) in try PKCS11.PINSource.read(source) }
    }
}
