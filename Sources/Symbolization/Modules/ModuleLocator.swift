// Finds the files of one recorded module on this machine, and proves that they are the same ones.
// Opens only what the trace and the options name.

/// The search for one module's binary and debug file.
struct ModuleLocator {
  let module: ModuleImage
  let options: SymbolizerOptions

  /// What the search ended with.
  struct Result {
    let files: ModuleFiles
    let paths: ModuleFiles.Paths
    let reason: SymbolizationDiagnostics.Reason?
  }

  /// Looks for the files and opens them.
  func locate() -> Result {
    var reason: SymbolizationDiagnostics.Reason? = .missing
    var binary: ElfFile?
    for path in binaryCandidates() {
      do {
        let file = try ModuleFiles.file(at: path)
        if let difference = difference(of: file) {
          reason = difference
          continue
        }
        binary = file
        reason = nil
        break
      } catch .missing {
        continue
      } catch {
        reason = .unreadable(error.message)
      }
    }
    let debug = DebugFileLocator(options: options).locate(
      buildID: module.buildID, binary: binary, recordedPath: module.path)
    if debug != nil { reason = nil }
    return Result(
      files: ModuleFiles(binary: binary, debug: debug),
      paths: ModuleFiles.Paths(binary: binary?.path, debug: debug?.path), reason: reason)
  }

  /// Where the binary may be, in the order of belief.
  private func binaryCandidates() -> [String] {
    // Nothing but its build id proves that the kernel's image is the recorded one.
    if module.path == KernelImage.path { return module.buildID == nil ? [] : [module.path] }
    guard module.path.hasPrefix("/") else { return [] }
    var candidates = options.modulePaths.map { "\($0)/\(module.name)" }
    if let root = options.systemRoot {
      candidates.append(root + module.path)
    } else {
      candidates.append(module.path)
    }
    return candidates
  }

  /// How a file differs from the recorded one; `nil` when it is the same, as far as can be known.
  private func difference(of file: ElfFile) -> SymbolizationDiagnostics.Reason? {
    if let expected = module.buildID {
      let found = file.buildID()
      return found == expected
        ? nil
        : .changed(
          expected: "build id \(expected)",
          found: found.map { "build id \($0)" } ?? "no build id")
    }
    if let expected = module.fileBytes, expected != file.fileBytes {
      return .changed(expected: "\(expected) bytes", found: "\(file.fileBytes) bytes")
    }
    // A copy under a root or a module path has a time of its own.
    if file.path == module.path, let expected = module.modificationTimeNanoseconds,
      expected != file.modificationTimeNanoseconds
    {
      return .changed(
        expected: "modification time \(expected) ns",
        found: "modification time \(file.modificationTimeNanoseconds) ns")
    }
    return nil
  }
}
