// Tasks that leak blocks of known sizes behind awaits: in nested functions, a task group's
// children, and an actor. Prints how many bytes each way leaked.

@inline(never)
func leak(_ bytes: Int) {
  let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 1)
  block.storeBytes(of: 1, as: UInt8.self)
}

@inline(never)
func innermost(_ bytes: Int) async {
  leak(bytes)
  await Task.yield()
  leak(bytes)
}

@inline(never)
func middle(_ bytes: Int) async {
  await innermost(bytes)
  await Task.yield()
}

@inline(never)
func outer(_ bytes: Int) async {
  await middle(bytes)
  await Task.yield()
}

actor Store {
  private var kept = 0

  @inline(never)
  func keep(_ bytes: Int) async {
    leak(bytes)
    await Task.yield()
    kept += bytes
    leak(bytes)
  }
}

@inline(never)
func fill(_ store: Store, _ bytes: Int) async {
  await store.keep(bytes)
  await Task.yield()
}

@inline(never)
func children(_ count: Int, _ bytes: Int) async {
  await withTaskGroup(of: Void.self) { group in
    for _ in 0..<count { group.addTask { await outer(bytes) } }
    await group.waitForAll()
  }
}

@main
struct Tasks {
  static func main() async {
    for _ in 0..<10 { await outer(10_007) }
    await children(20, 20_011)
    let store = Store()
    for _ in 0..<30 { await fill(store, 30_011) }
    print("nested 200140 group 800440 actor 1800660")
  }
}
