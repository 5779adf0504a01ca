import TraceFormat

/// The stacks of several processes as one tree. A module that several of them have loaded is one,
/// known by its file, and its code is counted as if it always stood where the first process had it.
/// Code outside of modules is each process's own, whatever stands at that address in others.
struct GroupStacks {
  /// What makes two loadings the same module.
  private struct ModuleKey: Hashable {
    let path: String
    let buildID: [UInt8]
    let fileBytes: UInt64
    let modificationNanoseconds: Int64
  }

  private(set) var modules: [Module] = []
  private(set) var costs: [StackCost] = []
  private var moduleIndices: [ModuleKey: Int] = [:]
  private var recorded: [RecordedLocation: UInt64] = [:]
  private var processes: UInt32 = 0
  private var locations: [StackTree.Location]
  private var locationIndices: [StackTree.Location: UInt32] = [:]
  /// The tree's nodes by parent and location.
  private var nodes = KeyNumbering()
  /// The place in `costs` of each node that allocated.
  private var costIndices: [UInt32: Int] = [:]

  init() {
    // The root's, which no frame has.
    locations = [
      StackTree.Location(programCounter: ProgramCounter(rawValue: .max), module: nil)
    ]
    _ = nodes.number(of: StackTree.key(parent: .root, location: 0))
  }

  var tree: StackTree { StackTree(keys: nodes.keys, locations: locations) }

  /// Adds the stacks of one process and what they cost; returns where its code is in the group, and
  /// by the numbers of its stacks those in the group.
  mutating func add(_ profile: HeapProfile) -> (code: CodePlacement, numbers: [StackID]) {
    let moduleOf = Dictionary(
      profile.modules.map { ($0.id, (own: $0, shared: modules[index(of: $0)])) },
      uniquingKeysWith: { first, _ in first })
    processes += 1
    let outside = ModuleID(rawValue: UInt32.max - processes)
    let locationOf = profile.stacks.locations.enumerated().map { number, location -> UInt32 in
      guard number > 0 else { return 0 }
      if let recorded = location.recorded { return self.number(of: shared(recorded)) }
      guard location.programCounter.isAddress,
        let module = location.module.flatMap({ moduleOf[$0] })
      else {
        return self.number(
          of: StackTree.Location(
            programCounter: location.programCounter,
            module: location.programCounter.isAddress ? outside : nil))
      }
      let address = location.programCounter.address &- module.own.base &+ module.shared.base
      return self.number(
        of: StackTree.Location(
          programCounter: location.programCounter.moved(to: address), module: module.shared.id))
    }
    var numbers = [StackID](repeating: .root, count: profile.stacks.count)
    for node in profile.stacks.nodes {
      let parent = numbers[Int(profile.stacks.parent(of: node).rawValue)]
      let location = locationOf[profile.stacks.locationIndex(of: node)]
      numbers[Int(node.rawValue)] = StackID(
        rawValue: nodes.number(of: StackTree.key(parent: parent, location: location)))
    }
    for cost in profile.costs { add(cost, at: numbers[Int(cost.stack.rawValue)]) }
    let code = CodePlacement(
      modules: moduleOf.mapValues {
        CodePlacement.Module(id: $0.shared.id, distance: $0.shared.base &- $0.own.base)
      }, outside: outside)
    return (code, numbers)
  }

  private mutating func add(_ cost: StackCost, at stack: StackID) {
    if let index = costIndices[stack.rawValue] {
      costs[index].add(cost)
    } else {
      costIndices[stack.rawValue] = costs.count
      var first = StackCost(stack: stack)
      first.add(cost)
      costs.append(first)
    }
  }

  private mutating func number(of location: StackTree.Location) -> UInt32 {
    if let number = locationIndices[location] { return number }
    let number = UInt32(locations.count)
    locationIndices[location] = number
    locations.append(location)
    return number
  }

  /// The same frame in any process, whatever number that gave it.
  private mutating func shared(_ location: RecordedLocation) -> StackTree.Location {
    let number = recorded[location] ?? UInt64(recorded.count)
    recorded[location] = number
    return StackTree.Location(
      programCounter: .recorded(number: number), module: nil, recorded: location)
  }

  private mutating func index(of module: Module) -> Int {
    let key = ModuleKey(
      path: module.path, buildID: module.buildID, fileBytes: module.fileBytes,
      modificationNanoseconds: module.fileModificationNanoseconds)
    if let index = moduleIndices[key] { return index }
    moduleIndices[key] = modules.count
    modules.append(
      Module(
        id: ModuleID(rawValue: UInt32(modules.count + 1)), path: module.path, base: module.base,
        addresses: module.addresses, segments: module.segments, buildID: module.buildID,
        fileBytes: module.fileBytes,
        fileModificationNanoseconds: module.fileModificationNanoseconds))
    return modules.count - 1
  }
}
