use std::collections::BTreeMap;

use suite_core::job_limits::LimitKey;

/// A waiting job with the limits that hold it, the widest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) keys: Vec<LimitKey>,
    /// The limit of which a slot is kept for it.
    pub(super) reserved: Option<String>,
}

/// What becomes of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Runs,
    /// Waits for this limit.
    Parks(String),
}

/// Decides in order who runs. `taken` says how many slots of each key are taken, reservations included.
pub(super) fn decide(candidates: &[Candidate], taken: &BTreeMap<String, u32>) -> Vec<Decision> {
    let mut taken = taken.clone();
    let mut decisions = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let own = |key: &LimitKey| u32::from(candidate.reserved.as_deref() == Some(&key.name));
        let others = |key: &LimitKey| {
            let all = taken.get(&key.name).copied().unwrap_or(0);
            all.saturating_sub(own(key))
        };
        let full = candidate.keys.iter().find(|key| others(key) >= key.most);
        decisions.push(match full {
            Some(key) => Decision::Parks(key.name.clone()),
            None => {
                let runs: Vec<_> = candidate
                    .keys
                    .iter()
                    .map(|key| (key.name.clone(), others(key) + 1))
                    .collect();
                taken.extend(runs);
                Decision::Runs
            }
        });
    }
    decisions
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const NAMES: [&str; 3] = ["queue:email", "account:email:x", "service:sendgrid"];

    fn key(index: usize, most: u32) -> LimitKey {
        LimitKey {
            name: NAMES[index].to_owned(),
            most,
        }
    }

    #[test]
    fn a_reservation_counts_for_whom_it_is_and_against_all_others() {
        let (one, other) = (
            Candidate {
                keys: vec![key(0, 1)],
                reserved: None,
            },
            Candidate {
                keys: vec![key(0, 1)],
                reserved: Some(NAMES[0].to_owned()),
            },
        );
        let taken = BTreeMap::from([(NAMES[0].to_owned(), 1)]);
        let decisions = decide(&[one, other], &taken);
        assert_eq!(
            decisions,
            [Decision::Parks(NAMES[0].to_owned()), Decision::Runs]
        );
    }

    fn candidates(most: [u32; 3]) -> impl Strategy<Value = Vec<(Candidate, bool)>> {
        let candidate = (vec(any::<bool>(), 3), 0..4usize).prop_map(move |(held, reserved)| {
            let keys: Vec<LimitKey> = (0..3)
                .filter(|index| held[*index])
                .map(|index| key(index, most[index]))
                .collect();
            let reserved = keys.get(reserved).map(|key| key.name.clone());
            let is_reserved = reserved.is_some();
            (Candidate { keys, reserved }, is_reserved)
        });
        vec(candidate, 0..12)
    }

    proptest! {
        #[test]
        fn no_limit_is_exceeded_and_nobody_parks_on_one_that_is_free(
            (most, candidates, running) in (prop::array::uniform3(0..5u32)).prop_flat_map(|most| {
                (Just(most), candidates(most), prop::array::uniform3(0..6u32))
            })
        ) {
            let candidates: Vec<Candidate> = candidates.into_iter().map(|(one, _)| one).collect();
            let mut taken: BTreeMap<String, u32> =
                NAMES.iter().zip(running).map(|(name, number)| ((*name).to_owned(), number)).collect();
            for one in &candidates {
                if let Some(name) = &one.reserved {
                    *taken.entry(name.clone()).or_default() += 1;
                }
            }
            let decisions = decide(&candidates, &taken);
            for (index, name) in NAMES.iter().enumerate() {
                let runs = candidates.iter().zip(&decisions).filter(|(one, decision)| {
                    **decision == Decision::Runs && one.keys.iter().any(|key| key.name == *name)
                });
                let now = running[index] + u32::try_from(runs.count()).unwrap();
                prop_assert!(now <= most[index].max(running[index]), "{name}: {now} run");
            }
            for (one, decision) in candidates.iter().zip(&decisions) {
                if let Decision::Parks(name) = decision {
                    let key = one.keys.iter().find(|key| key.name == *name);
                    let key = key.expect("it waits for one of its own limits");
                    let own = u32::from(one.reserved.as_deref() == Some(&key.name));
                    // At the end at least as much is taken as when it was decided.
                    let others_run = candidates.iter().zip(&decisions).filter(|(other, decision)| {
                        **decision == Decision::Runs
                            && other.reserved.as_deref() != Some(&key.name)
                            && other.keys.iter().any(|theirs| theirs.name == key.name)
                    });
                    let all = taken[name] - own + u32::try_from(others_run.count()).unwrap();
                    prop_assert!(all >= key.most);
                }
            }
        }
    }
}
