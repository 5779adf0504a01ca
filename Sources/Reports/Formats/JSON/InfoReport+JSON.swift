import Aggregation

extension InfoReport {
  /// Writes the report as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    let profile = trace.profile
    json.object { json in
      ReportJSON.header("memtrace-info", trace, analyzerVersion, to: &json)
      ReportJSON.process(profile.process, to: &json)
      json.array("environment", compact: true) { json in
        for variable in profile.process.environment { json.element(variable) }
      }
      json.member("machine", Self.machineName(profile.process.machine))
      json.member("allocator", profile.process.allocator)
      json.member("recorder", profile.process.recorder)
      writeOrder(to: &json)
      writeFile(to: &json)
      writeThreads(to: &json)
      writeModules(to: &json)
      json.object("outsideModules") { json in
        json.member("unresolvedAddresses", trace.symbolization.outsideModules)
        json.member("symbolRemedy", trace.symbolization.outsideRemedy)
      }
      json.object("counters") { json in
        for counter in InfoCounters.named(profile.counters) {
          json.member(counter.name, counter.value)
        }
      }
      ReportJSON.times(of: profile, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
    }
    json.finish()
  }

  /// Null in traces that say nothing of it.
  private func writeOrder<Output>(to json: inout JSONWriter<Output>) {
    guard let order = trace.profile.process.order else { return json.member("order", nil) }
    json.object("order", compact: true) { json in
      json.member("exact", order.kind == .exact)
      json.member("boundBytes", order.boundBytes)
      json.member("boundEvents", order.boundEvents)
      json.member("timeNanoseconds", optional: order.clockIntervalNanoseconds)
    }
  }

  private func writeFile<Output>(to json: inout JSONWriter<Output>) {
    let inventory = trace.profile.inventory
    json.object("file") { json in
      json.member("formatMajor", inventory.formatMajor)
      json.member("formatMinor", inventory.formatMinor)
      json.member("chunkEvents", inventory.chunkEvents)
      json.member("recoveredEvents", inventory.recoveredEvents)
      json.member("stackNodes", inventory.stackNodes)
      json.member("stacks", trace.profile.costs.count)
      json.array("chunks") { json in
        for group in inventory.groups {
          json.object(compact: true) { json in
            json.member("type", group.name)
            json.member("chunks", group.chunks)
            json.member("storedBytes", group.storedBytes)
            json.member("payloadBytes", group.payloadBytes)
          }
        }
      }
      ReportJSON.damage(trace.profile.damage, to: &json)
    }
  }

  private func writeThreads<Output>(to json: inout JSONWriter<Output>) {
    json.array("threads") { json in
      for thread in trace.profile.threads {
        json.object(compact: true) { json in
          json.member("id", thread.id.rawValue)
          json.member("tid", thread.tid)
          json.member("name", thread.name)
          json.member("startNanoseconds", thread.startTimeNanoseconds)
          json.member("endNanoseconds", optional: thread.endTimeNanoseconds)
          json.member("allocations", thread.allocations)
          json.member("allocatedBytes", thread.allocatedBytes)
          json.member("frees", thread.frees)
          json.member("temporaryAllocations", thread.temporaryAllocations)
          json.member("leakedAllocations", thread.leakedAllocations)
          json.member("leakedBytes", thread.leakedBytes)
        }
      }
    }
  }

  private func writeModules<Output>(to json: inout JSONWriter<Output>) {
    let diagnoses = Dictionary(
      trace.symbolization.modules.map { ($0.module.rawValue, $0) },
      uniquingKeysWith: { first, _ in first })
    json.array("modules") { json in
      for module in trace.profile.modules {
        json.object(compact: true) { json in
          json.member("id", module.id.rawValue)
          json.member("path", module.path)
          json.member("buildId", module.buildID.isEmpty ? nil : module.buildIDText)
          json.member("start", module.addresses.lowerBound)
          json.member("end", module.addresses.upperBound)
          json.member("loadNanoseconds", module.loadTimeNanoseconds)
          json.member("unloadNanoseconds", optional: module.unloadTimeNanoseconds)
          let diagnosis = diagnoses[module.id.rawValue]
          json.member("symbolTrouble", diagnosis.map(SymbolText.state))
          json.member("symbolRemedy", diagnosis?.remedy)
          json.member("unresolvedAddresses", diagnosis?.unresolved ?? 0)
        }
      }
    }
  }
}
