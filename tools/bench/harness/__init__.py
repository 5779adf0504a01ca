"""The benchmark's harness: workloads, the tools compared, how a run is measured and reported."""
