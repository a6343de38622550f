//! Spreadsheets in Office Open XML: a zip of XML parts, written from front to back.

mod parts;
mod sheet;
mod zip;

use suite_core::{
    Result,
    money::Currency,
    report::{Cell, Column, FileHead, TableFile, TableHead},
};

use parts::sheet_name;
use sheet::Styles;
use zip::ZipWriter;

/// Rows of a sheet that a spreadsheet opens; the rest of a longer table goes on in another sheet.
const ROWS_MOST: u64 = 1_048_576;

/// A spreadsheet: a sheet for each table, with a frozen header, typed cells, and the totals at the end.
pub struct XlsxFile {
    zip: ZipWriter,
    title: String,
    about: String,
    currency: Option<Currency>,
    columns: Vec<Column>,
    /// The rows of totals as they stand in every sheet: title and range, then the cells, as XML without the row's number.
    totals: Vec<sheet::TotalRow>,
    sheets: Vec<String>,
    table: Option<TableHead>,
    /// Rows of the present sheet so far.
    row: u64,
    xml: String,
}

impl Default for XlsxFile {
    fn default() -> Self {
        Self::new()
    }
}

impl XlsxFile {
    /// Makes one without any content.
    #[must_use]
    pub fn new() -> Self {
        Self {
            zip: ZipWriter::new(),
            title: String::new(),
            about: String::new(),
            currency: None,
            columns: Vec::new(),
            totals: Vec::new(),
            sheets: Vec::new(),
            table: None,
            row: 0,
            xml: String::new(),
        }
    }

    fn begin_sheet(&mut self, title: &str) -> Result<()> {
        let name = sheet_name(title, &self.sheets);
        self.sheets.push(name);
        let number = self.sheets.len();
        self.zip
            .begin(&format!("xl/worksheets/sheet{number}.xml"))?;
        sheet::write_head(&mut self.xml, &self.columns);
        self.row = 1;
        self.flush()
    }

    fn end_sheet(&mut self) -> Result<()> {
        let last = self.row;
        for total in &self.totals {
            self.row += 1;
            total.write(&mut self.xml, self.row);
        }
        // Who filters does not lose the totals.
        sheet::write_end(&mut self.xml, self.columns.len(), last);
        self.flush()?;
        self.zip.end()
    }

    fn flush(&mut self) -> Result<()> {
        self.zip.write(self.xml.as_bytes())?;
        self.xml.clear();
        Ok(())
    }

    fn write_part(&mut self, name: &str, text: &str) -> Result<()> {
        self.zip.begin(name)?;
        self.zip.write(text.as_bytes())?;
        self.zip.end()
    }
}

impl TableFile for XlsxFile {
    fn begin(&mut self, head: &FileHead<'_>) -> Result<()> {
        self.title.clone_from(&head.title);
        self.about = format!(
            "{} {}, amounts in {}",
            head.subject, head.range, head.currency
        );
        self.currency = Some(head.currency);
        self.columns.clone_from(&head.columns);
        self.totals = head.totals.iter().map(sheet::TotalRow::new).collect();
        Ok(())
    }

    fn begin_table(&mut self, head: &TableHead) -> Result<()> {
        self.table = Some(head.clone());
        self.begin_sheet(head.title)
    }

    fn row(&mut self, key: &str, label: &str, cells: &[Cell<'_>]) -> Result<()> {
        if self.row + self.totals.len() as u64 >= ROWS_MOST {
            self.end_sheet()?;
            let title = self.table.as_ref().map_or("Rows", |table| table.title);
            self.begin_sheet(title)?;
        }
        self.row += 1;
        sheet::write_row(&mut self.xml, self.row, [key, label], cells);
        // So much is packed at a time.
        if self.xml.len() > 32_768 {
            self.flush()?;
        }
        Ok(())
    }

    fn end_table(&mut self) -> Result<()> {
        self.end_sheet()
    }

    fn finish(&mut self) -> Result<()> {
        if self.sheets.is_empty() {
            self.begin_sheet("Totals")?;
            self.end_sheet()?;
        }
        let decimals = self.currency.map_or(2, |currency| currency.minor_digits());
        self.write_part("xl/styles.xml", &Styles::xml(decimals))?;
        self.write_part("xl/workbook.xml", &parts::workbook(&self.sheets))?;
        self.write_part(
            "xl/_rels/workbook.xml.rels",
            &parts::workbook_relations(self.sheets.len()),
        )?;
        self.write_part(
            "docProps/core.xml",
            &parts::properties(&self.title, &self.about),
        )?;
        self.write_part("_rels/.rels", parts::RELATIONS)?;
        self.write_part(
            "[Content_Types].xml",
            &parts::content_types(self.sheets.len()),
        )?;
        self.zip.finish();
        Ok(())
    }

    fn take(&mut self) -> Vec<u8> {
        self.zip.take()
    }
}
