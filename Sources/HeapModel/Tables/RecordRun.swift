/// Some of a few neighbours, which of them a bit each tells, and where their elements stand in a
/// `RecordStore`: in the order of the neighbours, without gaps.
protocol RecordRun {
  static var mostMembers: Int { get }
  /// A bit for each neighbour that there is.
  var members: UInt32 { get set }
  /// How many elements there is room for.
  var capacity: Int { get set }
  /// The place of the first element.
  var start: UInt32 { get set }
}

extension RecordRun {
  @inline(__always)
  var held: Int { members.nonzeroBitCount }

  /// Whether there is a neighbour, named by its bit.
  @inline(__always)
  func has(_ bit: UInt32) -> Bool { members & bit != 0 }

  /// Where the element of a neighbour stands, or would have to be entered.
  @inline(__always)
  func place(of bit: UInt32) -> Int { Int(start) + (members & (bit &- 1)).nonzeroBitCount }
}
