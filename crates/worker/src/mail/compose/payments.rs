//! Mails about money.

use chrono::{DateTime, Utc};

use super::{ACCOUNT, moment};
use crate::mail::{Letter, Sender};

pub(super) fn payment_received(sender: &Sender, amount: &str, paid_until: DateTime<Utc>) -> Letter {
    Letter {
        subject: "We have received your payment".to_owned(),
        paragraphs: vec![format!(
            "Thank you. {amount} came in, which pays until {}.",
            moment(paid_until)
        )],
        action: Some(("See your billing", sender.link("/billing"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

pub(super) fn payment_failed(sender: &Sender, amount: &str, locked_at: DateTime<Utc>) -> Letter {
    Letter {
        subject: "Your payment did not go through".to_owned(),
        paragraphs: vec![
            format!("The payment of {amount} was refused by your bank or card."),
            format!(
                "Please check your card. Everything works until {}; after that your account is locked until it is paid. Your data stays.",
                moment(locked_at)
            ),
        ],
        action: Some(("Update your card", sender.link("/billing"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

pub(super) fn payment_reminder(sender: &Sender, locked_at: DateTime<Utc>) -> Letter {
    Letter {
        subject: "A payment is still open".to_owned(),
        paragraphs: vec![format!(
            "Your last payment has still not come in. On {} your account is locked until it is paid. Your data stays.",
            moment(locked_at)
        )],
        action: Some(("Update your card", sender.link("/billing"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

pub(super) fn subscription_cancelled(sender: &Sender, access_until: DateTime<Utc>) -> Letter {
    Letter {
        subject: "Your subscription is cancelled".to_owned(),
        paragraphs: vec![format!(
            "Nothing more is charged. You have access until {}, and can come back at any time.",
            moment(access_until)
        )],
        action: Some(("See your billing", sender.link("/billing"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

pub(super) fn account_locked(sender: &Sender, locked_at: DateTime<Utc>) -> Letter {
    Letter {
        subject: "Your account is locked".to_owned(),
        paragraphs: vec![format!(
            "A payment has not come in, so your account was locked on {}. Your data is still there: you can read it and take it away. Everything opens again as soon as you have paid.",
            moment(locked_at)
        )],
        action: Some(("Pay now", sender.link("/billing"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}
