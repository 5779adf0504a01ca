import Aggregation
import Reports
import TraceFormat

/// Why a question about a run has no answer. Only the command line turns it into words and a status.
package enum AnalysisError: Error, Sendable {
  /// A path names nothing that can be opened, for a reason that is an errno.
  case notOpened(path: String, errno: Int32)
  /// No path was given and there is no trace of the usual name; these are others beside it.
  case noTraceHere(others: [String])
  case noTraceInDirectory(String)
  /// The process records nothing, as far as can be seen from here.
  case notRecorded(pid: UInt32)
  /// The question is about one process, and these are the traces of several.
  case severalTraces([TraceChoice])
  /// A trace cannot be read.
  case trace(TraceError)
  /// None of several traces can be read.
  case nothingReadable
  /// A trace grew or changed between two readings.
  case changed(path: String?)
  /// The question names what is not in the run.
  case filter(FilterError)
  /// Blocks of this choice have no such cost: which blocks will be freed is not known while they live.
  case unknownCost(CostKind, of: HeapQuery.Choice)
}

/// One of several traces, as it is told apart by its header.
package struct TraceChoice: Sendable, Hashable {
  package let path: String
  package let program: String
  package let pid: UInt32
  package let bytes: UInt64
}

extension AnalysisError {
  /// Runs what fails by a trace or by a filter.
  static func mapping<Value>(_ body: () throws -> Value) throws(AnalysisError) -> Value {
    do {
      return try body()
    } catch let error as AnalysisError {
      throw error
    } catch let error as TraceError {
      throw .trace(error)
    } catch let error as FilterError {
      throw .filter(error)
    } catch {
      preconditionFailure("an analysis fails by its traces or its question: \(error)")
    }
  }
}
