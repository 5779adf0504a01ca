extension String {
  /// The path of the directory that a file's path names; `.` without one.
  var directory: Substring { lastIndex(of: "/").map { self[..<$0] } ?? "." }
}
