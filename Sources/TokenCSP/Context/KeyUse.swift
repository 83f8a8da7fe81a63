/// One use of a container's private key, as a person is told of it.
struct KeyUse {
    let container: String
    let spec: KeySpec
    let operation: UserRequest.Operation
    let protection: KeyProtection
}
