use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::MailTopic;
use crate::id::{ReportId, ReportScheduleId, StoreId};

/// A mail's kind with what stands in it, as kept in its row. Kinds are never renamed; new fields need `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
    /// An account was made.
    Welcome {
        /// When its trial ends.
        trial_ends_at: DateTime<Utc>,
        /// The one-time link that proves the address.
        #[serde(default)]
        token_id: Option<Uuid>,
    },
    /// Somebody asks for a link that proves their address.
    VerifyEmail {
        /// The one-time link.
        token_id: Uuid,
        /// When it stops working.
        expires_at: DateTime<Utc>,
    },
    /// Somebody has forgotten their password.
    ResetPassword {
        /// The one-time link.
        token_id: Uuid,
        /// When it stops working.
        expires_at: DateTime<Utc>,
    },
    /// The reader's password is another one.
    PasswordChanged {
        /// Since when.
        changed_at: DateTime<Utc>,
    },
    /// Somebody, perhaps the reader, tried to register with an address that is known.
    AlreadyRegistered {},
    /// The trial ends soon.
    TrialWarning {
        /// Days before the end by the plan of warnings: what the mail is known by.
        days_before: u32,
        /// Days that were left when it was written.
        days_left: i64,
        /// When it ends.
        trial_ends_at: DateTime<Utc>,
    },
    /// The trial has ended.
    TrialEnded {
        /// When.
        trial_ended_at: DateTime<Utc>,
    },
    /// Money came.
    PaymentReceived {
        /// How much, with its currency, as it is shown.
        amount: String,
        /// Until when that pays.
        paid_until: DateTime<Utc>,
    },
    /// A payment was refused.
    PaymentFailed {
        /// How much, with its currency, as it is shown.
        amount: String,
        /// When access ends if nothing is paid.
        locked_at: DateTime<Utc>,
    },
    /// A refused payment is still open.
    PaymentReminder {
        /// When access ends if nothing is paid.
        locked_at: DateTime<Utc>,
    },
    /// A refused payment was never made up for.
    AccountLocked {
        /// Since when.
        locked_at: DateTime<Utc>,
    },
    /// The subscription was cancelled.
    SubscriptionCancelled {
        /// Until when it is paid.
        access_until: DateTime<Utc>,
    },
    /// A report that somebody asked for is there.
    ReportReady {
        /// Which.
        report_id: ReportId,
        /// What it covers.
        title: String,
    },
    /// A report that comes by itself.
    ScheduledReport {
        /// Which.
        report_id: ReportId,
        /// What it covers.
        title: String,
        /// The schedule, which its reader may stop.
        #[serde(default)]
        schedule_id: Option<ReportScheduleId>,
        /// Until when whoever has the link may read it; without, its reader logs in.
        #[serde(default)]
        shared_until: Option<DateTime<Utc>>,
    },
    /// Stock ran low or out.
    StockAlert {
        /// Whose.
        store_id: StoreId,
        /// What its merchant calls it.
        store_name: String,
        /// What runs out, the most urgent first.
        items: Vec<AlertItem>,
        /// How many there are, named here or not.
        #[serde(default)]
        total: u64,
    },
    /// A store's platform does not let us in any more.
    StoreDisconnected {
        /// Which.
        store_id: StoreId,
        /// What its merchant calls it.
        store_name: String,
    },
    /// For the operator: something is out of order, or is no longer.
    OperatorAlert {
        /// A kind of [`crate::alert::AlertKind`].
        alert: String,
        /// What is wrong, with its figures.
        fault: String,
        /// Since when.
        began_at: DateTime<Utc>,
        /// Until when; not yet over when there is none.
        ended_at: Option<DateTime<Utc>>,
    },
}

/// One thing that runs out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertItem {
    /// Its SKU.
    pub sku: String,
    /// What it is called.
    pub title: String,
    /// How many are left, as shown.
    pub available: String,
}

impl MailContent {
    /// Returns the kind's wire name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged { .. } => "password_changed",
            Self::AlreadyRegistered {} => "already_registered",
            Self::TrialWarning { .. } => "trial_warning",
            Self::TrialEnded { .. } => "trial_ended",
            Self::PaymentReceived { .. } => "payment_received",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::PaymentReminder { .. } => "payment_reminder",
            Self::AccountLocked { .. } => "account_locked",
            Self::SubscriptionCancelled { .. } => "subscription_cancelled",
            Self::ReportReady { .. } => "report_ready",
            Self::ScheduledReport { .. } => "scheduled_report",
            Self::StockAlert { .. } => "stock_alert",
            Self::StoreDisconnected { .. } => "store_disconnected",
            Self::OperatorAlert { .. } => "operator_alert",
        }
    }

    /// Returns when it has nothing to say any more, if ever.
    #[must_use]
    pub const fn expires_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::VerifyEmail { expires_at, .. } | Self::ResetPassword { expires_at, .. } => {
                Some(*expires_at)
            }
            _ => None,
        }
    }

    /// Returns what it is about.
    #[must_use]
    pub const fn topic(&self) -> MailTopic {
        match self {
            Self::Welcome { .. }
            | Self::VerifyEmail { .. }
            | Self::ResetPassword { .. }
            | Self::PasswordChanged { .. }
            | Self::AlreadyRegistered {}
            | Self::TrialEnded { .. }
            | Self::PaymentReceived { .. }
            | Self::PaymentFailed { .. }
            | Self::PaymentReminder { .. }
            | Self::AccountLocked { .. }
            | Self::SubscriptionCancelled { .. }
            | Self::StoreDisconnected { .. }
            | Self::OperatorAlert { .. } => MailTopic::Account,
            Self::TrialWarning { .. } => MailTopic::Trial,
            Self::ReportReady { .. } | Self::ScheduledReport { .. } => MailTopic::Reports,
            Self::StockAlert { .. } => MailTopic::Alerts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_kind_is_the_one_in_its_row() {
        let at = DateTime::UNIX_EPOCH;
        let contents = [
            MailContent::Welcome {
                trial_ends_at: at,
                token_id: None,
            },
            MailContent::AlreadyRegistered {},
            MailContent::TrialWarning {
                days_before: 3,
                days_left: 3,
                trial_ends_at: at,
            },
            MailContent::SubscriptionCancelled { access_until: at },
        ];
        for content in contents {
            let row = serde_json::to_value(&content).unwrap();
            assert_eq!(row["kind"], content.kind());
            assert_eq!(serde_json::from_value::<MailContent>(row).unwrap(), content);
        }
    }

    #[test]
    fn mails_written_by_earlier_versions_still_read() {
        let row = serde_json::json!({
            "kind": "trial_warning", "days_before": 1, "days_left": 1, "trial_ends_at": "2026-12-01T08:59:00Z",
        });
        let content: MailContent = serde_json::from_value(row).unwrap();
        assert_eq!(content.topic(), MailTopic::Trial);
        let row = serde_json::json!({"kind": "welcome", "trial_ends_at": "2026-12-01T08:59:00Z"});
        let content: MailContent = serde_json::from_value(row).unwrap();
        assert_eq!(content.kind(), "welcome");
    }
}
