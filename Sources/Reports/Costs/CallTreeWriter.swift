import Aggregation

/// Writes a `CallTree` as far as its branches are large, as text and as JSON.
struct CallTreeWriter {
  let tree: CallTree
  let kind: CostKind
  let extent: TreeReport.Extent
  /// What shares are shares of.
  let total: Int

  /// Nodes with less are left out; none that has nothing is ever shown.
  private var threshold: Int {
    max(1, Int((Double(total) * extent.minimumPercent / 100).rounded(.up)))
  }

  private func isDeepest(_ level: Int) -> Bool { extent.depth.map { level >= $0 } ?? false }

  /// Writes the tree as text.
  func writeText(to output: inout some TextOutputStream, _ style: TextStyle) {
    let roots = tree.roots
    let shown = roots.filter(isLarge)
    var pending = shown.reversed().map { Branch(node: $0) }
    while var branch = pending.popLast() {
      var children = open(branch)
      // A function that only calls itself on is one line.
      while let child = children.first, children.count == 1, child.value == branch.node.value,
        child.function == branch.node.function, child.frame == branch.node.frame
      {
        branch.node = child
        branch.level += 1
        branch.repetitions += 1
        children = open(branch)
      }
      write(branch, to: &output, style)
      let isChain = branch.level > 1 && children.first?.value == branch.node.value
      for (index, child) in children.enumerated().reversed() {
        var next = Branch(node: child)
        next.level = branch.level + 1
        next.margin = branch.margin + TreeLines(style: style).continuation(of: branch.joint)
        next.joint = isChain ? .chain : index + 1 == children.count ? .last : .middle
        pending.append(next)
      }
    }
    if shown.count < roots.count {
      let rest = roots[shown.count...].reduce(0) { $0 + $1.value }
      output.write(
        style.faint(
          "\n… \(Quantity.counted(roots.count - shown.count, "more branch", "more branches")) with "
            + "\(kind.isBytes ? Quantity.bytes(rest) : Quantity.grouped(rest))") + "\n")
    }
  }

  /// A node on its way to the output.
  private struct Branch {
    var node: CallTree.Node
    var level = 1
    var margin = ""
    var joint = TreeLines.Joint.root
    var repetitions = 1
  }

  private func isLarge(_ node: CallTree.Node) -> Bool { node.value >= threshold }

  /// What is shown below a node.
  private func open(_ branch: Branch) -> [CallTree.Node] {
    isDeepest(branch.level) ? [] : tree.children(of: branch.node).filter(isLarge)
  }

  private func write(
    _ branch: Branch, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let node = branch.node
    let lines = branch.margin + TreeLines(style: style).joint(branch.joint)
    let suffix =
      (node.frame?.isRecursive ?? false ? " (recursive)" : "")
      + (branch.repetitions > 1 ? " (× \(Quantity.grouped(branch.repetitions)))" : "")
    func right(_ text: String, _ columns: Int) -> String {
      TextTable.spaces(columns - SafeText.columns(text)) + text
    }
    let value = kind.isBytes ? Quantity.bytes(node.value) : Quantity.grouped(node.value)
    let share = Quantity.percent(node.value, of: total)
    let figures = right(share, 8) + right(value, 13) + "  "
    let place = node.frame.map(StackText.place(of:)) ?? ""
    let room = style.width - SafeText.columns(figures) - SafeText.columns(lines + suffix)
    let name =
      NameShortener(columns: room - SafeText.columns(place) - 2)
      .shortened(SafeText.sanitized(node.frame?.distinctName ?? FoldedName.noStack)) + suffix
    let isOwn = node.frame.map { !$0.isLibrary } ?? false
    output.write(figures + style.faint(lines) + (isOwn ? style.strong(name) : name))
    if !place.isEmpty { output.write("  " + style.faint(SafeText.sanitized(place))) }
    output.write("\n")
  }

  /// Writes the nodes as a list, callers before those they call: trees are deeper than readers of
  /// JSON can nest.
  func writeJSON<Output>(_ key: String, to json: inout JSONWriter<Output>) {
    json.array(key) { json in
      var pending = tree.roots.filter(isLarge).reversed().map { (Branch(node: $0), Int?.none) }
      var number = 0
      while let (branch, parent) = pending.popLast() {
        write(branch, number, parent, to: &json)
        for child in open(branch).reversed() {
          var next = Branch(node: child)
          next.level = branch.level + 1
          pending.append((next, number))
        }
        number += 1
      }
    }
  }

  private func write<Output>(
    _ branch: Branch, _ number: Int, _ parent: Int?, to json: inout JSONWriter<Output>
  ) {
    let node = branch.node
    json.object(compact: true) { json in
      json.member("node", number)
      json.member("parent", optional: parent)
      json.member("level", branch.level)
      json.member("function", node.frame?.function)
      json.member("module", node.frame?.modulePath)
      json.member("file", node.frame?.file)
      json.member("line", optional: node.frame?.line)
      json.member("value", node.value)
      json.member("blocks", node.blocks)
      json.member("self", node.ownValue)
    }
  }
}

/// The lines that hold a tree together.
private struct TreeLines {
  /// How a node hangs on the one above it.
  enum Joint {
    case root
    /// The only one below the node above it, with all of its cost: straight below, so that a long
    /// chain of calls does not leave the page.
    case chain
    case middle, last
  }

  let style: TextStyle

  func joint(_ joint: Joint) -> String {
    switch joint {
    case .root, .chain: ""
    case .middle: style.drawsUnicode ? "├─" : "|-"
    case .last: style.drawsUnicode ? "└─" : "`-"
    }
  }

  /// What leads the lines below a node.
  func continuation(of joint: Joint) -> String {
    switch joint {
    case .root, .chain: ""
    case .middle: style.drawsUnicode ? "│ " : "| "
    case .last: "  "
    }
  }
}
