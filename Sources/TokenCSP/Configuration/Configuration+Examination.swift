internal import Glibc

extension Configuration {
    /// What became of one place where a configuration file is looked for.
    package struct ExaminedFile: Sendable {
        package enum State: Sendable, Equatable {
            case read
            case absent
            /// Why it cannot be read or understood, with the line.
            case faulty(String)
        }
        package let path: String
        package let state: State
        /// Whether others than its owner may write it: they could name another PIN source, or a module to be loaded.
        package let isWritableByOthers: Bool
    }

    /// Every place where a configuration file is looked for, the one that counts most first. For `doctor`: one fault
    /// does not hide the next.
    package static func examineFiles() -> [ExaminedFile] {
        guard let named = environment("TOKENCSP_CONFIG") else { return places.map { examine($0, mustExist: false) } }
        return [examine(named, mustExist: true)]
    }

    private static func examine(_ path: String, mustExist: Bool) -> ExaminedFile {
        let isWritable = (permissions(of: path) ?? 0) & (S_IWGRP | S_IWOTH) != 0
        var state = ExaminedFile.State.absent
        do throws(CSPError) {
            if let file = try ConfigurationFile.read(path) {
                var configuration = Configuration()
                try configuration.takeOver(file)
                state = .read
            } else if mustExist {
                state = .faulty("configuration file \(path), named by TOKENCSP_CONFIG, does not exist")
            }
        } catch {
            state = .faulty(error.reason)
        }
        return ExaminedFile(path: path, state: state, isWritableByOthers: isWritable)
    }
}

/// The size in bytes of an open plain file; nil of others.
package func plainFileSize(of descriptor: CInt) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
}

/// A file's mode; nil where there is none, which errno explains. Here, for whoever imports X509 finds no `stat`.
package func permissions(of path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode : nil
}
