use actix_web::{
    HttpResponse,
    http::header::CONTENT_DISPOSITION,
    web::{Bytes, Data},
};
use futures_util::{Stream, stream};
use suite_core::{
    id::{AccountId, ImportId},
    report::defuse,
};
use suite_db::imports::{self, Reject};

use crate::{
    App,
    extract::{Id, Member},
    problem::{ApiResult, Problem, ProblemView},
};

const HEADER: &str = "line_number,reason,content\r\n";
/// Rows to read at a time: a megabyte at most.
const BATCH: i64 = 1_000;

/// Downloads all rejected rows of an import as CSV that no spreadsheet takes for formulas.
#[utoipa::path(get, path = "/v1/imports/{id}/rejects", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn rejects(
    app: Data<App>,
    who: Member,
    Id(id): Id<ImportId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    imports::find(&mut tx, id).await?;
    tx.commit().await?;
    let name = format!("attachment; filename=\"rejects-{id}.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(rows(app, who.account_id, id)))
}

/// Reads on only as fast as the client takes it, in one short transaction a batch.
fn rows(
    app: Data<App>,
    account_id: AccountId,
    id: ImportId,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::try_unfold(Some(0), move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let mut tx = app.db.account(account_id).await?;
            let rejects = imports::rejects(&mut tx, id, after, BATCH).await?;
            tx.commit().await?;
            let mut text = if after == 0 {
                HEADER.to_owned()
            } else {
                String::new()
            };
            rejects.iter().for_each(|reject| write(&mut text, reject));
            let next = rejects.last().map(|last| last.line_number);
            Ok((!text.is_empty()).then(|| (Bytes::from(text), next)))
        }
    })
}

fn write(text: &mut String, reject: &Reject) {
    text.push_str(&reject.line_number.to_string());
    for cell in [&reject.reason, &reject.content] {
        text.push_str(",\"");
        text.push_str(&defuse(cell).replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_defused() {
        let mut text = String::new();
        write(
            &mut text,
            &Reject {
                line_number: 7,
                reason: "the quantity is \"x\"".to_owned(),
                content: "=1+1,\"a\"".to_owned(),
            },
        );
        assert_eq!(
            text,
            "7,\"the quantity is \"\"x\"\"\",\"'=1+1,\"\"a\"\"\"\r\n"
        );
    }
}
