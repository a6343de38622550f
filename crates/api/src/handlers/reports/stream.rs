//! Writes a report's file while it is read.
//!
//! The API makes the file itself, as a job would have to keep it somewhere first: a few hundred rows are read and formatted
//! between two waits (some milliseconds), only as fast as the client takes them, and nothing but them is in memory.

use actix_web::web::{Bytes, Data};
use futures_util::{Stream, stream};
use serde_json::Value;
use suite_core::{
    Error,
    id::{AccountId, ReportId},
    report::{Grouping, INLINE_ROWS, Line, ReportFigures, ReportOutcome, TableFile},
};
use suite_db::reports;

use crate::{
    App,
    problem::{ApiResult, Problem},
};

/// Rows formatted between two waits.
const CHUNK: usize = 500;

/// A file that is being written.
pub(super) enum Writer {
    /// Tables of typed cells.
    Table(Box<dyn TableFile>),
    /// The result as the API answers it, with all rows.
    Json(JsonFile),
}

/// JSON, written by hand around rows that are JSON already.
#[derive(Default)]
pub(super) struct JsonFile {
    text: String,
    is_first_table: bool,
    is_first_row: bool,
}

/// Where a report's rows come from, and how far they are written.
pub(super) struct Source<F> {
    app: Data<App>,
    account_id: AccountId,
    id: ReportId,
    outcome: ReportOutcome<F>,
    groupings: Vec<Grouping>,
    title: &'static str,
    subject: String,
    writer: Writer,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Begin,
    /// Rows of the result itself: which series, and from which row on.
    Rows(usize, usize),
    /// Rows that are kept apart: which series, and which piece.
    Piece(usize, i32),
    Done,
}

