//! The short form of `just chaos`: every kind of fault in turn, with real processes, and the history afterwards.

use suite_tests::chaos::{Plan, Size, run};

#[tokio::test]
async fn nothing_is_lost_or_done_twice_while_everything_breaks() {
    // Another seed breaks other things: `just chaos --seed N`.
    let report = run(&Plan::new(2_026, Size::SHORT), "short").await;
    assert!(report.broken.is_empty(), "{report}");
    assert_eq!((report.lost, report.doubled), (0, 0));
    println!("{report}");
}
