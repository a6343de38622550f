//! What an operator is told of: each kind has a threshold in the configuration and a page in `deploy/runbooks`.

use std::str::FromStr;

use crate::config::MonitorConfig;

/// What is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// The last whole backup is old.
    BackupAge,
    /// Mails come back.
    BounceRate,
    /// The database's clock and a worker's differ.
    ClockSkew,
    /// The database's connections run out.
    Connections,
    /// The database is almost as large as it may become.
    DatabaseSize,
    /// Jobs failed for good.
    DeadJobs,
    /// A worker's disk is full.
    Disk,
    /// No backup was restored on trial for long.
    DrillAge,
    /// A job waits though its time has come.
    OldestWaiting,
    /// A full Redis would throw ids of jobs away.
    RedisEviction,
    /// Redis runs out of memory.
    RedisMemory,
    /// Stores that used to send orders send nothing.
    SilentStores,
}

impl AlertKind {
    /// All kinds, in alphabetical order.
    pub const ALL: [Self; 12] = [
        Self::BackupAge,
        Self::BounceRate,
        Self::ClockSkew,
        Self::Connections,
        Self::DatabaseSize,
        Self::DeadJobs,
        Self::Disk,
        Self::DrillAge,
        Self::OldestWaiting,
        Self::RedisEviction,
        Self::RedisMemory,
        Self::SilentStores,
    ];

    /// Returns the name kept in rows; the page of the runbook bears it too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BackupAge => "backup_age",
            Self::BounceRate => "bounce_rate",
            Self::ClockSkew => "clock_skew",
            Self::Connections => "connections",
            Self::DatabaseSize => "database_size",
            Self::DeadJobs => "dead_jobs",
            Self::Disk => "disk",
            Self::DrillAge => "drill_age",
            Self::OldestWaiting => "oldest_waiting",
            Self::RedisEviction => "redis_eviction",
            Self::RedisMemory => "redis_memory",
            Self::SilentStores => "silent_stores",
        }
    }
}

/// The text is no kind of alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown alert {0:?}")]
pub struct UnknownAlert(pub String);

impl FromStr for AlertKind {
    type Err = UnknownAlert;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownAlert(text.to_owned()))
    }
}

/// What was measured. `None` where it could not be, which neither begins an alert nor ends one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vitals {
    /// Seconds that the oldest due job has waited, and its queue; none waits: 0.
    pub oldest_waiting: Option<(u64, String)>,
    /// Jobs that died within the last hour, and of which kinds.
    pub dead_jobs: Option<(u64, String)>,
    /// Seconds since the last whole backup, or since there was to be one.
    pub backup_seconds: Option<u64>,
    /// Seconds since the last drill, or since there was to be one.
    pub drill_seconds: Option<u64>,
    /// Stores that have fallen silent.
    pub silent_stores: Option<u64>,
    /// Mails of the last day that came back, and all that left.
    pub bounces: Option<(u64, u64)>,
    /// Seconds between the clocks, either way.
    pub clock_skew_seconds: Option<u64>,
    /// Percent of the disk in use.
    pub disk_percent: Option<u64>,
    /// The database's size in percent of what it may become; nobody has said what that is: 0.
    pub database_percent: Option<u64>,
    /// Percent of the database's connections in use.
    pub connections_percent: Option<u64>,
    /// Percent of Redis's memory in use.
    pub redis_memory_percent: Option<u64>,
    /// What a full Redis does.
    pub redis_eviction: Option<String>,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which kind.
    pub kind: AlertKind,
    /// What is wrong, in a sentence with its figures; `None` when nothing is.
    pub fault: Option<String>,
}

/// Holds what was measured against the thresholds; what was not measured has no finding.
#[must_use]
pub fn judge(vitals: &Vitals, limits: &MonitorConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind, fault: Option<Option<String>>| {
        findings.extend(fault.map(|fault| Finding { kind, fault }));
    };
    add(
        AlertKind::BackupAge,
        vitals.backup_seconds.map(|age| {
            (age >= limits.backup_hours * 3_600)
                .then(|| format!("no whole backup was made for {} hours", age / 3_600))
        }),
    );
    add(
        AlertKind::BounceRate,
        vitals.bounces.map(|(bounced, sent)| {
            let is_much = bounced * 100 >= limits.bounce_percent * sent;
            (sent >= limits.bounce_least_mails.max(1) && is_much)
                .then(|| format!("{bounced} of {sent} mails of the last day came back"))
        }),
    );
    add(
        AlertKind::ClockSkew,
        vitals.clock_skew_seconds.map(|skew| {
            (skew >= limits.clock_skew_seconds)
                .then(|| format!("the database's clock and a worker's are {skew} s apart"))
        }),
    );
    add(
        AlertKind::Connections,
        vitals.connections_percent.map(|percent| {
            (percent >= limits.connections_percent)
                .then(|| format!("{percent} % of the database's connections are taken"))
        }),
    );
    add(
        AlertKind::DatabaseSize,
        vitals.database_percent.map(|percent| {
            let limit = limits.database_limit_mib;
            (percent >= limits.database_percent)
                .then(|| format!("the database takes {percent} % of its {limit} MiB"))
        }),
    );
    add(
        AlertKind::DeadJobs,
        vitals.dead_jobs.as_ref().map(|(dead, kinds)| {
            (*dead >= limits.dead_jobs.max(1))
                .then(|| format!("{dead} jobs died within an hour: {kinds}"))
        }),
    );
    findings.extend(judge_the_rest(vitals, limits));
    findings
}

