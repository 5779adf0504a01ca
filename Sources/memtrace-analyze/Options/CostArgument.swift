import ArgumentParser
import Reports

extension CostKind: ExpressibleByArgument {}
extension CostGrouping: ExpressibleByArgument {}
