use std::time::Duration;

use tokio::time::MissedTickBehavior;

/// How often the process looks at its own size.
const LOOK: Duration = Duration::from_millis(250);
/// Linux counts resident memory in pages of this size on all that we run on.
const PAGE_KIB: u64 = 4;

/// Resolves with the resident MiB when the process has outgrown `limit_mib`; never when there is no limit.
pub(crate) async fn outgrown(limit_mib: u64) -> u64 {
    if limit_mib == 0 {
        return std::future::pending().await;
    }
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        // Without procfs there is nothing to go by, and the system's own limit holds.
        if let Some(size) = resident_mib()
            && size > limit_mib
        {
            return size;
        }
    }
}

fn resident_mib() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE_KIB / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_above_its_limit_is_seen_and_one_without_a_limit_is_not() {
        // A test program is larger than one MiB and smaller than a million.
        let size = outgrown(1).await;
        assert!((2..1_000_000).contains(&size), "{size}");
        let unlimited = tokio::time::timeout(LOOK * 2, outgrown(0)).await;
        assert!(unlimited.is_err());
        let below = tokio::time::timeout(LOOK * 2, outgrown(1_000_000)).await;
        assert!(below.is_err());
    }
}
