/// One stack node as the trace defines it: numbers are the trace's own.
package struct StackNode: Sendable, Hashable {
  package let id: UInt32
  package let parent: UInt32
  package let programCounter: UInt64

  package init(id: UInt32, parent: UInt32, programCounter: UInt64) {
    self.id = id
    self.parent = parent
    self.programCounter = programCounter
  }
}
