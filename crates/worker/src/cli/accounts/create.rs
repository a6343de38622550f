use anyhow::Context;
use chrono::TimeDelta;
use clap::Args;
use rand::{Rng, distr::Alphanumeric};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use suite_core::{
    credentials::{self, IssuedToken, TokenKind},
    id::AccountId,
};
use suite_db::{
    AccountTx, Db,
    accounts::{self, CreatedAccount, NewAccount},
    api_tokens,
};

use crate::cli::{Console, Ending, Session, audit, show};

/// Makes an account with one user and one API token.
#[derive(Debug, Args)]
pub struct Create {
    /// Who logs in for it
    email: String,
    /// What the merchant is called; the address's domain by default
    #[arg(long)]
    name: Option<String>,
    /// Read the password from standard input, one line; by default a new one is made up and printed
    #[arg(long)]
    password_stdin: bool,
}

/// 119 bits of chance in letters and digits.
const PASSWORD_LENGTH: usize = 20;

pub(super) async fn run(
    command: Create,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let email = credentials::normalize_email("EMAIL", &command.email)?;
    let domain = email.rsplit('@').next().unwrap_or(&email);
    let name = command.name.as_deref().unwrap_or(domain);
    let password = if command.password_stdin {
        read_password(console)?
    } else {
        let letters = rand::rng().sample_iter(Alphanumeric).take(PASSWORD_LENGTH);
        SecretString::from(letters.map(char::from).collect::<String>())
    };
    credentials::check_new_password("password", &password)?;
    let db = session.db().await?;
    let trial = TimeDelta::days(i64::from(session.settings.trial.days));
    let made = create_account(session, &db, (name, &email, &password), trial).await?;
    // A token is written inside its account, which the transaction that makes the account cannot be.
    let token = first_token(session, &db, made.account_id)
        .await
        .with_context(|| format!("the account {email} was made, its token was not"))?;
    let shown = (!command.password_stdin).then(|| password.expose_secret());
    tell(session, console, (name, &email, shown), made, &token)?;
    Ok(Ending::Fine)
}

async fn first_token(
    session: &Session,
    db: &Db,
    account_id: AccountId,
) -> anyhow::Result<IssuedToken> {
    let mut tx = db.account(account_id).await?;
    let token = issue_token(session, &mut tx, "suitectl").await?;
    tx.commit().await?;
    Ok(token)
}

fn read_password(console: &mut Console<'_>) -> anyhow::Result<SecretString> {
    let mut line = String::new();
    console
        .input
        .read_line(&mut line)
        .context("standard input")?;
    Ok(SecretString::from(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Makes an account and its user, with their entry in the audit log.
pub(in crate::cli) async fn create_account(
    session: &Session,
    db: &Db,
    (name, email, password): (&str, &str, &SecretString),
    trial: TimeDelta,
) -> anyhow::Result<CreatedAccount> {
    let now = session.clock.now();
    let new = NewAccount {
        name: name.to_owned(),
        email: email.to_owned(),
        password_hash: credentials::hash_password(password)?,
        trial_ends_at: now + trial,
    };
    let mut tx = db.fleet().await?;
    let made = accounts::create(&mut tx, &new, now)
        .await
        .map_err(suite_core::Error::from)?;
    // The address stays out of the log: it is kept longer than the account.
    let subject = made.account_id.to_string();
    audit::note_for(
        &mut tx,
        made.account_id,
        session,
        "create_account",
        &subject,
        audit::no_detail(),
    )
    .await?;
    tx.commit().await?;
    Ok(made)
}

/// Makes a token in `tx`, with its entry in the audit log.
pub(in crate::cli) async fn issue_token(
    session: &Session,
    tx: &mut AccountTx,
    name: &str,
) -> anyhow::Result<IssuedToken> {
    let token = credentials::issue_token(TokenKind::Api, tx.account_id());
    api_tokens::create(tx, name, &token, session.clock.now()).await?;
    let detail = json!({ "name": name, "suffix": token.suffix });
    let subject = tx.account_id().to_string();
    audit::note(tx, session, "create_token", &subject, detail).await?;
    Ok(token)
}

fn tell(
    session: &Session,
    console: &mut Console<'_>,
    (name, email, password): (&str, &str, Option<&str>),
    made: CreatedAccount,
    token: &IssuedToken,
) -> anyhow::Result<()> {
    let token = token.text.expose_secret();
    if session.json {
        let account = json!({
            "account_id": made.account_id, "user_id": made.user_id, "name": name,
            "email": email, "password": password, "token": token,
        });
        return show::json(console.out, &account);
    }
    let mut pairs = vec![
        ("account", made.account_id.to_string()),
        ("name", name.to_owned()),
        ("e-mail", email.to_owned()),
    ];
    pairs.extend(password.map(|password| ("password", password.to_owned())));
    show::pairs(console.out, &pairs)?;
    // Not through `pairs`: a line of its own, so that it can be copied whole.
    writeln!(console.out, "\nAPI token, shown this once:\n{token}")?;
    Ok(())
}
