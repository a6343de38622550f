//! What goes wrong, for how long, and of what an operator may be told because of it.

use chrono::TimeDelta;
use suite_core::alert::AlertKind;

use super::Month;
use crate::Dice;

/// One thing that goes wrong on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A worker dies without a word, and another one is started.
    WorkerKilled,
    /// No worker runs for five hours.
    WorkersAway,
    /// Redis loses everything.
    RedisFlushed,
    /// PostgreSQL ends all sessions.
    SessionsEnded,
    /// The mail provider refuses everything for six hours.
    MailRefused,
    /// The bucket is away in the night, when it is backed up, and comes back in the morning.
    BucketAway,
    /// The payments of a day are never told.
    WebhooksLost,
    /// An outside cron service calls as well, all the time.
    CalledTwice,
}

const ALL: [Fault; 8] = [
    Fault::WorkerKilled,
    Fault::WorkersAway,
    Fault::RedisFlushed,
    Fault::SessionsEnded,
    Fault::MailRefused,
    Fault::BucketAway,
    Fault::WebhooksLost,
    Fault::CalledTwice,
];

/// Which fault comes on which day: each kind once in eight days, in an order of their own for each eight.
#[derive(Debug, Default)]
pub(super) struct Course {
    left: Vec<Fault>,
}

impl Course {
    /// Returns the fault of the next day.
    pub(super) fn next(&mut self, dice: &mut Dice) -> Fault {
        if self.left.is_empty() {
            self.left = ALL.into();
        }
        self.left.swap_remove(dice.below(self.left.len()))
    }
}

impl Fault {
    /// Returns the hour at which it begins.
    pub(super) fn begins_at(self) -> u32 {
        match self {
            Self::BucketAway | Self::WebhooksLost => 0,
            Self::WorkersAway => 12,
            _ => 10,
        }
    }

    /// Returns the hour at which it is over.
    pub(super) fn ends_at(self) -> u32 {
        match self {
            Self::BucketAway => 6,
            Self::WorkersAway => 17,
            Self::MailRefused => 16,
            _ => 23,
        }
    }

    /// Returns what an operator may be told because of it.
    pub(super) fn alerts(self) -> &'static [AlertKind] {
        match self {
            Self::WorkersAway | Self::MailRefused => {
                &[AlertKind::OldestWaiting, AlertKind::DeadJobs]
            }
            // Once the attempts of the night are out, until the next night's backup.
            Self::BucketAway => &[
                AlertKind::BackupAge,
                AlertKind::DeadJobs,
                AlertKind::DrillAge,
            ],
            _ => &[],
        }
    }
}

impl Month {
    pub(super) async fn begin(&mut self, fault: Fault) {
        match fault {
            Fault::WorkerKilled => {
                self.workers.remove(0).crash();
                self.hire().await;
            }
            Fault::WorkersAway => {
                for worker in self.workers.drain(..) {
                    worker.stop().await;
                }
            }
            Fault::RedisFlushed => self.app.redis.wipe().await,
            Fault::SessionsEnded => {
                let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name LIKE 'suite-%'
                              AND application_name <> 'suite-tests'";
                self.app.sql(end).await;
            }
            Fault::MailRefused => self.outside.refuse_mail(true),
            Fault::BucketAway => self.outside.bucket_line.cut(),
            Fault::WebhooksLost => self.outside.loses_webhooks = true,
            Fault::CalledTwice => {}
        }
    }

    pub(super) async fn end(&mut self, fault: Fault) {
        match fault {
            Fault::WorkersAway => {
                self.hire().await;
                self.hire().await;
            }
            Fault::MailRefused => self.outside.refuse_mail(false),
            Fault::BucketAway => self.outside.bucket_line.restore(),
            Fault::WebhooksLost => self.outside.loses_webhooks = false,
            Fault::CalledTwice => {
                for _ in 0..3 {
                    self.outside.call_cron(&self.app).await;
                    self.app.live(TimeDelta::minutes(1)).await;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn course(seed: u64) -> Vec<Fault> {
        let (mut course, mut dice) = (Course::default(), Dice::new(seed));
        (0..32).map(|_| course.next(&mut dice)).collect()
    }

    #[test]
    fn each_kind_of_fault_comes_once_in_each_eight_days_in_an_order_of_the_seed() {
        let mut orders = BTreeSet::new();
        for seed in 1..=50 {
            let course = course(seed);
            for eight in course.chunks(ALL.len()) {
                let mut sorted = eight.to_vec();
                sorted.sort();
                assert_eq!(sorted, ALL, "seed {seed}: {course:?}");
                orders.insert(eight.to_vec());
            }
        }
        assert!(orders.len() > 190, "{} orders", orders.len());
        assert_eq!(course(3), course(3));
    }
}
