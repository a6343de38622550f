use chrono::{DateTime, TimeDelta};
use suite_core::{
    id::{ReportId, ReportScheduleId, StoreId},
    mail::{AlertItem, MailContent},
};
use uuid::Uuid;

/// Returns one mail of every kind, for previews and tests.
pub(crate) fn samples() -> Vec<MailContent> {
    let at = DateTime::UNIX_EPOCH + TimeDelta::days(20_788) + TimeDelta::minutes(539);
    let (amount, store_name) = ("500.00 USD".to_owned(), "Harbour & Hearth".to_owned());
    let store_id = StoreId::from(Uuid::from_u128(1));
    let report_id = ReportId::from(Uuid::from_u128(2));
    let title = "Revenue, 1 Nov 2026 to 30 Nov 2026".to_owned();
    vec![
        MailContent::Welcome {
            trial_ends_at: at,
            token_id: Some(Uuid::nil()),
        },
        MailContent::VerifyEmail {
            token_id: Uuid::nil(),
            expires_at: at,
        },
        MailContent::ResetPassword {
            token_id: Uuid::nil(),
            expires_at: at,
        },
        MailContent::PasswordChanged { changed_at: at },
        MailContent::AlreadyRegistered {},
        MailContent::TrialWarning {
            days_before: 3,
            days_left: 3,
            trial_ends_at: at,
        },
        MailContent::TrialEnded { trial_ended_at: at },
        MailContent::PaymentReceived {
            amount: amount.clone(),
            paid_until: at,
        },
        MailContent::PaymentFailed {
            amount,
            locked_at: at,
        },
        MailContent::PaymentReminder { locked_at: at },
        MailContent::AccountLocked { locked_at: at },
        MailContent::SubscriptionCancelled { access_until: at },
        MailContent::ReportReady {
            report_id,
            title: title.clone(),
        },
        MailContent::ScheduledReport {
            report_id,
            title,
            schedule_id: Some(ReportScheduleId::from(Uuid::from_u128(3))),
            shared_until: Some(at),
        },
        MailContent::StockAlert {
            store_id,
            store_name: store_name.clone(),
            items: vec![AlertItem {
                sku: "HH-0042".to_owned(),
                title: "Enamel mug, sea green".to_owned(),
                available: "2 left".to_owned(),
            }],
            total: 1,
        },
        MailContent::StoreDisconnected {
            store_id,
            store_name,
        },
        MailContent::OperatorAlert {
            alert: "backup_age".to_owned(),
            fault: "no whole backup was made for 27 hours".to_owned(),
            began_at: at,
            ended_at: None,
        },
    ]
}
