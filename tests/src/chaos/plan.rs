use super::{ChaosWork, Fault};
use crate::Dice;

/// How much a plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Faults.
    pub faults: usize,
    /// Jobs, those that are rolled back included.
    pub jobs: usize,
}

impl Size {
    /// What runs with the other tests.
    pub const SHORT: Self = Self {
        faults: 9,
        jobs: 400,
    };
    /// What `just chaos` does.
    pub const LONG: Self = Self {
        faults: 200,
        jobs: 20_000,
    };
}

/// How a transaction with jobs ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It commits, and the ids are handed out.
    HandedOut,
    /// It commits, and the sender dies before it hands anything out.
    SenderDies,
    /// It is rolled back, and the ids are handed out all the same.
    RolledBack,
    /// It commits, and the jobs are called off right after.
    CalledOff,
    /// A merchant asks the API for a report.
    Api,
}

/// One transaction with jobs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) account: usize,
    pub(super) way: Way,
    pub(super) jobs: Vec<ChaosWork>,
}

/// One fault with the jobs that come meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) fault: Fault,
    /// For how long something is away or hangs, in milliseconds.
    pub(super) lasts_ms: u64,
    /// Which of the processes.
    pub(super) target: usize,
    /// Whether the fleet gets time to recover before the next fault.
    pub(super) waits: bool,
    pub(super) batches: Vec<Batch>,
}

/// What a run does, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What it was made from.
    pub seed: u64,
    pub(super) steps: Vec<Step>,
}

/// Accounts among which the jobs are spread.
pub(super) const ACCOUNTS: usize = 5;

impl Plan {
    /// Makes the plan of a seed.
    #[must_use]
    pub fn new(seed: u64, size: Size) -> Self {
        let mut dice = Dice::new(seed);
        let mut faults = Vec::new();
        let mut number = 0;
        let steps = (0..size.faults).map(|step| {
            // Every kind of fault in turn, in a new order each time: a short plan has many kinds.
            if faults.is_empty() {
                faults = Fault::ALL.to_vec();
            }
            let fault = faults.swap_remove(dice.below(faults.len()));
            let until = size.jobs * (step + 1) / size.faults;
            let mut batches = Vec::new();
            while number < until {
                let batch = batch(&mut dice, number, until - number);
                number += batch.jobs.len();
                batches.push(batch);
            }
            Step {
                fault,
                lasts_ms: 200 + dice.below(2_300) as u64,
                target: dice.below(1_000),
                waits: dice.below(3) > 0,
                batches,
            }
        });
        Self {
            seed,
            steps: steps.collect(),
        }
    }
}

fn batch(dice: &mut Dice, first: usize, most: usize) -> Batch {
    let way = match dice.below(20) {
        0 | 1 => Way::SenderDies,
        2 | 3 => Way::RolledBack,
        4 => Way::CalledOff,
        5 => Way::Api,
        _ => Way::HandedOut,
    };
    let count = match way {
        Way::Api => 1,
        _ => (1 + dice.below(25)).min(most),
    };
    let account = dice.below(ACCOUNTS);
    let jobs = (0..count).map(|index| ChaosWork {
        number: (first + index) as u64,
        takes_ms: match dice.below(60) {
            0 => 1_000 + dice.below(3_000) as u64,
            1..15 => dice.below(150) as u64,
            _ => 0,
        },
        fails: [2, 1, 0, 0, 0, 0, 0, 0, 0, 0][dice.below(10)],
        ends_in_transaction: dice.below(3) > 0,
    });
    Batch {
        account,
        way,
        jobs: jobs.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plan_and_another_one_another() {
        let plan = Plan::new(7, Size::LONG);
        assert_eq!(plan, Plan::new(7, Size::LONG));
        assert_ne!(plan, Plan::new(8, Size::LONG));
    }

    #[test]
    fn a_plan_has_as_many_faults_and_jobs_as_it_should() {
        let plan = Plan::new(7, Size::LONG);
        let jobs = plan.steps.iter().flat_map(|step| &step.batches);
        let jobs: usize = jobs.map(|batch| batch.jobs.len()).sum();
        assert_eq!((plan.steps.len(), jobs), (200, 20_000));
        for fault in Fault::ALL {
            assert!(
                plan.steps.iter().any(|step| step.fault == fault),
                "{fault:?}"
            );
        }
    }
}
