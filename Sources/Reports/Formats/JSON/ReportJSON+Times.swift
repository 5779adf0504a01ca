import Aggregation
import TraceFormat

extension ReportJSON {
  /// What happened over time: marks, memory samples and the timeline.
  static func times<Output>(of profile: HeapProfile, to json: inout JSONWriter<Output>) {
    json.array("marks") { json in
      for mark in profile.marks {
        json.object(compact: true) { json in
          json.member("timeNanoseconds", mark.timeNanoseconds)
          json.member("thread", mark.thread.rawValue)
          json.member("label", mark.label)
          json.member("kind", mark.kind.word)
        }
      }
    }
    json.array("memorySamples") { json in
      for sample in profile.memorySamples {
        json.object(compact: true) { json in
          json.member("timeNanoseconds", sample.timeNanoseconds)
          json.member("residentBytes", sample.residentBytes)
          json.member("virtualBytes", sample.virtualBytes)
          json.member("highWaterBytes", optional: sample.highWaterBytes)
          json.member("anonymousBytes", optional: sample.parts?.anonymousBytes)
          json.member("fileBytes", optional: sample.parts?.fileBytes)
          json.member("sharedBytes", optional: sample.parts?.sharedBytes)
          json.member("ownAnonymousBytes", optional: sample.parts?.ownAnonymousBytes)
          json.member("ownFileBytes", optional: sample.parts?.ownFileBytes)
          json.member("ownSharedBytes", optional: sample.parts?.ownSharedBytes)
        }
      }
    }
    timeline(profile.timeline, to: &json)
  }

  /// Resident memory beside what was live; null if no sample was taken.
  static func resident<Output>(_ profile: HeapProfile, to json: inout JSONWriter<Output>) {
    guard let memory = ResidentMemory(profile) else {
      json.member("resident", nil)
      return
    }
    json.object("resident") { json in
      json.member("mostBytes", memory.mostBytes)
      json.member("isHighWaterMark", memory.isKernelsCount)
      json.member("ownBytes", optional: memory.ownBytes)
      if let account = profile.account {
        json.object("account", compact: true) { json in
          json.member("timeNanoseconds", account.timeNanoseconds)
          for part in account.parts { json.member("\(part.term.rawValue)Bytes", part.bytes) }
        }
      }
      for (key, moment) in [
        ("atPeak", memory.atPeak), ("atEnd", memory.atEnd), ("furthest", memory.furthest),
      ] {
        json.object(key, compact: true) { json in
          json.member("timeNanoseconds", moment.timeNanoseconds)
          json.member("residentBytes", moment.residentBytes)
          json.member("anonymous", moment.isAnonymous)
          json.member("liveBytes", moment.liveBytes)
          json.member("aboveHeapBytes", moment.excessBytes)
        }
      }
    }
  }

  /// What was mapped beside the heap, in sums.
  static func mappings<Output>(_ profile: HeapProfile, to json: inout JSONWriter<Output>) {
    guard let mappings = profile.mappings else {
      json.member("mappings", nil)
      return
    }
    json.object("mappings", compact: true) { json in
      json.member("calls", mappings.calls)
      json.member("mappedBytes", mappings.mappedBytes)
      json.member("peakBytes", mappings.peakBytes)
      json.member("liveBytes", mappings.liveBytes)
      json.member("reservedBytes", mappings.reservedBytes)
    }
  }

  /// What the heap was over time.
  static func timeline<Output>(_ points: [TimelinePoint], to json: inout JSONWriter<Output>) {
    json.array("timeline") { json in
      for point in points {
        json.object(compact: true) { json in
          json.member("timeNanoseconds", point.timeNanoseconds)
          json.member("liveBytes", point.liveBytes)
          json.member("minimumBytes", point.minimumBytes)
          json.member("maximumBytes", point.maximumBytes)
          json.member("liveAllocations", point.liveAllocations)
          json.member("allocations", point.allocations)
          json.member("allocatedBytes", point.allocatedBytes)
        }
      }
    }
  }
}
