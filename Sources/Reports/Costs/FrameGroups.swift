/// The groups of a grouping by frames: functions, files, lines or modules, as dense numbers.
struct FrameGroups {
  /// What a group is called; of the parts that its grouping does not tell apart there are none.
  struct Label: Hashable {
    var function: String?
    var module: String?
    var file: String?
    var line: Int?
    /// What tells a function from others of its name and module.
    var distinction: String?
  }

  let labels: [Label]
  /// By presented node; the root, a stack without frames, has a group of its own.
  let ofNode: [UInt32]
  /// By recorded stack: the group of its innermost frame.
  let ofRecorded: [UInt32]

  /// Numbers the groups of all frames. Linear in the presented nodes.
  init(_ names: PresentedStacks, _ grouping: CostGrouping) {
    var labels: [Label] = []
    var numbers: [Label: UInt32] = [:]
    func number(of label: Label) -> UInt32 {
      if let known = numbers[label] { return known }
      let number = UInt32(labels.count)
      numbers[label] = number
      labels.append(label)
      return number
    }
    let root = number(of: Label(function: FoldedName.noStack))
    // Frames of one function, file and line are many: their label is made once.
    var known: [PresentedStacks.Node.Place: UInt32] = [:]
    ofNode =
      [root]
      + names.nodes.dropFirst().map { node in
        if let group = known[node.place] { return group }
        let rated = names.functions[Int(node.function)]
        let function = rated.function
        let file = node.file == PresentedStacks.Node.unknown ? nil : names.files[Int(node.file)]
        let label =
          switch grouping {
          case .file: file.map { Label(file: $0) } ?? Label(module: function.modulePath)
          case .line where file != nil && node.line != 0:
            Label(file: file, line: Int(node.line))
          case .module: Label(module: function.modulePath)
          default:
            Label(
              function: function.name, module: function.modulePath, distinction: rated.distinction)
          }
        let group = number(of: label)
        known[node.place] = group
        return group
      }
    self.labels = labels
    ofRecorded = names.nodeOfRecorded.map { [ofNode] in ofNode[Int($0)] }
  }
}

extension PresentedStacks.Node {
  /// What decides on a frame's groups.
  struct Place: Hashable {
    let function: UInt32
    let file: UInt32
    let line: UInt32
  }

  var place: Place { Place(function: function, file: file, line: line) }
}
