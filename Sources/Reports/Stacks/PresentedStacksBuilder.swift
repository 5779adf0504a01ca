import Aggregation
import Dispatch
import Symbolization
import Synchronization
import TraceFormat

/// Turns recorded stacks into presented ones in one pass over the stack tree.
///
/// Every distinct address is symbolized once; the recorded tree is walked parents first, and each
/// of its nodes is mapped to the node of the same functions and lines. Recorded nodes that only
/// differ in addresses meet there, which sums their costs without comparing whole stacks.
/// `FrameFolding` then applies the rules, `RecursionFolding` leaves one round of each recursion, and
/// what differs in lines alone is merged last, so that each stack keeps the lines of its own.
struct PresentedStacksBuilder {
  private var functions: [PresentedStacks.Function] = []
  /// Those of `functions` that are marks.
  private var marks: Set<UInt32> = []
  /// Those of `functions` that have no symbol.
  private var unnamed: Set<UInt32> = []
  /// Those of `functions` that are interpreted code's.
  private var interpreted: Set<UInt32> = []
  /// The names in a map of code of those of `functions` that rules know by them: what CPython's
  /// `-X perf` puts between its loop and a Python function.
  private var mappedNames: [UInt32: String] = [:]
  private var functionIndices: [PresentedStacks.Function: UInt32] = [:]
  private var files: [String] = []
  private var fileIndices: [String: UInt32] = [:]
  private var sites: [Site: UInt32] = [:]
  private var trie: FrameTrie

  private struct Site: Hashable {
    let function: UInt32
    let file: UInt32
    let line: UInt32
    let isInlined: Bool
    let hasJumped: Bool
  }

  /// What a call instruction enters.
  private struct Call {
    let function: SourceFrame
    let module: Module?

    init(_ function: SourceFrame, in module: Module?) {
      self.function = function
      self.module = module
    }
  }

  private init(capacity: Int) { trie = FrameTrie(.site, capacity: capacity) }

  /// Presents all stacks of a tree.
  static func build(
    _ tree: StackTree, costs: [StackCost], modules: [Module], symbolizer: some Symbolizing,
    rules: FrameRules, keepsAllFrames: Bool, separatesLines: Bool, foldsRecursion: Bool
  ) -> PresentedStacks {
    var builder = PresentedStacksBuilder(capacity: tree.count)
    let wholePlaced = builder.presentNodes(
      of: tree, modules: modules, symbolizer: symbolizer,
      showsAddresses: keepsAllFrames || rules == .none)
    let isInterpreted = tree.locations.contains { $0.recorded != nil }
    let functions = builder.ratedFunctions(by: rules, isInterpreted: isInterpreted)
    let wholePlacedNodes = builder.trie.nodes
    let whole = FrameTrie.merging(wholePlacedNodes, by: .function)
    var placedNodes = wholePlacedNodes
    var placed = wholePlaced
    if !keepsAllFrames {
      let folding = FrameFolding(placedNodes, functions: functions)
      placedNodes = folding.trie.nodes
      placed = placed.map { folding.shownNodes[Int($0)] }
    }
    if foldsRecursion {
      let folding = RecursionFolding(placedNodes)
      placedNodes = folding.trie.nodes
      placed = placed.map { folding.foldedNodes[Int($0)] }
    }
    var nodes = placedNodes
    var nodeOfRecorded = placed
    if !separatesLines {
      let merged = FrameTrie.merging(placedNodes, by: .function)
      nodes = merged.trie.nodes
      nodeOfRecorded = placed.map { merged.nodes[Int($0)] }
    }
    return PresentedStacks(
      functions: functions, files: builder.files, nodes: nodes, nodeOfRecorded: nodeOfRecorded,
      placedNodes: placedNodes, placedNodeOfRecorded: placed, wholeNodes: whole.trie.nodes,
      wholeNodeOfRecorded: wholePlaced.map { whole.nodes[Int($0)] },
      wholePlacedNodes: wholePlacedNodes, wholePlacedNodeOfRecorded: wholePlaced,
      isInterpreted: isInterpreted, costs: costs)
  }

