import Aggregation
import TraceFormat

/// The events of a trace as one JSON document with an event on each line.
public enum EventJSON {
  /// Writes the document.
  ///
  /// `events` is called once, hands every event to the closure it is given, and returns what could
  /// not be listed.
  ///
  /// - Throws: what `events` throws. What was written until then is not a whole document.
  public static func write<Output, Failure: Error>(
    path: String, stacks: PresentedStacks, to json: inout JSONWriter<Output>,
    analyzerVersion: String,
    events: ((HeapEvent) -> Void) throws(Failure) -> [TraceDamage]
  ) throws(Failure) {
    try json.object { (json: inout JSONWriter<Output>) throws(Failure) in
      ReportJSON.identity("memtrace-events", analyzerVersion, to: &json)
      json.object("trace", compact: true) { $0.member("path", path) }
      var damage: [TraceDamage] = []
      try json.array("events") { (json: inout JSONWriter<Output>) throws(Failure) in
        damage = try events { event in Self.event(event, stacks, to: &json) }
      }
      ReportJSON.damage(damage, to: &json)
    }
    json.finish()
  }

  private static func event<Output>(
    _ event: HeapEvent, _ stacks: PresentedStacks, to json: inout JSONWriter<Output>
  ) {
    json.object(compact: true) { json in
      json.member("timeNanoseconds", event.timeNanoseconds)
      json.member("thread", event.thread.rawValue)
      json.member("event", EventText.name(of: event.kind))
      json.member("block", event.block)
      json.member("sizeBytes", optional: event.sizeBytes)
      json.member("address", optional: event.address)
      json.member("stack", optional: event.stack?.rawValue)
      json.member(
        "function", event.stack.flatMap { stacks.innermostFrame(ofRecorded: $0)?.function })
    }
  }
}
