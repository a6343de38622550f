use std::{collections::HashSet, fmt};

use super::world::{Action, Broken, Fence, World};

/// A way to a broken promise.
#[derive(Debug)]
struct Finding {
    path: Vec<Action>,
    broken: Broken,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} by {:#?}", self.broken, self.path)
    }
}

/// Takes every way of up to `depth` steps; returns how many worlds there are, or the shortest way to a broken promise.
fn explore(start: World, depth: usize, claims: u8, fence: Fence) -> Result<usize, Finding> {
    let mut seen = HashSet::from([start.clone()]);
    let mut edge = vec![(start, Vec::new())];
    for _ in 0..depth {
        let mut next = Vec::new();
        for (world, path) in edge {
            for action in world.actions(claims) {
                let mut after = world.clone();
                let stepped = after.step(action, fence);
                let broken = match stepped {
                    Err(broken) => Some(broken),
                    Ok(_) if seen.contains(&after) => continue,
                    Ok(_) => after.broken().or_else(|| {
                        let settles = after.clone().settles();
                        (!settles).then(|| format!("a job is stranded: {after:?}"))
                    }),
                };
                let mut path: Vec<Action> = path.clone();
                path.push(action);
                if let Some(broken) = broken {
                    return Err(Finding { path, broken });
                }
                seen.insert(after.clone());
                next.push((after, path));
            }
        }
        edge = next;
    }
    Ok(seen.len())
}

#[test]
fn no_interleaving_of_one_job_and_two_workers_breaks_a_promise() {
    let worlds = explore(World::new(1, 2), 8, 3, Fence::Whole);
    let worlds = worlds.unwrap_or_else(|finding| panic!("{finding}"));
    assert!(worlds > 1_000, "{worlds}");
}

#[test]
fn no_interleaving_of_two_jobs_and_two_workers_breaks_a_promise() {
    let worlds = explore(World::new(2, 2), 5, 2, Fence::Whole);
    let worlds = worlds.unwrap_or_else(|finding| panic!("{finding}"));
    assert!(worlds > 5_000, "{worlds}");
}

#[test]
fn a_fence_that_looks_at_less_lets_a_stale_token_through() {
    let fences = [
        Fence::WithoutTimeOfClaim,
        Fence::WithoutWorkerAndTime,
        Fence::Missing,
    ];
    for fence in fences {
        let found = explore(World::new(1, 2), 7, 3, fence);
        let finding = found.expect_err(&format!("{fence:?} breaks nothing"));
        assert!(finding.broken.contains("stale"), "{finding}");
    }
    // The time of the claim says all that the attempt does.
    explore(World::new(1, 2), 6, 3, Fence::WithoutAttempt).unwrap();
}
