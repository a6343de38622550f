use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Data};
use serde::Deserialize;
use suite_core::{
    Error,
    id::ReportId,
    report::{RevenueResult, write_csv},
};
use utoipa::IntoParams;

use super::find;
use crate::{
    App,
    extract::{Id, Member, Query},
    problem::{ApiResult, Problem, ProblemView},
};

/// In which form the file is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileParams {
    /// `csv` or `json`.
    format: String,
}

/// Downloads a report's result as a file.
#[utoipa::path(get, path = "/v1/reports/{id}/file", tag = "reports",
    params(("id" = Uuid, Path), FileParams),
    responses((status = 200, content((String = "text/csv"), (serde_json::Value = "application/json"))),
        (status = 404, body = ProblemView), (status = 406, body = ProblemView),
        (status = 409, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn file(
    app: Data<App>,
    who: Member,
    Id(id): Id<ReportId>,
    Query(params): Query<FileParams>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let report = find(&mut tx, id).await?;
    tx.commit().await?;
    let write = writer_of(&params.format)?;
    let result = report.result.ok_or_else(|| Error::Conflict {
        reason: "the report is not computed yet".to_owned(),
    })?;
    let result: RevenueResult = serde_json::from_value(result).map_err(Error::internal)?;
    let name = format!(
        "attachment; filename=\"{}-{}-{}.{}\"",
        report.summary.kind, result.from, result.to, params.format
    );
    let (content_type, bytes) = write(&result)?;
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}

type File = (&'static str, Vec<u8>);

fn writer_of(format: &str) -> ApiResult<fn(&RevenueResult) -> ApiResult<File>> {
    match format {
        "csv" => Ok(csv),
        "json" => Ok(json),
        _ => Err(Problem::not_acceptable(
            "This report can be had as `csv` or `json`.",
        )),
    }
}

fn csv(result: &RevenueResult) -> ApiResult<File> {
    let mut bytes = Vec::new();
    write_csv(result, &mut bytes)?;
    Ok(("text/csv; charset=utf-8", bytes))
}

fn json(result: &RevenueResult) -> ApiResult<File> {
    let bytes = serde_json::to_vec_pretty(result).map_err(Error::internal)?;
    Ok(("application/json", bytes))
}
