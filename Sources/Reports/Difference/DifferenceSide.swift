import Aggregation
import TraceFormat

/// One of two traces as a difference sees it: its stacks or groups, and what they are known by.
struct DifferenceSide {
  /// A stack or a group.
  struct Entry {
    let name: TraceDifference.Name
    let cost: StackCost
  }

  let entries: [Entry]
  let stacks: [StackMatching.Stack]

  /// Takes the stacks or groups of a trace apart; `numbers` gives names the same number on both
  /// sides.
  init(
    _ trace: AnalyzedTrace, _ question: TraceDifference.Question, _ numbers: inout NameNumbers
  ) {
    var names = FrameNames(trace, numbers)
    var entries: [Entry] = []
    var stacks: [StackMatching.Stack] = []
    func add(_ entry: Entry, _ frames: [StackMatching.Frame]) {
      entries.append(entry)
      stacks.append(
        StackMatching.Stack(
          frames: frames,
          amount: StackMatching.Amount(
            allocations: entry.cost.allocations, bytes: entry.cost.allocatedBytes)))
    }
    if question.grouping == .stack {
      for stack in trace.stacks.stacks {
        let frames = trace.stacks.frames(of: stack)
        add(Entry(name: .stack(frames), cost: stack.cost), frames.map { names.frame($0) })
      }
    } else {
      let groups = CostGroup.groups(
        of: trace, by: question.grouping, isAskedByGroup: !question.kind.isAdditive)
      for group in groups {
        let cost = question.isInclusive ? group.inclusive ?? group.own : group.own
        guard cost.allocations > 0 else { continue }
        add(
          Entry(name: .group(group.label), cost: cost),
          [names.group(group.label, question.grouping)])
      }
    }
    numbers = names.numbers
    self.entries = entries
    self.stacks = stacks
  }
}

/// Numbers for names, each name one number.
struct NameNumbers {
  private var numbers: [String: Int] = [:]

  mutating func number(_ name: String) -> Int {
    if let known = numbers[name] { return known }
    let number = numbers.count
    numbers[name] = number
    return number
  }
}

/// What the frames and groups of a trace are known by in another trace.
private struct FrameNames {
  var numbers: NameNumbers
  private let buildOfPath: [String: String]
  private let executable: String
  /// By thread: its name and how many of that name came before.
  private let threads: [ThreadID: String]
  private var known: [PresentedFrame: StackMatching.Frame] = [:]

  init(_ trace: AnalyzedTrace, _ numbers: NameNumbers) {
    self.numbers = numbers
    let profile = trace.profile
    buildOfPath = Dictionary(
      profile.modules.map { ($0.path, $0.buildIDText) }, uniquingKeysWith: { first, _ in first })
    executable = profile.process.executable
    var seen: [String: Int] = [:]
    var threads: [ThreadID: String] = [:]
    for thread in profile.threads {
      // The first thread goes by the program's name, which may differ between versions.
      let name = thread.id.rawValue == 1 ? "" : thread.name
      threads[thread.id] = "\(name)#\(seen[name, default: 0])"
      seen[name, default: 0] += 1
    }
    self.threads = threads
  }

  /// A function goes by its name; where it has none by its place, which means something in its own
  /// build alone: to other builds it is some code of its module.
  mutating func frame(_ frame: PresentedFrame) -> StackMatching.Frame {
    if let known = known[frame] { return known }
    let build = frame.modulePath.flatMap { buildOfPath[$0] } ?? ""
    let module = frame.modulePath.map(role(ofModule:)) ?? ""
    let isNamed = frame.moduleName.map { !frame.function.hasPrefix($0 + "+0x") } ?? true
    let name = isNamed ? Self.withoutCloneSuffix(frame.function) : module + "+"
    let result = StackMatching.Frame(
      build: numbers.number("\(frame.function)\u{0}\(module)\u{0}\(build)"),
      module: numbers.number(isNamed ? "\(name)\u{0}\(module)" : frame.function + "\u{0}" + build),
      name: numbers.number(name), isInlined: frame.isInlined)
    known[frame] = result
    return result
  }

  mutating func group(
    _ label: CostGroup.Label, _ grouping: CostGrouping
  ) -> StackMatching.Frame {
    let names: [String] =
      switch label {
      case .thread(let id, _): [threads[id] ?? "#\(id.rawValue)"]
      case .size(let bytes): [String(bytes)]
      case .frame(let label):
        if let file = label.file {
          [file, Self.end(of: file, parts: 2), Self.end(of: file, parts: 1)].map {
            $0 + (label.line.map { ":\($0)" } ?? "")
          }
        } else {
          names(function: label.function ?? "", module: label.module)
        }
      }
    let last = names[names.count - 1]
    return StackMatching.Frame(
      build: numbers.number(names[0]), module: numbers.number(names.count > 1 ? names[1] : last),
      name: numbers.number(last))
  }

  private func names(function: String, module path: String?) -> [String] {
    let module = path.map(role(ofModule:)) ?? ""
    let build = path.flatMap { buildOfPath[$0] } ?? ""
    let name = Self.withoutCloneSuffix(function)
    // A module goes by its name up to its version: libfoo.so.1 is libfoo.so.2's former self.
    let last = name.isEmpty ? module.components(before: ".so.") : name
    return ["\(function)\u{0}\(module)\u{0}\(build)", "\(name)\u{0}\(module)", last]
  }

  /// A module's base name; the program's own file is itself under whatever name.
  private func role(ofModule path: String) -> String {
    path == executable ? "[program]" : PresentedFrame.baseName(path)
  }

  private static func end(of path: String, parts: Int) -> String {
    path.split(separator: "/").suffix(parts).joined(separator: "/")
  }

  /// Compilers name the copies that they make of a function: `grow.constprop.0`.
  private static func withoutCloneSuffix(_ name: String) -> String {
    guard name.contains(".") else { return name }
    let kinds: Set<Substring> = ["constprop", "isra", "part", "cold", "lto_priv", "llvm"]
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.dropFirst().firstIndex(where: kinds.contains),
      parts[first...].allSatisfy({ kinds.contains($0) || Int($0) != nil })
    else { return name }
    return parts[..<first].joined(separator: ".")
  }
}

extension String {
  fileprivate func components(before separator: String) -> String {
    firstRange(of: separator).map { String(self[..<$0.lowerBound]) } ?? self
  }
}