  /// Maps each recorded node to a presented one. Addresses in no file tell a reader nothing, and
  /// are others in every run: unless they are asked for, a run of them is one frame.
  private mutating func presentNodes(
    of tree: StackTree, modules: [Module], symbolizer: some Symbolizing, showsAddresses: Bool
  ) -> [UInt32] {
    var addresses: [CodeAddress] = []
    var addressIndices: [CodeAddress: Int] = [:]
    // The first location is the root's.
    let addressOfLocation = tree.locations.enumerated().map { number, location -> Int? in
      guard number > 0, location.programCounter.isAddress else { return nil }
      let address = CodeAddress(
        module: location.module.map { ModuleImage.ID($0.rawValue) },
        address: location.programCounter.lookupAddress)
      if let index = addressIndices[address] { return index }
      addressIndices[address] = addresses.count
      addresses.append(address)
      return addresses.count - 1
    }

    let known = Dictionary(
      modules.map { ($0.id.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
    let unknownCode = intern(name: "[code of no file]", isMark: false)
    let symbolized = symbolizer.symbolize(addresses)
    let framesOfAddress = zip(addresses, symbolized).map { address, frames in
      if address.module == nil, !showsAddresses, frames.allSatisfy({ !$0.isResolved }) {
        return [unknownCode]
      }
      return frames.filter { !$0.isCallee }.map { frame in
        let module = frame.module ?? address.module
        return intern(frame, module.flatMap { known[$0.rawValue] })
      }
    }
    let calls = zip(addresses, symbolized).map { address, frames in
      frames.first { $0.isCallee }.map {
        Call($0, in: address.module.flatMap { known[$0.rawValue] })
      }
    }

    // From the outermost to the innermost inlined frame.
    let framesOfLocation = zip(tree.locations, addressOfLocation).map { location, address in
      switch location.programCounter.kind {
      case .marker(let marker): return [intern(marker)]
      case .recorded: return [intern(location.recorded)]
      case .otherBlocks: return []
      case .code, .awaiting, .asyncCallers, .interpreterRun, .interpreterStack:
        return address.map { framesOfAddress[$0].reversed() } ?? []
      }
    }
    var presented = [UInt32](repeating: 0, count: tree.count)
    for node in tree.nodes {
      let caller = tree.parent(of: node)
      var parent = presented[Int(caller.rawValue)]
      let frames = framesOfLocation[tree.locationIndex(of: node)]
      if let callee = callee(
        addressOfLocation[tree.locationIndex(of: caller)].flatMap { calls[$0] },
        before: frames.first)
      {
        parent = trie.child(of: parent, callee)
      }
      for frame in frames
      where frame.function != unknownCode.function || trie.function(of: parent) != frame.function {
        parent = trie.child(of: parent, frame)
      }
      presented[Int(node.rawValue)] = parent
    }
    return presented
  }

  /// The function that the caller called, where code without a name is on the stack instead: it jumped
  /// there.
  private mutating func callee(
    _ call: Call?, before frame: FrameTrie.Frame?
  ) -> FrameTrie.Frame? {
    guard let call, let frame, unnamed.contains(frame.function),
      functions[Int(frame.function)].modulePath == call.module?.path
    else { return nil }
    return intern(call.function, call.module)
  }

  private mutating func intern(_ frame: SourceFrame, _ module: Module?) -> FrameTrie.Frame {
    let file = frame.file.map { number(ofFile: $0) }
    let function = PresentedStacks.Function(
      name: frame.function, modulePath: module?.path, definition: frame.definition,
      build: frame.isResolved ? nil : module?.buildIDText)
    let index = intern(function)
    if !frame.isResolved, module != nil { unnamed.insert(index) }
    if module == nil, let name = frame.linkageName, name.hasPrefix("py::") {
      mappedNames[index] = name
    }
    return makeFrame(
      index, file: file ?? PresentedStacks.Node.unknown,
      line: UInt32(clamping: frame.line ?? 0), isInlined: frame.isInlined,
      hasJumped: frame.isCallee)
  }

  private mutating func makeFrame(
    _ function: UInt32, file: UInt32 = PresentedStacks.Node.unknown, line: UInt32 = 0,
    isInlined: Bool = false, hasJumped: Bool = false
  ) -> FrameTrie.Frame {
    let site = Site(
      function: function, file: file, line: line, isInlined: isInlined, hasJumped: hasJumped)
    let number = sites[site] ?? UInt32(sites.count)
    sites[site] = number
    return FrameTrie.Frame(
      function: function, site: number, file: file, line: line, isInlined: isInlined,
      hasJumped: hasJumped)
  }

  /// A frame that the trace itself describes, or should. A script is its code's module.
  private mutating func intern(_ location: RecordedLocation?) -> FrameTrie.Frame {
    guard let location else { return intern(name: "[frame not described]", isMark: false) }
    let file = location.file.map { number(ofFile: $0) }
    let function = intern(
      PresentedStacks.Function(name: location.function, modulePath: location.file))
    interpreted.insert(function)
    return makeFrame(
      function, file: file ?? PresentedStacks.Node.unknown,
      line: UInt32(clamping: location.line ?? 0))
  }

  private mutating func number(ofFile path: String) -> UInt32 {
    if let index = fileIndices[path] { return index }
    let index = UInt32(files.count)
    fileIndices[path] = index
    files.append(path)
    return index
  }

  private mutating func intern(_ marker: ProgramCounter.Marker) -> FrameTrie.Frame {
    let name =
      switch marker {
      case .cut: "[deeper frames not recorded]"
      case .broken: "[unwinding ended here]"
      }
    return intern(name: name, isMark: true)
  }

  /// A frame of which nothing but a name of ours is known.
  private mutating func intern(name: String, isMark: Bool) -> FrameTrie.Frame {
    makeFrame(intern(PresentedStacks.Function(name: name, modulePath: nil), isMark: isMark))
  }

  private mutating func intern(
    _ function: PresentedStacks.Function, isMark: Bool = false
  ) -> UInt32 {
    if let index = functionIndices[function] { return index }
    let index = UInt32(functions.count)
    functionIndices[function] = index
    functions.append(function)
    if isMark { marks.insert(index) }
    return index
  }

  /// Less than this is not worth another task.
  private static let functionsPerTask = 1_024

  /// The functions with what the rules say of them. A program has tens of thousands, and whole
  /// names are compared with many patterns: all processors take part.
  private func ratedFunctions(
    by rules: FrameRules, isInterpreted: Bool
  ) -> [PresentedStacks.RatedFunction] {
    let distinctions = FunctionDistinctions(functions)
    let hidesOthers = rules.showsInterpretedCodeAlone && !interpreted.isEmpty
    let tasks = (functions.count + Self.functionsPerTask - 1) / Self.functionsPerTask
    let rated = Mutex<[Int: [PresentedStacks.RatedFunction]]>([:])
    DispatchQueue.concurrentPerform(iterations: tasks) {
      [functions, marks, interpreted, mappedNames] task in
      var classifier = FrameClassifier(rules, isInterpreted: isInterpreted)
      let start = task * Self.functionsPerTask
      let end = min(start + Self.functionsPerTask, functions.count)
      let share = (start..<end).map { index in
        let function = functions[index]
        let isMark = marks.contains(UInt32(index))
        let action =
          isMark
          ? .dim
          : classifier.action(
            function: mappedNames[UInt32(index)] ?? function.name, module: function.modulePath)
        let isHidden = hidesOthers && !isMark && !interpreted.contains(UInt32(index))
        return PresentedStacks.RatedFunction(
          function: function, distinction: distinctions[index], action: isHidden ? .hide : action,
          isMark: isMark,
          isUnnamed: PresentedFrame.isUnnamed(function.name, modulePath: function.modulePath))
      }
      rated.withLock { $0[task] = share }
    }
    return rated.withLock { rated in (0..<tasks).flatMap { rated[$0] ?? [] } }
  }
}
