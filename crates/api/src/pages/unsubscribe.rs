//! Stopping mails from a link in one of them: a page with a button, and one click for mail programs (RFC 8058).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use suite_core::{
    id::{AccountId, MailId},
    links::LinkKeys,
    mail::MailTopic,
};
use suite_db::mails::{self, Stoppable};

use super::{form::Faults, notice};
use crate::{
    App,
    handlers::auth,
    problem::{ApiResult, Problem},
};

/// Shows what would be stopped, and a button. Opening the link changes nothing: machines open links too.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let (account_id, mail_id) = read(&app, &request).await?;
    let mut tx = app.db.account(account_id).await?;
    let what = mails::stoppable(&mut tx, mail_id).await?;
    tx.commit().await?;
    let what = what.ok_or_else(Problem::no_such_page)?;
    let question = format!("You will get no more {} by mail.", words(what));
    notice::ask(
        (StatusCode::OK, Faults::default()),
        ("Stop these mails?", &question, "Stop them"),
        &format!("/unsubscribe/{}", notice::token(&request)?),
    )
}

/// Stops them. Neither a log-in nor a cookie is asked for, nor where the request comes from: mail programs send it.
pub(super) async fn submit(app: Data<App>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let (account_id, mail_id) = read(&app, &request).await?;
    let mut tx = app.db.account(account_id).await?;
    let what = mails::stop(&mut tx, mail_id).await?;
    tx.commit().await?;
    let what = what.ok_or_else(Problem::no_such_page)?;
    let text = format!("You will get no more {} by mail.", words(what));
    notice::tell("Stopped", &text, None)
}

async fn read(app: &App, request: &HttpRequest) -> ApiResult<(AccountId, MailId)> {
    auth::count_link(app, request).await?;
    let keys = LinkKeys::new(&app.settings.security.secret_key)?;
    let token = notice::token(request)?;
    keys.read_stop(&token).ok_or_else(Problem::no_such_page)
}

fn words(what: Stoppable) -> &'static str {
    match what {
        Stoppable::Schedule(_) => "issues of this report",
        Stoppable::Topic(MailTopic::Account) => "news of your account",
        Stoppable::Topic(MailTopic::Trial) => "warnings about your trial",
        Stoppable::Topic(MailTopic::Reports) => "reports",
        Stoppable::Topic(MailTopic::Alerts) => "alerts about stock",
    }
}
