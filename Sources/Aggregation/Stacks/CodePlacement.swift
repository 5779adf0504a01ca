import TraceFormat

/// Where a group of traces has the code of one of its processes.
public struct CodePlacement: Sendable {
  /// A module of the process in the group.
  public struct Module: Sendable {
    public let id: ModuleID
    /// Address in the group − address in the process.
    public let distance: UInt64
  }

  /// By the id that the process's own trace gives a module.
  public let modules: [ModuleID: Module]
  /// What the group has for a module where the process ran code outside of all modules. There is no
  /// module with this id.
  public let outside: ModuleID
}
