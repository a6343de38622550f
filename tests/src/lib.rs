//! The test harness shared by the test program `it`, the benchmarks and the chaos driver.
