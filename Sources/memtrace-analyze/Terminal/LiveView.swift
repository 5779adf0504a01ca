import Live
import Screen

/// A watch on the whole terminal: draws what was found, and does what keys ask for.
struct LiveView {
  private let watch: LiveWatch
  private let log: LogFile?
  private let terminal: FullScreen

  /// Takes the terminal; nil if there is none.
  init?(_ watch: LiveWatch, _ log: LogFile?) {
    guard Terminal.wantsWholeScreen, let terminal = try? FullScreen() else { return nil }
    self.watch = watch
    self.log = log
    self.terminal = terminal
  }

  /// Shows the watch until the user has enough.
  func run(every seconds: Double) {
    let (watch, log) = (watch, log)
    let changes = watch.step()
    log?.take(changes, watch.state)
    watch.keepStepping(every: seconds) { log?.take($0, watch.state) }
    var screen = LiveScreen(drawsUnicode: Terminal.drawsUnicode)
    var size = terminal.size
    while true {
      screen.take(watch.state)
      let now = terminal.size
      terminal.draw(screen.lines(columns: now.columns, rows: now.rows), all: now != size)
      size = now
      for key in terminal.keys(withinMilliseconds: 100) {
        guard handle(key, &screen) else { return }
      }
    }
  }

  /// Does what a key asks for; false if that is to end.
  private func handle(_ key: Key, _ screen: inout LiveScreen) -> Bool {
    switch key {
    case .character("q"), .control("c"), .escape: return false
    case .control("z"): terminal.suspend()
    case .character(" "), .character("f"): screen.freeze()
    case .character("0"): watch.reset()
    case .tab, .right: screen.next(1)
    case .left: screen.next(-1)
    case .down: screen.firstRow = min(screen.lastRow, screen.firstRow + 1)
    case .up: screen.firstRow = max(0, screen.firstRow - 1)
    case .pageDown: screen.firstRow = min(screen.lastRow, screen.firstRow + 10)
    case .pageUp: screen.firstRow = max(0, screen.firstRow - 10)
    case .home: screen.firstRow = 0
    case .character(let character):
      if let order = LiveScreen.Order(rawValue: character) {
        screen.order = order
        screen.firstRow = 0
      }
    default: break
    }
    return true
  }
}
