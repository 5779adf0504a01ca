import Aggregation

extension ProcessesReport {
  /// Writes the report as JSON: every process, whole stacks, the combined time line.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-processes", trace, analyzerVersion, to: &json)
      json.array("processes") { json in
        for member in group.members { write(member, to: &json) }
      }
      json.array("unreadable") { json in
        for file in group.unreadable {
          json.object(compact: true) { json in
            json.member("path", file.path)
            json.member("cause", file.cause)
          }
        }
      }
      ReportJSON.untraced(trace.profile, to: &json)
      ReportJSON.totals(trace.profile.totals, to: &json)
      ReportJSON.peakTogether(trace.profile, to: &json)
      json.member("startUnixNanoseconds", trace.profile.process.startRealtimeNanoseconds)
      json.member("durationNanoseconds", trace.profile.process.durationNanoseconds)
      ReportJSON.notices(trace.notices, to: &json)
      json.object("top") { json in
        for (kind, _) in SummaryReport.rankings {
          ReportJSON.stacks(
            kind.rawValue, leaks.ranked(by: kind, limit: longLimit), of: trace, to: &json)
        }
      }
      ReportJSON.timeline(trace.profile.timeline, to: &json)
    }
    json.finish()
  }

  private func write<Output>(
    _ member: ProfileGroup.Member, to json: inout JSONWriter<Output>
  ) {
    json.object { json in
      json.member("path", member.path)
      json.member("depth", member.depth)
      json.member("fileBytes", member.fileBytes)
      json.member("closed", member.process.isClosed)
      json.member("damaged", member.isDamaged)
      json.member("threads", member.threads)
      ReportJSON.process(member.process, to: &json)
      ReportJSON.totals(member.totals, to: &json)
    }
  }
}
