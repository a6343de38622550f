//! Who the client is.

use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::Serialize;
use suite_core::{
    Error,
    billing::Plan,
    id::{AccountId, UserId},
};
use suite_db::{
    AccountTx,
    accounts::{self, Account},
    api_tokens, billing,
    users::{self, User},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    extract::{Member, Via},
    handlers::tokens::TokenView,
    problem::{ApiResult, ProblemView},
};

/// Who asks, and for which account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The account.
    account: AccountView,
    /// The person, when a person asks.
    user: Option<UserView>,
    /// The token, when a program asks.
    token: Option<TokenView>,
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountView {
    id: Uuid,
    /// What the merchant is called.
    name: String,
    /// `trial`, `pro`, or `locked`: its trial is over or its plan has ended; `/v1/billing` says more.
    plan: String,
    /// When the trial ends or ended.
    trial_ends_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// A person.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    id: Uuid,
    email: String,
    /// When the address was proven to be theirs.
    email_verified_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.into(),
            name: account.name,
            plan: account.plan,
            trial_ends_at: account.trial_ends_at,
            created_at: account.created_at,
        }
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.into(),
            email: user.email,
            email_verified_at: user.email_verified_at,
            created_at: user.created_at,
        }
    }
}

/// Tells who the client is.
#[utoipa::path(get, path = "/v1/me", tag = "access",
    responses((status = 200, body = Me), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(app: Data<App>, who: Member) -> ApiResult<Json<Me>> {
    let mut tx = app.db.account(who.account_id).await?;
    let account = account(&app, &mut tx).await?;
    let (user, token) = match who.via {
        Via::Session(id) => (users::get(&mut tx, id).await?, None),
        Via::Token(id) => (None, api_tokens::get(&mut tx, id).await?),
        Via::Link => (None, None),
    };
    Ok(Json(Me {
        account,
        user: user.map(Into::into),
        token: token.map(Into::into),
    }))
}

/// Returns the answer of [`get`] for a person who has just logged in.
pub(crate) async fn view_of_user(
    app: &App,
    account_id: AccountId,
    user_id: UserId,
) -> ApiResult<Me> {
    let mut tx = app.db.account(account_id).await?;
    Ok(Me {
        account: account(app, &mut tx).await?,
        user: users::get(&mut tx, user_id).await?.map(Into::into),
        token: None,
    })
}

async fn account(app: &App, tx: &mut AccountTx) -> ApiResult<AccountView> {
    const MISSING: Error = Error::NotFound { what: "account" };
    let account = accounts::get(tx).await?.ok_or(MISSING)?;
    let access = billing::access(tx).await?.ok_or(MISSING)?;
    let mut view = AccountView::from(account);
    if access.is_locked(app.clock.now()) {
        Plan::Locked.name().clone_into(&mut view.plan);
    }
    Ok(view)
}
