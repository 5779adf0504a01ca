/// One place in the code of the recorded process.
public struct CodeAddress: Hashable, Sendable {
  /// The module that was mapped there at that moment; `nil` when none was (JIT code, a broken
  /// stack).
  public let module: ModuleImage.ID?
  /// The address to look up: a return address − 1, so that it lies within the call, or the exact
  /// address of an interrupted instruction.
  public let address: UInt64

  /// Names an address of the process and the module it belongs to.
  public init(module: ModuleImage.ID?, address: UInt64) {
    self.module = module
    self.address = address
  }
}
