import TraceFormat

/// Orders the traces of a run by descent: a process's parent is the latest one with its parent's
/// number that had started before it. The images that one process became by exec follow each other
/// on the same level.
enum ProcessTree {
  /// Parents before their children, with their depths; equal ones in the order of their start.
  static func ordered(_ members: [ProfileGroup.Member]) -> [ProfileGroup.Member] {
    let members = members.sorted {
      ($0.process.startRealtimeNanoseconds, $0.process.pid, $0.path)
        < ($1.process.startRealtimeNanoseconds, $1.process.pid, $1.path)
    }
    /// The latest image of each process number that has started so far.
    var latest: [UInt32: Int] = [:]
    var children: [Int: [Int]] = [:]
    for (index, member) in members.enumerated() {
      let process = member.process
      let earlier = latest[process.pid].flatMap { image in
        members[image].process.processStartTicks == process.processStartTicks ? image : nil
      }
      // An image stands where the process's first one does: below the parent.
      let parent = earlier == nil ? latest[process.parentPID] : nil
      if let earlier {
        children[earlier, default: []].append(index)
      } else {
        children[parent ?? -1, default: []].append(index)
      }
      latest[process.pid] = index
    }
    var ordered: [ProfileGroup.Member] = []
    ordered.reserveCapacity(members.count)
    var pending = (children[-1] ?? []).reversed().map { (index: $0, depth: 0) }
    while let (index, depth) = pending.popLast() {
      var member = members[index]
      member.depth = depth
      ordered.append(member)
      // What the process became comes last, on its own level: its children were there before.
      let isImage = { (child: Int) in members[child].process.pid == member.process.pid }
      let next = children[index] ?? []
      for child in next.filter(isImage).reversed() { pending.append((child, depth)) }
      for child in next.reversed() where !isImage(child) { pending.append((child, depth + 1)) }
    }
    return ordered
  }
}
