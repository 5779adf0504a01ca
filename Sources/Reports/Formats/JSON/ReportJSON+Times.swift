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
        }
      }
    }
    json.array("memorySamples") { json in
      for sample in profile.memorySamples {
        json.object(compact: true) { json in
          json.member("timeNanoseconds", sample.timeNanoseconds)
          json.member("residentBytes", sample.residentBytes)
          json.member("virtualBytes", sample.virtualBytes)
        }
      }
    }
    timeline(profile.timeline, to: &json)
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
