import Glibc

extension String {
  /// Whether the bytes of a text stand somewhere in this one. `contains` compares characters, which
  /// takes many times as long; names are searched by the hundred thousand.
  func hasBytes(of text: String) -> Bool { strstr(self, text) != nil }
}
