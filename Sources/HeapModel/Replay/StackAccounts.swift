/// The accounts of all stacks that allocated, with their state at the latest peak.
///
/// The state at a peak is kept lazily, so that a new peak costs nothing for stacks that do not
/// change: each peak is an *epoch*; the first change of an account after it keeps the state before
/// the change. An account whose epoch is an older one has not changed since the latest peak: what
/// it holds now is what it held then.
final class StackAccounts {
  private(set) var accounts: [StackAccount] = []
  /// Account numbers plus one by node, as far as nodes are known to be many; 0 is none. Recorders
  /// number nodes densely.
  private var dense: [UInt32] = []
  /// Those of other nodes: of numbers that only damage brings, and of nodes not announced yet.
  private var stray: [UInt32: UInt32] = [:]
  private(set) var epoch: UInt32 = 0

  /// Prepares for the nodes of a trace that has defined so many: a number alone is no reason to
  /// reserve memory.
  func expect(nodes: Int) {
    guard nodes >= dense.count else { return }
    dense.append(contentsOf: repeatElement(0, count: nodes + nodes / 4 + 1024 - dense.count))
  }

  /// The account of a node, opened if it has none.
  func account(of node: UInt32) -> UInt32 {
    let isDense = Int(node) < dense.count
    if isDense, dense[Int(node)] != 0 { return dense[Int(node)] - 1 }
    if !stray.isEmpty, let known = stray[node] { return known - 1 }
    accounts.append(StackAccount(node: node))
    let account = UInt32(accounts.count)
    if isDense { dense[Int(node)] = account } else { stray[node] = account }
    return account - 1
  }

  /// A new peak is at hand: all accounts stand as they did at the start of its batch.
  func beginPeak() { epoch &+= 1 }

  /// Gives access to an account that is about to change.
  @inline(__always)
  func change(_ account: UInt32, _ body: (inout StackAccount) -> Void) {
    accounts.withUnsafeMutableBufferPointer { accounts in
      Self.keepPeak(&accounts[Int(account)], epoch)
      body(&accounts[Int(account)])
    }
  }

  /// The accounts with their final peaks. Ends the use of this object.
  func finish() -> [StackAccount] {
    for index in accounts.indices { Self.keepPeak(&accounts[index], epoch) }
    return accounts
  }

  /// The accounts as they stand, with their state at the latest peak. O(accounts).
  var current: [StackAccount] {
    var accounts = accounts
    for index in accounts.indices { Self.keepPeak(&accounts[index], epoch) }
    return accounts
  }

  /// Takes back what happened since there were so many accounts, those in `changed` among them.
  func goBack(to count: Int, _ changed: [UInt32: StackAccount], epoch: UInt32) {
    for account in accounts[count...] {
      if Int(account.node) < dense.count { dense[Int(account.node)] = 0 }
      stray[account.node] = nil
    }
    accounts.removeSubrange(count...)
    for (index, account) in changed { accounts[Int(index)] = account }
    self.epoch = epoch
  }

  @inline(__always)
  private static func keepPeak(_ account: inout StackAccount, _ epoch: UInt32) {
    guard account.epoch != epoch else { return }
    account.epoch = epoch
    account.peakBlocks = account.liveBlocks
    account.peakBytes = account.liveBytes
  }
}
