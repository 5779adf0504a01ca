// The files that hold one module's symbols: the binary itself, its separate debug file, and the
// small symbol table some distributions put into stripped binaries. Finding them happens once a
// module; opening them again, for each task that reads, takes microseconds.

import CElfutils

/// The open files of one module. Belongs to the task that opened it.
final class ModuleFiles {
  /// Which of the module's files something stands in.
  enum Role: Hashable, Sendable {
    case binary
    case debug
    /// The ELF file within the binary's section `.gnu_debugdata`.
    case embedded
  }

  /// The paths that were found to be right.
  struct Paths: Hashable, Sendable {
    var binary: String?
    var debug: String?
  }

  let binary: ElfFile?
  let debug: ElfFile?
  private(set) lazy var embedded = binary.flatMap { EmbeddedSymbols.open(in: $0) }

  /// Opens what was found; what has gone since is missing.
  init(_ paths: Paths) {
    binary = Self.open(paths.binary)
    debug = Self.open(paths.debug)
  }

  /// Groups files that are open already.
  init(binary: ElfFile?, debug: ElfFile?) {
    self.binary = binary
    self.debug = debug
  }

  /// The file in that role, if there is one.
  subscript(role: Role) -> ElfFile? {
    switch role {
    case .binary: binary
    case .debug: debug
    case .embedded: embedded
    }
  }

  /// Opens the file at a path, or the image that a name in brackets stands for.
  static func file(at path: String) throws(SymbolizationError) -> ElfFile {
    path == KernelImage.path ? try KernelImage.open() : try ElfFile(path: path)
  }

  /// Opens one of the files alone.
  static func open(_ role: Role, of paths: Paths) -> ElfFile? {
    switch role {
    case .binary: open(paths.binary)
    case .debug: open(paths.debug)
    case .embedded: open(paths.binary).flatMap { EmbeddedSymbols.open(in: $0) }
    }
  }

  private static func open(_ path: String?) -> ElfFile? {
    guard let path else { return nil }
    do {
      return try file(at: path)
    } catch {
      return nil
    }
  }
}