fn judge_the_rest(vitals: &Vitals, limits: &MonitorConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind, fault: Option<Option<String>>| {
        findings.extend(fault.map(|fault| Finding { kind, fault }));
    };
    add(
        AlertKind::Disk,
        vitals.disk_percent.map(|percent| {
            (percent >= limits.disk_percent)
                .then(|| format!("{percent} % of a worker's disk is full"))
        }),
    );
    add(
        AlertKind::DrillAge,
        vitals.drill_seconds.map(|age| {
            (age >= limits.drill_days * 86_400)
                .then(|| format!("no backup was restored on trial for {} days", age / 86_400))
        }),
    );
    add(
        AlertKind::OldestWaiting,
        vitals.oldest_waiting.as_ref().map(|(age, queue)| {
            (*age >= limits.waiting_seconds)
                .then(|| format!("a job in {queue} waits for {} minutes", age / 60))
        }),
    );
    add(
        AlertKind::RedisEviction,
        vitals
            .redis_eviction
            .as_ref()
            .map(|policy| takes_jobs(policy).then(|| format!("maxmemory-policy is {policy}"))),
    );
    add(
        AlertKind::RedisMemory,
        vitals.redis_memory_percent.map(|percent| {
            (percent >= limits.redis_memory_percent)
                .then(|| format!("{percent} % of Redis's memory is used"))
        }),
    );
    add(
        AlertKind::SilentStores,
        vitals.silent_stores.map(|silent| {
            (silent > 0 && limits.silent_store_hours > 0).then(|| {
                format!(
                    "{silent} stores have sent no order for {} hours",
                    limits.silent_store_hours
                )
            })
        }),
    );
    findings
}

/// Tells whether a full Redis of this policy could throw the ids of jobs away, which have no time to live.
#[must_use]
pub fn takes_jobs(eviction_policy: &str) -> bool {
    eviction_policy.starts_with("allkeys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Purpose, Settings};

    fn limits() -> MonitorConfig {
        let url = ("DATABASE_URL".to_owned(), "postgres://h/d".to_owned());
        Settings::from_variables([url], Purpose::Command)
            .unwrap()
            .monitor
    }

    fn faults(vitals: &Vitals) -> Vec<&'static str> {
        let findings = judge(vitals, &limits());
        let bad = findings.iter().filter(|finding| finding.fault.is_some());
        bad.map(|finding| finding.kind.name()).collect()
    }

    #[test]
    fn each_kind_begins_at_its_threshold_and_not_before() {
        let below = Vitals {
            oldest_waiting: Some((599, "email".to_owned())),
            dead_jobs: Some((0, String::new())),
            backup_seconds: Some(26 * 3_600 - 1),
            drill_seconds: Some(8 * 86_400 - 1),
            silent_stores: Some(0),
            bounces: Some((4, 100)),
            clock_skew_seconds: Some(29),
            disk_percent: Some(89),
            database_percent: Some(79),
            connections_percent: Some(84),
            redis_memory_percent: Some(84),
            redis_eviction: Some("noeviction".to_owned()),
        };
        assert_eq!(faults(&below), Vec::<&str>::new());
        assert_eq!(judge(&below, &limits()).len(), AlertKind::ALL.len());
        let at = Vitals {
            oldest_waiting: Some((600, "email".to_owned())),
            dead_jobs: Some((1, "run_import".to_owned())),
            backup_seconds: Some(26 * 3_600),
            drill_seconds: Some(8 * 86_400),
            silent_stores: Some(1),
            bounces: Some((5, 100)),
            clock_skew_seconds: Some(30),
            disk_percent: Some(90),
            database_percent: Some(80),
            connections_percent: Some(85),
            redis_memory_percent: Some(85),
            redis_eviction: Some("allkeys-lru".to_owned()),
        };
        let all: Vec<&str> = AlertKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(faults(&at), all);
        assert!(
            all.iter()
                .all(|name| name.parse::<AlertKind>().unwrap().name() == *name)
        );
    }

    #[test]
    fn what_could_not_be_measured_has_no_finding_and_few_mails_prove_nothing() {
        assert_eq!(judge(&Vitals::default(), &limits()), []);
        let few = Vitals {
            bounces: Some((5, 10)),
            ..Vitals::default()
        };
        assert_eq!(faults(&few), Vec::<&str>::new());
    }
}
