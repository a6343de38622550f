use anyhow::Context;
use chrono::TimeDelta;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use suite_core::{
    credentials::{self, IssuedToken, TokenKind},
    id::AccountId,
};
use suite_db::{
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
        // A session token is 256 random bits: 24 of its last digits make a password of 96.
        let random = credentials::issue_token(TokenKind::Session, AccountId::OPERATOR);
        let digits = random.text.expose_secret();
        SecretString::from(digits[digits.len() - 24..].to_owned())
    };
    credentials::check_new_password("password", &password)?;
    let (made, token) = create(session, name, &email, &password).await?;
    let shown = (!command.password_stdin).then(|| password.expose_secret());
    tell(session, console, (name, &email, shown), made, &token)?;
    Ok(Ending::Fine)
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

/// Makes the account, its user and a token, with their entry in the audit log.
pub(in crate::cli) async fn create(
    session: &Session,
    name: &str,
    email: &str,
    password: &SecretString,
) -> anyhow::Result<(CreatedAccount, IssuedToken)> {
    let now = session.clock.now();
    let new = NewAccount {
        name: name.to_owned(),
        email: email.to_owned(),
        password_hash: credentials::hash_password(password)?,
        trial_ends_at: now + TimeDelta::days(i64::from(session.settings.trial.days)),
    };
    let db = session.db().await?;
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
    // A token is written inside its account, which the transaction above cannot be.
    let token = issue_token(session, made.account_id, "suitectl")
        .await
        .with_context(|| format!("the account {email} was made, its token was not"))?;
    Ok((made, token))
}

/// Makes a token, with its entry in the audit log.
pub(in crate::cli) async fn issue_token(
    session: &Session,
    account_id: AccountId,
    name: &str,
) -> anyhow::Result<IssuedToken> {
    let token = credentials::issue_token(TokenKind::Api, account_id);
    let mut tx = session.db().await?.account(account_id).await?;
    api_tokens::create(&mut tx, name, &token, session.clock.now()).await?;
    let detail = json!({ "name": name, "suffix": token.suffix });
    audit::note(
        &mut tx,
        session,
        "create_token",
        &account_id.to_string(),
        detail,
    )
    .await?;
    tx.commit().await?;
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
