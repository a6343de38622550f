//! What came of it all.

use std::{collections::BTreeSet, fmt};

use suite_core::alert::AlertKind;

use super::{Fault, Month, Size};
use crate::{
    memory::{Memory, memory_kib},
    wait::until,
};

/// How large things were at the end of a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    redis_bytes: u64,
    process_kib: u64,
}

/// What was seen; an empty list of faults is a proof.
#[derive(Debug)]
pub struct Proof {
    /// What is not as promised, a sentence each.
    pub faults: Vec<String>,
    /// What there was to look at, for a report.
    pub facts: Vec<String>,
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fact in &self.facts {
            writeln!(formatter, "{fact}")?;
        }
        for fault in &self.faults {
            writeln!(formatter, "NOT AS PROMISED: {fault}")?;
        }
        write!(formatter, "{} promises broken", self.faults.len())
    }
}

impl Month {
    pub(super) async fn measure(&self) -> Sizes {
        let mut redis = self.app.redis.connect().await;
        let mut bytes = 0;
        for key in self.app.redis.keys().await {
            let size: Option<u64> = redis::cmd("MEMORY")
                .arg("USAGE")
                .arg(&key)
                .query_async(&mut redis)
                .await
                .expect("Redis answers");
            bytes += size.unwrap_or_default();
        }
        Sizes {
            redis_bytes: bytes,
            process_kib: memory_kib(std::process::id(), Memory::Resident).unwrap_or_default(),
        }
    }

    /// Ends it, and looks at everything.
    pub(super) async fn proof(self, size: Size) -> Proof {
        let mut proof = Proof {
            faults: Vec::new(),
            facts: Vec::new(),
        };
        self.prove_mails(&mut proof).await;
        self.prove_payments(&mut proof).await;
        let retention_days = self.app.settings.backup.retention_days;
        self.prove_backups(&mut proof, size, retention_days).await;
        self.prove_alerts(&mut proof).await;
        self.prove_jobs(&mut proof).await;
        self.prove_sizes(&mut proof);
        for worker in self.workers {
            worker.stop().await;
        }
        proof
    }

    /// Each mail left once, and everybody got those that are due to them.
    async fn prove_mails(&self, proof: &mut Proof) {
        let kinds = self
            .app
            .sql("SELECT kind, state, count(*), max(sends) FROM mails GROUP BY 1, 2 ORDER BY 1, 2")
            .await;
        for row in &kinds {
            proof.facts.push(format!("mails: {}", row.join(", ")));
        }
        let not_sent = "SELECT count(*) FROM mails WHERE state NOT IN ('sent', 'delivered')";
        proof.expect_none("mails have not left", &self.app.value(not_sent).await);
        let taken = self.outside.mail_requests().await;
        let mut seen = BTreeSet::new();
        let mut twice = 0;
        for request in &taken {
            let body: serde_json::Value = request.body_json().unwrap_or_default();
            let mark = body["personalizations"][0]["custom_args"].to_string();
            twice += usize::from(!seen.insert(mark));
        }
        // While the provider refuses, the same mail is offered again: that is no second mail.
        let offered = "SELECT count(*) FROM mails WHERE sends > 1";
        proof.facts.push(format!(
            "mails offered to the provider again after a refusal: {twice}; sent more than once: {}",
            self.app.value(offered).await
        ));
        for (merchant, number) in self.merchants.iter().zip(0..) {
            let account = merchant.payer.account_id;
            let query = format!(
                "SELECT coalesce(string_agg(kind, ' ' ORDER BY created_at, kind), '') FROM mails
                  WHERE account_id = '{account}' AND kind IN ('welcome', 'trial_warning', 'trial_ended', 'payment_received')"
            );
            let told = self.app.value(&query).await;
            // The warning on the fourth day comes before the payment on the fifth. A payment that Stripe told in vain opens
            // access by the nightly comparison, and nobody writes about it.
            let expected: &[&str] = if !merchant.pays {
                &["welcome trial_warning trial_warning trial_ended"]
            } else if self.loses_webhooks_on(merchant.pays_on()) {
                &["welcome trial_warning"]
            } else {
                &["welcome trial_warning payment_received"]
            };
            if !expected.contains(&told.as_str()) {
                proof.faults.push(format!(
                    "merchant {number} (pays: {}) was told {told}",
                    merchant.pays
                ));
            }
        }
    }

    fn loses_webhooks_on(&self, day: u32) -> bool {
        self.injected.contains(&(day, Fault::WebhooksLost))
    }

    /// Who pays has access and who does not is locked, whatever was lost.
    async fn prove_payments(&self, proof: &mut Proof) {
        for (merchant, number) in self.merchants.iter().zip(0..) {
            let billing = self.app.member_of(merchant.payer.account_id).await;
            let billing = billing.get("/v1/billing").await.expect(200).json();
            let expected = if merchant.pays { "active" } else { "locked" };
            if billing["standing"] != expected {
                proof.faults.push(format!(
                    "merchant {number} is {} and not {expected}",
                    billing["standing"]
                ));
            }
        }
        let payers = self
            .merchants
            .iter()
            .filter(|merchant| merchant.pays)
            .count();
        proof
            .facts
            .push(format!("{} merchants, {payers} pay", self.merchants.len()));
    }

