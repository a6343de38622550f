//! Stopping mails from a link in one of them: a page with a button, and one click for mail programs (RFC 8058).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use suite_core::{
    id::{AccountId, MailId},
    links::LinkKeys,
    mail::MailTopic,
};
use suite_db::mails;

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
    let topic = mails::stoppable(&mut tx, mail_id).await?;
    tx.commit().await?;
    let topic = topic.ok_or_else(Problem::no_such_page)?;
    let question = format!("You will get no more {} by mail.", words(topic));
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
    let topic = mails::stop(&mut tx, mail_id).await?;
    tx.commit().await?;
    let topic = topic.ok_or_else(Problem::no_such_page)?;
    let text = format!("You will get no more {} by mail.", words(topic));
    notice::tell("Stopped", &text, None)
}

async fn read(app: &App, request: &HttpRequest) -> ApiResult<(AccountId, MailId)> {
    auth::count_link(app, request).await?;
    let keys = LinkKeys::new(&app.settings.security.secret_key)?;
    let token = notice::token(request)?;
    keys.read_stop(&token).ok_or_else(Problem::no_such_page)
}

fn words(topic: MailTopic) -> &'static str {
    match topic {
        MailTopic::Account => "news of your account",
        MailTopic::Trial => "warnings about your trial",
        MailTopic::Reports => "reports",
        MailTopic::Alerts => "alerts about stock",
    }
}
