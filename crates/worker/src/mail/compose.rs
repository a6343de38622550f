mod access;
mod operator;
mod payments;

use chrono::{DateTime, Utc};
use suite_core::mail::{AlertItem, MailContent};

use super::{Letter, Sender};

/// So many things are listed in an alert; the page has all.
const LISTED: usize = 20;

/// Writes what a mail says.
pub(crate) fn compose(content: &MailContent, sender: &Sender) -> Letter {
    let mut letter = words(content, sender).in_lines();
    if content.topic().may_be_stopped() {
        letter.stop = Some(sender.stop_link());
    }
    letter
}

fn words(content: &MailContent, sender: &Sender) -> Letter {
    match content {
        MailContent::Welcome {
            trial_ends_at,
            token_id,
        } => access::welcome(sender, *trial_ends_at, *token_id),
        MailContent::VerifyEmail { token_id, .. } => access::verify_email(sender, *token_id),
        MailContent::ResetPassword { token_id, .. } => access::reset_password(sender, *token_id),
        MailContent::PasswordChanged { changed_at } => {
            access::password_changed(sender, *changed_at)
        }
        MailContent::AlreadyRegistered {} => access::already_registered(sender),
        MailContent::TrialWarning {
            days_left,
            trial_ends_at,
            ..
        } => trial_warning(sender, *days_left, *trial_ends_at),
        MailContent::TrialEnded { trial_ended_at } => trial_ended(sender, *trial_ended_at),
        MailContent::PaymentReceived { amount, paid_until } => {
            payments::payment_received(sender, amount, *paid_until)
        }
        MailContent::PaymentFailed { amount, locked_at } => {
            payments::payment_failed(sender, amount, *locked_at)
        }
        MailContent::PaymentReminder { locked_at } => {
            payments::payment_reminder(sender, *locked_at)
        }
        MailContent::AccountLocked { locked_at } => payments::account_locked(sender, *locked_at),
        MailContent::SubscriptionCancelled { access_until } => {
            payments::subscription_cancelled(sender, *access_until)
        }
        MailContent::ReportReady { report_id, title } => report(
            sender.link(&format!("/reports/{report_id}")),
            title,
            "You get this because you asked for the report.",
        ),
        MailContent::ScheduledReport {
            report_id,
            title,
            shared_until,
            ..
        } => report(
            match shared_until {
                Some(until) => sender.shared_link(*report_id, *until),
                None => sender.link(&format!("/reports/{report_id}")),
            },
            title,
            "You get this because somebody who sells with Employee Suite chose to send you this report by a schedule. Whoever has the link can open the report for 30 days, and get it as CSV.",
        ),
        MailContent::StockAlert {
            store_id,
            store_name,
            items,
            total,
        } => stock_alert(
            sender.link(&format!("/inventory?store_id={store_id}")),
            store_name,
            (items, *total),
        ),
        MailContent::StoreDisconnected {
            store_id,
            store_name,
        } => store_disconnected(sender.link(&format!("/stores/{store_id}")), store_name),
        MailContent::OperatorAlert {
            alert,
            fault,
            began_at,
            ended_at,
        } => operator::alert(sender, (alert, fault), *began_at, *ended_at),
    }
}

const ACCOUNT: &str = "You get this because you have an account with Employee Suite.";

fn trial_warning(sender: &Sender, days_left: i64, ends_at: DateTime<Utc>) -> Letter {
    let days = if days_left == 1 {
        "1 day".to_owned()
    } else {
        format!("{days_left} days")
    };
    Letter {
        subject: format!("Your trial ends in {days}"),
        paragraphs: vec![
            format!("Your trial of Employee Suite ends in {days}, on {}.", moment(ends_at)),
            "To go on without a break, choose a plan before that. If you do nothing, nothing is charged; your data stays."
                .to_owned(),
        ],
        action: Some(("Choose a plan", sender.link("/billing"))),
        reason: "You get this because your account is in its trial.".to_owned(),
        ..Letter::default()
    }
}

fn trial_ended(sender: &Sender, ended_at: DateTime<Utc>) -> Letter {
    Letter {
        subject: "Your trial has ended".to_owned(),
        paragraphs: vec![
            format!("Your trial of Employee Suite ended on {}.", moment(ended_at)),
            "Nothing was charged. Your data is still there, and opens again as soon as you choose a plan."
                .to_owned(),
        ],
        action: Some(("Choose a plan", sender.link("/billing"))),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

fn report(address: String, title: &str, reason: &str) -> Letter {
    Letter {
        subject: format!("Report: {title}"),
        paragraphs: vec![format!("Your report is ready: {title}.")],
        action: Some(("Open the report", address)),
        reason: reason.to_owned(),
        ..Letter::default()
    }
}

fn stock_alert(address: String, store_name: &str, what: (&[AlertItem], u64)) -> Letter {
    let items = what.0;
    // Rows of before name all there are.
    let count = items.len().max(usize::try_from(what.1).unwrap_or(0));
    let what = if count == 1 {
        "product is"
    } else {
        "products are"
    };
    let mut paragraphs = vec![format!("{count} {what} running out at {store_name}.")];
    let listed = items.len().min(LISTED);
    if count > listed {
        paragraphs.push(format!(
            "These are the {listed} most urgent; the page lists all."
        ));
    }
    Letter {
        subject: format!("{count} {what} running out at {store_name}"),
        paragraphs,
        rows: items
            .iter()
            .take(LISTED)
            .map(|item| {
                (
                    format!("{} ({})", item.title, item.sku),
                    item.available.clone(),
                )
            })
            .collect(),
        action: Some(("See the stock", address)),
        reason: "You get this because your account watches its stock.".to_owned(),
        ..Letter::default()
    }
}

fn store_disconnected(address: String, store_name: &str) -> Letter {
    Letter {
        subject: format!("{store_name} is not connected any more"),
        paragraphs: vec![format!(
            "The shop behind {store_name} does not let us in any more, so its orders and stock stand still here. Connect it again to go on."
        )],
        action: Some(("Connect the store", address)),
        reason: ACCOUNT.to_owned(),
        ..Letter::default()
    }
}

/// A moment as a person reads it. Accounts have no time zone, so it is told in UTC and says so.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::samples;

    fn sender() -> Sender {
        Sender::sample("https://suite.example")
    }

    #[test]
    fn a_warning_says_how_many_days_are_left_and_until_when() {
        let ends_at = DateTime::from_timestamp(1_764_579_540, 0).unwrap();
        let letter = trial_warning(&sender(), 3, ends_at);
        assert_eq!(letter.subject, "Your trial ends in 3 days");
        assert!(letter.paragraphs[0].ends_with("on 1 December 2025 at 08:59 UTC."));
        assert_eq!(
            trial_warning(&sender(), 1, ends_at).subject,
            "Your trial ends in 1 day"
        );
    }

    #[test]
    fn every_kind_has_a_subject_words_one_thing_to_do_and_a_reason() {
        for content in samples() {
            let letter = compose(&content, &sender());
            let kind = content.kind();
            assert!(!letter.subject.is_empty(), "{kind}");
            assert!(!letter.paragraphs.is_empty(), "{kind}");
            assert!(letter.reason.starts_with("You get this because"), "{kind}");
            let (_, address) = letter.action.clone().unwrap();
            assert!(address.starts_with("https://suite.example/"), "{kind}");
            let text = letter.text().unwrap();
            assert!(
                text.contains(&address) && text.contains(&letter.reason),
                "{kind}"
            );
            assert!(!text.contains("&#"), "{kind}: text is not escaped");
        }
    }
}