    /// A backup of each of the last days is kept and no older one, and the drills are done.
    async fn prove_backups(&self, proof: &mut Proof, size: Size, retention_days: u32) {
        let lost = self
            .injected
            .iter()
            .filter(|(_, fault)| *fault == Fault::BucketAway)
            .count();
        let kept: u32 = self
            .app
            .value("SELECT count(*) FROM backups")
            .await
            .parse()
            .unwrap_or(0);
        let most = size.days.min(retention_days + 1);
        proof.facts.push(format!(
            "{kept} backups kept; the bucket was away in {lost} nights"
        ));
        if kept > most || kept + 2 < size.days.min(retention_days) {
            proof
                .faults
                .push(format!("{kept} backups are kept, of {retention_days} days"));
        }
        let stray = "SELECT count(*) FROM backups WHERE snapshot_at < now() - interval '9 days'";
        proof.expect_none("backups are kept too long", &self.app.value(stray).await);
        let objects = self.outside.bucket.keys().await.len();
        proof.facts.push(format!("{objects} objects in the bucket"));
        let drills =
            "SELECT count(*) FROM jobs WHERE kind = 'drill_backup' AND state = 'succeeded'";
        let newest =
            "SELECT coalesce(max(drilled_at) > now() - interval '8 days', false) FROM backups";
        let is_recent = self.app.value(newest).await;
        proof.facts.push(format!(
            "drills among the jobs that are kept: {}",
            self.app.value(drills).await
        ));
        if size.days > 8 && is_recent != "t" {
            proof
                .faults
                .push("no kept backup was restored within eight days".to_owned());
        }
    }

    /// The operator was told of nothing but what was injected, and nothing is left open.
    async fn prove_alerts(&self, proof: &mut Proof) {
        let rows = self
            .app
            .sql("SELECT kind, began_at::date::text, coalesce(ended_at::text, 'open'), fault FROM alerts ORDER BY began_at")
            .await;
        let mut allowed: BTreeSet<&str> = BTreeSet::new();
        for (_, fault) in &self.injected {
            allowed.extend(fault.alerts().iter().map(|kind| AlertKind::name(*kind)));
        }
        for row in rows {
            proof.facts.push(format!("alert: {}", row.join(", ")));
            if !allowed.contains(row[0].as_str()) {
                proof
                    .faults
                    .push(format!("an alert came of nothing: {}", row.join(", ")));
            }
            if row[2] == "open" {
                proof
                    .faults
                    .push(format!("an alert did not end: {}", row.join(", ")));
            }
        }
    }

    /// No job died but those whose service was away, and old ones are gone.
    async fn prove_jobs(&self, proof: &mut Proof) {
        let dead =
            "SELECT kind, count(*), min(error_detail) FROM jobs WHERE state = 'dead' GROUP BY kind";
        let was_away = |fault| self.injected.iter().any(|(_, injected)| *injected == fault);
        for row in self.app.sql(dead).await {
            proof.facts.push(format!("dead: {}", row.join(", ")));
            let is_injected = row[0] == "back_up_database" && was_away(Fault::BucketAway);
            if !is_injected {
                proof.faults.push(format!("jobs died: {}", row.join(", ")));
            }
        }
        // The keeper cleans up once a minute of the machine's time, which is not moved.
        until("finished jobs are kept no longer than they should", || async {
            let old = "SELECT count(*) FROM jobs WHERE state = 'succeeded' AND finished_at < now() - interval '8 days'";
            self.app.value(old).await == "0"
        })
        .await;
    }

    /// Nothing grows from the day on which the merchants and the retention are complete.
    fn prove_sizes(&self, proof: &mut Proof) {
        let settled = self.sizes.len() * 2 / 3;
        let (Some(then), Some(last)) = (self.sizes.get(settled), self.sizes.last()) else {
            return;
        };
        proof.facts.push(format!(
            "Redis {} bytes on day {} and {} on the last; all programs in this process {} and {} MiB",
            then.redis_bytes,
            settled + 1,
            last.redis_bytes,
            then.process_kib / 1024,
            last.process_kib / 1024
        ));
        if last.redis_bytes > then.redis_bytes * 2 + 100_000 {
            proof.faults.push("Redis grows".to_owned());
        }
        // Allocators keep what they had once; what leaks goes on growing.
        if last.process_kib > then.process_kib * 5 / 4 + 32 * 1024 {
            proof.faults.push("the processes grow".to_owned());
        }
    }
}

impl Proof {
    fn expect_none(&mut self, what: &str, count: &str) {
        if count != "0" {
            self.faults.push(format!("{count} {what}"));
        }
    }
}
