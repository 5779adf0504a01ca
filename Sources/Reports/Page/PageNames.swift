import Aggregation

/// The functions, modules and files that a page's tree names, numbered in the order of their first use.
/// Function 0 is what stands for smaller stacks, and the root; file 0 is an unknown one.
struct PageNames {
  private let stacks: PresentedStacks
  private let redaction: PageRedaction
  private var functions: [UInt32] = []
  private var functionNumbers: [UInt32: Int] = [:]
  private var files: [UInt32] = []
  private var fileNumbers: [UInt32: Int] = [:]
  private var modules: [String] = []
  private var moduleNumbers: [String: Int] = [:]

  init(_ tree: PageTree, _ stacks: PresentedStacks, _ redaction: PageRedaction) {
    self.stacks = stacks
    self.redaction = redaction
    for node in tree.nodes {
      if let function = node.function, functionNumbers[function] == nil {
        functions.append(function)
        functionNumbers[function] = functions.count
        if let module = stacks.functions[Int(function)].function.modulePath,
          moduleNumbers[module] == nil
        {
          modules.append(module)
          moduleNumbers[module] = modules.count
        }
      }
      if let file = node.file, fileNumbers[file] == nil {
        files.append(file)
        fileNumbers[file] = files.count
      }
    }
  }

  func function(_ function: UInt32?) -> Int { function.flatMap { functionNumbers[$0] } ?? 0 }
  func file(_ file: UInt32?) -> Int { file.flatMap { fileNumbers[$0] } ?? 0 }
  /// The number of a function that the tree has.
  func known(_ function: UInt32) -> Int? { functionNumbers[function] }

  /// Writes the names; the first of each list has the number 1.
  func write<Output>(to json: inout JSONWriter<Output>) {
    json.array("functions") { json in
      for function in functions {
        json.element(SafeText.sanitized(stacks.functions[Int(function)].function.name))
      }
    }
    json.array("functionModules", compact: true) { json in
      for function in functions {
        let module = stacks.functions[Int(function)].function.modulePath
        json.element(module.flatMap { moduleNumbers[$0] } ?? 0)
      }
    }
    // 0 is the program's own, as far as the rules know; 1 belongs to a library or a runtime.
    json.array("functionClasses", compact: true) { json in
      for function in functions {
        json.element(stacks.functions[Int(function)].action == .show ? 0 : 1)
      }
    }
    json.array("distinctions") { json in
      for (number, function) in functions.enumerated() {
        guard let distinction = stacks.functions[Int(function)].distinction else { continue }
        json.object(compact: true) { json in
          json.member("function", number + 1)
          json.member("text", SafeText.sanitized(distinction))
        }
      }
    }
    json.array("modules") { json in
      for module in modules { json.element(redaction.path(module)) }
    }
    json.array("files") { json in
      for file in files { json.element(redaction.path(stacks.files[Int(file)])) }
    }
  }
}
