import ArgumentParser

/// How stacks are made readable: shared by every command that shows some.
struct StackOptions: ParsableArguments {
  @OptionGroup var rules: RuleOptions
  @OptionGroup var symbols: SymbolOptions
}
