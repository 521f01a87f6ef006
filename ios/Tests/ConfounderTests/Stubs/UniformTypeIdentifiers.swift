public struct UTType: Sendable {
    public var identifier: String { "" }
}
