//! Printable pages: A4 across, written page by page.

mod chart;
mod document;
mod layout;
mod page;
mod text;

use suite_core::{
    Result,
    report::{Cell, FileHead, TableFile, TableHead},
};

use document::Document;
use layout::{Layout, cell_text};
use page::{HEIGHT, LEFT, Page, RIGHT, Weight};

/// Rows of a table that are printed: nobody turns more pages, and who needs all takes a spreadsheet.
const ROWS_MOST: u64 = 2_000;
const TOP: f64 = HEIGHT - 40.0;
/// Above the line of the page's number.
const BOTTOM: f64 = 44.0;
const ROW: f64 = 12.5;
const HEADER: f64 = 24.0;
const SIZE: f64 = 7.5;

/// A printed report: title and totals, then each table with its chart, a header on every page, and numbered pages.
pub struct PdfFile {
    document: Document,
    page: Page,
    /// Where the next thing goes, from the bottom of the page.
    y: f64,
    pages: u64,
    footer: String,
    head: Option<Head>,
    table: Option<Table>,
}

/// What all tables have in common.
struct Head {
    columns: Vec<suite_core::report::Column>,
    totals: Vec<(&'static str, Vec<String>)>,
}

struct Table {
    layout: Layout,
    rows: u64,
    rows_in_all: u64,
}

impl Default for PdfFile {
    fn default() -> Self {
        Self::new()
    }
}

impl PdfFile {
    /// Makes one without any content.
    #[must_use]
    pub fn new() -> Self {
        Self {
            document: Document::new(),
            page: Page::default(),
            y: TOP,
            pages: 0,
            footer: String::new(),
            head: None,
            table: None,
        }
    }

    /// Writes a paragraph that stands alone, such as a note to whom the file goes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn paragraph(&mut self, text: &str) -> Result<()> {
        for line in text::wrap(text, 9.0, RIGHT - LEFT) {
            self.make_room(14.0)?;
            self.page
                .text(LEFT, self.y - 10.0, 9.0, Weight::Regular, &line);
            self.y -= 14.0;
        }
        Ok(())
    }

    /// Turns the page when there is less room than `height`; a table begins anew with its header.
    fn make_room(&mut self, height: f64) -> Result<()> {
        if self.y - height < BOTTOM {
            self.turn_page()?;
            self.table_header();
        }
        Ok(())
    }

    fn turn_page(&mut self) -> Result<()> {
        self.pages += 1;
        let number = format!("Page {}", self.pages);
        self.page.line((LEFT, 34.0), (RIGHT, 34.0), 0.5);
        let footer = text::fit(&self.footer, SIZE, Weight::Regular, RIGHT - LEFT - 60.0);
        self.page.text(LEFT, 22.0, SIZE, Weight::Regular, &footer);
        self.page
            .text_right(RIGHT, 22.0, SIZE, Weight::Regular, &number);
        let content = std::mem::take(&mut self.page).into_content();
        self.document.add_page(&content)?;
        self.y = TOP;
        Ok(())
    }

    fn table_header(&mut self) {
        if let Some(table) = &self.table {
            table.layout.write_header(&mut self.page, self.y);
            self.y -= HEADER;
        }
    }

    fn write_cells(&mut self, texts: [&str; 2], cells: &[String], weight: Weight) -> Result<()> {
        self.make_room(ROW)?;
        if let Some(table) = &self.table {
            table
                .layout
                .write_row(&mut self.page, self.y - 9.0, texts, cells, weight);
            self.page.hair((LEFT, self.y - ROW), (RIGHT, self.y - ROW));
        }
        self.y -= ROW;
        Ok(())
    }

