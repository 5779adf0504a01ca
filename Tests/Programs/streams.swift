// Work that awaits in other ways than tasks.swift: the elements of a stream, two children by `async let`,
// a detached task, and a continuation that another thread resumes. Each way keeps blocks; the stream's
// consumer goes on doing so for as many milliseconds as the argument says. Prints how many blocks each
// way keeps.
import Dispatch

@inline(never)
func pack(_ weight: Int) -> Int {
  let parcel = UnsafeMutableRawPointer.allocate(byteCount: 300, alignment: 8)
  parcel.storeBytes(of: weight, as: Int.self)
  return weight
}

@inline(never)
func consume(_ parcels: AsyncStream<Int>) async -> Int {
  var kept = 0
  for await weight in parcels { kept += pack(weight) }
  return kept
}

@inline(never)
func halves(_ count: Int) async -> Int {
  @Sendable func half() async -> Int {
    var kept = 0
    for _ in 0..<count / 2 {
      await Task.yield()
      kept += pack(1)
    }
    return kept
  }
  async let left = half()
  async let right = half()
  return await left + right
}

@inline(never)
func apart(_ count: Int) async -> Int {
  await Task.detached {
    var kept = 0
    for _ in 0..<count {
      await Task.yield()
      kept += pack(1)
    }
    return kept
  }.value
}

@inline(never)
func answered(_ count: Int) async -> Int {
  var kept = 0
  for _ in 0..<count {
    let weight = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: 1) }
    }
    kept += pack(weight)
  }
  return kept
}

@main
struct Streams {
  static func main() async {
    let milliseconds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 0 : 500
    let (parcels, source) = AsyncStream.makeStream(of: Int.self)
    let producer = Task.detached {
      for _ in 0..<milliseconds {
        source.yield(1)
        try? await Task.sleep(nanoseconds: 1_000_000)
      }
      source.finish()
    }
    let consumed = await consume(parcels)
    await producer.value
    print(
      "consume", consumed, "halves", await halves(600), "apart", await apart(300), "answered",
      await answered(200))
  }
}
