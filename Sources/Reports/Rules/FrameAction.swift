/// What a report does with a frame. The raw values are the words of rules files and of JSON.
public enum FrameAction: String, CaseIterable, Sendable {
  /// Shown as it is: code that the reader may be able to change.
  case show
  /// Shown, but not taken for the program's own code.
  case dim
  /// Shown once for each run of such frames, as the outermost of them: what the others were
  /// called for.
  case fold
  /// Left out.
  case hide
}
