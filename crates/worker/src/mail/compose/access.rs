//! Mails about getting in: the beginning of an account, its address, its password.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ACCOUNT, moment};
use crate::mail::{Letter, Sender};

pub(super) fn welcome(sender: &Sender, ends_at: DateTime<Utc>, token_id: Option<Uuid>) -> Letter {
    Letter {
        subject: "Welcome to Employee Suite".to_owned(),
        paragraphs: vec![
            "Your account is ready.".to_owned(),
            format!(
                "It is free for {} days, until {}. Import your invoices and build a first report: it takes a few minutes.",
                sender.trial_days,
                moment(ends_at)
            ),
        ],
        action: Some(match token_id {
            Some(id) => (
                "Confirm your address and begin",
                sender.one_time_link("/verify-email", id),
            ),
            None => ("Open Employee Suite", sender.link("/")),
        }),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

pub(super) fn verify_email(sender: &Sender, token_id: Uuid) -> Letter {
    Letter {
        subject: "Confirm your address".to_owned(),
        paragraphs: vec![
            "Please confirm that this is your address. The link works once, within a day."
                .to_owned(),
        ],
        action: Some((
            "Confirm your address",
            sender.one_time_link("/verify-email", token_id),
        )),
        reason: "You get this because somebody asked for it with your address. If it was not you, do nothing."
            .to_owned(),
        ..Letter::default()
    }
}

pub(super) fn reset_password(sender: &Sender, token_id: Uuid) -> Letter {
    Letter {
        subject: "Choose a new password".to_owned(),
        paragraphs: vec![
            "Somebody, probably you, has forgotten the password of your account. The link lets you choose a new one. It works once, within an hour, and ends all log-ins."
                .to_owned(),
        ],
        action: Some((
            "Choose a new password",
            sender.one_time_link("/reset-password", token_id),
        )),
        reason: "You get this because somebody asked for it with your address. If it was not you, do nothing: your password stays."
            .to_owned(),
        ..Letter::default()
    }
}

pub(super) fn password_changed(sender: &Sender, changed_at: DateTime<Utc>) -> Letter {
    Letter {
        subject: "Your password was changed".to_owned(),
        paragraphs: vec![
            format!(
                "The password of your account was changed on {}, and all log-ins have ended. API tokens go on.",
                moment(changed_at)
            ),
            "If it was you, all is well. If it was not, somebody can read your mail: choose a new password at once, and delete the API tokens that you do not know."
                .to_owned(),
        ],
        action: Some(("Choose a new password", sender.link("/forgot-password"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

pub(super) fn already_registered(sender: &Sender) -> Letter {
    Letter {
        subject: "You have an account already".to_owned(),
        paragraphs: vec![
            "Somebody, probably you, tried to make an account with your address. There is one already, and nothing about it has changed."
                .to_owned(),
            format!(
                "Log in with your address. If you have forgotten the password, choose a new one: {}",
                sender.link("/forgot-password")
            ),
        ],
        action: Some(("Log in", sender.link("/login"))),
        reason: "You get this because your address belongs to an account. If it was not you, do nothing."
            .to_owned(),
        ..Letter::default()
    }
}
