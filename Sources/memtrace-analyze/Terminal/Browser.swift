import Glibc

/// Shows a file in the user's browser, by the desktop's own `xdg-open`.
enum Browser {
  /// Opens a file; where that cannot be done, a message says so, for the file is there.
  static func open(_ path: String) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    // A name with a dash in front would be an option.
    let name = path.hasPrefix("/") ? path : "./" + path
    var words: [UnsafeMutablePointer<CChar>?] = [strdup("xdg-open"), strdup(name), nil]
    defer { for word in words { free(word) } }
    var child = pid_t()
    let failure = posix_spawnp(&child, "xdg-open", &actions, nil, &words, environ)
    var status: Int32 = 0
    if failure == 0 {
      while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
    guard failure != 0 || status != 0 else { return }
    StandardError.write(
      "memtrace-analyze: xdg-open "
        + (failure == ENOENT ? "is not installed" : "found no browser") + "; the page is \(path)")
  }
}
