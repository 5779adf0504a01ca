import TraceFormat

/// Orders the traces of a run by descent. A process is its number and the moment at which it was made,
/// and may have several traces: of the images that it became by exec, which follow each other on one
/// level.
///
/// A child stands below the image that its parent had when the child's trace began. The trace of a parent
/// may begin later than the child's, as when an earlier image was not traced: the child then stands below
/// the parent's first one. Where traces contradict each other, every one of them is still in the order
/// once.
enum ProcessTree {
  private struct Identity: Hashable {
    let pid: UInt32
    let startTicks: UInt64

    init(_ process: TracedProcess) {
      pid = process.pid
      startTicks = process.processStartTicks
    }
  }

  /// Parents before their children, with their depths; equal ones in the order of their start.
  static func ordered(_ members: [ProfileGroup.Member]) -> [ProfileGroup.Member] {
    let members = members.sorted {
      ($0.process.startRealtimeNanoseconds, $0.process.pid, $0.path)
        < ($1.process.startRealtimeNanoseconds, $1.process.pid, $1.path)
    }
    let images = Dictionary(grouping: members.indices) { Identity(members[$0].process) }
    let processes = Dictionary(grouping: images.keys, by: \.pid)
      .mapValues { $0.sorted { $0.startTicks < $1.startTicks } }
    /// Below which member each one stands: an earlier image of the same process, or the parent.
    let above = members.indices.map { index -> (member: Int, isImage: Bool)? in
      let own = Identity(members[index].process)
      if let earlier = images[own]?.last(where: { $0 < index }) { return (earlier, true) }
      // Of several processes of the parent's number, one that is no younger than its child.
      let parent = processes[members[index].process.parentPID]?.last {
        $0 != own && ($0.startTicks <= own.startTicks || own.startTicks == 0)
      }
      guard let parent, let all = images[parent] else { return nil }
      return all.last { $0 < index }.map { ($0, false) } ?? all.first.map { ($0, false) }
    }
    var children: [Int: [(member: Int, isImage: Bool)]] = [:]
    for (index, place) in above.enumerated() {
      if let place { children[place.member, default: []].append((index, place.isImage)) }
    }
    var ordered: [ProfileGroup.Member] = []
    ordered.reserveCapacity(members.count)
    var isPlaced = [Bool](repeating: false, count: members.count)
    func place(_ root: Int) {
      var pending = [(index: root, depth: 0)]
      while let (index, depth) = pending.popLast() {
        guard !isPlaced[index] else { continue }
        isPlaced[index] = true
        var member = members[index]
        member.depth = depth
        ordered.append(member)
        // What the process became comes last, on its own level: its children were there before.
        let next = children[index] ?? []
        for child in next.reversed() where child.isImage { pending.append((child.member, depth)) }
        for child in next.reversed() where !child.isImage {
          pending.append((child.member, depth + 1))
        }
      }
    }
    for index in members.indices where above[index] == nil { place(index) }
    for index in members.indices where !isPlaced[index] { place(index) }
    return ordered
  }
}
