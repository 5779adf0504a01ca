import Symbolization
import TraceFormat

extension ModuleImage {
  /// The module of a trace as the symbolizer wants it.
  init(_ module: Module) {
    self.init(
      id: ID(module.id.rawValue), path: module.path, loadBase: module.base,
      segments: module.segments.map {
        ModuleSegment(
          start: $0.addresses.lowerBound, end: $0.addresses.upperBound, fileOffset: $0.fileOffset,
          isExecutable: $0.isExecutable)
      },
      buildID: BuildID(module.buildID),
      fileBytes: module.fileBytes == 0 ? nil : module.fileBytes,
      modificationTimeNanoseconds: module.fileModificationNanoseconds == 0
        ? nil : module.fileModificationNanoseconds)
  }
}
