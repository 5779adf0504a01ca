import ArgumentParser
import Reports

extension CostKind: ExpressibleByArgument {}
