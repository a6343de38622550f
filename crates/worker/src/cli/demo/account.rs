use anyhow::ensure;
use chrono::TimeDelta;
use secrecy::SecretString;
use suite_core::{credentials::IssuedToken, id::AccountId};
use suite_db::{Db, api_tokens, operator::accounts};

use crate::cli::{
    Session,
    accounts::create::{create_account, issue_token},
    audit, show,
};

pub(super) const EMAIL: &str = "demo@example.com";
/// Known to everybody who reads this: the reason why the account is not made where others are.
pub(super) const PASSWORD: &str = "harbour-and-hearth";
const NAME: &str = "Demo";
const TOKEN: &str = "demo";
/// The demo is looked at again after a year.
const TRIAL: TimeDelta = TimeDelta::days(3_650);

/// Who looks at the shop.
pub(super) struct Login {
    pub(super) account_id: AccountId,
    pub(super) token: IssuedToken,
}

/// Finds or makes the demo account, and gives it a new token in place of the one before.
pub(super) async fn log_in(yes: bool, session: &Session, db: &Db) -> anyhow::Result<Login> {
    let mut tx = db.fleet().await?;
    let found = accounts::find_id_by_email(&mut tx, EMAIL).await?;
    let others = accounts::count_others(&mut tx, found).await?;
    drop(tx);
    ensure!(
        yes || others == 0,
        "this database holds {}: an account whose password everybody knows has no place there (--yes makes it all the same)",
        show::count(others, "other account")
    );
    let account_id = match found {
        Some(id) => id,
        None => {
            let password = SecretString::from(PASSWORD);
            create_account(session, db, (NAME, EMAIL, &password), TRIAL)
                .await?
                .account_id
        }
    };
    Ok(Login {
        account_id,
        token: renew_token(account_id, session, db).await?,
    })
}

async fn renew_token(
    account_id: AccountId,
    session: &Session,
    db: &Db,
) -> anyhow::Result<IssuedToken> {
    let mut tx = db.account(account_id).await?;
    for token in api_tokens::list(&mut tx, None, 1_000).await? {
        if token.name == TOKEN && api_tokens::delete(&mut tx, token.id).await? {
            let subject = token.id.to_string();
            audit::note(
                &mut tx,
                session,
                "delete_token",
                &subject,
                audit::no_detail(),
            )
            .await?;
        }
    }
    let token = issue_token(session, &mut tx, TOKEN).await?;
    tx.commit().await?;
    Ok(token)
}
