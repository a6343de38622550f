//! Days of a whole installation with merchants, while one thing a day goes wrong and nobody lifts a hand.
//!
//! Time is moved by the hour. Merchants sign up, upload, ask for reports, pay or leave; the fleet's schedules do everything
//! else: mails of trials, reminders, reconciliation, backups, drills, the monitor, retention. At the end it is looked at what
//! came of it all: see `proof`.

mod fault;
mod merchants;
mod outside;
mod proof;

use chrono::TimeDelta;
use suite_core::{job::Queue, schedules};

use fault::Course;
pub use fault::Fault;
use merchants::Merchant;
use outside::Outside;
pub use proof::Proof;

use crate::{Dice, TestApp, TestWorker};

/// How long, for how many, and which faults.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Days.
    pub days: u32,
    /// Merchants who sign up within the first third of them.
    pub merchants: usize,
    /// Another seed, another course of events.
    pub seed: u64,
}

/// An installation and all that lives on it.
pub struct Month {
    app: TestApp,
    outside: Outside,
    /// Two of all queues, as a fleet has more than one of each.
    workers: Vec<TestWorker>,
    merchants: Vec<Merchant>,
    dice: Dice,
    injected: Vec<(u32, Fault)>,
    sizes: Vec<proof::Sizes>,
}

/// Lives through it and returns what came of it.
///
/// # Panics
/// When something that must be done by itself is not.
pub async fn live(size: Size, mut tell: impl FnMut(&str)) -> Proof {
    let outside = Outside::start().await;
    let app = TestApp::with_movable_clock(&outside.settings()).await;
    let mut month = Month {
        app,
        outside,
        workers: Vec::new(),
        merchants: Vec::new(),
        dice: Dice::new(size.seed),
        injected: Vec::new(),
        sizes: Vec::new(),
    };
    month.hire().await;
    month.hire().await;
    let mut course = Course::default();
    for day in 0..size.days {
        let fault = course.next(&mut month.dice);
        month.injected.push((day, fault));
        month.day(day, fault, size).await;
        tell(&month.summary(day, fault).await);
    }
    month.proof(size).await
}

impl Month {
    /// Starts one more worker process, with the fleet's schedules.
    async fn hire(&mut self) {
        let mut setup = self.app.worker_setup(&Queue::ALL);
        setup.schedules = schedules::fleet().expect("the fleet's schedules can be read");
        self.workers.push(self.app.start_worker(setup).await);
    }

    async fn day(&mut self, day: u32, fault: Fault, size: Size) {
        for hour in 0..24 {
            if hour == fault.begins_at() {
                self.begin(fault).await;
            }
            if hour == fault.ends_at() {
                self.end(fault).await;
            }
            if hour == 9 {
                self.sign_up(day, size).await;
            }
            if (8..20).contains(&hour) {
                self.work(day, hour).await;
            }
            if self.workers.is_empty() {
                self.app.pass(TimeDelta::hours(1)).await;
            } else {
                self.app.live(TimeDelta::hours(1)).await;
            }
        }
        self.sizes.push(self.measure().await);
    }

    async fn summary(&self, day: u32, fault: Fault) -> String {
        let counts = self
            .app
            .sql(
                "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM mails), (SELECT count(*) FROM jobs),
                        (SELECT count(*) FROM backups), (SELECT count(*) FROM alerts WHERE ended_at IS NULL)",
            )
            .await;
        let [accounts, mails, jobs, backups, alerts] = counts[0].as_slice() else {
            unreachable!("five columns were asked for");
        };
        format!(
            "day {:>2}: {fault:?}; {accounts} accounts, {mails} mails, {jobs} jobs kept, {backups} backups, {alerts} alerts open",
            day + 1
        )
    }
}