impl<F: ReportFigures> Source<F> {
    pub(super) fn new(
        (app, account_id, id): (Data<App>, AccountId, ReportId),
        outcome: ReportOutcome<F>,
        (title, subject): (&'static str, &str),
        writer: Writer,
    ) -> Self {
        Self {
            app,
            account_id,
            id,
            groupings: outcome.series.keys().copied().collect(),
            outcome,
            title,
            subject: subject.to_owned(),
            writer,
            step: Step::Begin,
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Problem>> {
        stream::try_unfold(self, |mut source| async move {
            while !matches!(source.step, Step::Done) {
                source.step = source.advance().await?;
                let bytes = source.writer.take();
                if !bytes.is_empty() {
                    return Ok(Some((Bytes::from(bytes), source)));
                }
            }
            Ok(None)
        })
    }

    async fn advance(&mut self) -> ApiResult<Step> {
        match self.step {
            Step::Begin => {
                self.writer
                    .begin(&self.outcome, self.title, &self.subject)?;
                Ok(Step::Rows(0, 0))
            }
            Step::Rows(number, from) => self.rows(number, from),
            Step::Piece(number, piece) => self.piece(number, piece).await,
            Step::Done => Ok(Step::Done),
        }
    }

    fn rows(&mut self, number: usize, from: usize) -> ApiResult<Step> {
        let Some(&grouping) = self.groupings.get(number) else {
            self.writer.finish()?;
            return Ok(Step::Done);
        };
        if from == 0 {
            self.writer.begin_table(&self.outcome, grouping)?;
        }
        let rows = self
            .outcome
            .series
            .get(&grouping)
            .map_or(&[][..], Vec::as_slice);
        let most = self.writer.rows_most().min(rows.len());
        let to = (from + CHUNK).min(most);
        for row in rows.get(from..to).unwrap_or_default() {
            self.writer.row(row)?;
        }
        if to < most {
            return Ok(Step::Rows(number, to));
        }
        let has_more = self.outcome.row_counts.contains_key(&grouping);
        if has_more && self.writer.rows_most() > INLINE_ROWS {
            return Ok(Step::Piece(number, 0));
        }
        self.end_table(number)
    }

    async fn piece(&mut self, number: usize, piece: i32) -> ApiResult<Step> {
        let Some(&grouping) = self.groupings.get(number) else {
            return Ok(Step::Done);
        };
        let mut tx = self.app.db.account(self.account_id).await?;
        let found = reports::find_piece(&mut tx, self.id, grouping, piece).await?;
        tx.commit().await?;
        let Some(text) = found else {
            return self.end_table(number);
        };
        self.writer.piece::<F>(&text)?;
        Ok(Step::Piece(number, piece + 1))
    }

    fn end_table(&mut self, number: usize) -> ApiResult<Step> {
        self.writer.end_table()?;
        Ok(Step::Rows(number + 1, 0))
    }
}

impl Writer {
    fn begin<F: ReportFigures>(
        &mut self,
        outcome: &ReportOutcome<F>,
        title: &str,
        subject: &str,
    ) -> ApiResult<()> {
        match self {
            Self::Table(file) => file.begin(&outcome.file_head(title, subject))?,
            Self::Json(file) => file.begin(outcome)?,
        }
        Ok(())
    }

    fn begin_table<F: ReportFigures>(
        &mut self,
        outcome: &ReportOutcome<F>,
        grouping: Grouping,
    ) -> ApiResult<()> {
        match self {
            Self::Table(file) => file.begin_table(&outcome.table_head(grouping))?,
            Self::Json(file) => file.begin_table(grouping),
        }
        Ok(())
    }

    fn row<F: ReportFigures>(&mut self, row: &Line<F>) -> ApiResult<()> {
        match self {
            Self::Table(file) => file.row(&row.key, &row.label, &row.figures.cells())?,
            Self::Json(file) => {
                let row = serde_json::to_string(row).map_err(Error::internal)?;
                file.rows(&row);
            }
        }
        Ok(())
    }

    /// Writes the rows of a piece, which is a JSON array.
    fn piece<F: ReportFigures>(&mut self, text: &str) -> ApiResult<()> {
        match self {
            Self::Table(_) => {
                let rows: Vec<Line<F>> = serde_json::from_str(text).map_err(Error::internal)?;
                rows.iter().try_for_each(|row| self.row(row))
            }
            Self::Json(file) => {
                file.rows(text.trim_start_matches('[').trim_end_matches(']'));
                Ok(())
            }
        }
    }

    fn end_table(&mut self) -> ApiResult<()> {
        match self {
            Self::Table(file) => file.end_table()?,
            Self::Json(file) => file.text.push(']'),
        }
        Ok(())
    }

    fn finish(&mut self) -> ApiResult<()> {
        match self {
            Self::Table(file) => file.finish()?,
            Self::Json(file) => file.text.push_str("}}\n"),
        }
        Ok(())
    }

    fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Table(file) => file.take(),
            Self::Json(file) => std::mem::take(&mut file.text).into_bytes(),
        }
    }

    fn rows_most(&self) -> usize {
        match self {
            Self::Table(file) => usize::try_from(file.rows_most()).unwrap_or(usize::MAX),
            Self::Json(_) => usize::MAX,
        }
    }
}

impl JsonFile {
    /// Writes everything but the series, and leaves the object open.
    fn begin<F: ReportFigures>(&mut self, outcome: &ReportOutcome<F>) -> ApiResult<()> {
        let mut head = serde_json::to_value(outcome).map_err(Error::internal)?;
        if let Value::Object(members) = &mut head {
            members.remove("series");
            members.remove("row_counts");
        }
        let head = head.to_string();
        self.text.push_str(head.trim_end_matches('}'));
        // What ends with an object ends with its brace, too.
        let closed = head.len() - head.trim_end_matches('}').len();
        self.text
            .extend(std::iter::repeat_n('}', closed.saturating_sub(1)));
        self.text.push_str(",\"series\":{");
        self.is_first_table = true;
        Ok(())
    }

    fn begin_table(&mut self, grouping: Grouping) {
        if !std::mem::take(&mut self.is_first_table) {
            self.text.push(',');
        }
        self.text.push_str(&format!("\n\"{}\":[", grouping.name()));
        self.is_first_row = true;
    }

    /// Writes rows, with commas between them.
    fn rows(&mut self, rows: &str) {
        if !std::mem::take(&mut self.is_first_row) {
            self.text.push(',');
        }
        self.text.push('\n');
        self.text.push_str(rows);
    }
}
