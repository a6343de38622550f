//! Set and forget: days pass, one thing a day goes wrong, and nobody lifts a hand.

use suite_tests::month::{Size, live};

#[tokio::test]
async fn days_with_a_fault_each_pass_without_hands_and_everybody_gets_what_is_due() {
    let size = Size {
        days: 8,
        merchants: 4,
        seed: 3,
    };
    let proof = live(size, |_| {}).await;
    assert!(proof.faults.is_empty(), "{proof}");
}
