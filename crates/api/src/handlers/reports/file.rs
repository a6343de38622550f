use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Data};
use serde::Deserialize;
use serde_json::Value;
use suite_core::{
    Error,
    id::ReportId,
    report::{
        CohortFigures, CsvFile, CustomerFigures, Figures, ProductFigures, ReorderFigures,
        ReportFigures, ReportKind, ReportOutcome, SellThroughFigures, StockValueFigures,
    },
};
use suite_db::stores;
use suite_files::{PdfFile, XlsxFile};
use utoipa::IntoParams;

use super::{
    find,
    stream::{JsonFile, Source, Writer},
};
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
    /// `csv`, `xlsx`, `pdf` or `json`; an order has no `xlsx` and no `json`.
    pub(crate) format: String,
}

/// Downloads a report's result as a file, written while it is read.
#[utoipa::path(get, path = "/v1/reports/{id}/file", tag = "reports",
    params(("id" = Uuid, Path), FileParams),
    responses((status = 200, content((String = "text/csv"), (serde_json::Value = "application/json"),
            (Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
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
    let store = stores::get(&mut tx, report.summary.store_id).await?;
    tx.commit().await?;
    let form = Form::find(&params.format)?;
    let result = report.result.ok_or_else(|| Error::Conflict {
        reason: "the report is not computed yet".to_owned(),
    })?;
    let kind = ReportKind::find(&report.summary.kind)
        .ok_or_else(|| Error::internal("the report is of an unknown kind"))?;
    let wanted = Wanted {
        app,
        who,
        id,
        kind,
        form,
        subject: store.map(|store| store.name).unwrap_or_default(),
    };
    match kind {
        ReportKind::Revenue => wanted.answer::<Figures>(result),
        ReportKind::Products => wanted.answer::<ProductFigures>(result),
        ReportKind::Customers => wanted.answer::<CustomerFigures>(result),
        ReportKind::Cohorts => wanted.answer::<CohortFigures>(result),
        ReportKind::InventoryValue => wanted.answer::<StockValueFigures>(result),
        ReportKind::SellThrough => wanted.answer::<SellThroughFigures>(result),
        ReportKind::Reorder => wanted.answer::<ReorderFigures>(result),
    }
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Json,
    Pdf,
    Xlsx,
}

impl Form {
    fn find(name: &str) -> ApiResult<Self> {
        match name {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "pdf" => Ok(Self::Pdf),
            "xlsx" => Ok(Self::Xlsx),
            _ => Err(Problem::not_acceptable(
                "This report can be had as `csv`, `xlsx`, `pdf` or `json`.",
            )),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn writer(self) -> Writer {
        match self {
            Self::Csv => Writer::Table(Box::new(CsvFile::new())),
            Self::Json => Writer::Json(JsonFile::default()),
            Self::Pdf => Writer::Table(Box::new(PdfFile::new())),
            Self::Xlsx => Writer::Table(Box::new(XlsxFile::new())),
        }
    }
}

struct Wanted {
    app: Data<App>,
    who: Member,
    id: ReportId,
    kind: ReportKind,
    form: Form,
    subject: String,
}

impl Wanted {
    fn answer<F: ReportFigures>(self, result: Value) -> ApiResult<HttpResponse> {
        let outcome: ReportOutcome<F> = serde_json::from_value(result).map_err(Error::internal)?;
        let name = format!(
            "attachment; filename=\"{}-{}-{}.{}\"",
            self.kind.name(),
            outcome.from,
            outcome.to,
            self.form.name()
        );
        let source = Source::new(
            (self.app, self.who.account_id, self.id),
            outcome,
            (self.kind.title(), &self.subject),
            self.form.writer(),
        );
        Ok(HttpResponse::Ok()
            .content_type(self.form.content_type())
            .insert_header((CONTENT_DISPOSITION, name))
            .streaming(source.into_stream()))
    }
}
