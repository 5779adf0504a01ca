import Aggregation
import PprofFormat
import TraceFormat

/// A compressed `profile.proto`, as `go tool pprof`, Pyroscope, Parca and Perfetto read it:
/// what was allocated and what was live at the window's end, in blocks and in bytes.
///
/// The sums of its four sample types are the totals of the summary.
package struct PprofExporter: Exporter {
  package static let format = ExportFormat(
    name: "pprof",
    abstract: "profile.proto, compressed: go tool pprof, Pyroscope, Parca, Perfetto",
    isBinary: true, wantsAddresses: true, holdsOneCost: false, exporter: { _ in PprofExporter() })

  /// Sample types by name and unit, in the order that readers expect of heap profiles.
  private static let sampleTypes:
    [(type: String, unit: String, value: @Sendable (StackCost) -> Int)] =
      [
        ("alloc_objects", "count", { $0.allocations }),
        ("alloc_space", "bytes", { $0.allocatedBytes }),
        ("inuse_objects", "count", { $0.liveAllocations }),
        ("inuse_space", "bytes", { $0.liveBytes }),
      ]

  package func write(
    _ export: StackExport, to sink: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    var strings = StringTable()
    var profile = PprofProfile()
    for type in Self.sampleTypes {
      profile.sampleType.append(strings.valueType(type.type, type.unit))
    }
    profile.periodType = strings.valueType("space", "bytes")
    profile.period = 1
    profile.timeNanos = export.process.startRealtimeNanoseconds
    profile.durationNanos = Int64(clamping: export.process.durationNanoseconds)
    let mappings = Self.mappings(of: export, &strings)
    profile.mapping = mappings.messages
    profile.function = export.functions.enumerated().map { index, function in
      var message = PprofFunction()
      message.id = UInt64(index + 1)
      message.name = strings.index(function.name)
      message.systemName = message.name
      message.filename = strings.index(function.file ?? "")
      return message
    }
    profile.location = export.locations.enumerated().map { index, location in
      var message = PprofLocation()
      message.id = UInt64(index + 1)
      message.mappingID = location.module.flatMap { mappings.numbers[$0] } ?? 0
      message.address = location.address ?? 0
      message.line = location.lines.map { line in
        var message = PprofLine()
        message.functionID = UInt64(line.function + 1)
        message.line = Int64(line.line)
        return message
      }
      return message
    }
    profile.sample = Self.samples(of: export, &profile, &strings)
    profile.stringTable = strings.all
    let bytes: [UInt8] = try profile.serializedBytes()
    try bytes.withUnsafeBytes { try GzipWriter.write($0, to: sink) }
  }

  /// Stacks without any of the costs are left out.
  private static func samples(
    of export: StackExport, _ profile: inout PprofProfile, _ strings: inout StringTable
  ) -> [PprofSample] {
    var samples: [PprofSample] = []
    for stack in export.stacks {
      var sample = PprofSample()
      sample.value = sampleTypes.map { Int64($0.value(stack.cost)) }
      guard sample.value.contains(where: { $0 != 0 }) else { continue }
      var node = stack.node
      while node != 0 {
        sample.locationID.append(UInt64(export.nodes[node].location + 1))
        node = export.nodes[node].parent
      }
      if sample.locationID.isEmpty { sample.locationID = [noStack(&profile, &strings)] }
      samples.append(sample)
    }
    return samples
  }

  /// The location of allocations of which no frame was recorded; made once.
  private static func noStack(_ profile: inout PprofProfile, _ strings: inout StringTable) -> UInt64
  {
    let name = strings.index(FoldedName.noStack)
    let id = UInt64(profile.function.count)
    if let last = profile.function.last, last.name == name {
      return UInt64(profile.location.count)
    }
    var function = PprofFunction()
    function.id = id + 1
    function.name = name
    function.systemName = name
    profile.function.append(function)
    var line = PprofLine()
    line.functionID = function.id
    var location = PprofLocation()
    location.id = UInt64(profile.location.count + 1)
    location.line = [line]
    profile.location.append(location)
    return location.id
  }

  /// Modules with code; the program itself is the first, which readers take for the main binary.
  private static func mappings(
    of export: StackExport, _ strings: inout StringTable
  ) -> (messages: [PprofMapping], numbers: [ModuleID: UInt64]) {
    let used = Set(export.locations.compactMap(\.module))
    let modules = export.modules.filter { used.contains($0.id) }
    let executable = export.process.executable
    let ordered =
      modules.filter { $0.path == executable } + modules.filter { $0.path != executable }
    var messages: [PprofMapping] = []
    var numbers: [ModuleID: UInt64] = [:]
    for module in ordered {
      let code = module.segments.first(where: \.isExecutable)
      var mapping = PprofMapping()
      mapping.id = UInt64(messages.count + 1)
      mapping.memoryStart = code?.addresses.lowerBound ?? module.addresses.lowerBound
      mapping.memoryLimit = code?.addresses.upperBound ?? module.addresses.upperBound
      mapping.fileOffset = code?.fileOffset ?? 0
      mapping.filename = strings.index(module.path)
      mapping.buildID = strings.index(hexadecimal(module.buildID))
      // Whatever has no name here has none for the reader either.
      mapping.hasFunctions_p = true
      mapping.hasFilenames_p = true
      mapping.hasLineNumbers_p = true
      mapping.hasInlineFrames_p = true
      messages.append(mapping)
      numbers[module.id] = mapping.id
    }
    return (messages, numbers)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

/// Each string of a profile once; the first is the empty one.
private struct StringTable {
  private(set) var all = [""]
  private var indices = ["": Int64(0)]

  mutating func index(_ string: String) -> Int64 {
    if let index = indices[string] { return index }
    let index = Int64(all.count)
    indices[string] = index
    all.append(string)
    return index
  }

  mutating func valueType(_ type: String, _ unit: String) -> PprofValueType {
    var message = PprofValueType()
    message.type = index(type)
    message.unit = index(unit)
    return message
  }
}
