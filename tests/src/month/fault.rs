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

impl Fault {
    /// Each kind once in eight days, in an order that differs.
    pub(super) fn of_day(day: u32, dice: &mut Dice) -> Self {
        let step = [1, 3, 5, 7][dice.below(4)];
        let round = day as usize / ALL.len();
        // An odd step reaches each of the eight once; drawn anew, a kind may come twice in a row of days.
        ALL[(day as usize * if round == 0 { 1 } else { step }) % ALL.len()]
    }

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
