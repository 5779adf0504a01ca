/// What a system calls itself (os-release(5)).
struct OperatingSystem {
  /// `debian`, `fedora`; empty when it does not say.
  let id: String
  /// The same, and those that it is made from.
  let family: [String]
  /// `bookworm`; `nil` when it does not say.
  let codename: String?

  /// Reads what the system below a root says; an empty root is this machine.
  init(root: String) {
    var values: [Substring: String] = [:]
    for path in ["\(root)/etc/os-release", "\(root)/usr/lib/os-release"] {
      guard let bytes = RegularFile.bytes(at: path, bytesMax: 1 << 16) else { continue }
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { continue }
        values[parts[0]] = String(parts[1].filter { $0 != "\"" && $0 != "'" })
      }
      break
    }
    id = values["ID"] ?? ""
    family = [id] + (values["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
    codename = values["VERSION_CODENAME"]
  }

  /// The server of debug files that the distribution runs; `nil` when none is known.
  var debugServer: String? {
    switch id {
    case "debian": "https://debuginfod.debian.net"
    case "ubuntu": "https://debuginfod.ubuntu.com"
    case "fedora": "https://debuginfod.fedoraproject.org"
    case "arch": "https://debuginfod.archlinux.org"
    case _ where id.hasPrefix("opensuse"): "https://debuginfod.opensuse.org"
    default: nil
    }
  }
}