    /// Writes the totals that say something, as a block of names and figures.
    fn write_totals(&mut self, head: &FileHead<'_>) -> Result<()> {
        let Some(total) = head.totals.first() else {
            return Ok(());
        };
        let told: Vec<(String, String)> = head
            .columns
            .iter()
            .zip(&total.cells)
            .filter(|(_, cell)| cell.is_told())
            .map(|(column, cell)| (column.title.to_string(), cell_text(*cell)))
            .take(12)
            .collect();
        let width = (RIGHT - LEFT) / 6.0;
        for line in told.chunks(6) {
            self.make_room(34.0)?;
            let mut x = LEFT;
            for (name, figure) in line {
                self.page.text(x, self.y - 9.0, SIZE, Weight::Regular, name);
                let fitting = text::fit(figure, 12.0, Weight::Bold, width - 8.0);
                self.page
                    .text(x, self.y - 24.0, 12.0, Weight::Bold, &fitting);
                x += width;
            }
            self.y -= 36.0;
        }
        Ok(())
    }
}

impl TableFile for PdfFile {
    fn begin(&mut self, head: &FileHead<'_>) -> Result<()> {
        self.footer = format!("{}, {}, {}", head.title, head.subject, head.range);
        self.document.title.clone_from(&self.footer);
        let title = text::fit(&head.title, 20.0, Weight::Bold, RIGHT - LEFT);
        self.page
            .text(LEFT, self.y - 16.0, 20.0, Weight::Bold, &title);
        self.y -= 26.0;
        let about = format!(
            "{}, {}, amounts in {}",
            head.subject, head.range, head.currency
        );
        for line in text::wrap(about.trim_start_matches([',', ' ']), 10.0, RIGHT - LEFT) {
            self.page
                .text(LEFT, self.y - 10.0, 10.0, Weight::Regular, &line);
            self.y -= 14.0;
        }
        self.y -= 8.0;
        self.write_totals(head)?;
        let line = |cells: &[Cell<'_>]| cells.iter().map(|cell| cell_text(*cell)).collect();
        self.head = Some(Head {
            columns: head.columns.clone(),
            totals: head
                .totals
                .iter()
                .map(|total| (total.title, line(&total.cells)))
                .collect(),
        });
        Ok(())
    }

    fn begin_table(&mut self, head: &TableHead) -> Result<()> {
        // Its title never stands alone at the foot of a page.
        let needed = if head.chart.is_some() {
            chart::HEIGHT + 90.0
        } else {
            90.0
        };
        if self.y - needed < BOTTOM {
            self.turn_page()?;
        }
        self.page
            .text(LEFT, self.y - 14.0, 13.0, Weight::Bold, head.title);
        self.y -= 22.0;
        if let Some(drawing) = &head.chart {
            chart::draw(&mut self.page, drawing, self.y);
            self.y -= chart::HEIGHT + 8.0;
        }
        let columns = self
            .head
            .as_ref()
            .map_or(&[][..], |head| head.columns.as_slice());
        self.table = Some(Table {
            layout: Layout::new(head, columns),
            rows: 0,
            rows_in_all: head.rows,
        });
        self.table_header();
        Ok(())
    }

    fn row(&mut self, key: &str, label: &str, cells: &[Cell<'_>]) -> Result<()> {
        if let Some(table) = &mut self.table {
            table.rows += 1;
            if table.rows > ROWS_MOST {
                return Ok(());
            }
        }
        let cells: Vec<String> = cells.iter().map(|cell| cell_text(*cell)).collect();
        self.write_cells([key, label], &cells, Weight::Regular)
    }

    fn end_table(&mut self) -> Result<()> {
        let totals = self.head.as_ref().map(|head| head.totals.clone());
        for (title, cells) in totals.into_iter().flatten() {
            self.write_cells(["", title], &cells, Weight::Bold)?;
        }
        let Some(table) = self.table.take() else {
            return Ok(());
        };
        if table.rows_in_all > ROWS_MOST {
            let text = format!(
                "The first {ROWS_MOST} of {} rows. The spreadsheet has all of them.",
                table.rows_in_all
            );
            self.paragraph(&text)?;
        }
        if !table.layout.left_out.is_empty() {
            let names = table.layout.left_out.join(", ");
            self.paragraph(&format!("The spreadsheet also has: {names}."))?;
        }
        self.y -= 16.0;
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.turn_page()?;
        self.document.finish();
        Ok(())
    }

    fn take(&mut self) -> Vec<u8> {
        self.document.take()
    }

    fn rows_most(&self) -> u64 {
        ROWS_MOST
    }
}
