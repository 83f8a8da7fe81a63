import Foundation

/// Forks; the child runs `body` and ends with 0 if that answered true, with 1 if false, with 2 after an error. Answers the
/// child's exit status, or minus the signal that ended it.
///
/// In processes with one thread only, as exit tests are: what another thread holds locked stays locked in the child.
func inForkedChild(_ body: () throws -> Bool) throws -> Int32 {
    // Swift keeps fork from its callers; programs that use the library may well be written in C.
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = dlsym(nil, "fork") else { throw CocoaError(.featureUnsupported) }
    let child = unsafeBitCast(symbol, to: Fork.self)()
    if child == 0 {
        do {
            _exit(try body() ? 0 : 1)
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("in the child: \(error)\n".utf8))
            _exit(2)
        }
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
}
