use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap},
    web::{BytesMut, Data, Payload},
};
use futures_util::StreamExt;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use suite_core::{
    Error,
    id::{AccountId, ImportId, StoreId},
    import::ImportFormat,
    job::NewJob,
    jobs::RunImport,
};
use suite_db::{AccountTx, imports, jobs};
use utoipa::IntoParams;

use crate::{
    App,
    extract::{BodyDigest, Id, Member, Query, broken_body},
    idempotency::IdempotencyKey,
    middleware::request,
    problem::{ApiResult, Problem, ProblemView},
    respond::Answer,
    views::{self, JobView},
};

/// The size of a stored piece: a row that PostgreSQL writes in one go, and all that an upload holds in memory.
const PIECE_BYTES: usize = 512 * 1024;

const UNKNOWN_FORMAT: &str = "is not a format; `invoice_lines`, `shopify_orders`, `shopify_products`, `shopify_inventory` and `stock_count` exist";

/// How the file is to be read.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadParams {
    /// The format of its rows: `invoice_lines`, `shopify_orders`, `shopify_products`, `shopify_inventory` or `stock_count`.
    format: String,
}

/// Takes a file in and starts the job that reads it.
///
/// The body may have any length up to the limit; it is stored as it arrives and must only keep moving. The import is named by the job's
/// result, and from the beginning by the `Link` header.
#[utoipa::path(post, path = "/v1/stores/{id}/imports", tag = "imports",
    params(("id" = Uuid, Path), UploadParams),
    request_body(content((String = "text/csv"), (String = "application/gzip"))),
    responses((status = 202, body = JobView), (status = 404, body = ProblemView),
        (status = 408, body = ProblemView), (status = 413, body = ProblemView),
        (status = 415, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn upload(
    app: Data<App>,
    who: Member,
    Id(store_id): Id<StoreId>,
    Query(params): Query<UploadParams>,
    key: IdempotencyKey,
    request: HttpRequest,
    body: Payload,
) -> ApiResult<Answer> {
    let format: ImportFormat = params
        .format
        .parse()
        .map_err(|_| Error::invalid("format", UNKNOWN_FORMAT))?;
    let is_gzip = is_gzip(request.headers())?;
    let mut upload = Upload::begin(&app, &who, store_id, format, is_gzip).await?;
    let size_bytes = upload.receive(&request, body).await?;
    let work = async |tx: &mut AccountTx| upload.complete(tx, size_bytes).await;
    key.run(&app, &who, work).await
}

fn is_gzip(headers: &HeaderMap) -> ApiResult<bool> {
    const WANTED: &str = "text/csv or application/gzip; text/csv may have Content-Encoding: gzip";
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let content_type = text(&CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let encoding = text(&CONTENT_ENCODING).unwrap_or("identity");
    match (
        essence.to_ascii_lowercase().as_str(),
        encoding.to_ascii_lowercase().as_str(),
    ) {
        ("text/csv", "identity") => Ok(false),
        ("text/csv", "gzip" | "x-gzip")
        | ("application/gzip" | "application/x-gzip", "identity") => Ok(true),
        _ => Err(Problem::unsupported_media_type(WANTED)),
    }
}

/// An upload under way. Dropped before it is complete, for whatever reason, it is removed with all its bytes.
struct Upload {
    app: App,
    account_id: AccountId,
    id: ImportId,
    pieces: i32,
    is_complete: bool,
}

impl Upload {
    async fn begin(
        app: &App,
        who: &Member,
        store_id: StoreId,
        format: ImportFormat,
        is_gzip: bool,
    ) -> ApiResult<Self> {
        let mut tx = app.db.account(who.account_id).await?;
        let id = imports::begin_upload(&mut tx, store_id, format, is_gzip).await?;
        tx.commit().await?;
        Ok(Self {
            app: app.clone(),
            account_id: who.account_id,
            id,
            pieces: 0,
            is_complete: false,
        })
    }

    /// Stores the body piece by piece and returns how many bytes there were.
    async fn receive(&mut self, request: &HttpRequest, mut body: Payload) -> ApiResult<i64> {
        let http = &self.app.settings.http;
        let (limit, idle) = (
            http.upload_limit_bytes,
            Duration::from_secs(http.upload_idle_seconds),
        );
        let announced = request.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Problem::payload_too_large(limit));
        }
        let (mut size, mut digest, mut piece) = (0, Sha256::new(), BytesMut::new());
        while let Some(bytes) = tokio::time::timeout(idle, body.next())
            .await
            .map_err(|_| Problem::body_too_late())?
        {
            let bytes = bytes.map_err(broken_body)?;
            size += bytes.len() as u64;
            if size > limit {
                return Err(Problem::payload_too_large(limit));
            }
            digest.update(&bytes);
            piece.extend_from_slice(&bytes);
            if piece.len() >= PIECE_BYTES {
                self.store(&piece.split()).await?;
            }
        }
        if size == 0 {
            return Err(Error::invalid("body", "is empty").into());
        }
        if !piece.is_empty() {
            self.store(&piece).await?;
        }
        let digest = BodyDigest(digest.finalize().into());
        request.extensions_mut().insert(digest);
        i64::try_from(size).map_err(|error| Error::internal(error).into())
    }

    async fn store(&mut self, piece: &[u8]) -> ApiResult<()> {
        let mut tx = self.app.db.account(self.account_id).await?;
        imports::append_chunk(&mut tx, self.id, self.pieces, piece).await?;
        tx.commit().await?;
        self.pieces += 1;
        Ok(())
    }

    /// Makes the upload an import with its job, in the transaction of both.
    async fn complete(&mut self, tx: &mut AccountTx, size_bytes: i64) -> ApiResult<Answer> {
        let args = RunImport { import_id: self.id };
        let job = NewJob::new(self.account_id, &args)?.traced(request::current_traceparent());
        let job = jobs::enqueue(tx, job).await?.job;
        imports::complete_upload(tx, self.id, size_bytes, job.id).await?;
        let answer = views::accepted(tx, job).await?;
        // Should the commit fail, the upload stays behind, and the sweep for abandoned ones finds it.
        self.is_complete = true;
        Ok(answer.link(&format!("/v1/imports/{}", self.id), "related"))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.is_complete {
            return;
        }
        let (app, account_id, id) = (self.app.clone(), self.account_id, self.id);
        tokio::spawn(async move {
            let abandoned = async {
                let mut tx = app.db.account(account_id).await?;
                imports::abandon_upload(&mut tx, id).await?;
                tx.commit().await
            };
            if let Err(error) = abandoned.await {
                tracing::warn!(%error, import.id = %id, "an abandoned upload could not be removed");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn csv_may_come_plain_or_compressed_either_way() {
        let check = |content_type: &str, encoding: Option<&str>| {
            let mut request = TestRequest::post().insert_header((CONTENT_TYPE, content_type));
            if let Some(encoding) = encoding {
                request = request.insert_header((CONTENT_ENCODING, encoding));
            }
            is_gzip(request.to_http_request().headers()).ok()
        };
        assert_eq!(check("text/csv; charset=utf-8", None), Some(false));
        assert_eq!(check("text/csv", Some("gzip")), Some(true));
        assert_eq!(check("application/gzip", None), Some(true));
        assert_eq!(check("application/gzip", Some("gzip")), None);
        assert_eq!(check("text/csv", Some("br")), None);
        assert_eq!(check("application/json", None), None);
        assert_eq!(check("", None), None);
    }
}
