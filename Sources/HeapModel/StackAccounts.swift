/// The accounts of all stacks that allocated, with their state at the latest peak.
///
/// The state at a peak is kept lazily, so that a new peak costs nothing for stacks that do not
/// change: each peak is an *epoch*; the first change of an account after it keeps the state before
/// the change. An account whose epoch is an older one has not changed since the latest peak: what
/// it holds now is what it held then.
final class StackAccounts {
  private(set) var accounts: [StackAccount] = []
  /// Account numbers plus one by hash of the node; 0 is empty.
  private var places: [UInt32]
  private var shift: UInt32
  private(set) var epoch: UInt32 = 0

  init() {
    places = Array(repeating: 0, count: 1 << 10)
    shift = 32 - 10
  }

  /// The account of a node, opened if it has none.
  func account(of node: UInt32) -> UInt32 {
    if (accounts.count + 1) * 2 > places.count { grow() }
    var place = home(node)
    while places[place] != 0 {
      let account = places[place] - 1
      if accounts[Int(account)].node == node { return account }
      place = (place + 1) & (places.count - 1)
    }
    accounts.append(StackAccount(node: node))
    places[place] = UInt32(accounts.count)
    return UInt32(accounts.count - 1)
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

  @inline(__always)
  private static func keepPeak(_ account: inout StackAccount, _ epoch: UInt32) {
    guard account.epoch != epoch else { return }
    account.epoch = epoch
    account.peakBlocks = account.liveBlocks
    account.peakBytes = account.liveBytes
  }

  private func home(_ node: UInt32) -> Int { Int((node &* 0x9e37_79b1) >> shift) }

  private func grow() {
    shift -= 1
    places = Array(repeating: 0, count: places.count * 2)
    for (index, account) in accounts.enumerated() {
      var place = home(account.node)
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = UInt32(index + 1)
    }
  }
}
